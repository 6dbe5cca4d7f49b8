"""Around midnight: days that are closed, last days that are over, and nothing that waits for a nightly pass to be true."""

from datetime import date, datetime, timedelta

import pytest
import time_machine

from creditbank.applications import expiry, redemptions
from creditbank.applications.models import Application, OutcomeUse, UseDraw
from creditbank.applications.services import (
    Move,
    appeal,
    close_late,
    decide,
    escalate,
    reverse_recognition,
    submit,
    supplement,
)
from creditbank.ledger.models import Transaction
from creditbank.proofs.models import LedgerDay
from creditbank.proofs.services import close_until, make_roots
from lms.lib.calendar.services import NewYear, load_year
from lms.lib.clock import SHANGHAI, today
from lms.lib.errors import Conflict
from tests.creditbank.applications.cases import House, books_hold, credits_of
from tests.creditbank.applications.test_lots import approved, transfer_rule
from tests.factories.creditbank import SYSTEM

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def at(day, hour=12, minute=0, second=0):
    moment = datetime.combine(date.fromisoformat(day), datetime.min.time(), SHANGHAI)
    return time_machine.travel(moment.replace(hour=hour, minute=minute, second=second), tick=False)


def last_second(day):
    return at(day, 23, 59, 59)


def closed(day):
    """Another server, whose clock is a little ahead, has closed the day."""
    with at((date.fromisoformat(day) + timedelta(days=1)).isoformat(), 0):
        close_until(date.fromisoformat(day))
    assert LedgerDay.objects.filter(day=day).exists()


def test_of_a_day_that_is_closed_nothing_is_half_written():
    house = House(reviewers=1)
    with at("2026-03-02"):
        learner, row = house.case()
        other, second = approved(house)
        asked = redemptions.request(other, second.programme)
    closed("2026-03-02")
    acts = (
        lambda: decide(house.first, row, approve=True, reason="相符"),
        lambda: reverse_recognition(house.admin, second, reason="更正"),
        lambda: redemptions.redeem(house.admin, asked, reason="毕业"),
    )
    with last_second("2026-03-02"):
        for act in acts:
            with pytest.raises(Conflict) as refusal:
                act()
            assert refusal.value.code == "day_closed"
    row.refresh_from_db()
    asked.refresh_from_db()
    assert (row.state, row.steps.count(), asked.state) == ("submitted", 1, "requested")
    assert Transaction.objects.count() == OutcomeUse.objects.count() == 1
    with at("2026-03-03", 0):
        assert decide(house.first, row, approve=True, reason="相符").state == "approved"
        assert redemptions.redeem(house.admin, asked, reason="毕业").state == "redeemed"
        assert [root.day for root in make_roots()] == [date(2026, 3, 2)]
    with at("2026-03-04"):
        assert len(make_roots()) == 1
    assert credits_of(learner) == 800
    books_hold()


def test_a_supplement_is_in_time_until_its_last_second_and_not_after():
    house = House(fields={"review_days": 5, "supplement_days": 5})
    from creditbank.applications.services import ask

    with at("2026-03-02"):
        people = [house.case() for _ in range(2)]
        rows = [ask(house.first, row, what="请补拍证书背面") for _learner, row in people]
        assert {row.due_on for row in rows} == {date(2026, 3, 9)}
    with last_second("2026-03-09"):
        assert close_late() == 0
        assert supplement(people[0][0], rows[0], text="补").state == "submitted"
    with at("2026-03-10", 0):
        with pytest.raises(Conflict) as refusal:
            supplement(people[1][0], rows[1], text="补")
        assert refusal.value.code == "too_late"
        # Closed by the attempt itself, and once.
        assert close_late() == 0
        with pytest.raises(Conflict) as refusal:
            supplement(people[1][0], rows[1], text="补")
        assert refusal.value.code == "already_decided"
    rows[1].refresh_from_db()
    assert (rows[1].state, rows[1].steps.filter(act="expire").count()) == ("expired", 1)


def test_an_appeal_whose_term_reached_into_an_unpublished_year_gets_its_last_day():
    house = House(reviewers=1, fields={"appeal_days": 10})

    def published(year):
        off = [date(year, 1, 1) + timedelta(days=step) for step in range(14)]
        load_year(SYSTEM, NewYear(year, off, [], f"国务院办公厅关于{year}年部分节假日安排的通知（测试）"))

    with at("2027-12-27"):
        published(2027)
        learner, row = house.case()
        row = decide(house.first, row, approve=False, reason="看不清")
        assert row.due_on is None
        escalate()
        row.refresh_from_db()
        assert row.due_on is None
        published(2028)
        escalate()
    row.refresh_from_db()
    last = row.due_on
    assert last is not None
    with last_second(last.isoformat()):
        assert appeal(learner, row, reason="看得清").state == "appealed"
    Application.objects.filter(pk=row.pk).update(state="refused", due_on=last)
    with at((last + timedelta(days=1)).isoformat(), 0), pytest.raises(Conflict) as refusal:
        appeal(learner, row, reason="看得清")
    assert refusal.value.code == "too_late"


@pytest.fixture
def mortal():
    """Credits of a year's life, told of 90 and 30 days before."""
    return House(reviewers=1, fields={"shelf_life_months": 12, "notice_days": (90, 30)})


def told(house):
    """Somebody's credits that end on 2027-01-31, every notice given."""
    with at("2026-01-31"):
        learner, row = approved(house)
    for day in ("2026-11-10", "2027-01-01"):
        with at(day):
            assert expiry.give_notices() == 1
    return learner, row


def test_what_is_over_is_not_redeemed_before_the_nightly_pass_either(mortal):
    learner, row = told(mortal)
    with last_second("2027-01-31"):
        assert redemptions.redeemable(learner) == [(row.programme, 800)]
        asked = redemptions.request(learner, row.programme)
    with at("2027-02-01", 0):
        assert redemptions.redeemable(learner) == []
        with pytest.raises(Conflict) as refusal:
            redemptions.redeem(mortal.admin, asked, reason="毕业")
        assert refusal.value.code == "credits_changed"
        assert expiry.expire() == 1
        with pytest.raises(Conflict) as refusal:
            redemptions.redeem(mortal.admin, asked, reason="毕业")
        assert refusal.value.code == "credits_changed"
    assert [draw.kind for draw in UseDraw.objects.all()] == ["expiry"]
    books_hold()


def test_redeemed_in_the_last_second(mortal):
    learner, row = told(mortal)
    with last_second("2027-01-31"):
        redemptions.redeem(mortal.admin, redemptions.request(learner, row.programme), reason="毕业")
    with at("2027-02-01", 0):
        assert expiry.expire() == 0
    assert [draw.kind for draw in UseDraw.objects.all()] == ["redemption"]
    books_hold()


def test_what_is_over_does_not_move_to_another_college_either(mortal):
    receiving = House(reviewers=1, code="college-b")
    learner, row = told(mortal)
    version = transfer_rule(mortal, receiving)
    with last_second("2027-01-31"):
        moving = submit(learner, Move(row.uuid, "EL101", version.rule.code, 1))
    with at("2027-02-01", 0):
        with pytest.raises(Conflict) as refusal:
            decide(receiving.first, moving, approve=True, reason="按协议")
        assert refusal.value.code == "credits_gone"
        assert expiry.expire() == 1
    books_hold()


def test_what_nobody_was_told_of_is_not_over(mortal):
    with at("2026-01-31"):
        learner, row = approved(mortal)
    with at("2027-02-01", 0):
        assert today() > OutcomeUse.objects.get().expires_on
        redemptions.redeem(mortal.admin, redemptions.request(learner, row.programme), reason="毕业")
    books_hold()
