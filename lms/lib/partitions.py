"""Tables that PostgreSQL keeps month by month: which months there are, and making those to come.

A month is Shanghai's; the column it is cut by holds epoch milliseconds. Besides the months there is one part for whatever
lies outside them, so that no row is ever refused for its date. Owns: names, bounds, the making of parts, and which tables
there are (each names itself by `Monthly`). Refuses: deleting or taking off any (docs/operations.md says how an archive is
made), and every other database, where such a table is one and there is nothing to do.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db import connection, transaction

from lms.lib.clock import SHANGHAI, epoch_ms, from_epoch_ms, local_day, today

OUTSIDE = "beyond"
# Months that a release makes in advance, and fewer than how many are told of.
AHEAD = 24
LEAST_AHEAD = 3
_MONTH = re.compile(r"_([0-9]{4})_([0-9]{2})$")


def month_of(day: date, later: int = 0) -> date:
    """The first of the month of a day, or of the month that is `later` (below 0: earlier) than it."""
    months = day.year * 12 + day.month - 1 + later
    return date(months // 12, months % 12 + 1, 1)


def bounds_ms(month: date) -> tuple[int, int]:
    """Start (in) and end (out) of a month, epoch ms."""
    start, end = (epoch_ms(datetime.combine(day, time.min, SHANGHAI)) for day in (month, month_of(month, 1)))
    return start, end


def months_between(first: date, last: date) -> list[date]:
    """The months of both days and all between them."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return [month_of(first, number) for number in range(count)]


def months_of(cursor: Any, table: str) -> list[date]:
    """The months that have a part of their own, in order."""
    cursor.execute(
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = %s::regclass",
        [table],
    )
    found = [_MONTH.search(name) for (name,) in cursor.fetchall()]
    return sorted(date(int(match[1]), int(match[2]), 1) for match in found if match)


def months_ahead(cursor: Any, table: str, day: date) -> int:
    """How many months after that of `day` are made, one after the other."""
    known = set(months_of(cursor, table))
    count = 0
    while month_of(day, count + 1) in known:
        count += 1
    return count


def oldest_outside(cursor: Any, table: str, column: str) -> int | None:
    """The least of `column` among rows that lie in no month's part; None where there are none."""
    cursor.execute(f"SELECT min({column}) FROM {table}_{OUTSIDE}")  # noqa: S608 - our own names
    (found,) = cursor.fetchone()
    return found if found is None else int(found)


def make(cursor: Any, table: str, months: list[date], *, named: str = "") -> list[date]:
    """Make the parts of those months that have none; returns these. Inside a transaction, as the table's owner.

    named: what the parts are called after, where it is not the table. Triggers, keys and checks come from the table.
    """
    name = named or table
    missing = sorted(set(months) - set(months_of(cursor, table)))
    for month in missing:
        low, high = bounds_ms(month)
        cursor.execute(
            f"CREATE TABLE {name}_{month:%Y_%m} PARTITION OF {table} FOR VALUES FROM ({low}) TO ({high})"
        )
    return missing


def make_outside(cursor: Any, table: str, *, named: str = "") -> None:
    """The part for whatever lies in no month's."""
    cursor.execute(f"CREATE TABLE {named or table}_{OUTSIDE} PARTITION OF {table} DEFAULT")


def put_in_months(cursor: Any, table: str, months: list[date]) -> list[date]:
    """As `make`, where rows lie outside already: they are entered once more, where they belong, and their old part goes.

    Inside a transaction, as the owner: readers and writers of the table wait for its end.
    """
    part, old = f"{table}_{OUTSIDE}", f"{table}_{OUTSIDE}_old"
    cursor.execute(f"ALTER TABLE {table} DETACH PARTITION {part}")
    cursor.execute(f"ALTER TABLE {part} RENAME TO {old}")
    make_outside(cursor, table)
    made = make(cursor, table, months)
    cursor.execute(
        "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute "
        "WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
        [old],
    )
    (columns,) = cursor.fetchone()
    cursor.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {old}")  # noqa: S608 - our own names
    # Deferred checks of what was just entered must not wait for a table that is about to change.
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute(f"DROP TABLE {old}")
    return made


@dataclass(frozen=True)
class Standing:
    """ahead: months after this one that are made; outside: whether rows lie in no month's part."""

    ahead: int
    outside: bool

    @property
    def is_well(self) -> bool:
        return self.ahead >= LEAST_AHEAD and not self.outside


@dataclass(frozen=True)
class Monthly:
    """A table cut by the month of `column` (epoch ms)."""

    table: str
    column: str

    def standing(self, day: date | None = None) -> Standing | None:
        """How the months stand on a day (today); None where the table is one."""
        if connection.vendor != "postgresql":
            return None
        with connection.cursor() as cursor:
            ahead = months_ahead(cursor, self.table, day or today())
            return Standing(ahead, oldest_outside(cursor, self.table, self.column) is not None)

    def make_ahead(self, day: date | None = None, *, first: date | None = None) -> list[date]:
        """Make the months from `first` (the month of `day`) to AHEAD after that of `day` (today), and those of whatever lies
        outside all months; the new ones. As the tables' owner; raises Django's database errors where a role may not.
        """
        if connection.vendor != "postgresql":
            return []
        day = day or today()
        last = month_of(day, AHEAD)
        with transaction.atomic(), connection.cursor() as cursor:
            oldest = oldest_outside(cursor, self.table, self.column)
            if oldest is None:
                return make(cursor, self.table, months_between(first or day, last))
            begin = min(first or day, local_day(from_epoch_ms(oldest)))
            return put_in_months(cursor, self.table, months_between(begin, last))


_MONTHLY: dict[str, Monthly] = {}


def register(monthly: Monthly) -> Monthly:
    """Name a table that is cut by months, so that its months are made and looked after."""
    _MONTHLY[monthly.table] = monthly
    return monthly


def registered() -> list[Monthly]:
    return sorted(_MONTHLY.values(), key=lambda monthly: monthly.table)
