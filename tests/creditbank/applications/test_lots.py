"""What leaves an account for good: a course to another college, credits for a diploma, the end of a shelf life."""

from datetime import date

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse as url

from creditbank.applications import expiry, lots, redemptions
from creditbank.applications.models import ExpiryNotice, OutcomeUse, UseDraw
from creditbank.applications.queries import holds_for
from creditbank.applications.services import Move, appeal, decide, reverse_recognition, submit
from creditbank.applications.transfers import offers
from creditbank.ledger.models import Transaction
from creditbank.rules.content import NewVersion
from creditbank.rules.services import open_rule, publish_version
from creditbank.transcripts.services import compile_content
from lms.lib.clock import today
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.lib.outbox.models import OutboxEvent
from tests.creditbank.applications.cases import House, books_hold, credits_of
from tests.factories.creditbank import SYSTEM, person, programme

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def transfer_rule(giving, receiving, code="transfer-1", **fields):
    """电工技术基础 of one college → a course of another, 4 credits."""
    target = programme(receiving.home, code="automation", name="自动化")
    rule = open_rule(SYSTEM, target, code=code, title="他校课程", direction="credits_to_credits", mode="")
    values = {
        "outcome_kind": "degree_course",
        "course_code": "EL101",
        "course_name": "电工技术基础",
        "issuers": [{"code": giving.home.code, "name": giving.home.name}],
        "courses": [{"code": "AU1", "name": "电工学", "centicredits": 400}],
        "valid_from": date(2025, 1, 1),
        "source_document": "校际互认协议（测试）",
    } | fields
    return publish_version(SYSTEM, rule, NewVersion(**values))


@pytest.fixture
def giving():
    return House(reviewers=1)


@pytest.fixture
def receiving():
    return House(reviewers=1, code="second-college")


def approved(house, learner=None, **fields):
    learner, row = house.case(learner, **fields)
    return learner, decide(house.first, row, approve=True, reason="相符")


@pytest.fixture
def moved(giving, receiving):
    """(learner, the approval at the first college, the waiting application at the second)."""
    version = transfer_rule(giving, receiving)
    learner, first = approved(giving)
    row = submit(learner, Move(first.uuid, "EL101", version.rule.code, version.number))
    return learner, first, row


# --- to another college ----------------------------------------------------------------------------------


def test_a_course_moves_once_and_both_halves_are_one_posting(giving, receiving, moved):
    learner, first, row = moved
    assert (row.centicredits, row.outcome, row.title) == (400, None, "电工技术基础（学校 shenjiang-open）")
    done = decide(receiving.first, row, approve=True, reason="按协议认定")
    assert (credits_of(learner, giving.home), credits_of(learner, receiving.home)) == (300, 400)
    posted = done.transaction
    assert (posted.kind, posted.entry_count, posted.rule_code) == ("college_transfer", 4, "transfer-1")
    assert posted.evidence["outcome"]["college"]["code"] == giving.home.code
    assert posted.evidence["college"]["code"] == receiving.home.code
    assert posted.evidence["rule"]["source"] == "校际互认协议（测试）"
    assert holds_for(done)
    # Neither side can be undone any more, and the course does not move twice.
    for admin, what in ((receiving.admin, done), (giving.admin, first)):
        with pytest.raises(Conflict) as refusal:
            reverse_recognition(admin, what, reason="退回")
        assert refusal.value.code == "irrevocable"
    with pytest.raises(Conflict):
        submit(learner, Move(first.uuid, "EL101", "transfer-1", 1))
    assert not offers(learner, today())
    # On paper the course stands where it went.
    assert sorted(course["code"] for course in compile_content(learner)["courses"]) == ["AU1", "EL102"]
    books_hold()


def test_offers_say_what_other_colleges_give(giving, receiving, moved):
    learner, _first, row = moved
    (offer,) = offers(learner, today())
    assert (offer.line.centicredits, offer.application, offer.can_apply) == (400, row, False)
    assert not offers(person(), today())


def test_a_course_that_was_taken_back_meanwhile_does_not_move(giving, receiving, moved):
    learner, first, row = moved
    reverse_recognition(giving.admin, first, reason="证书有误")
    with pytest.raises(Conflict) as refusal:
        decide(receiving.first, row, approve=True, reason="按协议认定")
    assert refusal.value.code == "credits_gone"
    assert credits_of(learner) == 0
    books_hold()


def test_nobody_moves_what_is_not_theirs(giving, receiving, moved):
    learner, first, _row = moved
    for who, what in ((person(), "EL101"), (learner, "EL999")):
        with pytest.raises(NotFound):
            submit(who, Move(first.uuid, what, "transfer-1", 1))


def test_the_database_moves_a_course_once(giving, receiving, moved):
    _learner, _first, row = moved
    done = decide(receiving.first, row, approve=True, reason="按协议认定")
    draw = UseDraw.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        UseDraw.objects.create(
            use=done.use,
            kind="transfer",
            centicredits=1,
            transaction=done.transaction,
            course=draw.course,
            drawn_at=draw.drawn_at,
        )


def test_a_refused_transfer_may_be_appealed(giving, receiving, moved):
    learner, _first, row = moved
    row = decide(receiving.first, row, approve=False, reason="课程不符")
    row = appeal(learner, row, reason="大纲相同")
    assert decide(receiving.second, row, approve=True, reason="相同").state == "approved"


# --- for a diploma ---------------------------------------------------------------------------------------


def test_credits_are_redeemed_for_good(client, giving):
    learner, row = approved(giving)
    target = row.programme
    asked = redemptions.request(learner, target)
    assert asked.centicredits == 800
    with pytest.raises(Conflict):
        redemptions.request(learner, target)
    with pytest.raises(Invalid):
        redemptions.redeem(giving.admin, asked, reason=" ")
    done = redemptions.redeem(giving.admin, asked, reason="毕业审核通过")
    assert (done.state, credits_of(learner)) == ("redeemed", 0)
    assert done.transaction.evidence["irrevocable"] is True
    assert done.transaction.evidence["uses"] == [{"application": str(row.uuid), "centicredits": 800}]
    for act in (
        lambda: reverse_recognition(giving.admin, row, reason="更正"),
        lambda: redemptions.redeem(giving.admin, done, reason="再来"),
        lambda: redemptions.withdraw(learner, done),
        lambda: redemptions.request(learner, target),
    ):
        with pytest.raises(Conflict):
            act()
    books_hold()
    client.force_login(learner)
    page = client.get(url("credit:receipt", args=[done.uuid]))
    code = page.context["code"]
    assert "学分兑换凭证" in client.get(url("verify:code", args=[code])).content.decode()
    assert learner.display_name not in client.get(url("verify:code", args=[code])).content.decode()


def test_what_was_asked_for_is_what_is_redeemed(giving):
    learner, row = approved(giving)
    asked = redemptions.request(learner, row.programme)
    reverse_recognition(giving.admin, row, reason="证书有误")
    with pytest.raises(Conflict) as refusal:
        redemptions.redeem(giving.admin, asked, reason="毕业")
    assert refusal.value.code == "credits_changed"
    assert redemptions.withdraw(learner, asked).state == "withdrawn"
    with pytest.raises(Conflict):
        redemptions.request(learner, row.programme)


def test_who_may_redeem(giving, receiving):
    learner, row = approved(giving)
    asked = redemptions.request(learner, row.programme)
    for stranger in (learner, giving.first, receiving.admin):
        with pytest.raises(NotAllowed):
            redemptions.redeem(stranger, asked, reason="毕业")
    with pytest.raises(NotFound):
        redemptions.redemption_for(receiving.admin, asked.uuid)
    assert redemptions.decline(giving.admin, asked, reason="还差课程").state == "declined"
    assert redemptions.request(learner, row.programme).state == "requested"
    boss = giving.admin
    _boss, own = approved(giving, boss, occupation_code="6-31-01-03")
    mine = redemptions.request(boss, own.programme)
    with pytest.raises(NotAllowed) as refusal:
        redemptions.redeem(boss, mine, reason="自己的")
    assert refusal.value.code == "own_case"


# --- the end of a shelf life -----------------------------------------------------------------------------


@pytest.fixture
def mortal():
    return House(reviewers=1, fields={"shelf_life_months": 12, "notice_days": (90, 30)})


def at(day):
    return time_machine.travel(f"{day}T04:00:00Z", tick=False)


def test_credits_expire_after_their_notices_and_once(mortal):
    with at("2026-01-31"):
        learner, row = approved(mortal)
    assert OutcomeUse.objects.get().expires_on == date(2027, 1, 31)
    with at("2026-10-01"):
        assert expiry.nightly() == {"notices": 0, "expired": 0}
    with at("2026-11-10"):
        assert expiry.nightly() == {"notices": 1, "expired": 0}
        assert expiry.nightly() == {"notices": 0, "expired": 0}
        ((use, amount),) = expiry.expiring_for(learner)
        assert (use.expires_on, amount) == (date(2027, 1, 31), 800)
    with at("2027-01-05"):
        assert expiry.nightly() == {"notices": 1, "expired": 0}
    with at("2027-01-31"):
        assert expiry.expire() == 0
    with at("2027-02-04"):
        assert expiry.nightly()["expired"] == 1
        assert expiry.nightly()["expired"] == 0
    assert credits_of(learner) == 0
    posted = Transaction.objects.get(kind="expiry")
    assert posted.evidence["expired_on"] == "2027-01-31"
    assert ExpiryNotice.objects.count() == OutboxEvent.objects.filter(kind="credit.expiring").count() == 2
    assert not expiry.expiring_for(learner)
    with pytest.raises(Conflict):
        reverse_recognition(mortal.admin, row, reason="更正")
    books_hold()


def test_nothing_expires_that_nobody_was_told_of(mortal):
    with at("2026-01-31"):
        learner, _row = approved(mortal)
    # The job was down for years: the notice comes first, and its shortest term has to pass.
    with at("2029-06-01"):
        assert expiry.nightly() == {"notices": 0, "expired": 0}
    assert credits_of(learner) == 800


def test_a_late_notice_puts_the_end_off(mortal):
    with at("2026-01-31"):
        learner, _row = approved(mortal)
    with at("2027-01-30"):
        assert expiry.give_notices() == 1
    with at("2027-02-10"):
        assert expiry.expire() == 0
    with at("2027-03-01"):
        assert expiry.expire() == 1
    assert credits_of(learner) == 0


def test_what_was_redeemed_does_not_expire(mortal):
    with at("2026-01-31"):
        learner, row = approved(mortal)
        redemptions.redeem(mortal.admin, redemptions.request(learner, row.programme), reason="毕业")
    with at("2027-01-10"):
        assert expiry.nightly() == {"notices": 0, "expired": 0}
    with at("2027-03-01"):
        assert expiry.nightly() == {"notices": 0, "expired": 0}
    assert UseDraw.objects.count() == 1


@pytest.mark.parametrize(
    ("day", "months", "after"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 3, 31), 84, date(2033, 3, 31)),
    ],
)
def test_months_after(day, months, after):
    assert lots.months_after(day, months) == after


def test_many_expire_in_few_queries(mortal, django_assert_max_num_queries):
    with at("2026-01-31"):
        people = [approved(mortal)[0] for _ in range(6)]
    with at("2027-01-10"):
        assert expiry.give_notices() == 6
    with at("2027-03-01"), django_assert_max_num_queries(40):
        assert expiry.expire() == 6
    assert sum(credits_of(learner) for learner in people) == 0
    books_hold()
