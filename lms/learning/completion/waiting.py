"""What an enrolment may have to wait for before anything is made of it: a person's look at a suspicion.

Owns: the list of who may ask for that. Refuses: reasons; while an enrolment waits, study goes on and is counted, and only
completion, top-ups and what follows of them come later.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# Each: enrolments → those of them that wait, in one query however many there are. Registered once, at start.
waits: list[Callable[[Collection[int]], set[int]]] = []


_in_hand: ContextVar[frozenset[int]] = ContextVar("in_hand", default=frozenset())


@contextmanager
def in_hand(enrolment_id: int) -> Iterator[None]:
    """Within, the enrolment waits for its caller, who changes its figures and then says himself what is made of them:
    what was given before is corrected first, and only then is anything added.
    """
    token = _in_hand.set(_in_hand.get() | {enrolment_id})
    try:
        yield
    finally:
        _in_hand.reset(token)


def waiting(enrolments: Collection[int]) -> set[int]:
    """Those of the enrolments that wait for somebody."""
    found = set(_in_hand.get().intersection(enrolments))
    for ask in waits:
        found |= ask(enrolments)
    return found
