"""What a version of a plan may say: plain functions over plain values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Span:
    """first, last: both in."""

    first: date
    last: date


def within(span: Span, year: Span) -> bool:
    return year.first <= span.first <= span.last <= year.last


def carried(span: Span, promised: Span | None) -> bool:
    """Whether these days are no more than what the version in force promises: whatever became of the course, or of the
    learning year, since it was published, they may go on standing.
    """
    return promised is not None and promised.first <= span.first and span.last <= promised.last


def ended(promised: Span, today: date) -> Span | None:
    """What remains of promised days when a course is taken out: those that have come; None where none has."""
    return Span(promised.first, min(promised.last, today)) if promised.first <= today else None


def broken(before: Mapping[int, Span], after: Mapping[int, Span], today: date) -> Iterator[tuple[int, str]]:
    """(course, "dropped" | "later" | "shorter") of what the version before promised and the next one would take back.

    Days that have come stand: who studied on them could rely on the plan. A course may end, at the earliest today; one
    whose first day is still to come may move or go.
    """
    for course, promised in before.items():
        if promised.first > today:
            continue
        span = after.get(course)
        if span is None:
            yield course, "dropped"
        elif span.first > promised.first:
            yield course, "later"
        elif span.last < min(promised.last, today):
            yield course, "shorter"
