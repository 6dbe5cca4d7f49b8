"""Many rows in one statement, on both databases; the hot path of a batch.

Owns: writing them. PostgreSQL takes columns as arrays (one statement for any number of rows, planned once; in binary, since
to write long texts as an array's text costs more than all else), SQLite rows. Refuses: composing anything but the names given by this package.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from lms.lib import prepared

Rows = Sequence[Sequence[Any]]


def insert(table: str, columns: dict[str, str], rows: Rows, *, ignore: bool = False) -> None:
    """columns: name → PostgreSQL's type. ignore: leave out what is there already (any unique key)."""
    if not rows:
        return
    names = ", ".join(columns)
    rest = " ON CONFLICT DO NOTHING" if ignore else ""
    if connection.vendor == "postgresql":
        arrays = ", ".join(f"%b::{kind}[]" for kind in columns.values())
        sql = f"INSERT INTO {table} ({names}) SELECT * FROM unnest({arrays}){rest}"  # noqa: S608 - our own names
        prepared.run(sql, _columns(rows))
        return
    marks = ", ".join(["%s"] * len(columns))
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table} ({names}) VALUES ({marks}){rest}",  # noqa: S608 - our own names
            [[adapted(value) for value in row] for row in rows],
        )


def insert_numbered(
    table: str, columns: dict[str, str], rows: Rows, *, by: str, returning: Sequence[str]
) -> list[tuple[Any, ...]]:
    """Insert what is not there yet, its `id` growing with the order of `rows`; the columns `returning` of what was new.

    by: the column in whose order rows are entered, the same for everybody, so that two batches of the same rows wait for
    each other and not in a circle.
    """
    if not rows:
        return []
    names, told = ", ".join(columns), ", ".join(returning)
    if connection.vendor == "postgresql":
        arrays = ", ".join(f"%b::{kind}[]" for kind in columns.values())
        sql = (
            f"WITH numbered AS MATERIALIZED (SELECT nextval('{table}_id_seq') AS id, given.* "  # noqa: S608
            f"FROM unnest({arrays}) AS given ({names})) "
            f"INSERT INTO {table} (id, {names}) SELECT id, {names} FROM numbered ORDER BY {by} "
            f"ON CONFLICT DO NOTHING RETURNING {told}"
        )
        return prepared.fetch(sql, _columns(rows))
    marks = ", ".join(["%s"] * len(columns))
    found: list[tuple[Any, ...]] = []
    with connection.cursor() as cursor:
        for row in rows:
            cursor.execute(
                f"INSERT INTO {table} ({names}) VALUES ({marks}) "  # noqa: S608 - our own names
                f"ON CONFLICT DO NOTHING RETURNING {told}",
                [adapted(value) for value in row],
            )
            found += cursor.fetchall()
    return found


def adapted(value: Any) -> Any:
    """As SQLite keeps Django's UUIDs: 32 hexadecimal digits."""
    return value.hex if hasattr(value, "hex") and hasattr(value, "bytes_le") else value


def _columns(rows: Rows) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
