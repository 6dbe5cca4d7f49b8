"""A role with the rights that deploy/sql gives the application, for tests on PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection

from tools.common import ROOT

# Roles are the whole server's: not the name that another run, or an installation, may have there.
ROLE = "rongtong_months_test"
GRANTS = ROOT / "deploy" / "sql" / "production-grants.sql"


@contextmanager
def as_new_role() -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    """A connection as a role made for the occasion, with the grants of production's rongtong_app."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {ROLE} LOGIN PASSWORD 'only-for-this-test'")
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {ROLE}")
        cursor.execute(GRANTS.read_text(encoding="utf-8").replace("rongtong_app", ROLE))
    known = connection.get_connection_params()
    opened = psycopg.connect(
        host=known.get("host"),
        port=known.get("port"),
        dbname=known["dbname"],
        user=ROLE,
        password="only-for-this-test",
        autocommit=True,
    )
    try:
        yield opened
    finally:
        opened.close()
        with connection.cursor() as cursor:
            cursor.execute(f"DROP OWNED BY {ROLE}")
            cursor.execute(f"DROP ROLE {ROLE}")
