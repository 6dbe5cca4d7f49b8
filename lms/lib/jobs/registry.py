"""What kinds of jobs there are. Packages register theirs in `jobs.py` or `consumers.py`, imported at start-up."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol

from lms.lib.actor import Actor


class JobContext(Protocol):
    """What a running job holds in its hands."""

    args: dict[str, Any]
    actor: Actor
    # Which try it is, from 1; no two workers ever have the same of one job.
    attempt: int

    def progress(self, done: int, total: int, message: str = "") -> None: ...

    def check_cancelled(self) -> None: ...

    def held(self) -> AbstractContextManager[None]: ...

    def require_lease(self) -> None: ...


JobFunction = Callable[[JobContext], dict[str, Any]]
_kinds: dict[str, JobFunction] = {}
_once: set[str] = set()
# Somebody waits for these with a page open.
_quick: set[str] = set()
# These take long, and nobody waits for them with a page open.
_patient: set[str] = set()
# The id of a woken job → the id of the one of its kind whose turn it is.
Turn = Callable[[int], int]
_turns: dict[str, Turn] = {}


def job(
    kind: str, *, retried: bool = True, turn: Turn | None = None, quick: bool = False, patient: bool = False
) -> Callable[[JobFunction], JobFunction]:
    """Register a job. It may be started again after a crash and must then go on or begin anew without doubling.

    retried=False: a job that clears up after its own error (an upload that is gone then) and would only fail again.
    turn: who is next where several wait, so that nobody's hundred jobs keep another's one waiting; in the order of
    coming without it.
    quick: somebody looks at a page until it is done; it goes before every other that has not begun.
    patient: takes minutes, and nobody does; only so many are under way at once (settings.PATIENT_JOBS), so that a worker is left for
    the rest.
    """

    def register(function: JobFunction) -> JobFunction:
        _kinds[kind] = function
        if not retried:
            _once.add(kind)
        if turn is not None:
            _turns[kind] = turn
        if quick:
            _quick.add(kind)
        if patient:
            _patient.add(kind)
        return function

    return register


def is_retried(kind: str) -> bool:
    """Whether a job of this kind is tried again after an error; a kind that no code knows any more is not."""
    return kind in _kinds and kind not in _once


def quick_kinds() -> frozenset[str]:
    return frozenset(_quick)


def patient_kinds() -> frozenset[str]:
    return frozenset(_patient)


def whose_turn(kind: str, job_id: int) -> int:
    """The job to run when this one of the kind is woken."""
    return _turns[kind](job_id) if kind in _turns else job_id


def function_for(kind: str) -> JobFunction:
    return _kinds[kind]
