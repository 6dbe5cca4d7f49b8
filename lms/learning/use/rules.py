"""What is reckoned of a course's use, and what of it may be told. Plain values in, plain values out.

Figures are about people whom a provider's staff may know, so none is about fewer than `FEWEST` of them, and all are
rounded down, so that two figures give nobody away by their difference (docs/decisions/use-of-courses.md).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lms.lib.units import MS_PER_MINUTE

FEWEST = 5
# Figures of people are multiples of this, hours of the other.
PEOPLE_STEP = 5
HOURS_STEP = 10
MS_PER_HOUR = 60 * MS_PER_MINUTE
# A longer film is followed so far.
MOST_MINUTES = 600
MOST_MONTHS = 60
SPAN_MONTHS = 12


def told(number: int, of: int) -> int | None:
    """A number of people among `of`, rounded down; None where it is of too few, or of a group of too few. Of nobody: 0."""
    if not of:
        return 0
    if of < FEWEST or number < FEWEST:
        return None
    return number // PEOPLE_STEP * PEOPLE_STEP


def taken(months: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """How a course is taken, for its place among what is found: learners, and completion as a share of them (0 to 1). {} where it
    is of too few people to be told.
    """
    enrolled = sum(month.get("enrolled", 0) for month in months.values())
    learners = told(enrolled, enrolled)
    if not learners:
        return {}
    finished = told(min(sum(month.get("finished", 0) for month in months.values()), enrolled), enrolled) or 0
    return {"learners": float(learners), "completion": round(finished / learners, 2)}


def told_hours(counted_ms: int, people: int) -> int | None:
    """Whole hours (of 60 minutes) of so many people's study, rounded down; None of too few people."""
    if not people:
        return 0
    return None if people < FEWEST else counted_ms // MS_PER_HOUR // HOURS_STEP * HOURS_STEP


def median(days: Mapping[int, int]) -> int | None:
    """The (lower) median of days → people; None of too few people."""
    people = sum(days.values())
    if people < FEWEST:
        return None
    passed = 0
    for number in sorted(days):
        passed += days[number]
        if 2 * passed >= people:
            return number
    raise AssertionError("unreachable")


def minutes_of(length_ms: int) -> int:
    """How many minutes of a film are followed; the last may be a part of one."""
    return min(-(-length_ms // MS_PER_MINUTE), MOST_MINUTES)


def minutes_held(ranges: Iterable[Sequence[int]], length_ms: int) -> list[int]:
    """The minutes (from 0) of which merged coverage, in ms, holds at least half."""
    count = minutes_of(length_ms)
    held: Counter[int] = Counter()
    for start, end in ranges:
        last = min(end, length_ms, count * MS_PER_MINUTE)
        at = max(start, 0)
        while at < last:
            minute = at // MS_PER_MINUTE
            until = min((minute + 1) * MS_PER_MINUTE, last)
            held[minute] += until - at
            at = until
    return [
        minute
        for minute, ms in sorted(held.items())
        if 2 * ms >= min(MS_PER_MINUTE, length_ms - minute * MS_PER_MINUTE)
    ]


@dataclass(frozen=True)
class Told:
    """A line as it is shown; None: of too few people. share: percent of the enrolled who finished, of the rounded figures."""

    name: str
    enrolled: int | None
    started: int | None
    finished: int | None
    share: int | None
    days: int | None
    hours: int | None


def line(name: str, months: Sequence[Mapping[str, Any]]) -> Told:
    """Several months' stored figures as one line. Hours are the sum of the months of which they are told."""
    enrolled, started, finished = (
        sum(month[key] for month in months) for key in ("enrolled", "started", "finished")
    )
    days: Counter[int] = Counter()
    for month in months:
        days.update({int(number): people for number, people in month["days"].items()})
    whole, done = told(enrolled, enrolled), told(finished, enrolled)
    hours = [told_hours(month["counted_ms"], month["studied"]) for month in months]
    known = [value for value in hours if value is not None]
    return Told(
        name=name,
        enrolled=whole,
        started=told(started, enrolled),
        finished=done,
        share=100 * done // whole if whole and done is not None else None,
        days=median(days),
        hours=sum(known) if known or not months else None,
    )


EMPTY: Mapping[str, Any] = {
    "enrolled": 0,
    "started": 0,
    "finished": 0,
    "counted_ms": 0,
    "studied": 0,
    "days": {},
}


def months_between(first: str, last: str) -> list[str]:
    """ "2026-01" … "2026-03", both in; at most the last MOST_MONTHS."""
    start, end = (int(text[:4]) * 12 + int(text[5:]) - 1 for text in (first, last))
    start = max(start, end - MOST_MONTHS + 1)
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in range(start, end + 1)]
