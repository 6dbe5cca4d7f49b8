"""Who is told what became of a lesson, inside the transaction in which it did (registered.py puts them here)."""

from collections.abc import Callable

# Told the enrolment when a lesson has come over its course's rule: completion listens.
lesson_met: list[Callable[[int], object]] = []
# Told likewise that more may have been counted in a lesson met before, and that this was the last word for now.
lesson_left: list[Callable[[int], object]] = []
# Told likewise that a quiz was closed.
quiz_closed: list[Callable[[int], object]] = []


def tell(listeners: list[Callable[[int], object]], enrolment_id: int) -> None:
    for listener in listeners:
        listener(enrolment_id)
