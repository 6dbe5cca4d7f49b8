"""What kinds of jobs there are. Packages register theirs in `jobs.py` or `consumers.py`, imported at start-up."""

from collections.abc import Callable
from typing import Any, Protocol

from lms.lib.actor import Actor


class JobContext(Protocol):
    """What a running job holds in its hands."""

    args: dict[str, Any]
    actor: Actor

    def progress(self, done: int, total: int, message: str = "") -> None: ...

    def check_cancelled(self) -> None: ...


JobFunction = Callable[[JobContext], dict[str, Any]]
_kinds: dict[str, JobFunction] = {}
_once: set[str] = set()


def job(kind: str, *, retried: bool = True) -> Callable[[JobFunction], JobFunction]:
    """Register a job. It may be started again after a crash and must then go on or begin anew without doubling.

    retried=False: a job that clears up after its own error (an upload that is gone then) and would only fail again.
    """

    def register(function: JobFunction) -> JobFunction:
        _kinds[kind] = function
        if not retried:
            _once.add(kind)
        return function

    return register


def is_retried(kind: str) -> bool:
    """Whether a job of this kind is tried again after an error; a kind that no code knows any more is not."""
    return kind in _kinds and kind not in _once


def function_for(kind: str) -> JobFunction:
    return _kinds[kind]
