"""An engine whose questions are counted against the budget of the request that asks them (search.budget)."""

from collections.abc import Sequence

from search import budget
from search.engines.base import Answer, Found, Plan, Reader, Several


class Measured:
    """The same answers; outside of a budget nothing is counted."""

    def __init__(self, reader: Reader) -> None:
        self.name = reader.name
        self.asks_at_once = reader.asks_at_once
        self.reader = reader

    def search(self, plan: Plan) -> Answer:
        """Raises budget.Spent."""
        mine = budget.current()
        if mine is None:
            return self.reader.search(plan)
        with mine.asking():
            return self.reader.search(plan)

    def suggest(self, plan: Plan) -> list[Found]:
        """Raises budget.Spent."""
        mine = budget.current()
        if mine is None:
            return self.reader.suggest(plan)
        with mine.asking():
            return self.reader.suggest(plan)

    def several(
        self, *, searched: Sequence[Plan] = (), suggested: Sequence[Plan] = (), met: Sequence[Plan] = ()
    ) -> Several:
        """Raises budget.Spent."""
        mine = budget.current()
        if mine is None:
            return self.reader.several(searched=searched, suggested=suggested, met=met)
        with mine.asking():
            return self.reader.several(searched=searched, suggested=suggested, met=met)

    def settle(self) -> None:
        self.reader.settle()
