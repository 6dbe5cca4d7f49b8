"""The money of a tender's award (沪人社专〔2022〕372号 三(四), 四(二)): promised up to the contract, paid by another person, in the books and nowhere twice."""

from contextlib import suppress
from datetime import date
from itertools import count

import pytest
from django.db import transaction
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from creditbank.api import money_of
from lms.lib.audit.models import AuditRow
from lms.lib.clock import today
from lms.lib.errors import Conflict, Invalid, NotAllowed, Refusal
from lms.training.grants.purses import Moved
from lms.training.grants.services import NewFund, set_fund
from lms.training.supervision import dashboard
from lms.training.tenders import money
from lms.training.tenders.models import AwardMovement, TenderAward
from lms.training.tenders.money import Kind
from tests.examples import examples
from tests.factories.accounts import MembershipFactory, member
from tests.learning.clients import signed_in
from tests.races import at_once, won
from tests.training.tendering import Market

CONTRACT = 48_000_000


class Contract(Market):
    """A market with an award of 480,000 yuan, and the authority's two funds."""

    def __init__(self, clock):
        super().__init__()
        self.tender = self.awarded(clock)
        self.award = TenderAward.objects.get()
        self.city = self.fund("city", "市级专项")

    def fund(self, kind, name, authority=None):
        authority = authority or self.authority
        new = NewFund(authority, kind, name, "申财〔2026〕1 号（测试）", date(2026, 1, 1))
        return set_fund(member("admin", authority), new)

    def move(self, user, kind, fen, voucher, **more):
        return money.move(user, self.award, Moved(kind, fen, voucher, more.pop("day", today()), **more))

    def sums(self):
        return money.totals([self.award])[self.award.pk]


@pytest.fixture
def contract(db, clock):
    return Contract(clock)


def test_a12_a_contract_is_promised_paid_in_parts_and_the_rest_given_back(contract):
    contract.move(contract.officer, Kind.COMMIT, CONTRACT, "决〔1〕号", fund=contract.city)
    with pytest.raises(NotAllowed, match="另一个人拨付"):
        contract.move(contract.officer, Kind.PAY, 24_000_000, "付-1")
    contract.move(contract.second, Kind.PAY, 24_000_000, "付-1", note="首付款")
    contract.move(contract.second, Kind.RETURN, 1_000_000, "退-1")
    contract.move(contract.second, Kind.RELEASE, 4_000_000, "销-1")
    assert contract.sums() == money.Totals(20_000_000, 23_000_000, 1_000_000)
    assert money_of([contract.city.uuid])[contract.city.uuid] == -44_000_000
    found = dashboard.taken(contract.authority).money
    assert (found["awards_promised"], found["awards_out"], found["awards_back"]) == (
        *(44_000_000, 24_000_000, 1_000_000),
    )
    # A training ground's money is no part of it.
    assert found["promised"] == 0
    steps = AuditRow.objects.filter(action__startswith="tender.money_").order_by("pk")
    assert [row.action.rpartition("_")[2] for row in steps] == ["commit", "pay", "return", "release"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"fen": CONTRACT + 1}, "above_budget"),
        ({"fund": "district"}, "fund_mismatch"),
        ({"fund": "foreign"}, "invalid_tender"),
        ({"fund": None}, "invalid_tender"),
        ({"kind": Kind.PAY}, "no_money"),
        ({"kind": "gift"}, "invalid_tender"),
        ({"fen": 0}, "invalid_tender"),
        ({"voucher": " "}, "invalid_tender"),
        ({"day": date(2026, 1, 5)}, "invalid_tender"),
        ({"user": "one_hr"}, "role_missing"),
        ({"user": "auditor"}, "role_missing"),
        ({"user": "drafter"}, "role_missing"),
    ],
)
def test_a12_money_that_may_not_be_moved_is_refused_and_nothing_written(contract, change, code):
    funds = {
        "city": contract.city,
        "district": contract.fund("district", "区级资金"),
        "foreign": contract.fund("city", "别处的资金", contract.district),
        None: None,
    }
    before = (AwardMovement.objects.count(), AuditRow.objects.count())
    with pytest.raises((Conflict, Invalid, NotAllowed)) as refusal:
        contract.move(
            getattr(contract, change.get("user", "officer")),
            change.get("kind", Kind.COMMIT),
            change.get("fen", 1000),
            change.get("voucher", "决〔1〕号"),
            fund=funds[change.get("fund", "city")],
            day=change.get("day", today()),
        )
    assert refusal.value.code == code
    assert (AwardMovement.objects.count(), AuditRow.objects.count()) == before


def test_a12_an_officer_of_a_bidder_moves_no_money(contract):
    MembershipFactory(role="teacher", organisation=contract.two, user=contract.second)
    with pytest.raises(NotAllowed) as refusal:
        contract.move(contract.second, Kind.COMMIT, 1000, "决〔1〕号", fund=contract.city)
    assert refusal.value.code == "own_case"


def test_a12_a_voucher_counts_once_and_no_second_fund_pays(contract):
    contract.move(contract.officer, Kind.COMMIT, 1000, "决〔1〕号", fund=contract.city)
    with pytest.raises(Conflict) as refusal:
        contract.move(contract.officer, Kind.COMMIT, 500, "决(1) 号", fund=contract.city)
    assert refusal.value.code == "voucher_again"
    with pytest.raises(Conflict) as refusal:
        contract.move(contract.officer, Kind.COMMIT, 500, "决〔2〕号", fund=contract.fund("city", "另一项"))
    assert refusal.value.code == "other_fund"
    with pytest.raises(Conflict) as refusal:
        contract.move(contract.second, Kind.PAY, 1001, "付-1")
    assert refusal.value.code == "too_little"


def test_a12_staff_book_it_on_the_packages_page_and_the_winner_alone_sees_it(contract):
    there = reverse("training_tender", args=[contract.tender.uuid])
    officer = signed_in(contract.officer, staff=True)
    sent = {"act": "money", "award": "courses"}
    name = f"a{contract.award.pk}-"
    typed = {
        "kind": "commit",
        "fund": str(contract.city.pk),
        "fen": "480001",
        "voucher": "决〔1〕号",
        "day": today().isoformat(),
        "note": "",
    }
    answer = officer.post(there, sent | {name + key: value for key, value in typed.items()})
    assert answer.status_code in (409, 422)
    assert "不能超过合同金额" in answer.content.decode()
    typed["fen"] = "480,000.00"
    assert officer.post(there, sent | {name + key: value for key, value in typed.items()}).status_code == 302
    assert officer.post(there, sent | {"award": "research"}).status_code == 404
    assert "待拨付 480,000.00 元" in officer.get(there).content.decode()
    auditor = signed_in(contract.auditor, staff=True).get(there).content.decode()
    assert "待拨付 480,000.00 元" in auditor
    assert "登记款项" not in auditor
    page = reverse("tenders:bid", args=[contract.tender.uuid, "courses"])
    won_page = signed_in(contract.one_hr).get(page).content.decode()
    assert "决〔1〕号" in won_page
    assert "480,000.00" in won_page
    assert "决〔1〕号" not in signed_in(contract.two_hr).get(page).content.decode()


@settings(
    max_examples=examples(60),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["officer", "second"]), st.sampled_from(Kind.values), st.integers(1, CONTRACT)
        ),
        max_size=12,
    )
)
def test_a12_whatever_is_tried_what_the_fund_gave_is_what_stands_somewhere(contract, steps):
    """No account is below nothing, and no more than the contract is promised."""
    with transaction.atomic():
        numbers = count(1)
        for who, kind, fen in steps:
            fund = contract.city if kind == Kind.COMMIT else None
            with suppress(Refusal):
                contract.move(getattr(contract, who), kind, fen, f"号-{next(numbers)}", fund=fund)
        sums = vars(contract.sums()).values()
        assert min(sums) >= 0
        assert sum(sums) <= CONTRACT
        assert -money_of([contract.city.uuid]).get(contract.city.uuid, 0) == sum(sums)
        transaction.set_rollback(True)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a12_two_officers_promise_a_contract_once(clock):
    contract = Contract(clock)
    found = at_once(
        lambda: contract.move(contract.officer, Kind.COMMIT, CONTRACT, "决〔1〕号", fund=contract.city),
        lambda: contract.move(contract.second, Kind.COMMIT, CONTRACT, "决〔2〕号", fund=contract.city),
    )
    assert len(won(found)) == 1
    assert [item.code for item in found if isinstance(item, Conflict)] == ["above_budget"]
    assert contract.sums().committed == CONTRACT
