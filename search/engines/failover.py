"""Elasticsearch in front, the database's own engine behind it: a search is always answered, and never by what is old.

Owns: whom a search is put to. The cluster answers when it is there and holds everything the database's engine holds;
else the database does (`Answer.fallback`), after one try at most. Refuses: writing; search.indexing fills both.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from django.conf import settings
from django.db.models import Exists, OuterRef

from search import budget
from search.engines.base import Answer, Engine, Found, Plan, Several
from search.engines.breaker import Breaker
from search.errors import NotAnswered, SearchUnavailable
from search.models import Owed, Shelf

T = TypeVar("T")


class Failover:
    """The reading half of an Engine."""

    def __init__(self, cluster: Engine, embedded: Engine, breaker: Breaker) -> None:
        self.name = cluster.name
        self.cluster = cluster
        self.embedded = embedded
        self.breaker = breaker

    @property
    def asks_at_once(self) -> bool:
        # While the cluster is away the database answers, and each question is one more.
        return self.breaker.closed

    def search(self, plan: Plan) -> Answer:
        answer = self._asked([plan], lambda plans: self.cluster.search(*plans))
        return replace(self.embedded.search(plan), fallback=True) if answer is None else answer

    def suggest(self, plan: Plan) -> list[Found]:
        found = self._asked([plan], lambda plans: self.cluster.suggest(*plans))
        return self.embedded.suggest(plan) if found is None else found

    def several(
        self, *, searched: Sequence[Plan] = (), suggested: Sequence[Plan] = (), met: Sequence[Plan] = ()
    ) -> Several:
        first, second = len(searched), len(searched) + len(suggested)
        plans = [*searched, *suggested, *met]
        if not plans:
            # Nobody was asked, so nothing is known of the cluster.
            return Several()
        told = self._asked(
            plans,
            lambda plans: self.cluster.several(
                searched=plans[:first], suggested=plans[first:second], met=plans[second:]
            ),
        )
        if told is not None:
            return told
        told = self.embedded.several(searched=searched, suggested=suggested, met=met)
        return replace(told, answers=tuple(replace(answer, fallback=True) for answer in told.answers))

    def _asked(self, plans: Sequence[Plan], ask: Callable[[Sequence[Plan]], T]) -> T | None:
        """The cluster's answer; None if it has none that is right."""
        types = [_answered_by(self.cluster, self.embedded, plan) for plan in plans]
        if None in types or not self.breaker.lets():
            return None
        try:
            answer = ask([replace(plan, types=there or ()) for plan, there in zip(plans, types, strict=True)])
        except NotAnswered:
            self.breaker.good()
            return None
        except SearchUnavailable as refusal:
            if _hurried(refusal):
                # It was given what others had left over; that is no sign of its being away.
                self.breaker.good()
                raise budget.Spent from refusal
            self.breaker.bad()
            return None
        self.breaker.good()
        return answer

    def settle(self) -> None:
        self.cluster.settle()


def _hurried(refusal: SearchUnavailable) -> bool:
    """Whether a further question of a request ran out of the time that was left for it."""
    mine = budget.current()
    late = refusal.details.get("error") == "ConnectionTimeout"
    return late and mine is not None and not mine.whole


def _answered_by(cluster: Engine, embedded: Engine, plan: Plan) -> tuple[str, ...] | None:
    """The plan's types that there is something of, or None if the cluster lacks anything of one of them."""
    states = _states(cluster, embedded)
    if any(states.get(document_type) is False for document_type in plan.types):
        return None
    return tuple(document_type for document_type in plan.types if document_type in states)


def _states(cluster: Engine, embedded: Engine) -> dict[str, bool]:
    """Type → whether the cluster holds all of it; at most SEARCH_KEPT_SECONDS old."""
    key = (id(cluster), embedded.name)
    found = _kept.get(key)
    if found is None or found[0] < time.monotonic():
        owes = Exists(Owed.missing(cluster.name).filter(type=OuterRef("type")))
        rows = Shelf.objects.filter(engine__in=[cluster.name, embedded.name]).annotate(owes=owes)
        whole: dict[str, bool] = {}
        there: set[str] = set()
        for row in rows:
            there.add(row.type)
            if row.engine == cluster.name:
                whole[row.type] = row.complete and not row.owes
        states = {document_type: whole.get(document_type, False) for document_type in there}
        found = _kept[key] = (time.monotonic() + settings.SEARCH_KEPT_SECONDS, states)
    return found[1]


_kept: dict[tuple[int, str], tuple[float, dict[str, bool]]] = {}
