"""Classes in plain functions over plain values: which state leads where, who gets a seat, what a learner attended,
which code is good, when practice is fulfilled. Whole minutes, rounded down once; nothing here gives hours.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

MOST_SEATS = 500
MOST_ITEMS = 40
# A code is shown that long; the one before it is still taken, for the time a phone needs to open the page.
CODE_SECONDS = 30
# Codes are shown and taken from that long before a meeting until that long after it.
AROUND = timedelta(hours=1)
# A link to an outside meeting is shown a day before it begins at the earliest.
LINK_MINUTES = 1440

_MOVES = {
    ("planned", "open"): "open",
    ("closed", "open"): "open",
    ("open", "close"): "closed",
    ("open", "start"): "running",
    ("closed", "start"): "running",
    ("running", "end"): "ended",
    ("planned", "cancel"): "cancelled",
    ("open", "cancel"): "cancelled",
    ("closed", "cancel"): "cancelled",
    ("running", "cancel"): "cancelled",
}
ACTS = ("open", "close", "start", "end", "cancel")


def moved(state: str, act: str) -> str | None:
    """The state after an act; None where the act is not possible in that state."""
    return _MOVES.get((state, act))


def acts_in(state: str) -> list[str]:
    """What can be done to a run in that state, in the usual order."""
    return [act for act in ACTS if (state, act) in _MOVES]


# --- seats -----------------------------------------------------------------------------------------------


def free_seats(taken: Collection[int], capacity: int) -> list[int]:
    """The numbers of the seats nobody has, lowest first."""
    used = set(taken)
    return [seat for seat in range(1, capacity + 1) if seat not in used]


# --- attendance ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Seen:
    """An attendance event: act ("in", "out" or "clear") at a moment."""

    act: str
    at: datetime


@dataclass(frozen=True)
class Stretch:
    """From signing in to signing out; until is None while nobody has signed out."""

    since: datetime
    until: datetime | None


def stretches(events: Iterable[Seen]) -> list[Stretch]:
    """What the events, in the order they were recorded, say: "clear" takes back all before it; signing in while in, or
    out while out, says nothing new; an out before its in closes nothing.
    """
    found: list[Stretch] = []
    for event in events:
        inside = bool(found) and found[-1].until is None
        if event.act == "clear":
            found = []
        elif event.act == "in" and not inside:
            found.append(Stretch(event.at, None))
        elif event.act == "out" and inside and event.at >= found[-1].since:
            found[-1] = Stretch(found[-1].since, event.at)
    return found


def is_in(events: Iterable[Seen]) -> bool:
    """Whether somebody is signed in and not out again."""
    found = stretches(events)
    return bool(found) and found[-1].until is None


def minutes(found: Sequence[Stretch], starts_at: datetime, ends_at: datetime) -> int:
    """Whole minutes between the meeting's start and end that closed stretches cover; what overlaps is there once."""
    closed = sorted(
        (max(item.since, starts_at), min(item.until, ends_at)) for item in found if item.until is not None
    )
    total, reached = timedelta(), starts_at
    for since, until in closed:
        if until > max(since, reached):
            total += until - max(since, reached)
            reached = until
    return total // timedelta(minutes=1)


def attended(found: Sequence[Stretch], starts_at: datetime, ends_at: datetime) -> bool:
    """Present at a meeting: signed in and out, with at least one minute of the meeting between the two."""
    return minutes(found, starts_at, ends_at) > 0


def required(meetings: int, asked: int | None) -> int:
    """How many meetings have to be attended: what the provider set, else all there are; at least one (A46: sign-in)."""
    return max(meetings if asked is None else min(asked, meetings), 1)


def merged(
    found: Iterable[tuple[datetime, datetime]], starts_at: datetime, ends_at: datetime
) -> list[Stretch]:
    """What rows of a list say together: cut to the meeting, overlapping and touching ones once, in order."""
    result: list[Stretch] = []
    for since, until in sorted((max(since, starts_at), min(until, ends_at)) for since, until in found):
        if until <= since:
            continue
        last = result[-1] if result else None
        if last is not None and last.until is not None and since <= last.until:
            result[-1] = Stretch(last.since, max(last.until, until))
        else:
            result.append(Stretch(since, until))
    return result


def link_open(moment: datetime, starts_at: datetime, ends_at: datetime, minutes: int) -> bool:
    """Whether those in the class are shown a meeting's link at a moment."""
    return starts_at - timedelta(minutes=minutes) <= moment < ends_at


# --- practice --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Practice:
    """Where a learner stands in one run. passed: the last sheet's result, None without one."""

    passed: bool | None
    attended: int
    required: int

    @property
    def present_enough(self) -> bool:
        return self.attended >= self.required

    @property
    def fulfilled(self) -> bool:
        """Practice asks for both: being there, and an assessor's word (青科委〔2022〕69号, 三)."""
        return self.passed is True and self.present_enough


# --- codes -----------------------------------------------------------------------------------------------


def period_of(moment: datetime) -> int:
    """The number of the code's period in which a moment lies."""
    return int(moment.timestamp()) // CODE_SECONDS


def seconds_left(moment: datetime) -> int:
    """How long the present code is shown still, in whole seconds: 1 … CODE_SECONDS."""
    return CODE_SECONDS - int(moment.timestamp()) % CODE_SECONDS


def around(moment: datetime, starts_at: datetime, ends_at: datetime) -> bool:
    """Whether codes of a meeting are shown and taken at a moment."""
    return starts_at - AROUND <= moment <= ends_at + AROUND
