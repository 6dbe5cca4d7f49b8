"""Real connections at the same moment: one reversal of what a merge carried, one answer to one key, one midnight for all."""

import time
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.db import connection, transaction

from creditbank.applications import expiry, redemptions
from creditbank.applications.models import Application, OutcomeUse, UseRelease
from creditbank.applications.services import Wish, decide, reverse_recognition, submit
from creditbank.holders import merging
from creditbank.holders.settling import settle
from creditbank.hours.queries import posted_hours
from creditbank.ledger.audit import audit
from creditbank.ledger.models import Transaction
from creditbank.ledger.services import (
    Line,
    Posting,
    holder_account,
    issuer_account,
    lock_account,
    post,
    post_many,
    reverse,
)
from creditbank.outcomes.services import verify_outcome
from creditbank.proofs.services import close_until
from lms.lib.audit.models import AuditRow
from lms.lib.clock import SHANGHAI, today
from lms.lib.errors import Conflict
from lms.lib.ids import uuid7
from lms.lib.outbox.services import deliver_pending
from tests.creditbank.applications.cases import House, credits_of
from tests.creditbank.applications.test_lots import approved
from tests.creditbank.holders.decided import approved as recognised
from tests.creditbank.holders.test_merging import PAPERS, hours
from tests.creditbank.holders.test_races import officers, total
from tests.factories.creditbank import (
    SYSTEM,
    TEST_DAY,
    booked,
    certificate,
    member,
    person,
    programme,
    rule_version,
)
from tests.races import at_once, won

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def books_hold():
    while deliver_pending():
        pass
    report = audit()
    assert report.broken == 0, report.breaks


def one_person(kept, leaving):
    first, second, _third = officers()
    merge = merging.request(first, kept, leaving, evidence=PAPERS)
    return merging.decide(second, merge, approve=True, reason="证件一致")


def both_ways():
    """(kept, leaving), the closed account's opened before the survivor's, and after it."""
    for older_first in (True, False):
        kept, leaving = person("李明"), person("LI MING")
        for user in (leaving, kept) if older_first else (kept, leaving):
            holder_account(user.uuid, "study_hour.public")
        yield kept, leaving


# --- one reversal ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("round_", range(3))
def test_what_a_merge_carried_is_reversed_once_however_often_it_is_asked(round_):
    for kept, leaving in both_ways():
        row = hours(leaving, 400, "a")
        hours(leaving, 100, "b")
        merge = one_person(kept, leaving)
        results = at_once(
            *(lambda row=row: reverse(row, reason="经人工核实更正", actor=SYSTEM) for _ in range(4)),
            refused=(),
        )
        assert len({found.uuid for found in results}) == 1
        assert Transaction.objects.filter(reverses=row).count() == 1
        assert AuditRow.objects.filter(action="ledger.reverse", target=row.uuid).count() == 1
        # Carried there, back once for the reversal, and nothing more.
        assert merge.postings.count() == 2
        books_hold()
        assert (posted_hours(kept.uuid)["public"], total(leaving)) == (100, 0)


def test_two_reasons_at_once_are_one_reversal():
    kept, leaving = person("李明"), person("LI MING")
    row = hours(leaving, 400, "a")
    one_person(kept, leaving)
    tasks = [lambda why=why: reverse(row, reason=why, actor=SYSTEM) for why in ("更正", "重复", "记错了")]
    results = at_once(*tasks)
    assert len(won(results)) == 1
    assert {late.code for late in results if isinstance(late, Conflict)} == {"already_reversed"}
    books_hold()
    assert total(kept, leaving) == 0


@pytest.mark.parametrize("round_", range(3))
def test_reversing_settling_and_merging_wait_for_one_another_in_one_order(round_):
    """Deadlocks unless all of them take the closed account and the surviving one in the same order."""
    for kept, leaving in both_ways():
        rows = [hours(leaving, 10 + number, f"c{number}") for number in range(4)]
        first, second, _third = officers()
        merge = merging.request(first, kept, leaving, evidence=PAPERS)

        def settled(merge=merge):
            with transaction.atomic():
                merge.refresh_from_db()
                return settle(merge, SYSTEM) if merge.state == "merged" else None

        results = at_once(
            lambda merge=merge, second=second: merging.decide(second, merge, approve=True, reason="证件一致"),
            *(lambda row=row: reverse(row, reason="更正", actor=SYSTEM) for row in rows),
            *[settled] * 3,
            lambda leaving=leaving: hours(leaving, 5, "late"),
            lambda kept=kept: hours(kept, 7, "own"),
            refused=(),
        )
        assert results[0].state == "merged"
        assert Transaction.objects.filter(reverses__in=rows).count() == 4
        books_hold()
        assert (total(kept), total(leaving)) == (12, 0)


def test_a_recognition_that_was_carried_over_is_taken_back_once():
    for kept, leaving in ((person("李明"), person("LI MING")), (person("王芳"), person("WANG FANG"))):
        case = recognised(leaving)
        one_person(kept, leaving)
        home = case.programme.organisation
        admins = [member("admin", home, f"管理{n}") for n in range(4)]
        row = Application.objects.get(pk=case.pk)
        tasks = [lambda who=who, row=row: reverse_recognition(who, row, reason="更正") for who in admins]
        assert len(won(at_once(*tasks))) == 1
        assert UseRelease.objects.filter(use__application=case).count() == 1
        books_hold()
        assert credits_of(kept) == credits_of(leaving) == 0


# --- one key ---------------------------------------------------------------------------------------------


def spending(holder, key, amount=-100, memo=""):
    account, source = holder_account(holder, "study_hour.public"), issuer_account("study_hour.public")
    posting = Posting("transfer", TEST_DAY, (Line(account, amount), Line(source, -amount)), memo=memo)
    return post(posting, idempotency_key=key, actor=SYSTEM)


@pytest.mark.parametrize("round_", range(5))
def test_who_spends_all_of_it_twice_by_one_key_gets_the_first_result(round_):
    """The second waits for the account; when it gets it there is nothing left, because of its own posting."""
    holder, key = uuid7(), str(uuid7())
    booked(holder, 100)
    results = at_once(*[lambda: spending(holder, key) for _ in range(4)], refused=())
    assert len({row.uuid for row in results}) == 1
    assert total_of(holder) == 0
    books_hold()


def test_in_a_batch_too():
    holder, key = uuid7(), str(uuid7())
    booked(holder, 100)
    account, source = holder_account(holder, "study_hour.public"), issuer_account("study_hour.public")

    def batch():
        items = [
            (f"{key}:{n}", Posting("transfer", TEST_DAY, (Line(account, -50), Line(source, 50))))
            for n in (1, 2)
        ]
        return post_many(items, actor=SYSTEM)

    results = at_once(*[batch for _ in range(4)], refused=())
    assert len({tuple(row.uuid for row in rows) for rows in results}) == 1
    assert total_of(holder) == 0
    books_hold()


def test_while_the_first_is_not_committed_the_second_waits_and_reads_its_result():
    holder, key = uuid7(), str(uuid7())
    booked(holder, 100)
    from concurrent.futures import ThreadPoolExecutor

    def second():
        try:
            return spending(holder, key)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first = spending(holder, key)
            later = pool.submit(second)
            time.sleep(0.3)
            assert not later.done()
        assert later.result(timeout=20).uuid == first.uuid


def test_other_payloads_of_one_key_are_told_so_and_not_that_they_are_poor():
    holder, key = uuid7(), str(uuid7())
    booked(holder, 100)
    results = at_once(*[lambda n=n: spending(holder, key, memo=f"第 {n} 种") for n in range(4)])
    assert len(won(results)) == 1
    assert {late.code for late in results if isinstance(late, Conflict)} == {"idempotency_key_reused"}
    books_hold()


def test_other_keys_are_still_poor():
    holder = uuid7()
    booked(holder, 100)
    results = at_once(*[lambda n=n: spending(holder, f"{holder}:{n}") for n in range(4)])
    assert len(won(results)) == 1
    assert {late.code for late in results if isinstance(late, Conflict)} == {"balance_too_small"}


def total_of(holder):
    from creditbank.ledger import queries

    return queries.balance(holder_account(holder, "study_hour.public"))


# --- one midnight ----------------------------------------------------------------------------------------


def test_whatever_waits_over_midnight_is_booked_on_the_new_day():
    """The accounts are held until the day is over and closed: deciding, redeeming, expiring and posting go on after it."""
    house = House(reviewers=1, fields={"shelf_life_months": 12, "notice_days": (30,)})
    with time_machine.travel("2025-03-01T04:00:00Z", tick=False):
        mortal, _row = approved(house)
    with time_machine.travel("2026-02-10T04:00:00Z", tick=False):
        assert expiry.give_notices() == 1
    evening = datetime(2026, 3, 16, 23, 59, 58, tzinfo=SHANGHAI)
    with time_machine.travel(evening - timedelta(hours=3), tick=False):
        learner, waiting = house.case()
        redeemer, done = approved(house)
        asked = redemptions.request(redeemer, done.programme)
        student = person()
        hours(student, 100, "before")
        held = [holder_account(user.uuid, "credit", house.home.uuid) for user in (mortal, learner, redeemer)]
        held.append(holder_account(student.uuid, "study_hour.public"))

    def close():
        with transaction.atomic():
            for account in sorted(held, key=lambda account: account.pk):
                lock_account(account)
            while today() == date(2026, 3, 16):
                time.sleep(0.05)
            close_until(date(2026, 3, 16))

    def after(task):
        """Begun when the accounts are held."""

        def run():
            time.sleep(0.5)
            assert today() == date(2026, 3, 16)
            return task()

        return run

    with time_machine.travel(evening, tick=True):
        results = at_once(
            close,
            after(lambda: decide(house.first, waiting, approve=True, reason="相符")),
            after(lambda: redemptions.redeem(house.admin, asked, reason="毕业")),
            after(expiry.expire),
            after(lambda: hours(student, 50, "over midnight")),
            refused=(),
        )
        assert (results[1].state, results[2].state, results[3]) == ("approved", "redeemed", 1)
    late = Transaction.objects.order_by("-posted_at")[:4]
    midnight = evening + timedelta(seconds=2)
    assert all(row.posted_at >= midnight for row in late)
    assert {row.kind for row in late} == {"recognition", "redemption", "expiry", "hours"}
    with time_machine.travel("2026-03-18T04:00:00Z", tick=False):
        books_hold()


# --- outcomes that rules share ---------------------------------------------------------------------------


def test_two_rules_that_share_and_one_that_does_not_at_once():
    house = House(reviewers=1)
    target = programme(house.home, code="shared")
    versions = [
        rule_version(
            target,
            code=f"rule-{n}",
            courses=[{"code": f"C{n}", "name": "课", "centicredits": 100}],
            shares_outcome=n < 2,
        )
        for n in range(3)
    ]
    learner = person()
    paper = certificate(learner)
    tasks = [
        lambda version=version: submit(learner, Wish(paper.uuid, version.rule.code, 1))
        for version in versions * 2
    ]
    made = won(at_once(*tasks))
    rules = {row.shared_rule for row in made}
    assert len(made) == len(rules)
    assert rules in ({""}, {"rule-0", "rule-1"})
    verify_outcome(member("reviewer", house.home, "核实"), paper, method="register")
    rows = [Application.objects.get(pk=row.pk) for row in made]
    won(
        at_once(
            *(lambda row=row: decide(house.first, row, approve=True, reason="相符") for row in rows),
            refused=(),
        )
    )
    assert OutcomeUse.objects.count() == len(made)
    assert credits_of(learner) == 100 * len(made)
    books_hold()
