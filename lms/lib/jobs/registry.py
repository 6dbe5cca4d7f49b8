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


def job(kind: str) -> Callable[[JobFunction], JobFunction]:
    """Register a job. It may be started again after a crash and must then go on or begin anew without doubling."""

    def register(function: JobFunction) -> JobFunction:
        _kinds[kind] = function
        return function

    return register


def function_for(kind: str) -> JobFunction:
    return _kinds[kind]
