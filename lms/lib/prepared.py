"""Statements of the two hot paths (study reports, postings), which the database plans once for each connection.

Owns: running them. On PostgreSQL psycopg's own cursor prepares them: Django's puts the values into the text, and the
server would plan every one anew. Refuses: composing statements, and values that Django's fields have not adapted.
Where a pooler stands between, it must keep a transaction's connection and its prepared statements together.
"""

from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import connection


def run(sql: str, params: Sequence[Any]) -> None:
    """Execute; raises Django's database errors."""
    with _executed(sql, params):
        pass


def fetch(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    """All rows, as the driver gives them."""
    with _executed(sql, params) as cursor:
        return list(cursor.fetchall())


def _executed(sql: str, params: Sequence[Any]) -> Any:
    with connection.wrap_database_errors:
        if connection.vendor != "postgresql":
            cursor = connection.cursor()
            cursor.execute(sql, params)
            return cursor
        connection.ensure_connection()
        return psycopg.Cursor(connection.connection).execute(sql, params, prepare=True)
