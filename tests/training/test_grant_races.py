"""Real connections at the same moment: two second grants, two officers, two vouchers for the same last money."""

import pytest

from creditbank.api import audit, money_of
from creditbank.ledger.models import Transaction
from lms.lib.clock import today
from lms.lib.errors import Conflict, Refusal
from lms.training.coordination.api import state_opinion
from lms.training.grants import services
from lms.training.grants.models import Grant, Movement, Spend
from lms.training.lifecycle.models import Case
from lms.training.lifecycle.services import Said, act
from tests.factories.accounts import OrganisationFactory, member
from tests.races import at_once, won
from tests.training.cases import pdf
from tests.training.grants import WHOLE, House

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def test_a38_two_second_grants_at_once_are_one(clock):
    house = House()
    cases = [house.checked()]
    for number in range(3):
        twin = OrganisationFactory(name=f"同一单位{number}", kind="enterprise", uscc=house.firm.uscc)
        clerk = member("hr", twin)
        house.standing(twin, clerk)
        cases.append(house.checked(body=twin, clerk=clerk))
    for case in cases:
        house.says(case, "agree")
    results = at_once(
        *[
            lambda case=case: act(
                house.officer, Case.objects.get(pk=case.pk), "approve", Said("同意", [pdf()], house.meeting())
            )
            for case in cases
        ]
    )
    assert len(won(results)) == 1
    assert {result.code for result in results if isinstance(result, Refusal)} == {"second_grant"}
    assert Grant.objects.filter(uscc=house.firm.uscc, cancelled_on__isnull=True).count() == 1
    assert money_of([house.fund.uuid]) == {house.fund.uuid: -WHOLE}
    assert audit().broken == 0


def test_a40_two_officers_decide_at_once_and_one_wins(clock):
    house = House()
    case = house.checked()
    Case.objects.filter(pk=case.pk).update(handler=None)
    house.says(case, "agree")
    seen = Case.objects.get(pk=case.pk)
    acts = [
        (house.officer, "approve", house.meeting()),
        (house.second, "approve", house.meeting()),
    ] * 2
    results = at_once(
        *[
            lambda user=user, name=name, said=said: act(user, seen, name, Said("会议决定", [pdf()], said))
            for user, name, said in acts
        ]
    )
    assert len(won(results)) == 1
    assert {(type(row), row.code) for row in results if isinstance(row, Refusal)} == {(Conflict, "moved_on")}
    assert Grant.objects.count() == Transaction.objects.count() <= 1


def test_a40_paid_once_though_several_press(clock):
    house = House()
    seen = Case.objects.get(pk=house.committed().pk)
    said = {"paid_on": today(), "voucher": "BK-1"}
    results = at_once(*[lambda: act(house.officer, seen, "pay", Said("", [pdf()], said))] * 4)
    assert len(won(results)) == 1
    assert Movement.objects.filter(kind="pay").count() == 1
    assert services.totals_of(house.grant(seen)).held == WHOLE


def test_a39_two_vouchers_for_the_last_money(clock):
    house = House()
    case = house.paid()
    house.spend(case, WHOLE - 100)

    def spend(number):
        def once():
            said = {"use": "rent", "fen": 100, "payee": "店", "voucher": f"X-{number}", "paid_on": today()}
            return act(house.clerk, Case.objects.get(pk=case.pk), "spend", Said("", [pdf()], said))

        return once

    results = at_once(*[spend(number) for number in range(4)])
    assert len(won(results)) == 1
    assert Spend.objects.filter(fen=100).count() == 1
    assert services.totals_of(house.grant(case)).held == 0
    assert audit().broken == 0


def test_a40_a_word_that_is_taken_back_while_the_decision_is_entered(clock):
    """Either the decision finds it, or it comes too late and says so."""
    house = House()
    case = house.checked()
    house.says(case, "agree", "agree", "against")
    seen = Case.objects.get(pk=case.pk)
    results = at_once(
        lambda: act(house.officer, seen, "approve", Said("同意", [pdf()], house.meeting())),
        lambda: state_opinion(house.group[1], seen, "against", "预算偏高"),
    )
    lost = [row for row in results if isinstance(row, Refusal)]
    assert [row.code for row in lost] in (["no_decision"], ["not_waiting"])
    assert Grant.objects.count() == (lost[0].code == "not_waiting")
