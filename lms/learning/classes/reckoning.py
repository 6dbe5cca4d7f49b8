"""What attendance gives: plain functions over whole milliseconds and hundredths of a 学时. No database.

Owns: which of somebody's time at a meeting counts, what online study takes off it, and how far what was given has to
move. Refuses: rounding up; rounding at all but once, down, over all meetings of a class.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lms.learning.study.intervals import Ranges, clip, intersect, length, merge, subtract
from lms.lib.units import centihours_from_ms

# Study time online that was counted: on which wall-clock milliseconds it stands, and how much counted.
Counted = tuple[Ranges, int]


@dataclass(frozen=True)
class Terms:
    """A rule as it is applied; see hours_models.ClassHoursRule."""

    version: int
    ms_per_hour: int
    min_share_percent: int = 0
    late_minutes: int | None = None


@dataclass(frozen=True)
class Attended:
    """A meeting and when somebody was there. start, end, first_in: wall ms; ranges: from signing in to signing out."""

    start: int
    end: int
    ranges: Ranges
    first_in: int | None


@dataclass(frozen=True)
class Part:
    """What one meeting gives. attended_ms: there, within the meeting; online_ms: of it, counted online already;
    elsewhere_ms: given in another class already; given_ms: what is left. reason: "" or why nothing counts: absent, late, short.
    """

    attended_ms: int
    given_ms: int = 0
    online_ms: int = 0
    elsewhere_ms: int = 0
    reason: str = ""
    ranges: Ranges = ()


def parts(
    meetings: Sequence[Attended], terms: Terms, online: Sequence[Counted] = (), elsewhere: Ranges = ()
) -> list[Part]:
    """Each meeting by the rule. No second counts twice: not one given in another class or meeting, nor one counted online.

    Which seconds of a report were the counted ones nobody knows; so of each report's overlap at most as much is taken
    off as it counted.
    """
    used, left = merge(elsewhere), [counted for _ranges, counted in online]
    found = []
    for meeting in meetings:
        there = clip(merge(meeting.ranges), meeting.start, meeting.end)
        attended = length(there)
        reason = refused(meeting, terms, attended)
        if reason:
            found.append(Part(attended, reason=reason))
            continue
        free = subtract(there, used)
        twice = 0
        for place, (ranges, _counted) in enumerate(online):
            both = min(length(intersect(free, merge(ranges))), left[place])
            left[place] -= both
            twice += both
        twice = min(twice, length(free))
        found.append(Part(attended, length(free) - twice, twice, attended - length(free), ranges=free))
        used = merge((*used, *free))
    return found


def refused(found: Attended, terms: Terms, attended: int) -> str:
    """Why a meeting gives nothing under the rule; "" where it does. attended: ms there, within the meeting."""
    if not attended:
        return "absent"
    latest = None if terms.late_minutes is None else found.start + terms.late_minutes * 60_000
    if latest is not None and found.first_in is not None and found.first_in > latest:
        return "late"
    return "short" if attended * 100 < terms.min_share_percent * (found.end - found.start) else ""


def worth(parts: Iterable[Part], terms: Terms, approved: int) -> int:
    """Hundredths of a 学时 of all meetings together: rounded down once, at most what the class was approved for."""
    return min(centihours_from_ms(sum(item.given_ms for item in parts), terms.ms_per_hour), approved)


@dataclass(frozen=True)
class Change:
    """take: how many of the rows that stand go back, from the last; give: what is added then, 0 for nothing."""

    take: int
    give: int


def change(standing: Sequence[int], target: int) -> Change:
    """From what stands (row by row, in order) to the target: whole rows back, then one further row for the rest."""
    kept = list(standing)
    while kept and sum(kept) > target:
        kept.pop()
    return Change(len(standing) - len(kept), target - sum(kept))
