"""Answers to browsing, kept for a moment in the process: whoever opens the catalogue asks the same as everybody else.

Owns: answers to plans without words, for `SEARCH_KEPT_SECONDS` (0 keeps none). Refuses: plans with words, which differ
from person to person. An answer is the same for all who share an audience, which is part of the plan.
"""

import time
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import fields
from typing import Any

from django.conf import settings

from search.engines.base import Answer, Plan, Reader

MOST = 300
_answers: OrderedDict[Hashable, tuple[float, Answer]] = OrderedDict()


def answer(engine: Reader, plan: Plan) -> Answer:
    """The engine's answer, at most SEARCH_KEPT_SECONDS old. Raises what the engine raises."""
    if plan.clauses or not settings.SEARCH_KEPT_SECONDS:
        return engine.search(plan)
    key = (engine.name, *(_hashable(getattr(plan, field.name)) for field in fields(plan)))
    found = _answers.get(key)
    if found is None or found[0] < time.monotonic():
        found = (time.monotonic() + settings.SEARCH_KEPT_SECONDS, engine.search(plan))
        _answers[key] = found
        _answers.move_to_end(key)
        while len(_answers) > MOST:
            _answers.popitem(last=False)
    return found[1]


def _hashable(value: Any) -> Hashable:
    return tuple(sorted(value.items())) if isinstance(value, Mapping) else value
