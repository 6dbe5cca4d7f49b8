"""Real connections at the same moment, for tests of races (they need PostgreSQL: mark them `postgres`), and workers that
are killed."""

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection
from django.db.models import Model
from django.db.models.signals import pre_save

from lms.lib.errors import Refusal


def at_once(*tasks: Callable[[], Any], refused: type[Refusal] | tuple[()] = Refusal) -> list[Any]:
    """Run the tasks at the same moment, each on its own connection: their results, or the refusals they raised.

    refused: what losing looks like, () where nobody may lose; anything else that is raised fails the test.
    """
    barrier = Barrier(len(tasks))

    def run(task: Callable[[], Any]) -> Any:
        try:
            barrier.wait(timeout=20)
            return task()
        except refused as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(run, tasks))


def won(results: list[Any]) -> list[Any]:
    """The results of those that were not refused."""
    return [result for result in results if not isinstance(result, Refusal)]


def killed_at(sender: type[Model], work: Callable[[], Any]) -> int:
    """Run in a process of its own, which is killed where a row of that model would be written: its exit code."""
    child = os.fork()
    if child == 0:
        pre_save.connect(lambda **_: os.kill(os.getpid(), signal.SIGKILL), sender=sender, weak=False)
        try:
            work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
