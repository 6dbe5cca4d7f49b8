"""The months of the raw study reports: how far ahead they are made, and saying when they run out.

Owns: that. Nothing is lost when they do: what belongs to no month lies in the part for the rest, and is put where it
belongs once its month is made. On SQLite the reports are one table and there is nothing to do.
"""

from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction

from lms.lib import partitions
from lms.lib.clock import from_epoch_ms, local_day, today

TABLE, COLUMN = "learning_studyreport", "opened_ms"
AHEAD = 24
LEAST_AHEAD = 3


@dataclass(frozen=True)
class Standing:
    """ahead: months after this one that are made; outside: whether reports lie in no month's part."""

    ahead: int
    outside: bool

    @property
    def is_well(self) -> bool:
        return self.ahead >= LEAST_AHEAD and not self.outside


def standing(day: date | None = None) -> Standing | None:
    """How the months stand on a day (today); None where reports are one table."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        ahead = partitions.months_ahead(cursor, TABLE, day or today())
        return Standing(ahead, partitions.oldest_outside(cursor, TABLE, COLUMN) is not None)


def make_ahead(day: date | None = None, *, first: date | None = None) -> list[date]:
    """Make the months from `first` (the month of `day`) to AHEAD after that of `day` (today), and those of whatever lies
    outside all months; returns the new ones. As the tables' owner; raises Django's database errors where a role may not.
    """
    if connection.vendor != "postgresql":
        return []
    day = day or today()
    last = partitions.month_of(day, AHEAD)
    with transaction.atomic(), connection.cursor() as cursor:
        oldest = partitions.oldest_outside(cursor, TABLE, COLUMN)
        if oldest is None:
            return partitions.make(cursor, TABLE, partitions.months_between(first or day, last))
        begin = min(first or day, local_day(from_epoch_ms(oldest)))
        return partitions.put_in_months(cursor, TABLE, partitions.months_between(begin, last))
