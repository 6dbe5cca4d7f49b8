"""Answers to browsing, kept for a moment in the process: whoever opens the catalogue asks the same as everybody else.

Owns: answers to plans without words, for `SEARCH_KEPT_SECONDS` (0 keeps none). Refuses: plans with words, which differ
from person to person. An answer is the same for all who share an audience, which is part of the plan.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import fields
from typing import Any

from django.conf import settings

from search.engines.base import Answer, Plan, Reader

MOST = 300
_answers: OrderedDict[Hashable, tuple[float, Answer]] = OrderedDict()
# Threads of a web process share what is kept; none of them asks an engine while it holds this.
_lock = threading.Lock()


def answer(engine: Reader, plan: Plan) -> Answer:
    """The engine's answer, at most SEARCH_KEPT_SECONDS old. Raises what the engine raises."""
    if plan.clauses or not settings.SEARCH_KEPT_SECONDS:
        return engine.search(plan)
    key = (engine.name, *(_hashable(getattr(plan, field.name)) for field in fields(plan)))
    with _lock:
        found = _answers.get(key)
    if found is not None and found[0] >= time.monotonic():
        return found[1]
    given = engine.search(plan)
    with _lock:
        _answers[key] = (time.monotonic() + settings.SEARCH_KEPT_SECONDS, given)
        _answers.move_to_end(key)
        while len(_answers) > MOST:
            _answers.popitem(last=False)
    return given


def _hashable(value: Any) -> Hashable:
    return tuple(sorted(value.items())) if isinstance(value, Mapping) else value
