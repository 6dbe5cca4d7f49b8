"""Where study without a line lies in time, and what confirms it: plain functions over plain values. Milliseconds."""

from collections.abc import Iterable
from dataclasses import dataclass

# What a page can show without a line. A quiz is answered online; its block says so.
KEEPABLE = frozenset({"text", "image", "video", "audio", "quiz", "file"})


def place(issued: int, received: int, since: int, lasted: int) -> int:
    """The wall moment at which an offline session was opened.

    since: how long after the ticket's issue the device says it was; a hint, since a device's clock can be anything.
    lasted: how long the session has gone on, by the page's monotonic clock. The whole session must fit between issue
    and arrival: a hint that does not let it is replaced by the latest place that does. What is longer than the time
    there was begins at the issue, and its end is in the future, which never counts.
    """
    return max(min(issued + max(since, 0), received - lasted), issued)


@dataclass(frozen=True)
class Unit:
    """A lesson as confirming sees it. quizzes: its quiz blocks."""

    lesson: int
    chapter: str
    quizzes: frozenset[str]


def confirming(units: Iterable[Unit], lesson: int) -> set[tuple[int, str]]:
    """The quizzes, as (lesson, block), whose passing confirms what was studied of `lesson` without a line.

    Those of the lesson itself; where it has none, of its chapter; where that has none, of the course. Empty: there is no
    quiz at all, nothing could confirm it, and the completion rule alone decides what it is worth.
    """
    known = list(units)
    own = next((unit for unit in known if unit.lesson == lesson), None)
    chapter = own.chapter if own else None
    for circle in (
        [unit for unit in known if unit.lesson == lesson],
        [unit for unit in known if unit.chapter == chapter],
        known,
    ):
        found = {(unit.lesson, block) for unit in circle for block in unit.quizzes}
        if found:
            return found
    return set()
