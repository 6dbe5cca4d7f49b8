"""Few and plain statements for the writer of the books: multi-row inserts, and several statements sent as one.

Values go through the fields' own adaptation to the database; names come from the models, never from input. The ORM
spends more time on composing these statements than the database on carrying them out.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.db import connection, models

from lms.lib import prepared

# Statements of a posting or two are planned once; of large batches each is another text, and planning costs little there.
FEW = 4
MANY = 120
Statement = tuple[str, list[Any]]
Model = type[models.Model]


@lru_cache(maxsize=16)
def _fields(model: Model, with_key: bool) -> tuple[Any, ...]:
    return tuple(field for field in model._meta.concrete_fields if with_key or not field.primary_key)


def column(model: Model) -> list[str]:
    """The model's columns, in order."""
    return [field.column for field in _fields(model, True)]


@lru_cache(maxsize=512)
def _insert_text(model: Model, with_key: bool, rows: int) -> str:
    quote = connection.ops.quote_name
    fields = _fields(model, with_key)
    names = ", ".join(quote(field.column) for field in fields)
    place = "(" + ", ".join(["%s"] * len(fields)) + ")"
    return f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES {', '.join([place] * rows)}"  # noqa: S608


@lru_cache(maxsize=16)
def _upsert_tail(model: Model, key: str) -> str:
    quote = connection.ops.quote_name
    changes = (f"{quote(name)} = EXCLUDED.{quote(name)}" for name in column(model) if name != key)
    return f" ON CONFLICT ({quote(key)}) DO UPDATE SET {', '.join(changes)}"


def insert(model: Model, rows: Sequence[models.Model]) -> Statement:
    """One INSERT for all rows; a primary key that the database gives is left to it."""
    with_key = rows[0].pk is not None
    fields = _fields(model, with_key)
    values = [
        field.get_db_prep_save(getattr(row, field.attname), connection) for row in rows for field in fields
    ]
    return _insert_text(model, with_key, len(rows)), values


def upsert(model: Model, rows: Sequence[models.Model], key: str) -> Statement:
    """An INSERT that overwrites the rows which are there: all columns but the key. The caller holds their locks."""
    text, values = insert(model, rows)
    return text + _upsert_tail(model, key), values


def select(
    model: Model,
    names: Sequence[str],
    key: str,
    values: Sequence[Any],
    *,
    order: str = "",
    lock: bool = False,
) -> list[tuple[Any, ...]]:
    """Bare rows whose `key` column is one of `values`; `lock` takes their locks in `order` (PostgreSQL)."""
    quote = connection.ops.quote_name
    text = (
        f"SELECT {', '.join(quote(name) for name in names)} FROM {quote(model._meta.db_table)} "  # noqa: S608
        f"WHERE {quote(key)} IN ({', '.join(['%s'] * len(values))})"
    )
    if order:
        text += f" ORDER BY {quote(order)}"
    if lock and connection.features.has_select_for_update:
        text += " FOR UPDATE"
    if len(values) <= FEW:
        return prepared.fetch(text, list(values))
    with connection.cursor() as cursor:
        cursor.execute(text, list(values))
        return list(cursor.fetchall())


def run_together(statements: Sequence[Statement]) -> None:
    """Execute data-changing statements in order. PostgreSQL gets them as one (WITH …), which saves the round trips.

    Its triggers fire when the whole statement is done, so they see every part of it.
    """
    if connection.vendor != "postgresql":
        for text, values in statements:
            prepared.run(text, values)
        return
    *first, (last, last_values) = statements
    parts = [f"part_{number} AS ({text})" for number, (text, _values) in enumerate(first)]
    values = [value for _text, some in first for value in some] + last_values
    text = f"WITH {', '.join(parts)} {last}" if parts else last
    if len(values) <= MANY:
        prepared.run(text, values)
        return
    with connection.cursor() as cursor:
        cursor.execute(text, values)
