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


def test_the_role_is_refused_everything_else(as_role):
    booked(uuid7(), 100)
    for table in APPEND_ONLY_TABLES:
        with connection.cursor() as cursor:
            *_others, last = connection.introspection.get_table_description(cursor, table)
        name, column = sql.Identifier(table), last.name
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


def call(role, amounts, *, key):
    """The posting function as the role would call it with whatever it likes, for a holder and the issuer."""
    from creditbank.ledger.services import holder_account, issuer_account

    holder, issuer = holder_account(uuid7(), "study_hour.public"), issuer_account("study_hour.public")
    return role.execute(
        "SELECT creditbank_post(%s, %s, '', 'hours', '2026-03-02', now(), '', '{}', '', 0, NULL, NULL, 'x', '', 'h', "
        "%s::bigint[], %s::bigint[], '{1}', '{}')",
        [uuid7(), key, [holder.pk, issuer.pk], list(amounts)],
    ).fetchone()[0]


def test_the_posting_function_gives_the_role_nothing_it_has_not(as_role):
    """It runs with the caller's rights and through the same triggers: no way round them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosecdef FROM pg_proc WHERE proname = 'creditbank_post'")
        assert cursor.fetchall() == [(False,)]
    # Without UPDATE on the heads it cannot even lock them.
    with pytest.raises(errors.InsufficientPrivilege):
        call(as_role, (5, -5), key="no-rights")
    with connection.cursor() as cursor:
        cursor.execute(f"GRANT SELECT, INSERT, UPDATE ON creditbank_accounthead, lib_outboxevent TO {ROLE}")
        cursor.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {ROLE}")
    with pytest.raises(errors.IntegrityConstraintViolation):
        call(as_role, (5, -4), key="crooked")
    assert call(as_role, (-5, 5), key="poor").startswith("poor:")
    assert call(as_role, (5, -5), key="right") == "booked"
    assert call(as_role, (5, -5), key="right") == "known"
    with pytest.raises(errors.InsufficientPrivilege):
        as_role.execute("DROP FUNCTION creditbank_post")
    with pytest.raises(errors.InsufficientPrivilege):
        as_role.execute(
            "CREATE OR REPLACE FUNCTION creditbank_seal() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
        )
