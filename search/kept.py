"""Answers kept for a moment in the process: whoever opens the catalogue asks the same as everybody else, and of what is looked
for the most is looked for by many.

Owns: answers to plans without words, and results of searches with words, for `SEARCH_KEPT_SECONDS` (0 keeps none). An answer is the
same for all who share an audience, which is part of the plan; results with words for all who are also of the same occupations and
lack hours of the same kinds, and only as long as nothing was written to the index since they were found (`stamp`): an edit is
found at once. Refuses: anything that depends on who asks beyond that.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.db import connection

from search.engines.base import Answer, Plan, Reader

MOST = 300
# As long as an engine may take to show what was written (ELASTICSEARCH_REFRESH), and a little.
SETTLED_S = 2.0
T = TypeVar("T")


def answer(engine: Reader, plan: Plan) -> Answer:
    """The engine's answer, without words at most SEARCH_KEPT_SECONDS old. Raises what the engine raises."""
    if plan.clauses or not settings.SEARCH_KEPT_SECONDS:
        return engine.search(plan)
    key = (engine.name, *(hashable(getattr(plan, one.name)) for one in fields(plan)))
    found = _answers.get(key)
    if found is None:
        found = engine.search(plan)
        _answers.put(key, found, settings.SEARCH_KEPT_SECONDS)
    return found


def stamp(types: Sequence[str]) -> Hashable | None:
    """What stands for the state of the index of these types: it changes with everything that is written, or removed. None
    while something was written so lately that an engine may not show it yet. One query.
    """
    if not types:
        return ()
    # Asked for with every search: to put the question together anew each time takes longer than its answer.
    asked = "SELECT engine, type, active, version, complete FROM search_shelf WHERE type IN (%s)"
    marks = ", ".join(["%s"] * len(types))
    with connection.cursor() as cursor:
        cursor.execute(asked % marks, list(types))
        rows = tuple(sorted(cursor.fetchall()))
    # Versions are moments, in microseconds.
    latest = max((version for _engine, _type, _active, version, _complete in rows), default=0)
    return rows if latest < (time.time() - SETTLED_S) * 1_000_000 else None


@dataclass
class Keeper(Generic[T]):
    """What is kept by question, at most `MOST` of them, the latest ones."""

    _kept: OrderedDict[Hashable, tuple[float, T]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, key: Hashable) -> T | None:
        with self._lock:
            found = self._kept.get(key)
        return found[1] if found is not None and found[0] >= time.monotonic() else None

    def put(self, key: Hashable, value: T, seconds: float) -> None:
        with self._lock:
            self._kept[key] = (time.monotonic() + seconds, value)
            self._kept.move_to_end(key)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)

    def __len__(self) -> int:
        return len(self._kept)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()


def hashable(value: Any) -> Hashable:
    """A value of a question, as part of a key."""
    if isinstance(value, Mapping):
        return tuple(sorted((name, hashable(one)) for name, one in value.items()))
    return tuple(value) if isinstance(value, list) else value


# Threads of a web process share what is kept; none of them asks an engine while it holds a lock.
_answers: Keeper[Answer] = Keeper()
