"""A day as stretches, each counted or not, with its reason: plain functions over the steps of rules.walk.

Owns: what the day page says. Refuses: counting anything again; every figure comes out of the walk.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lms.learning.study.intervals import Range, Ranges, length
from lms.learning.study.rules import Step

# Stretches of one page with the same reason, with no more than this between them, are shown as one.
JOIN_MS = 5_000
# A report heard later than this after its own end is marked as handed in late.
LATE_MS = 5 * 60_000


@dataclass(frozen=True)
class Row:
    """One line of the day. start, end: wall ms. wall_ms: how long; counted_ms: what it added to the hours.

    reason: "" when nothing is left to say, else a code of study/answers.REASONS. other: the session that held the
    turn, for an overlap. late_ms: how long after its end the server heard of it.
    """

    start: int
    end: int
    session: int
    reason: str
    wall_ms: int
    counted_ms: int = 0
    new_ms: int = 0
    other: int | None = None
    late_ms: int = 0


@dataclass(frozen=True)
class Heard:
    """What a step does not carry: refused and inactive parts of its report, on the wall clock."""

    received: int
    inactive: Sequence[tuple[int, int, str]] = ()
    ahead: Ranges = ()
    too_long: Ranges = ()


def rows(
    steps: Iterable[Step], heard: Mapping[tuple[int, int], Heard], turns: Mapping[int, Ranges]
) -> list[Row]:
    """The lines of a day, in the order of the clock."""
    found: list[Row] = []
    for step in steps:
        session = step.event.session
        if not session:
            continue
        told = heard[step.event.order]
        late = told.received - step.event.at
        late = late if late > LATE_MS else 0
        if step.active:
            reason = step.reason if step.reason != "overlap" else ""
            found.append(
                _row(
                    step.active,
                    session,
                    reason,
                    counted_ms=step.counted_ms,
                    new_ms=step.new_coverage_ms,
                    late_ms=late,
                )
            )
        found += [
            Row(start, end, session, "overlap", end - start, other=_holder(turns, start), late_ms=late)
            for start, end in step.overlap
        ]
        found += [
            Row(start, end, session, reason, end - start, late_ms=late)
            for start, end, reason in (*step.barred, *told.inactive)
        ]
        found += [Row(*pair, session, "ahead_of_clock", pair[1] - pair[0]) for pair in told.ahead]
        found += [Row(*pair, session, "session_too_long", pair[1] - pair[0]) for pair in told.too_long]
    return joined(found)


def _row(ranges: Ranges, session: int, reason: str, **more: Any) -> Row:
    return Row(ranges[0][0], ranges[-1][1], session, reason, length(ranges), **more)


def _holder(turns: Mapping[int, Ranges], moment: int) -> int | None:
    for session, ranges in turns.items():
        if any(start <= moment < end for start, end in ranges):
            return session
    return None


def joined(found: Iterable[Row]) -> list[Row]:
    """Neighbours of one page with one reason as one line; nothing is lost from the sums."""
    result: list[Row] = []
    open_rows: dict[tuple[int, str, int | None], int] = {}
    for row in sorted(found, key=lambda item: (item.start, item.end, item.session)):
        key = (row.session, row.reason, row.other)
        index = open_rows.get(key)
        if (
            index is not None
            and row.start <= result[index].end + JOIN_MS
            and not _between(result, index, row)
        ):
            before = result[index]
            result[index] = replace(
                before,
                end=max(before.end, row.end),
                wall_ms=before.wall_ms + row.wall_ms,
                counted_ms=before.counted_ms + row.counted_ms,
                new_ms=before.new_ms + row.new_ms,
                late_ms=max(before.late_ms, row.late_ms),
            )
        else:
            open_rows[key] = len(result)
            result.append(row)
    return result


def _between(result: list[Row], index: int, row: Row) -> bool:
    """Whether another reason of the same page came in between: then the line is broken there."""
    return any(later.session == row.session for later in result[index + 1 :])


def sums(found: Iterable[Row]) -> dict[str, int]:
    """Reason → wall ms that did not count, the largest first; "" is what counted."""
    totals: dict[str, int] = {}
    for row in found:
        totals[row.reason] = totals.get(row.reason, 0) + row.wall_ms
    return dict(sorted(totals.items(), key=lambda item: -item[1]))


def clip_inactive(items: Iterable[Sequence[Any]], opened: int, received: int) -> list[tuple[int, int, str]]:
    """Session-relative inactive stretches on the wall clock, what lies in the future cut off."""
    found = []
    for start, end, reason in items:
        pair: Range = (opened + start, min(opened + end, received))
        if pair[0] < pair[1]:
            found.append((*pair, str(reason)))
    return found
