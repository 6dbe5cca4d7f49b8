"""首席技师 and 技能大师工作室 in plain values (青人社〔2023〕17 号 三(二)): terms, months, sums in fen. No document says how high an
allowance is, nor how long a term lasts: both are the enterprise's own."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

LONGEST_TERM_DAYS = 10 * 366
LARGEST_FEN = 10**10


class Kind(StrEnum):
    CHIEF = "chief"
    STUDIO = "studio"


@dataclass(frozen=True)
class Term:
    """first, last: days, both in; ended: before its last day, by the enterprise."""

    first: date
    last: date
    ended: date | None = None

    @property
    def end(self) -> date:
        return min(self.last, self.ended) if self.ended else self.last

    def runs(self, day: date) -> bool:
        return self.first <= day <= self.end

    def covers_month(self, month: date) -> bool:
        """Whether any day of the month (its first day) lies in the term."""
        return month_of(self.first) <= month <= month_of(self.end)


def month_of(day: date) -> date:
    return day.replace(day=1)


def term_fault(first: date, last: date) -> bool:
    return last < first or (last - first).days >= LONGEST_TERM_DAYS
