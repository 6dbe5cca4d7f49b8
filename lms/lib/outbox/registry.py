"""Who listens to which event. Packages register in their `consumers.py`, which their AppConfig imports."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class Event:
    """What a consumer gets. `key` is unique for ever: the consumer's own idempotency key."""

    uuid: UUID
    kind: str
    key: str
    payload: dict[str, Any]
    at: datetime


Consumer = Callable[[Event], None]
_consumers: dict[str, dict[str, Consumer]] = defaultdict(dict)


def consumer(kind: str, *, name: str) -> Callable[[Consumer], Consumer]:
    """Register a consumer under a name that never changes: deliveries are remembered by it.

    It may be called more than once for one event (killed after its work, before the delivery row) and must then
    change nothing.
    """

    def register(function: Consumer) -> Consumer:
        _consumers[kind][name] = function
        return function

    return register


def consumers_of(kind: str) -> dict[str, Consumer]:
    return dict(_consumers.get(kind, {}))
