"""What study time counts: plain functions over plain values, no database, no clock (DESIGN invariant 1).

Three things are kept apart. Active time: the wall-clock stretches a person was really active in; at any moment at
most one session holds the person's turn, and only its stretches count there. Coverage: the content milliseconds met
for the first time. Position: not our business. Counted time of a lesson = coverage, at most active time × the
permitted speed.

All of it is a function of sets (stretches, ranges, claims), so that order, repetition, splitting and lateness of
reports cannot change a total, and every input can only add: claims are stamped by the server not earlier than
anything it has accepted, hence they never take back a moment that was counted.

Milliseconds everywhere: `wall` ones since 1970 UTC, `content` ones from a block's start. Speeds in hundredths (200 is
2×). Integers only, rounded down once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from lms.learning.study.intervals import (
    FOREVER,
    Range,
    Ranges,
    clip,
    intersect,
    length,
    merge,
    shift,
    subtract,
)

Coverage = Mapping[str, Ranges]
# From when until when (wall), and the code of the reason.
Bar = tuple[int, int, str]
Bars = Sequence[Bar]


@dataclass(frozen=True)
class Rule:
    """One version of the dated study rule as plain values.

    speed_hundredths: content milliseconds that one active millisecond may carry, × 100. idle_ms: how long reading
    counts as active after the last sign of use. tolerance_ms: by how much a device's clock may run ahead of the
    server's before the stretch is named `ahead_of_clock`; the part in the future never counts, whatever it is.
    session_ms: the longest one session may last. late_ms: how late after opening a report may still arrive.
    presence_*: how much counts before presence is asked for (0: never asked), how long before that is announced, and how
    long there is to answer.
    """

    version: int
    speed_hundredths: int
    ms_per_hour: int
    idle_ms: int
    tolerance_ms: int
    session_ms: int
    late_ms: int
    live_ms: int
    presence_every_ms: int = 0
    presence_notice_ms: int = 0
    presence_answer_ms: int = 0


@dataclass(frozen=True)
class Claim:
    """From `at` (wall) on, the person's turn belongs to `session`, until the next claim."""

    at: int
    session: int


@dataclass(frozen=True)
class Stream:
    """Accepted active stretches (wall) of one session, under the speed of the rule it was opened with."""

    session: int
    speed_hundredths: int
    stretches: Ranges


@dataclass(frozen=True)
class Content:
    """What a lesson holds: block id → content length."""

    lengths: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.lengths.values())


@dataclass(frozen=True)
class Count:
    """The figures of one lesson.

    active: wall time in the person's turn. overlap: active, but another session had the turn. barred: active and in the
    turn, but barred. budget: content time that `active` may carry. covered: content met, reported or granted. met:
    covered, the reported part held to the budget; it decides completion. counted: what becomes hours.
    """

    active_ms: int = 0
    overlap_ms: int = 0
    budget_ms: int = 0
    covered_ms: int = 0
    met_ms: int = 0
    counted_ms: int = 0
    barred_ms: int = 0


# --- one report against the server's clock ---------------------------------------------------------------


@dataclass(frozen=True)
class Bounded:
    """A report's stretches on the wall clock, and how much of them lay in the future or beyond the session."""

    accepted: Ranges
    ahead_ms: int = 0
    too_long_ms: int = 0


def bound(stretches: Iterable[Sequence[int]], opened: int, received: int, rule: Rule) -> Bounded:
    """Session-relative stretches → accepted wall stretches.

    Nothing at or after `received` (both wall, server's clock) is accepted. Up to the tolerance that is a clock
    running a little fast and says nothing; beyond it the whole future part is named ahead_ms.
    """
    merged = merge(stretches)
    in_session = clip(merged, 0, rule.session_ms)
    elapsed = max(received - opened, 0)
    accepted = clip(in_session, 0, elapsed)
    tolerated = clip(in_session, 0, elapsed + rule.tolerance_ms)
    ahead = length(in_session) - length(accepted) if tolerated != in_session else 0
    return Bounded(shift(accepted, opened), ahead, length(merged) - length(in_session))


def bound_coverage(coverage: Mapping[str, Iterable[Sequence[int]]], content: Content) -> dict[str, Ranges]:
    """The reported ranges cut to the blocks' lengths; blocks that are not of this lesson are dropped."""
    found = {
        block: clip(merge(ranges), 0, content.lengths[block])
        for block, ranges in coverage.items()
        if block in content.lengths
    }
    return {block: ranges for block, ranges in found.items() if ranges}


# --- whose turn it is ------------------------------------------------------------------------------------


def turns(claims: Iterable[Claim]) -> dict[int, Ranges]:
    """Session → the wall ranges in which it holds the person's turn; together they never overlap."""
    ordered = sorted(set(claims), key=lambda claim: (claim.at, claim.session))
    found: dict[int, list[Range]] = {}
    for index, claim in enumerate(ordered):
        end = ordered[index + 1].at if index + 1 < len(ordered) else FOREVER
        if claim.at < end:
            found.setdefault(claim.session, []).append((claim.at, end))
    return {session: merge(ranges) for session, ranges in found.items()}


def holder_at(claims: Iterable[Claim], moment: int) -> int | None:
    """The session that holds the turn at a wall moment, None before the first claim."""
    for session, ranges in turns(claims).items():
        if any(start <= moment < end for start, end in ranges):
            return session
    return None


def open_turns(
    session: int, wanted: Ranges, open_: Ranges, claims: Iterable[Claim], taken: Mapping[int, Ranges]
) -> list[Claim]:
    """The claims that give `session` the open time it was active in, and take back nothing anybody counted.

    wanted: its active stretches outside its turns. open_: when the turn's holder was left and nobody had come. taken:
    session → its active stretches. Of each free piece of open time the session gets what lies from its first active
    moment on, to the piece's end; then the turn is the earlier holder's again.
    """
    ordered = sorted(set(claims), key=lambda claim: (claim.at, claim.session))
    found = []
    for index, claim in enumerate(ordered):
        if claim.session == session:
            continue
        until = ordered[index + 1].at if index + 1 < len(ordered) else FOREVER
        free = subtract(intersect(((claim.at, until),), open_), taken.get(claim.session, ()))
        for start, end in free:
            used = clip(wanted, start, end)
            # Two claims in one moment would have no order: the one that is there stays the first.
            first = max(used[0][0], claim.at + 1) if used else end
            if first < end:
                found.append(Claim(first, session))
                if end != until:
                    found.append(Claim(end, claim.session))
    return found


# --- what is barred --------------------------------------------------------------------------------------


def barred_ranges(bars: Iterable[Bar]) -> Ranges:
    """When nothing counts, for whatever reason."""
    return merge((start, end) for start, end, _reason in bars)


def is_barred(bars: Iterable[Bar], moment: int) -> str:
    """The reason for which what was met until `moment` is barred, "" when it is not.

    Content has no moments of its own: what a report tells belongs to the report's end, as its day does. A page
    therefore ends a report where a bar begins.
    """
    return next((reason for start, end, reason in sorted(bars) if start < moment <= end), "")


def split_by_bar(ranges: Ranges, bars: Iterable[Bar]) -> tuple[Bar, ...]:
    """The barred part of merged ranges, each piece under one reason: where several hold, the earliest bar's."""
    left, found = ranges, list[Bar]()
    for start, end, reason in sorted(bars):
        found += [(low, high, reason) for low, high in clip(left, start, end)]
        left = subtract(left, ((start, end),))
    return tuple(sorted(found))


# --- counting --------------------------------------------------------------------------------------------


def union_coverage(parts: Iterable[Coverage]) -> dict[str, Ranges]:
    """Block by block, the union of what was met."""
    gathered: dict[str, list[Range]] = {}
    for part in parts:
        for block, ranges in part.items():
            gathered.setdefault(block, []).extend((pair[0], pair[1]) for pair in ranges)
    return {block: merge(ranges) for block, ranges in gathered.items()}


def figures(
    active_ms: int,
    overlap_ms: int,
    budget_hundredths: int,
    reported_ms: int,
    granted_ms: int,
    barred_ms: int = 0,
) -> Count:
    """The formula itself, on sums: what may be carried bounds what was met."""
    budget_ms = budget_hundredths // 100
    covered_ms = reported_ms + granted_ms
    return Count(
        active_ms=active_ms,
        overlap_ms=overlap_ms,
        budget_ms=budget_ms,
        covered_ms=covered_ms,
        met_ms=granted_ms + min(reported_ms, budget_ms),
        counted_ms=min(covered_ms, budget_ms),
        barred_ms=barred_ms,
    )


def coverage_sums(coverage: Coverage, granted: Iterable[str], content: Content) -> tuple[int, int]:
    """(reported, granted) content time: a granted block is wholly met and its reports add nothing."""
    whole = {block for block in granted if block in content.lengths}
    granted_ms = sum(content.lengths[block] for block in whole)
    reported_ms = sum(
        length(clip(merge(ranges), 0, content.lengths[block]))
        for block, ranges in coverage.items()
        if block in content.lengths and block not in whole
    )
    return reported_ms, granted_ms


def count(
    streams: Iterable[Stream],
    coverage: Iterable[Coverage],
    claims: Iterable[Claim],
    content: Content,
    granted: Iterable[str] = (),
    barred: Mapping[int, Bars] | None = None,
) -> Count:
    """The figures of one lesson from everything known of it.

    streams: every session's accepted stretches, in any order, cut and repeated as they came. coverage: the reported
    ranges likewise, without those that are barred (`is_barred`). claims: all claims of the person. granted: blocks whose
    end was seen by the server (an answered exercise, a closed quiz). barred: session → what of it does not count.
    """
    mine = turns(claims)
    stretches: dict[int, list[Range]] = {}
    speeds: dict[int, int] = {}
    for stream in streams:
        stretches.setdefault(stream.session, []).extend(stream.stretches)
        speeds[stream.session] = stream.speed_hundredths
    active = overlap = budget = shut = 0
    for session, ranges in stretches.items():
        merged = merge(ranges)
        own = intersect(merged, mine.get(session, ()))
        attributed = length(subtract(own, barred_ranges((barred or {}).get(session, ()))))
        active += attributed
        overlap += length(merged) - length(own)
        shut += length(own) - attributed
        budget += attributed * speeds[session]
    reported, whole = coverage_sums(union_coverage(coverage), granted, content)
    return figures(active, overlap, budget, reported, whole, shut)


def percent(met_ms: int, total_ms: int) -> int:
    """Whole percent of a lesson, rounded down; a lesson without length has nothing left to meet."""
    return 100 if total_ms <= 0 else min(met_ms * 100 // total_ms, 100)


# --- the same, step by step, for explanations ------------------------------------------------------------


@dataclass(frozen=True)
class Event:
    """Something the server recorded about a lesson: a report, or a block granted whole.

    at: wall moment it belongs to (a report's own end, however late it came). order: breaks ties, stable.
    """

    at: int
    order: tuple[int, int]
    session: int = 0
    speed_hundredths: int = 0
    stretches: Ranges = ()
    coverage: Coverage = field(default_factory=dict)
    granted: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """What one event added, walking a lesson's events in the order of the wall clock.

    barred: what of its active time in the turn does not count, with the reasons. coverage: what it told that was taken;
    refused: the reason for which what it told was not, "" when it was.
    """

    event: Event
    active: Ranges
    overlap: Ranges
    new_coverage_ms: int
    counted_ms: int
    after: Count
    barred: tuple[Bar, ...] = ()
    coverage: Coverage = field(default_factory=dict)
    refused: str = ""

    @property
    def reason(self) -> str:
        """Why (some of) this step's active time was not counted, as a code; "" when nothing is left to say."""
        if self.overlap and not self.active:
            return "overlap"
        if not self.active:
            return ""
        if self.new_coverage_ms == 0 and self.counted_ms == 0:
            return self.refused or "repeat"
        if self.new_coverage_ms > self.counted_ms and self.after.covered_ms > self.after.budget_ms:
            return "too_fast"
        return ""


def walk(
    events: Iterable[Event],
    claims: Iterable[Claim],
    content: Content,
    barred: Mapping[int, Bars] | None = None,
) -> list[Step]:
    """The steps of a lesson in wall order; the sum of their counted_ms is `count`'s, whatever order they came in.

    barred: session → what of it does not count.
    """
    mine = turns(claims)
    seen: dict[int, Ranges] = {}
    covered: dict[str, Ranges] = {}
    granted: set[str] = set()
    active = overlap = budget = shut = 0
    before = Count()
    steps = []
    for event in sorted(events, key=lambda item: (item.at, item.order)):
        fresh = subtract(event.stretches, seen.get(event.session, ()))
        seen[event.session] = merge((*seen.get(event.session, ()), *event.stretches))
        bars = (barred or {}).get(event.session, ())
        turn = intersect(fresh, mine.get(event.session, ()))
        others = subtract(fresh, turn)
        own = subtract(turn, barred_ranges(bars))
        active += length(own)
        overlap += length(others)
        shut += length(turn) - length(own)
        budget += length(own) * event.speed_hundredths
        refused = is_barred(bars, event.at) if event.coverage else ""
        taken: Coverage = {} if refused else event.coverage
        for block, ranges in taken.items():
            covered[block] = merge((*covered.get(block, ()), *ranges))
        granted.update(event.granted)
        reported_ms, granted_ms = coverage_sums(covered, granted, content)
        after = figures(active, overlap, budget, reported_ms, granted_ms, shut)
        steps.append(
            Step(
                event=event,
                active=own,
                overlap=others,
                new_coverage_ms=after.covered_ms - before.covered_ms,
                counted_ms=after.counted_ms - before.counted_ms,
                after=after,
                barred=split_by_bar(turn, bars),
                coverage=taken,
                refused=refused,
            )
        )
        before = after
    return steps
