"""Whatever byte of the books is changed past the guards, the audit finds it; on both databases."""

import string

import pytest
import time_machine
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from creditbank.ledger.audit import audit
from creditbank.ledger.services import reverse
from creditbank.proofs.services import make_roots
from lms.lib.ids import uuid7
from tests.conftest import guards_aside
from tests.creditbank.proofs.test_roots import DAY, at
from tests.examples import examples
from tests.factories.creditbank import SYSTEM, booked

pytestmark = [pytest.mark.long, pytest.mark.django_db]

TABLES = {
    "creditbank_transaction": "uuid",
    "creditbank_entry": "id",
    "creditbank_account": "id",
    "creditbank_accounthead": "account_id",
    "creditbank_ledgerroot": "day",
    "creditbank_ledgerday": "day",
    "creditbank_ledgerbranch": "hash",
}
LETTERS = string.ascii_letters + string.digits


def columns_of(table):
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, table)
    return [column.name for column in described]


def cells():
    """(table, key, column, text) of every value in the books that is not NULL, of accounts that have entries."""
    found = []
    with connection.cursor() as cursor:
        for table, key in TABLES.items():
            # An account is in the books once something is posted to it.
            used = (
                "WHERE id IN (SELECT account_id FROM creditbank_entry)" if table.endswith("account") else ""
            )
            for column in columns_of(table):
                cursor.execute(
                    f"SELECT CAST({key} AS text), CAST({column} AS text) FROM {table} {used} ORDER BY {key}"
                )
                found += [(table, row, column, text) for row, text in cursor.fetchall() if text]
    return found


def changed(text, place, letter):
    """The text with one byte replaced by another of its sort; where it was ASCII it stays so."""
    place %= len(text)
    old = text[place]
    if old.isdigit():
        new = string.digits[(string.digits.index(old) + 1 + letter % 9) % 10]
    else:
        new = LETTERS[letter % len(LETTERS)]
        new = new if new != old else LETTERS[(letter + 1) % len(LETTERS)]
    return text[:place] + new + text[place + 1 :]


def write(table, row, column, text):
    """Whether the database takes the value: types, checks and keys may still refuse it, which is as good."""
    key = TABLES[table]
    cast = ""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = %s::regclass AND attname = %s",
                [table, column],
            )
            cast = f"::{cursor.fetchone()[0]}"
    try:
        with transaction.atomic(), guards_aside(connection), connection.cursor() as cursor:
            cursor.execute(
                f"SELECT CAST({column} AS text) FROM {table} WHERE CAST({key} AS text) = %s", [row]
            )
            (before,) = cursor.fetchone()
            cursor.execute(
                f"UPDATE {table} SET {column} = %s{cast} WHERE CAST({key} AS text) = %s", [text, row]
            )
            where = text if column == key else row
            cursor.execute(
                f"SELECT CAST({column} AS text) FROM {table} WHERE CAST({key} AS text) = %s", [where]
            )
            after = cursor.fetchone()
    except Exception as error:
        if "refused" in str(error):
            raise
        return False
    # "007" is 7: what comes back the same was not changed.
    return after is None or after[0] != before


@pytest.fixture
def every():
    """Small books with everything in them, and all their values."""
    with time_machine.travel(at(12), tick=False) as clock:
        one, two = uuid7(), uuid7()
        row = booked(one, 100, memo="第一笔", evidence={"course": "甲", "parts": [1, 2]})
        booked(one, 50, rule_code="hours", rule_version=3)
        booked(two, 70, unit="credit", organisation=uuid7())
        reverse(row, reason="更正", actor=SYSTEM)
        clock.move_to(at(1, day=DAY.replace(day=3)))
        make_roots()
    connection.check_constraints()
    return cells()


def found(table, row, column, text, place, letter):
    """Whether the audit finds this change, if the database takes it at all; everything is as before afterwards."""
    return noticed(table, row, column, changed(text, place, letter))


def noticed(table, row, column, text):
    point = transaction.savepoint()
    try:
        return not write(table, row, column, text) or audit().broken > 0
    finally:
        transaction.savepoint_rollback(point)


def test_one_byte_of_each_column(every):
    columns = {(table, column): (table, row, column, text) for table, row, column, text in every}
    missed = [
        cell for number, cell in enumerate(columns.values()) if not found(*cell, len(cell[3]) - 1, number)
    ]
    assert missed == []
    assert audit().broken == 0


def test_a_value_that_is_not_even_of_its_sort(every):
    columns = {(table, column): (table, row, column) for table, row, column, _text in every}
    assert [cell for cell in columns.values() if not noticed(*cell, "?")] == []


def test_any_byte(every):
    @given(st.sampled_from(range(len(every))), st.integers(0, 2**16), st.integers(0, 2**16))
    @settings(max_examples=examples(100), suppress_health_check=list(HealthCheck))
    def holds(cell, place, letter):
        assert found(*every[cell], place, letter), every[cell]

    holds()
