"""The plainest engine there can be: sets of documents for each field and token, in memory.

It says what every engine is to answer: the same documents, with the same points, in the same order. Without a
database it is also the quickest way to see what a change in cutting or ranking does to the judged queries.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import reduce
from itertools import takewhile
from typing import Any

from search.analysis import FIELDS
from search.engines.base import Answer, Entry, Found, Plan, Several
from search.ranking import Award, Step


class ReferenceEngine:
    name = "reference"
    asks_at_once = False

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = list(entries)
        self.everything = set(range(len(self.entries)))
        self.having: dict[str, dict[str, set[int]]] = {name: defaultdict(set) for name in FIELDS}
        for place, entry in enumerate(self.entries):
            for name in FIELDS:
                for token in getattr(entry.tokens, name):
                    self.having[name][token].add(place)
        self.known = {name: sorted(having) for name, having in self.having.items()}

    def search(self, plan: Plan) -> Answer:
        places = self._ordered(plan)
        start = (plan.page - 1) * plan.per_page
        return Answer(
            len(places), plan.page, tuple(self._found(*one) for one in places[start:][: plan.per_page]), {}
        )

    def suggest(self, plan: Plan) -> list[Found]:
        return [self._found(*one) for one in self._ordered(plan)[: plan.per_page]]

    def several(
        self, *, searched: Sequence[Plan] = (), suggested: Sequence[Plan] = (), met: Sequence[Plan] = ()
    ) -> Several:
        return Several(
            tuple(map(self.search, searched)),
            tuple(map(self.suggest, suggested)),
            tuple(bool(self._ordered(plan)) for plan in met),
        )

    def settle(self) -> None:
        pass

    def health(self) -> dict[str, Any]:
        return {"ok": True, "documents": {}}

    def _ordered(self, plan: Plan) -> list[tuple[int, float]]:
        fields = plan.fields or FIELDS
        met = [self._any_of(clause.any_of, fields, clause.prefix) for clause in plan.clauses]
        if not met:
            places = self.everything
        else:
            places = reduce(set.__and__ if plan.need == "all" else set.__or__, met)
            if plan.exact:
                places = places | self.having["title"].get(plan.exact, set())
        points = {place: self.entries[place].boost for place in places}
        for award in plan.awards:
            for place, worth in self._award(award, places).items():
                points[place] += worth

        def order(place: int) -> tuple[Any, ...]:
            entry = self.entries[place]
            day = entry.published_at
            return (-points[place], day is None, -day.timestamp() if day else 0.0, entry.type, entry.id)

        return [(place, points[place]) for place in sorted(places, key=order)]

    def _award(self, award: Award, places: set[int]) -> dict[int, int]:
        earned: dict[int, int] = {}
        for step in award.steps:
            for place in self._step(step) & places:
                earned.setdefault(place, step.points)
        return earned

    def _step(self, step: Step) -> set[int]:
        if step.since is not None:
            moment = step.since
            return {
                place
                for place, entry in enumerate(self.entries)
                if entry.published_at is not None and entry.published_at >= moment
            }
        if step.field.startswith("@"):
            values = {value for one in step.any_of for value in one}
            name = step.field[1:]
            return {
                place for place, entry in enumerate(self.entries) if values & set(entry.facets.get(name, ()))
            }
        return self._any_of(step.any_of, (step.field,), step.prefix)

    def _any_of(self, any_of: Sequence[Sequence[str]], fields: Sequence[str], prefix: bool) -> set[int]:
        found: set[int] = set()
        for tokens in any_of:
            last = len(tokens) - 1
            sets = [self._having(token, fields, prefix and at == last) for at, token in enumerate(tokens)]
            found |= reduce(set.__and__, sets)
        return found

    def _having(self, token: str, fields: Sequence[str], prefix: bool) -> set[int]:
        found: set[int] = set()
        for name in fields:
            if prefix:
                known = self.known[name]
                for one in takewhile(lambda one: one.startswith(token), known[bisect_left(known, token) :]):
                    found |= self.having[name][one]
            else:
                found |= self.having[name].get(token, set())
        return found

    def _found(self, place: int, points: float) -> Found:
        entry = self.entries[place]
        names = ("type", "id", "title", "summary", "body", "url", "language", "facets", "extra")
        given = {name: getattr(entry, name) for name in names}
        return Found(**given, published_at=entry.published_at, centihours=entry.centihours, score=points)
