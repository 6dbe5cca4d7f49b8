"""Learning years: which days belong to the year of a number, and which year a day belongs to.

Owns: that arithmetic over the dated rule (`LearningYear`), and publishing its next version. Every day belongs to exactly
one year, whatever rule follows on which, so that no hour is lost or counted in two years. Refuses: inventing a year: as
long as nothing is set, years are the calendar's, as 人社部令第 25 号 says.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Max, Min
from django.utils.translation import gettext as _

from lms.accounts.api import User
from lms.learning.declarations.models import HoursDeclaration
from lms.learning.hours.models import LearningYear
from lms.learning.rule_versions import publish, publisher
from lms.lib.actor import Actor
from lms.lib.clock import today
from lms.lib.errors import Conflict, Invalid

# The first year there can be anything of; also keeps off the ends of the calendar, where a day has no next one.
FIRST_YEAR = 2000
LONGEST_SOURCE = 1000
_LAST_DAY_OF_ALL_MONTHS = 28


@dataclass(frozen=True)
class Turn:
    """From `day` on, the first day of the year `first_year`, years begin on that day of the calendar."""

    day: date
    first_year: int


CALENDAR = Turn(date(1, 1, 1), 1)


@dataclass(frozen=True)
class Year:
    """first, last: its days, both in."""

    number: int
    first: date
    last: date

    @property
    def is_calendar(self) -> bool:
        return (self.first, self.last) == (date(self.number, 1, 1), date(self.number, 12, 31))

    def __str__(self) -> str:
        return f"{self.first.isoformat()} — {self.last.isoformat()}"

    def plain(self) -> dict[str, Any]:
        """As data says it."""
        return {"first": self.first.isoformat(), "last": self.last.isoformat()}

    def months(self) -> list[tuple[int, int]]:
        """The calendar's (year, month) that its days lie in, in order."""
        low, high = self.first.year * 12 + self.first.month - 1, self.last.year * 12 + self.last.month - 1
        return [(place // 12, place % 12 + 1) for place in range(low, high + 1)]


class Years:
    """The years as some versions of the rule make them. turns: in the order they were published; one that begins no later
    than an earlier one takes its place.
    """

    def __init__(self, turns: Iterable[Turn] = ()) -> None:
        self.turns: list[Turn] = [CALENDAR]
        for turn in turns:
            while len(self.turns) > 1 and self.turns[-1].day >= turn.day:
                self.turns.pop()
            self.turns.append(turn)

    def number(self, day: date) -> int:
        """The year that a day belongs to."""
        place = max(place for place, turn in enumerate(self.turns) if turn.day <= day)
        turn = self.turns[place]
        passed = day.year - turn.day.year - ((day.month, day.day) < (turn.day.month, turn.day.day))
        found = turn.first_year + passed
        following = self.turns[place + 1 : place + 2]
        # The year before a change goes on until the change.
        return min(found, following[0].first_year - 1) if following else found

    def year(self, number: int) -> Year:
        """The days of a year."""
        return Year(number, self._first(number), self._first(number + 1) - timedelta(days=1))

    def of(self, day: date) -> Year:
        return self.year(self.number(day))

    def _first(self, number: int) -> date:
        turn = next(turn for turn in reversed(self.turns) if turn.first_year <= number)
        return turn.day.replace(year=turn.day.year + number - turn.first_year)

    def takes(self, turn: Turn) -> bool:
        """Whether the year before a change would be a year still: begun before it, and not two whole ones in a row."""
        before = [item for item in self.turns if item.day < turn.day]
        eve = Years(before[1:]).of(turn.day - timedelta(days=1))
        if turn.first_year == eve.number + 1:
            return True
        # Or the year before is kept open until the change: longer than others, shorter than two.
        if turn.first_year != eve.number or eve.last < turn.day:
            return False
        # Also where an earlier change kept it open already.
        first = Years([*before[1:], turn]).of(turn.day - timedelta(days=1)).first
        return turn.day < first.replace(year=first.year + 2)


# --- as the rule stands ----------------------------------------------------------------------------------


def years() -> Years:
    """The years as the rule makes them now. One query."""
    rows = LearningYear.objects.order_by("version").values_list("valid_from", "first_year")
    return Years(Turn(day, first_year) for day, first_year in rows)


def this_year() -> int:
    """The number of the year that today belongs to. One query."""
    return years().number(today())


def year_of(day: date) -> int:
    """The number of the year that a day belongs to. One query."""
    return years().number(day)


def span(number: int) -> Year:
    """The days of a year. One query."""
    return years().year(number)


def asked(text: str, found: Years) -> int:
    """A year in an address; nonsense, or a year that nobody can have studied in, is this year."""
    readable = text.isascii() and text.isdigit() and len(text) == 4
    this = found.number(today())
    return int(text) if readable and FIRST_YEAR <= int(text) <= this else this


# --- publishing ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NewLearningYear:
    """What an authority sets: see LearningYear."""

    valid_from: date
    first_year: int
    source: str


def publish_year(by: User | Actor, new: NewLearningYear) -> LearningYear:
    """The next version of the rule. For officers of the authority (the platform itself loads the demo). Raises NotAllowed,
    Invalid (a field), Conflict (claims stand in the years it would change, or somebody published at this moment).
    """
    who = publisher(by)
    _check(new)
    said = {"valid_from": new.valid_from, "first_year": new.first_year, "source": new.source.strip()}
    return publish(who, LearningYear, {}, said, action="learning_year.publish")


def _check(new: NewLearningYear) -> None:
    day = new.valid_from
    if not FIRST_YEAR <= day.year <= today().year + 5:
        raise _wrong("valid_from", _("请填 %(first)s 年以后、五年以内的日期。") % {"first": FIRST_YEAR})
    if day.day > _LAST_DAY_OF_ALL_MONTHS:
        raise _wrong("valid_from", _("年度从每月 1 日到 28 日中的一天开始。"))
    if not 4 <= len(new.source.strip()) <= LONGEST_SOURCE or "\0" in new.source:
        raise _wrong("source", _("请填写这一项，不超过 %(most)s 个字。") % {"most": LONGEST_SOURCE})
    found = years()
    if not found.takes(Turn(day, new.first_year)):
        eve = found.of(day - timedelta(days=1))
        raise _wrong(
            "first_year",
            _("%(day)s 前一天属于 %(year)s 年度：新年度应为 %(next)s（%(year)s 年度到前一天为止）。")
            % {"day": day.isoformat(), "year": eve.number, "next": eve.number + 1},
        )
    if _moves_claims(Years([*found.turns[1:], Turn(day, new.first_year)])):
        raise Conflict(
            _("已经有按原来的年度申报的学时，会因此换到另一个年度。请选以后的日期。"),
            code="claims_in_these_years",
        )


def _moves_claims(found: Years) -> bool:
    """A claim keeps the year it was filed in: its year's cap was reckoned there."""
    rows = HoursDeclaration.objects.values_list("year").annotate(Min("ends_on"), Max("ends_on")).order_by()
    return any(
        not (found.year(number).first <= low and high <= found.year(number).last)
        for number, low, high in rows
    )


def _wrong(name: str, sentence: str) -> Invalid:
    return Invalid(sentence, code="invalid_rule", details={"field": name})
