"""What the chains alone do not see: postings cut off with their head, uses and releases taken away, hours not booked."""

import pytest
from django.db import connection

from creditbank.applications.services import Wish, decide, reverse_recognition, submit
from creditbank.ledger import rules
from creditbank.ledger.audit import audit, rebuild_balances
from creditbank.ledger.models import Account, Entry, Transaction
from creditbank.outcomes.services import verify_outcome
from lms.lib.ids import uuid7
from lms.lib.outbox.services import deliver_pending, emit
from tests.conftest import guards_aside
from tests.factories.creditbank import booked, certificate, member, person, rule_version

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def tamper(*statements):
    """As somebody with every right on the database."""
    connection.check_constraints()
    with guards_aside(connection), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA defer_foreign_keys = ON")
        for statement in statements:
            cursor.execute(statement)


@pytest.fixture
def recognised():
    """One recognition taken back and given again, one more that stands; and hours of a completed course."""
    version = rule_version()
    other = rule_version(
        version.rule.programme,
        code="turner",
        occupation_code="6-18-01-01",
        courses=[{"code": "T1", "name": "车工", "centicredits": 200}],
    )
    home = version.rule.programme.organisation
    learner, reviewer, admin = person(), member("reviewer", home), member("admin", home, "管理")

    def approve(which, outcome):
        application = submit(learner, Wish(outcome.uuid, which.rule.code, which.number))
        if outcome.status == "submitted":
            verify_outcome(reviewer, outcome, method="register")
            application.outcome.refresh_from_db()
        return decide(reviewer, application, approve=True, reason="相符")

    outcome = certificate(learner)
    first = approve(version, outcome)
    reverse_recognition(admin, first, reason="更正")
    outcome.refresh_from_db()
    approve(version, outcome)
    approve(other, certificate(learner, occupation_code="6-18-01-01"))
    completion = str(uuid7())
    emit(
        "course.completed",
        {
            "completion": completion,
            "person": str(learner.uuid),
            "kind": "public",
            "centihours": 150,
            "completed_at": "2026-03-02T08:00:00+00:00",
        },
        key=f"course.completed:{completion}",
    )
    deliver_pending()
    return learner


def test_untouched(recognised):
    report = audit()
    assert report.broken == 0, report.breaks
    assert (report.checked["uses"], report.checked["completions"]) == (3, 1)
    assert report.checked["announced"] == 5


@pytest.mark.parametrize(
    "statements",
    [
        ["UPDATE creditbank_outcomeuse SET achievement = 'x' || substr(achievement, 2)"],
        ["UPDATE creditbank_outcomeuse SET centicredits = centicredits + 1"],
        ["DELETE FROM creditbank_coursecredit WHERE course_code = 'T1'"],
        ["UPDATE creditbank_coursecredit SET course_code = 'other' WHERE course_code = 'T1'"],
        ["UPDATE creditbank_coursecredit SET centicredits = 1 WHERE course_code = 'T1'"],
        ["UPDATE creditbank_coursecredit SET course_name = 'x' WHERE course_code = 'T1'"],
        [
            "UPDATE creditbank_userelease SET transaction_id = (SELECT uuid FROM creditbank_transaction "
            "WHERE kind = 'hours')"
        ],
        # The release moved to a use that stands: its certificate could be used again, its credits kept.
        [
            "UPDATE creditbank_userelease SET use_id = (SELECT use_id FROM creditbank_coursecredit "
            "WHERE course_code = 'T1')"
        ],
        [
            "DELETE FROM creditbank_coursecredit WHERE course_code = 'T1'",
            "DELETE FROM creditbank_outcomeuse WHERE id NOT IN (SELECT use_id FROM creditbank_coursecredit)",
        ],
        [
            "UPDATE creditbank_application SET state = 'refused', transaction_id = NULL "
            "WHERE state = 'approved'"
        ],
    ],
)
def test_uses_courses_releases_and_applications(recognised, statements):
    tamper(*statements)
    assert audit().broken


def test_a_release_taken_away(recognised):
    tamper(
        "UPDATE creditbank_outcomeuse SET follows_id = NULL, achievement = 'x' || substr(achievement, 2) "
        "WHERE follows_id IS NOT NULL",
        "UPDATE creditbank_coursecredit SET follows_id = NULL, course_code = course_code || 'x' "
        "WHERE follows_id IS NOT NULL",
        "DELETE FROM creditbank_userelease",
    )
    assert audit().broken


def test_a_posting_cut_off_together_with_its_head():
    holder = uuid7()
    booked(holder, 100)
    last = booked(holder, 50)
    key = f"'{last.uuid}'" if connection.vendor == "postgresql" else f"'{last.uuid.hex}'"
    tamper(
        f"DELETE FROM creditbank_entry WHERE transaction_id = {key}",
        f"DELETE FROM creditbank_transaction WHERE uuid = {key}",
    )
    rebuild_balances()
    assert any("announced" in sentence for sentence in audit().breaks)


def test_hours_that_were_delivered_and_are_not_in_the_books(recognised):
    tamper(
        "DELETE FROM lib_outboxevent WHERE kind = 'hours.posted'",
        "DELETE FROM creditbank_entry WHERE transaction_id = "
        "(SELECT uuid FROM creditbank_transaction WHERE kind = 'hours')",
        "DELETE FROM creditbank_transaction WHERE kind = 'hours'",
    )
    rebuild_balances()
    assert any("completion" in sentence for sentence in audit().breaks)


def test_hours_booked_again_with_all_hashes_made_anew(recognised):
    """Somebody doubles an amount and computes every hash again: only the completion's event still knows better."""
    row = Transaction.objects.get(kind="hours")
    entries = list(Entry.objects.filter(transaction=row).select_related("account"))
    prints = [
        rules.fingerprint(
            *(entry.account.uuid, entry.account.kind, entry.account.holder, entry.account.organisation),
            *(entry.account.unit_id, entry.account.lower_bound),
        )
        for entry in entries
    ]
    payload = rules.payload_hash(
        kind=row.kind,
        occurred_on=row.occurred_on,
        memo=row.memo,
        evidence=row.evidence,
        rule_code=row.rule_code,
        rule_version=row.rule_version,
        reverses=None,
        lines=[(known, entry.amount * 2) for known, entry in zip(prints, entries, strict=True)],
    )
    whole = rules.transaction_hash(
        uuid=row.uuid,
        key=row.idempotency_key,
        payload=payload,
        posted_at=row.posted_at,
        person=row.person,
        role=row.role,
        body=row.body,
    )
    mine = next(entry for entry in entries if entry.seq)
    link = rules.entry_hash(previous=mine.prev_hash, seq=mine.seq, amount=mine.amount * 2, transaction=whole)
    key = f"'{row.uuid}'" if connection.vendor == "postgresql" else f"'{row.uuid.hex}'"
    tamper(
        f"UPDATE creditbank_entry SET amount = amount * 2 WHERE transaction_id = {key}",
        f"UPDATE creditbank_entry SET hash = '{link}' WHERE id = {mine.pk}",
        f"UPDATE creditbank_transaction SET payload_hash = '{payload}', hash = '{whole}' WHERE uuid = {key}",
    )
    rebuild_balances()
    assert audit().breaks == [
        f"completion {row.evidence['completion']}: other hours are booked than it was worth"
    ]


@pytest.mark.parametrize(
    "table", ["creditbank_outcomeuse", "creditbank_coursecredit", "creditbank_userelease"]
)
def test_missing_guards_of_the_uses(table):
    connection.check_constraints()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER rt_append_only")
        else:
            cursor.execute(f'DROP TRIGGER "rt_append_only_delete_{table}"')
    assert any(table in sentence for sentence in audit().breaks)


def test_an_account_that_changed_hands(recognised):
    account = Account.objects.filter(unit="credit", kind="holder").get()
    tamper(f"UPDATE creditbank_account SET holder = '{uuid7().hex}' WHERE id = {account.pk}")
    assert audit().broken
