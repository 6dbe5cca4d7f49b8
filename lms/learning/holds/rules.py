"""Suspicion in plain functions over plain values: no database, no clock, and no verdict.

Each says from when on something is odd enough for a person to look at it. The thresholds are dated rows (HoldRule), so
generous that who studies honestly does not meet them: two devices in use at once for minutes, one broken report, a
training room's PC used by one after the other are nothing. Milliseconds everywhere; integers only.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lms.learning.study.intervals import Range, Ranges, intersect, length, merge, subtract
from lms.learning.study.rules import union_coverage

Coverage = Mapping[str, Ranges]


@dataclass(frozen=True)
class Thresholds:
    """One version of the rule; see HoldRule."""

    speed_excess_ms: int
    speed_excess_percent: int
    overlap_ms: int
    refusals: int
    ahead_ms: int
    shared_people: int
    shared_ms: int


# --- faster than time allows -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Claimed:
    """What one session told: content no earlier session of the lesson had told (`new_ms`), and its active time."""

    session: int
    new_ms: int
    active_ms: int
    speed_hundredths: int

    @property
    def budget_ms(self) -> int:
        return self.active_ms * self.speed_hundredths // 100


def claimed(sessions: Iterable[tuple[int, Coverage, int, int]], granted: Iterable[str]) -> list[Claimed]:
    """The sessions of one lesson in the order of their opening: (session, coverage, active ms, speed) → what each told
    for the first time. A page may say again what stands already; blocks whose end the server saw ask for no time.
    """
    known: dict[str, Ranges] = {}
    whole = set(granted)
    found = []
    for session, coverage, active_ms, speed in sessions:
        new = sum(
            length(subtract(merge(ranges), known.get(block, ())))
            for block, ranges in coverage.items()
            if block not in whole
        )
        known = union_coverage((known, coverage))
        found.append(Claimed(session, new, active_ms, speed))
    return found


def too_fast(item: Claimed, limits: Thresholds) -> bool:
    """Far beyond what the session's active time can carry, in minutes and in proportion."""
    excess_ms = item.new_ms - item.budget_ms
    return (
        excess_ms > limits.speed_excess_ms
        and item.new_ms * 100 > item.budget_ms * limits.speed_excess_percent
    )


# --- the same time more than once ------------------------------------------------------------------------


def crowded(streams: Iterable[tuple[object, Iterable[Sequence[int]]]], least: int) -> Ranges:
    """The time in which at least `least` different keys (devices, people) were active. Stretches of one key, however many
    and however they overlap, are one.
    """
    by_key: dict[object, list[Sequence[int]]] = {}
    for key, ranges in streams:
        by_key.setdefault(key, []).extend(ranges)
    edges: list[tuple[int, int]] = []
    for pieces in by_key.values():
        for start, end in merge(pieces):
            edges += [(start, 1), (end, -1)]
    found: list[Range] = []
    active = begin = 0
    for moment, change in sorted(edges):
        before, active = active, active + change
        if before < least <= active:
            begin = moment
        elif active < least <= before:
            found.append((begin, moment))
    return merge(found)


@dataclass(frozen=True)
class Shared:
    """A stretch shared by several keys, with how many there were at most."""

    start: int
    end: int
    keys: tuple[object, ...]


def shared(
    ranges: Ranges, streams: Sequence[tuple[object, Iterable[Sequence[int]]]], most: int
) -> list[Shared]:
    """The longest `most` of the ranges, in order, each with the keys that were active in it."""
    longest = sorted(ranges, key=lambda pair: (pair[0] - pair[1], pair[0]))[:most]
    return [
        Shared(
            start,
            end,
            tuple(dict.fromkeys(key for key, own in streams if intersect(merge(own), ((start, end),)))),
        )
        for start, end in sorted(longest)
    ]


# --- the steps of a hold ---------------------------------------------------------------------------------


def moved(state: str, act: str) -> str | None:
    """The state after an act; None where the act is not possible in that state."""
    return {
        ("open", "explain"): "open",
        ("open", "release"): "released",
        ("open", "confirm"): "confirmed",
        ("confirmed", "appeal"): "appealed",
        ("appealed", "explain"): "appealed",
        ("appealed", "release"): "released",
        ("appealed", "confirm"): "upheld",
    }.get((state, act))
