"""The one-off grant to a base (青人社〔2023〕17 号 五, 六), each row of the list by its number: from the application to the settlement."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from creditbank.api import audit, money_of
from creditbank.ledger.models import Entry, Transaction
from lms.lib.audit.models import AuditRow
from lms.lib.clock import today
from lms.lib.errors import Conflict, Invalid, NotAllowed
from lms.lib.outbox.models import OutboxEvent
from lms.training.grants import queries, rules, services
from lms.training.grants.fields import FenField
from lms.training.grants.models import Fund, Grant, Movement, Spend, SpendStep
from lms.training.grants.process import CODE
from lms.training.grants.rules import BudgetLine, Facts, Totals
from lms.training.grants.words import use_label
from lms.training.lifecycle.services import Said, act, attach, begin
from tests.factories.accounts import MembershipFactory, OrganisationFactory, UserFactory, member
from tests.learning.clients import signed_in
from tests.training.cases import at, pdf
from tests.training.grants import FACTS, WHOLE, House, ruled

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(clock):
    return House()


def traces():
    """Everything an act could leave."""
    models = (Grant, Movement, Spend, SpendStep, Transaction, Entry, AuditRow, OutboxEvent)
    return [model.objects.count() for model in models]


def refused(house, code, user, case, name, **said):
    """The act is refused with the code, and leaves nothing."""
    case.refresh_from_db()
    house.heard(case, name)
    before, state = traces(), case.state
    with pytest.raises((Conflict, Invalid, NotAllowed)) as found:
        house.act(user, case, name, **said)
    assert found.value.code == code
    case.refresh_from_db()
    assert (traces(), case.state) == (before, state)
    return str(found.value.message)


# --- A24: which money pays for what ---------------------------------------------------------------------------


@pytest.mark.parametrize("money", list(rules.Money))
@pytest.mark.parametrize("level", list(rules.Level))
def test_a24_city_money_pays_national_and_city_district_money_vocational_and_district(money, level):
    right = {"city": {"national", "city"}, "district": {"vocational", "district"}}
    assert rules.fits(money, level) is (level.value in right[money.value])


def test_a24_a_fund_of_the_city_is_refused_with_its_document(house):
    case = house.checked()
    city = house.source("city", "市级专项")
    said = refused(house, "fund_mismatch", house.officer, case, "approve", **house.meeting(fund=city))
    assert "沪人社专〔2022〕372 号 四(二)" in said
    assert "区级项目" in said


def test_a24_a_fund_of_another_authority_or_of_later_is_none(house):
    case = house.checked()
    other = House()
    later = Fund.objects.create(
        authority=house.authority,
        money="district",
        name="明年的",
        document="无",
        valid_from=today() + timedelta(1),
        at="2026-01-01T00:00Z",
    )
    for fund in (other.fund, later, None, "1"):
        refused(house, "invalid_grant", house.officer, case, "approve", **house.meeting(fund=fund))


def test_a24_funds_are_set_by_the_authority_s_administrator(house):
    new = services.NewFund(house.authority, "city", "市级专项", "文件", date(2026, 1, 1))
    for user in (house.officer, house.clerk, UserFactory()):
        with pytest.raises(NotAllowed):
            services.set_fund(user, new)
    assert services.set_fund(house.chief, new).money == "city"
    with pytest.raises(Conflict):
        services.set_fund(house.chief, new)
    with pytest.raises(Invalid):
        services.set_fund(house.chief, services.NewFund(house.authority, "union", "工会", "文件", today()))


# --- A38: once ----------------------------------------------------------------------------------------------------


def test_a38_a_second_grant_is_refused_from_the_beginning(house):
    house.paid()
    with pytest.raises(Conflict, match="一次性") as found:
        begin(house.clerk, CODE, house.firm, house.authority)
    assert "青人社〔2023〕17 号 五" in str(found.value.message)


def test_a38_the_code_counts_not_the_account(house):
    """The same body registered twice, with a base for each: one grant."""
    twin = OrganisationFactory(name="青申精机（旧）", kind="enterprise", uscc=house.firm.uscc.lower())
    clerk = member("hr", twin)
    house.standing(twin, clerk)
    second = house.checked(body=twin, clerk=clerk)
    house.committed()
    refused(house, "second_grant", house.officer, second, "approve", **house.meeting())
    with pytest.raises(Conflict, match="一次性"):
        house.application(body=twin, clerk=clerk)


def test_a38_the_database_itself_holds_it(house):
    grant = house.grant(house.committed())
    other = House()
    with pytest.raises(IntegrityError, match=r"(?i)unique"), transaction.atomic():
        Grant.objects.create(
            case=other.base.case,
            base=other.base,
            fund=other.fund,
            uscc=grant.uscc,
            fen=1,
            key_project=True,
            decided_on=today(),
            members=["一"],
            act=grant.act,
        )


def test_a38_one_that_was_cancelled_before_payment_is_none(house):
    case = house.committed()
    house.act(house.officer, case, "cancel", reason="资金计划调整")
    assert services.totals_of(house.grant(case)) == Totals()
    assert money_of([house.fund.uuid]) == {house.fund.uuid: 0}
    again = house.committed()
    assert house.grant(again).fen == WHOLE


def test_a38_a_body_without_a_code_and_one_without_a_plaque_do_not_apply(house):
    house.firm.uscc = ""
    house.firm.save()
    case = house.application()
    with pytest.raises(Invalid) as found:
        house.act(house.clerk, case, "submit")
    assert found.value.details["missing"] == ["uscc"]
    # There is no page where a registered body adds one.
    assert "机构资料" not in str(found.value.message)
    body, clerk = house.other()
    with pytest.raises(Conflict, match="在册的技能实训基地"):
        begin(clerk, CODE, body, house.authority)


def test_a38_a_base_taken_back_meanwhile_gets_nothing(house):
    case = house.checked()
    house.base.removed_on = today()
    house.base.save()
    refused(house, "no_base", house.officer, case, "approve", **house.meeting())


def test_a38_a_base_taken_back_after_the_decision_is_not_paid(house):
    case = house.committed()
    house.base.removed_on = today()
    house.base.save()
    refused(house, "no_base", house.officer, case, "pay", paid_on=today(), voucher="BK-1")
    house.act(house.officer, case, "cancel", reason="基地已核销")
    assert services.totals_of(house.grant(case)) == Totals()


def test_a39_nothing_comes_back_before_it_was_paid(house, clock):
    case = house.committed()
    decided = today()
    clock.move_to(at(decided + timedelta(2)))
    house.act(house.officer, case, "pay", paid_on=today(), voucher="BK-1")
    said = {"fen": 1, "paid_on": decided, "voucher": "TK-1"}
    refused(house, "invalid_grant", house.officer, case, "take_back", **said)


# --- A39: earmarked -----------------------------------------------------------------------------------------------


def test_a39_there_are_twelve_uses_and_other():
    """The words of 五, in its order; what its 等 leaves open is the thirteenth."""
    said = "场地设备租赁 耗材工具购置 师资培养 带徒传技 项目开发 技术交流攻关 培训进修 技能竞赛 鉴定考核 创新科研 著作出版 课题调研"
    assert [use_label(use) for use in rules.NAMED_USES] == said.split()
    assert len(rules.NAMED_USES) == 12
    assert set(rules.Use) == {*rules.NAMED_USES, rules.Use.OTHER}


def test_a39_never_above_the_limit(house):
    over = Facts("用途", (BudgetLine("rent", WHOLE + 1),))
    case = house.application(over)
    with pytest.raises(Invalid, match=r"200,000\.00") as found:
        house.act(house.clerk, case, "submit")
    assert found.value.details["missing"] == ["most"]


def test_a39_the_limit_is_the_rule_of_the_day_it_was_handed_in(clock):
    house = House(most_yuan=150_000)
    case = house.application(Facts("用途", (BudgetLine("rent", 15_000_000),)))
    house.act(house.clerk, case, "submit")
    ruled(house.authority)
    house.act(house.officer, case, "check")
    said = refused(house, "above_limit", house.officer, case, "approve", **house.meeting(fen=15_000_001))
    assert "150,000.00" in said
    house.act(house.officer, case, "approve", **house.meeting(fen=15_000_000))


def test_a39_no_authority_may_set_more_than_the_document_says(house):
    with pytest.raises(Invalid, match="资助金额上限"):
        ruled(house.authority, most_yuan=200_001)


def test_a39_no_more_than_was_asked_for(house):
    case = house.checked(facts=Facts("用途", (BudgetLine("rent", 100),)))
    refused(house, "above_limit", house.officer, case, "approve", **house.meeting(fen=101))
    for fen in (0, -1, 1.5, None, "100", True):
        refused(house, "invalid_grant", house.officer, case, "approve", **house.meeting(fen=fen))


def test_a39_each_spend_has_use_and_voucher(house):
    case = house.paid()
    for change in (
        {"use": "party"},
        {"use": "other"},
        {"use": ""},
        {"voucher": " "},
        {"payee": ""},
        {"fen": 0},
        {"paid_on": today() + timedelta(1)},
        {"paid_on": today() - timedelta(1)},
        {"voucher": "长" * 61},
        {"payee": "a\0b"},
    ):
        with pytest.raises(Invalid) as found:
            house.spend(case, **{"fen": 100} | change)
        assert found.value.details["field"] in change
    with pytest.raises(Invalid, match="支出凭证"):
        house.act(
            house.clerk,
            case,
            "spend",
            file=False,
            use="rent",
            fen=1,
            payee="甲",
            voucher="1",
            paid_on=today(),
        )
    house.spend(case, 100)
    # The file of the first proves nothing of the second.
    with pytest.raises(Invalid, match="支出凭证"):
        house.act(
            house.clerk,
            case,
            "spend",
            file=False,
            use="rent",
            fen=1,
            payee="甲",
            voucher="2",
            paid_on=today(),
        )
    assert Spend.objects.count() == 1


def test_a39_a_voucher_counts_once(house):
    case = house.paid()
    house.spend(case, 100)
    with pytest.raises(Invalid, match="一张凭证只能列支一次"):
        house.spend(case, 100)
    with pytest.raises(Invalid, match="一张凭证只能列支一次"):
        house.spend(case, 50, "teachers", " ｆｐ－1", payee="青申 工具店")
    house.act(house.officer, case, "strike", reason="金额录错", spend=1)
    house.spend(case, 90)
    assert services.totals_of(house.grant(case)).spent == (("materials", 90),)


def test_a39_never_spent_above_what_was_paid(house):
    case = house.paid()
    house.spend(case, WHOLE - 1)
    with pytest.raises(Invalid, match=r"0\.01") as found:
        house.spend(case, 2, voucher="FP-2")
    assert found.value.code == "above_paid"
    house.spend(case, 1, "teachers", "FP-2")
    assert services.totals_of(house.grant(case)) == Totals(
        0, 0, 0, (("materials", WHOLE - 1), ("teachers", 1))
    )


def test_a39_other_counts_only_when_it_was_agreed_to(house):
    case = house.paid()
    said = {"fen": 500, "payee": "青申印务", "voucher": "FP-9", "paid_on": today()}
    house.act(house.clerk, case, "propose", reason="制作实训图册", **said)
    assert services.totals_of(house.grant(case)).held == WHOLE
    with pytest.raises(Conflict):
        house.spend(case, 100)
    with pytest.raises(NotAllowed):
        house.act(house.clerk, case, "allow")
    house.act(house.officer, case, "disallow", reason="不在用途之内")
    assert services.totals_of(house.grant(case)).spent == ()
    house.act(house.clerk, case, "propose", reason="制作实训图册，补充说明", **said)
    assert "青申印务" in "".join(queries.waiting_spend(house.grant(case)).payee)
    house.act(house.officer, case, "allow")
    assert services.totals_of(house.grant(case)).spent == (("other", 500),)


def test_a39_the_time_for_use_is_the_body_s_and_outlives_what_is_sent_back(clock):
    """While the authority answers it does not run against it; afterwards it is what it was."""
    house = House(use_months=12, settle_days=10)
    case = house.paid()
    case.refresh_from_db()
    due = case.due_on
    assert due is not None
    said = {"fen": 500, "payee": "青申印务", "voucher": "FP-9", "paid_on": today()}
    house.act(house.clerk, case, "propose", reason="制作实训图册", **said)
    case.refresh_from_db()
    assert case.due_on is None
    house.act(house.officer, case, "disallow", reason="不在用途之内")
    case.refresh_from_db()
    assert case.due_on == due
    house.act(house.clerk, case, "settle_up")
    house.act(house.officer, case, "back", reason="决算和支出不符")
    case.refresh_from_db()
    assert (case.state, case.due_on) == ("running", due)


def test_a39_nothing_is_spent_after_the_months_of_use(clock):
    """By the day of the payment: what was paid in time may be reported later, what was paid later goes back."""
    house = House(use_months=2)
    case = house.paid()
    case.refresh_from_db()
    last = case.due_on
    clock.move_to(at(last + timedelta(days=1)))
    said = {"fen": 500, "payee": "青申印务", "voucher": "FP-9", "paid_on": today()}
    for name, more in (("spend", {"use": "rent"}), ("propose", {"reason": "制作实训图册"})):
        words = refused(house, "after_use", house.clerk, case, name, **said, **more)
        # The rule with its day and document, and the last day.
        for text in (last.isoformat(), "2023-06-14", "青人社〔2023〕17 号", "五"):
            assert text in words
    house.spend(case, 700, paid_on=last)
    house.act(house.clerk, case, "propose", reason="制作实训图册", **said | {"paid_on": last})
    house.act(house.officer, case, "allow")
    assert services.totals_of(house.grant(case)).spent == (("materials", 700), ("other", 500))
    house.act(house.officer, case, "take_back", fen=WHOLE - 1200, paid_on=today(), voucher="TK-1")
    assert services.totals_of(house.grant(case)).held == 0


def test_a39_a_struck_spend_goes_back_to_what_is_left_once(house):
    case = house.paid()
    house.spend(case, 700)
    for number in (0, 2, "x", None):
        refused(house, "invalid_grant", house.officer, case, "strike", reason="录错", spend=number)
    house.act(house.officer, case, "strike", reason="录错", spend="1")
    assert services.totals_of(house.grant(case)) == Totals(0, WHOLE, 0, ())
    refused(house, "invalid_grant", house.officer, case, "strike", reason="录错", spend=1)
    assert Transaction.objects.get(kind="reversal").memo == "录错"


# --- A40: the group decides ---------------------------------------------------------------------------------------


def test_a40_no_payment_without_the_group_s_decision(house):
    case = house.checked()
    refused(house, "moved_on", house.officer, case, "pay", paid_on=today(), voucher="1")
    assert money_of([house.fund.uuid]) == {house.fund.uuid: 0}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"decided_on": None}, "invalid_grant"),
        ({"decided_on": "2026-03-02"}, "invalid_grant"),
        ({"decided_on": date(2030, 1, 1)}, "invalid_grant"),
        ({"decided_on": date(2020, 1, 1)}, "invalid_grant"),
        ({"file": False}, "evidence_missing"),
    ],
    ids=str,
)
def test_a40_a_decision_has_day_and_minutes(house, change, code):
    case = house.checked()
    refused(house, code, house.officer, case, "approve", **house.meeting(**change))


def test_a40_it_is_a_key_project_of_the_district_pool(house, client):
    case = house.committed()
    grant = house.grant(case)
    assert (grant.key_project, grant.members) == (
        True,
        [f"丁局（{house.authority.name}）：同意", "陈方（区财政局）：同意", "黄圆（区总工会）：同意"],
    )
    client.force_login(house.clerk)
    said = client.get(reverse("cases:case", args=[case.uuid])).content.decode()
    assert "区地方教育附加区级统筹资金重点项目" in said


def test_a40_who_declines_says_why_and_nothing_is_booked(house):
    case = house.checked()
    house.act(house.officer, case, "decline", reason="今年的统筹资金已用完", decided_on=today())
    assert case.papers.get(kind="refusal").content.count("丁局") == 1
    assert not Transaction.objects.exists()
    assert house.application().pk


# --- the way of the money -----------------------------------------------------------------------------------------


def test_money_moves_only_as_postings_and_the_audit_proves_them(house):
    case = house.paid()
    house.spend(case, 12_000_000)
    house.spend(case, 5_000_000, "teachers", "FP-2")
    house.act(house.clerk, case, "settle_up")
    said = refused(house, "money_left", house.officer, case, "settle")
    assert "30,000.00" in said
    refused(
        house, "above_paid", house.officer, case, "take_rest", fen=3_000_001, paid_on=today(), voucher="TK"
    )
    house.act(house.officer, case, "take_rest", fen=3_000_000, paid_on=today(), voucher="TK-1")
    house.act(house.officer, case, "settle")
    grant = house.grant(case)
    totals = services.totals_of(grant)
    assert totals == Totals(0, 0, 3_000_000, (("materials", 12_000_000), ("teachers", 5_000_000)))
    assert totals.paid == WHOLE
    assert money_of([house.fund.uuid]) == {house.fund.uuid: -WHOLE}
    kinds = list(Transaction.objects.order_by("posted_at").values_list("kind", "rule_code", "rule_version"))
    assert [kind for kind, _code, _version in kinds] == [
        "grant.commit",
        "grant.pay",
        "grant.spend",
        "grant.spend",
        "grant.return",
    ]
    assert {(code, version) for _kind, code, version in kinds} == {(CODE, 1)}
    assert OutboxEvent.objects.filter(kind="money.posted").count() == 5
    assert not OutboxEvent.objects.filter(kind__in=["hours.posted", "credit.posted"]).exists()
    report = audit()
    assert (report.broken, report.checked["transactions"], report.checked["announced"]) == (0, 5, 5)
    (row,) = queries.fund_sums([house.fund])
    assert (row.promised, row.out, row.back, row.grants) == (WHOLE, WHOLE, 3_000_000, 1)


def test_totals_take_the_same_queries_however_many_vouchers(house, django_assert_num_queries):
    case = house.paid()
    for number in range(6):
        house.spend(case, 100 + number, voucher=f"FP-{number}")
    grant = house.grant(case)
    with django_assert_num_queries(3):
        services.totals_of(grant)


def test_an_officer_of_the_applicant_s_own_body_decides_nothing(house):
    MembershipFactory(user=house.second, organisation=house.firm, role="teacher")
    case = house.application()
    house.act(house.clerk, case, "submit")
    refused(house, "own_case", house.second, case, "check")


def test_by_role_who_may_do_what(house):
    case = house.checked()
    for user in (house.clerk, house.chief, UserFactory(), member("officer")):
        with pytest.raises(NotAllowed):
            house.act(user, case, "approve", **house.meeting())
    house.act(house.officer, case, "approve", **house.meeting())
    with pytest.raises(NotAllowed):
        house.act(house.clerk, case, "pay", paid_on=today(), voucher="1")
    house.act(house.officer, case, "pay", paid_on=today(), voucher="1")
    with pytest.raises(NotAllowed):
        said = {"use": "rent", "fen": 1, "payee": "甲", "voucher": "1", "paid_on": today()}
        house.act(house.officer, case, "spend", **said)


def test_a_voucher_is_not_uploaded_beside_an_act(house):
    case = house.application()
    for kind in ("voucher", "report", "minutes"):
        with pytest.raises(Invalid):
            attach(house.clerk, case, kind, [pdf()])


def test_an_act_without_values_is_refused_and_leaves_nothing(house):
    case = house.checked()
    before = traces()
    with pytest.raises(Invalid):
        act(house.officer, case_now(case), "approve", Said("同意", [pdf()]))
    assert traces() == before


def case_now(case):
    case.refresh_from_db()
    return case


# --- pages --------------------------------------------------------------------------------------------------------


def test_the_page_of_the_money_is_for_the_body_and_the_authority(house, client):
    case = house.paid()
    house.spend(case, 12_345)
    address = reverse("cases:grant_money", args=[case.uuid])
    for user, status in (
        (house.clerk, 200),
        (house.officer, 200),
        (house.chief, 200),
        (UserFactory(), 404),
        (member("hr"), 404),
        (member("officer"), 404),
    ):
        client.force_login(user)
        assert client.get(address).status_code == status
    client.force_login(house.clerk)
    said = client.get(address).content.decode()
    assert "123.45 元" in said
    assert "青申工具店" in said


def test_the_forms_of_acts_ask_for_what_they_need(house, client):
    case = house.paid()
    client.force_login(house.clerk)
    address = reverse("cases:case", args=[case.uuid])
    page = client.get(address).content.decode()
    assert 'name="use"' in page
    case.refresh_from_db()
    said = {
        "act": "spend",
        "revision": case.revision,
        "use": "rent",
        "fen": "1,000.50",
        "payee": "园区物业",
        "voucher": "FP-7",
        "paid_on": today().isoformat(),
        "evidence": pdf("发票.pdf"),
    }
    wrong = client.post(address, said | {"fen": "1.005", "evidence": pdf()})
    assert wrong.status_code == 422
    assert client.post(address, said).status_code == 302
    assert services.totals_of(house.grant(case)).spent == (("rent", 100_050),)


def test_a39_any_voucher_can_be_struck_however_many_there_are(house, monkeypatch):
    case = house.paid()
    for number in range(3):
        house.spend(case, 700, voucher=f"FP-{number}")
    client = signed_in(house.officer, staff=True)
    address = reverse("training_case", args=[case.uuid])
    assert '<select name="spend"' in client.get(address).content.decode()
    monkeypatch.setattr(queries, "MOST_CHOICES", 2)
    page = client.get(address).content.decode()
    assert '<input type="text" name="spend"' in page
    case.refresh_from_db()
    said = {"act": "strike", "revision": case.revision, "reason": "金额录错"}
    assert client.post(address, said | {"spend": "9"}).status_code == 422
    assert client.post(address, said | {"spend": "1"}).status_code == 302
    assert services.totals_of(house.grant(case)).spent_in_all == 1400


def test_an_application_is_filled_in_line_by_line(house, client):
    case = begin(house.clerk, CODE, house.firm, house.authority)
    client.force_login(house.clerk)
    address = reverse("cases:facts", args=[case.uuid])
    rows = {
        "purpose": "添置耗材",
        "lines-TOTAL_FORMS": "2",
        "lines-INITIAL_FORMS": "0",
        "lines-0-use": "materials",
        "lines-0-fen": "100000.00",
        "lines-0-note": "",
        "lines-1-use": "",
        "lines-1-fen": "",
        "lines-1-note": "",
    }
    assert client.post(address, rows | {"press": "more"}).status_code == 302
    case.refresh_from_db()
    assert rules.load(case.facts) == Facts("添置耗材", (BudgetLine("materials", 10_000_000),))
    assert 'value="100000.00"' in client.get(address).content.decode()
    assert client.post(address, rows | {"lines-0-fen": "1.234"}).status_code == 422


def test_the_screen_of_funds_is_for_the_authority_and_its_administrator_adds(house, client):
    house.paid()
    address = reverse("training_funds")
    for user in (house.officer, house.chief, house.clerk):
        user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(house.clerk)
    assert client.get(address).status_code == 403
    new = {"name": "新的一笔", "money": "district", "document": "文件", "valid_from": "2026-01-01"}
    client.force_login(house.officer)
    assert "200,000.00 元" in client.get(address).content.decode()
    assert client.post(address, new).status_code == 403
    client.force_login(house.chief)
    assert client.post(address, new).status_code == 302
    assert Fund.objects.filter(name="新的一笔", authority=house.authority).exists()


def test_facts_are_kept_as_they_were_said():
    assert rules.load(rules.dump(FACTS)) == FACTS


def test_the_menu_leads_to_where_something_waits_and_on_to_the_others(house, client):
    house.officer.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(house.officer)
    base, grant = (reverse("training_cases", args=[code]) for code in ("skills-base", CODE))
    case = house.application()
    house.act(house.clerk, case, "submit")
    assert client.get(reverse("training_cases_first")).url == grant
    said = client.get(grant).content.decode()
    assert f'href="{base}?authority=' in said
    assert "ZZ-2026-00001" in said
    house.act(house.officer, case, "refuse", reason="预算不符")
    assert client.get(reverse("training_cases_first")).url in (base, grant)


def test_a39_what_was_not_agreed_to_is_booked_under_no_other_name(house):
    case = house.paid()
    said = {"fen": 500, "payee": "青申印务", "voucher": "FP-9", "paid_on": today()}
    house.act(house.clerk, case, "propose", reason="制作实训图册", **said)
    house.act(house.officer, case, "disallow", reason="不在用途之内")
    with pytest.raises(Invalid, match="没有被同意") as refused:
        house.spend(case, 500, "publishing", " ｆｐ－9", payee="青申 印务")
    assert refused.value.code == "voucher_refused"
    assert services.totals_of(house.grant(case)).spent == ()
    house.spend(case, 500, "publishing", "FP-9", payee="另一家印务")


def test_a37_from_the_day_a_base_is_taken_back_nothing_more_is_spent_of_its_grant(house):
    case = house.paid()
    grant = house.grant(case)
    grant.base.removed_on = today()
    grant.base.save()
    for name in ("spend", "propose"):
        said = {"fen": 100, "payee": "青申工具店", "voucher": "FP-1", "paid_on": today()}
        use = {"use": "materials"} if name == "spend" else {}
        with pytest.raises(Invalid, match="核销") as refused:
            house.act(house.clerk, case, name, **said | use)
        assert refused.value.code == "base_removed"
    assert services.totals_of(grant).held == WHOLE
    # What was paid while it stood counts, whenever it is told of.
    grant.base.removed_on = today() + timedelta(days=1)
    grant.base.save()
    house.spend(case, 100)
    assert services.totals_of(grant).spent == (("materials", 100),)


def test_a39_another_use_is_not_agreed_to_once_the_base_was_taken_back_before_the_payment(house):
    case = house.paid()
    said = {"fen": 500, "payee": "青申印务", "voucher": "FP-9", "paid_on": today()}
    house.act(house.clerk, case, "propose", reason="制作实训图册", **said)
    grant = house.grant(case)
    grant.base.removed_on = today()
    grant.base.save()
    assert "核销" in refused(house, "base_removed", house.officer, case, "allow")
    # The answer that is left is no, and nothing of the money was counted.
    house.act(house.officer, case, "disallow", reason="基地已经核销")
    assert services.totals_of(grant).spent == ()


def test_a39_another_use_of_a_day_on_which_the_base_still_stood_is_agreed_to_later(house):
    case = house.paid()
    said = {"fen": 500, "payee": "青申印务", "voucher": "FP-9", "paid_on": today()}
    house.act(house.clerk, case, "propose", reason="制作实训图册", **said)
    grant = house.grant(case)
    grant.base.removed_on = today() + timedelta(days=1)
    grant.base.save()
    house.act(house.officer, case, "allow")
    assert services.totals_of(grant).spent == (("other", 500),)


@pytest.mark.parametrize(
    ("typed", "fen"),
    [("1,000.5", 100_050), ("１２．３４", 1234), ("1e3", None), ("1E3", None), ("0x1", None)]
    # Commas part thousands or are none: "12,50" was twelve and a half to who typed it, and 1,250.00 to the form.
    + [("1,234,567.89", 123_456_789), ("１，２３４", 123_400), ("0.50", 50)]
    + [
        (said, None)
        for said in ("1,2,3", "12,50", "1,23,456", ",123", "1234,567", "1,,000", "1,000,", "1.0,000")
    ],
)
def test_a39_sums_are_figures_as_people_write_them(typed, fen):
    if fen is None:
        with pytest.raises(ValidationError):
            FenField().clean(typed)
    else:
        assert FenField().clean(typed) == fen
