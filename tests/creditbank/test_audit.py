"""The audit finds what was tampered with, past every guard; and says that untouched books are right."""

from contextlib import contextmanager
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from creditbank.ledger.audit import audit, rebuild_balances
from creditbank.ledger.models import AccountHead
from creditbank.ledger.services import reverse
from lms.lib.ids import uuid7
from tests.conftest import guards_aside
from tests.factories.creditbank import SYSTEM, booked

pytestmark = [pytest.mark.django_db, pytest.mark.long]


@contextmanager
def unguarded():
    """As somebody with every right on the database: the triggers step aside and come back."""
    # What the triggers have put off to the commit is about the books as they were.
    connection.check_constraints()
    with guards_aside(connection), connection.cursor() as cursor:
        yield cursor


@pytest.fixture
def books():
    """Two people, three postings, one of them reversed."""
    one, two = uuid7(), uuid7()
    row = booked(one, 100, memo="一", evidence={"course": "a"})
    booked(one, 50)
    booked(two, 70, unit="credit")
    reverse(row, reason="更正", actor=SYSTEM)
    return one, two, row


def test_untouched_books_are_right(books):
    report = audit()
    assert report.broken == 0, report.breaks
    assert report.checked["transactions"] == 4
    assert report.checked["entries"] == 8
    assert report.checked["reversals"] == 1
    assert report.checked["chains"] == 2


def test_the_command_says_so(books):
    out = StringIO()
    call_command("audit_ledger", stdout=out)
    assert "账目相符" in out.getvalue()
    assert "4" in out.getvalue()


TRANSACTION_COLUMNS = (
    ("memo", "'x'"),
    ("evidence", "'{}'"),
    ("kind", "'x'"),
    ("occurred_on", "'2020-01-01'"),
    ("posted_at", "'2020-01-01 00:00:00+00:00'"),
    ("rule_code", "'x'"),
    ("rule_version", "7"),
    ("idempotency_key", "'x'"),
    ("payload_hash", "'x'"),
    ("hash", "'x'"),
    ("person", "'018f0000000070008000000000000001'"),
    ("role", "'x'"),
    ("body", "'x'"),
    ("entry_count", "3"),
)


@pytest.mark.parametrize(("column", "value"), TRANSACTION_COLUMNS)
def test_a_changed_transaction_is_found(books, column, value):
    with unguarded() as cursor:
        row = str(books[2].uuid)
        key = row if connection.vendor == "postgresql" else row.replace("-", "")
        cursor.execute(f"UPDATE creditbank_transaction SET {column} = {value} WHERE uuid = %s", [key])
    assert audit().broken


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE creditbank_entry SET amount = amount + 1 WHERE seq = 1",
        "UPDATE creditbank_entry SET amount = amount * 2",
        "UPDATE creditbank_entry SET hash = 'x' WHERE seq = 1",
        "UPDATE creditbank_entry SET prev_hash = 'x' WHERE seq = 2",
        "UPDATE creditbank_entry SET seq = 9 WHERE seq = 2",
        "UPDATE creditbank_entry SET seq = NULL, hash = '' WHERE seq = 1",
        "UPDATE creditbank_entry SET account_id = (SELECT id FROM creditbank_account "
        "WHERE key = 'issuer:-:-:study_hour.specialty') WHERE seq = 2",
        "DELETE FROM creditbank_entry WHERE seq = 1",
        "DELETE FROM creditbank_entry WHERE seq IS NULL",
        "DELETE FROM creditbank_entry",
        "UPDATE creditbank_account SET lower_bound = -5 WHERE lower_bound = 0",
        "UPDATE creditbank_account SET unit = 'credit' WHERE unit = 'study_hour.public' AND lower_bound = 0",
        "UPDATE creditbank_accounthead SET balance = balance + 1",
        "UPDATE creditbank_accounthead SET seq = seq + 1",
        "UPDATE creditbank_accounthead SET hash = 'x'",
        "DELETE FROM creditbank_accounthead",
    ],
)
def test_changed_entries_accounts_and_heads_are_found(books, change):
    with unguarded() as cursor:
        cursor.execute(change)
    report = audit()
    assert report.broken
    assert report.breaks


def test_a_removed_last_posting_is_found(books):
    # The whole last transaction of a person, entries and all: the head still knows it.
    with unguarded() as cursor:
        cursor.execute(
            "DELETE FROM creditbank_entry WHERE transaction_id IN (SELECT uuid FROM creditbank_transaction WHERE kind = 'reversal')"
        )
        cursor.execute("DELETE FROM creditbank_transaction WHERE kind = 'reversal'")
    assert audit().broken


def test_a_missing_trigger_is_found(books):
    connection.check_constraints()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE creditbank_entry DISABLE TRIGGER creditbank_still_sealed")
        else:
            cursor.execute("DROP TRIGGER creditbank_sealed")
    assert any("trigger" in sentence for sentence in audit().breaks)


def test_the_command_ends_with_status_one(books, capsys):
    with unguarded() as cursor:
        cursor.execute("UPDATE creditbank_entry SET amount = amount + 1 WHERE seq = 1")
    err = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("audit_ledger", stdout=StringIO(), stderr=err)
    assert end.value.code == 1
    assert "不符" in err.getvalue()


def test_heads_are_rebuilt_from_the_entries(books):
    right = list(AccountHead.objects.order_by("pk").values())
    AccountHead.objects.filter(seq=1).delete()
    AccountHead.objects.update(balance=999, hash="x")
    assert audit().broken
    out = StringIO()
    call_command("audit_ledger", "--rebuild-balances", stdout=out)
    assert list(AccountHead.objects.order_by("pk").values()) == right
    assert rebuild_balances() == 0
