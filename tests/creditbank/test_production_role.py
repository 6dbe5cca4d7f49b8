"""The role that serves requests in production: it adds to the books and can do nothing else to them."""

import psycopg
import pytest
from django.db import connection
from psycopg import errors, sql

from creditbank.api import APPEND_ONLY_TABLES, LEDGER_TABLES
from lms.lib.ids import uuid7
from tests.factories.creditbank import booked

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]

ROLE = "rongtong_test_role"


@pytest.fixture
def as_role():
    """A connection as a fresh role that owns nothing and may SELECT and INSERT in the append-only tables."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP ROLE IF EXISTS {ROLE}")
        cursor.execute(f"CREATE ROLE {ROLE} LOGIN PASSWORD 'only-for-this-test'")
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {ROLE}")
        for table in APPEND_ONLY_TABLES:
            cursor.execute(f"GRANT SELECT, INSERT ON {table} TO {ROLE}")
    known = connection.get_connection_params()
    opened = psycopg.connect(
        host=known.get("host"),
        port=known.get("port"),
        dbname=known["dbname"],
        user=ROLE,
        password="only-for-this-test",
        autocommit=True,
    )
    yield opened
    opened.close()
    with connection.cursor() as cursor:
        cursor.execute(f"DROP OWNED BY {ROLE}")
        cursor.execute(f"DROP ROLE {ROLE}")


def test_the_role_reads(as_role):
    booked(uuid7(), 100)
    assert as_role.execute("SELECT count(*) FROM creditbank_entry").fetchone() == (2,)


COLUMNS = {
    "creditbank_unit": "label",
    "creditbank_account": "key",
    "creditbank_transaction": "memo",
    "creditbank_entry": "hash",
    "creditbank_conversionruleversion": "source_document",
    "creditbank_outcomeuse": "achievement",
    "creditbank_coursecredit": "course_name",
    "creditbank_userelease": "released_at",
}


def test_the_role_is_refused_everything_else(as_role):
    booked(uuid7(), 100)
    assert set(COLUMNS) == set(APPEND_ONLY_TABLES)
    for table, column in COLUMNS.items():
        name = sql.Identifier(table)
        for statement in (
            sql.SQL("UPDATE {} SET {} = NULL").format(name, sql.Identifier(column)),
            sql.SQL("DELETE FROM {}").format(name),
            sql.SQL("TRUNCATE {} CASCADE").format(name),
            sql.SQL("ALTER TABLE {} DISABLE TRIGGER ALL").format(name),
            sql.SQL("ALTER TABLE {} DISABLE TRIGGER rt_append_only").format(name),
            sql.SQL("DROP TRIGGER rt_append_only ON {}").format(name),
            sql.SQL("DROP TABLE {} CASCADE").format(name),
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                as_role.execute(statement)
    with pytest.raises(errors.InsufficientPrivilege):
        as_role.execute("SET session_replication_role = replica")


def test_the_role_cannot_unbalance_the_books(as_role):
    booked(uuid7(), 100)
    with pytest.raises(errors.IntegrityConstraintViolation):
        as_role.execute(
            "INSERT INTO creditbank_entry (transaction_id, account_id, amount, prev_hash, hash) "
            "SELECT transaction_id, (SELECT id FROM creditbank_account WHERE key = 'issuer:-:-:credit'), 5, '', '' "
            "FROM creditbank_entry LIMIT 1"
        )


def test_the_ledger_tables_are_all_named():
    assert set(LEDGER_TABLES) <= set(APPEND_ONLY_TABLES)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "WHERE t.tgname = 'rt_append_only' AND c.relname LIKE 'creditbank_%'"
        )
        assert {name for (name,) in cursor.fetchall()} == set(APPEND_ONLY_TABLES)
