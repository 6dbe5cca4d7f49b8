"""Statements of the two hot paths (study reports, postings), which the database plans once for each connection.

Owns: running them. On PostgreSQL psycopg's own cursor prepares them: Django's puts the values into the text, and the
server would plan every one anew. Refuses: composing statements, and values that Django's fields have not adapted.
Where a pooler stands between, it must keep a transaction's connection and its prepared statements together.
"""

import sys
from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg.types.numeric import Int8


def run(sql: str, params: Sequence[Any]) -> None:
    """Execute; raises Django's database errors."""
    with _executed(sql, params):
        pass


def fetch(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    """All rows, as the driver gives them."""
    with _executed(sql, params) as cursor:
        return list(cursor.fetchall())


def _executed(sql: str, params: Sequence[Any]) -> Any:
    # Asked for once: `django.db.connection` looks it up again at each use.
    connection = connections[DEFAULT_DB_ALIAS]
    with connection.wrap_database_errors:
        if connection.vendor != "postgresql":
            cursor = connection.cursor()
            cursor.execute(sql, params)
            return cursor
        connection.ensure_connection()
        raw = connection.connection
        # Django switches preparing off for the whole connection, and psycopg then prepares nothing, whoever asks for it.
        # Never by itself: only what is asked for here.
        if raw.prepare_threshold is None:
            raw.prepare_threshold = sys.maxsize
        # By their size the driver would give whole numbers three types, and each mixture of them a statement of its own.
        known = [Int8(value) if type(value) is int else value for value in params]
        return psycopg.Cursor(raw).execute(sql, known, prepare=True)
