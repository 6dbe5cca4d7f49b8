"""Who looks at what a launch's credential sends, before it is kept: those who made the launch know what it may say.

Owns: the list of them, and when they are asked. Refuses: to know what they look for.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from lms.records.credentials.services import Grant
from lms.records.statements.rules import Json


class Examiner(Protocol):
    """Asked inside the transaction that keeps the statements, with those of a request that are not kept yet; one that was
    sent without an id has none here. Raises `Fault` for what may not be; None where the credential is none of its own, else
    what is to be done once they are kept, in the same transaction.
    """

    def __call__(self, grant: Grant, statements: Sequence[Json]) -> Callable[[], None] | None: ...


_examiners: list[Examiner] = []


def register_examiner(examiner: Examiner) -> None:
    if examiner not in _examiners:
        _examiners.append(examiner)


def examine(grant: Grant, statements: Sequence[Json]) -> list[Callable[[], None]]:
    """What all of them say; credentials that are no launch's are nobody's business."""
    if grant.registration is None:
        return []
    told = [examiner(grant, statements) for examiner in _examiners]
    return [then for then in told if then is not None]
