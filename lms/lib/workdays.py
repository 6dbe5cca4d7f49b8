"""Working days: which days are worked under the State Council's yearly notice, and reckoning with them.

Owns: the arithmetic (`Calendar`, plain values) and the table of years as it stands (`calendar()`). A year comes from the
package chinesecalendar, or from what an officer loaded (lms.lib.calendar), which goes before it: notices have been changed
during their year. Refuses: guessing. A year without its notice is a `NoCalendar`, which says who loads it.

The day after a notice is day one, as periods are reckoned in general (民法典 art. 201: the day it begins is not counted).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from lms.lib.calendar.models import CalendarYear
from lms.lib.errors import Refusal

__all__ = [
    "Calendar",
    "NoCalendar",
    "YearDays",
    "add_working_days",
    "calendar",
    "is_working_day",
    "working_days_between",
]

_ONE = timedelta(days=1)
_SATURDAY = 5


class NoCalendar(Refusal):
    """Working days of a year are asked for whose notice is not there (409). details: {"year": …}."""

    status = 409
    default_code = "no_calendar"

    def __init__(self, year: int) -> None:
        sentence = _(
            "%(year)s 年的放假安排还没有载入，所以算不出工作日。国务院办公厅的通知公布后，由主管部门人员在管理后台的“工作日历”里载入。"
        )
        super().__init__(sentence % {"year": year}, details={"year": year})
        self.year = year


class YearDays(NamedTuple):
    """What the notice of a year says: days off (weekends among them or not), and days of weekends that are worked."""

    off: frozenset[date]
    work: frozenset[date]


@dataclass(frozen=True)
class Calendar:
    """Reckons with the years given. The notice of a year may also speak of the December before it (that of 2019 did)."""

    years: Mapping[int, YearDays]

    def is_working_day(self, day: date) -> bool:
        """Whether the day is worked. Raises NoCalendar."""
        own = self.years.get(day.year)
        if own is None:
            raise NoCalendar(day.year)
        following = self.years.get(day.year + 1)
        for said in (following, own) if following else (own,):
            if day in said.work:
                return True
            if day in said.off:
                return False
        return day.weekday() < _SATURDAY

    def add_working_days(self, day: date, number: int) -> date:
        """The last of `number` working days after `day`; 0 is the day itself, worked or not. Raises NoCalendar."""
        if number < 0:
            raise ValueError("a number of working days is not negative")
        while number:
            day += _ONE
            number -= self.is_working_day(day)
        return day

    def working_days_between(self, start: date, end: date) -> int:
        """How many days after `start`, up to and with `end`, are worked; negative where `end` is earlier. Raises
        NoCalendar.
        """
        if end < start:
            return -self.working_days_between(end, start)
        return sum(self.is_working_day(start + step * _ONE) for step in range(1, (end - start).days + 1))


def calendar() -> Calendar:
    """The years as they stand now. One query of one row; what changed is read anew, in every process."""
    newest = CalendarYear.objects.order_by("-id").values_list("uuid", flat=True).first()
    held = _held
    if held is None or held[0] != newest:
        held = (newest, _read())
        _keep(held)
    return held[1]


def is_working_day(day: date) -> bool:
    """`Calendar.is_working_day` of the years as they stand. One query; for many days take `calendar()` once."""
    return calendar().is_working_day(day)


def add_working_days(day: date, number: int) -> date:
    """`Calendar.add_working_days` of the years as they stand. One query."""
    return calendar().add_working_days(day, number)


def working_days_between(start: date, end: date) -> int:
    """`Calendar.working_days_between` of the years as they stand. One query."""
    return calendar().working_days_between(start, end)


# By the newest row's uuid, which no rolled back transaction gives twice; one assignment, so threads see it whole.
_held: tuple[UUID | None, Calendar] | None = None


def _keep(held: tuple[UUID | None, Calendar]) -> None:
    global _held
    _held = held


def _read() -> Calendar:
    loaded = {
        row.year: YearDays(_days(row.off), _days(row.work))
        for row in CalendarYear.objects.order_by("version")
    }
    return Calendar(packaged() | loaded)


def _days(written: list[str]) -> frozenset[date]:
    return frozenset(date.fromisoformat(day) for day in written)


@cache
def packaged() -> dict[int, YearDays]:
    """The years that chinesecalendar knows; imported only when somebody asks."""
    from chinese_calendar import holidays, workdays

    years = range(min(holidays).year, max(holidays).year + 1)
    return {
        year: YearDays(
            frozenset(day for day in holidays if day.year == year),
            frozenset(day for day in workdays if day.year == year),
        )
        for year in years
    }
