"""Whether a document is in force; plain values."""

from datetime import date
from enum import StrEnum


class State(StrEnum):
    """On a day. coming: its first day is still to come; ended: its last has passed, or another document has replaced it."""

    COMING = "coming"
    IN_FORCE = "in_force"
    ENDED = "ended"


def begins(issued_on: date, first_day: date | None) -> date:
    """Without a first day of its own a document is in force from the day of its date."""
    return first_day or issued_on


def state_on(day: date, issued_on: date, first_day: date | None, last_day: date | None) -> State:
    """Whether a document is in force on a day."""
    if day < begins(issued_on, first_day):
        return State.COMING
    if last_day is not None and day > last_day:
        return State.ENDED
    return State.IN_FORCE
