"""Questions that are likely to follow, asked along with the one that they follow: across a network one request costs more than
what is in it.

Owns: answers that were given before they were needed, by the question. Refuses: guessing what will be asked (search.queries), and
answering what was not asked: a guess that was wrong is asked again, so results never depend on it.
"""

from collections.abc import Sequence
from typing import TypeVar

from search.engines.base import Answer, Found, Plan, Reader, Several

T = TypeVar("T")


class Ahead:
    """A reader that knows some answers already. Raises, when it is made, what the reader raises."""

    asks_at_once = True

    def __init__(
        self,
        reader: Reader,
        *,
        searched: Sequence[Plan] = (),
        suggested: Sequence[Plan] = (),
        met: Sequence[Plan] = (),
    ) -> None:
        self.name = reader.name
        self.reader = reader
        self._answers: list[tuple[Plan, Answer]] = []
        self._found: list[tuple[Plan, list[Found]]] = []
        self._met: list[tuple[Plan, bool]] = []
        self._keep(searched, suggested, met)

    def _keep(self, searched: Sequence[Plan], suggested: Sequence[Plan], met: Sequence[Plan]) -> None:
        told = self.reader.several(searched=searched, suggested=suggested, met=met)
        self._answers += zip(searched, told.answers, strict=True)
        self._found += zip(suggested, told.found, strict=True)
        self._met += zip(met, told.met, strict=True)

    def search(self, plan: Plan) -> Answer:
        known = _known(plan, self._answers)
        return known[0] if known else self.reader.search(plan)

    def suggest(self, plan: Plan) -> list[Found]:
        known = _known(plan, self._found)
        return known[0] if known else self.reader.suggest(plan)

    def several(
        self, *, searched: Sequence[Plan] = (), suggested: Sequence[Plan] = (), met: Sequence[Plan] = ()
    ) -> Several:
        """What is not known yet is asked for, all of it at once."""
        # What was searched for is known to find something, or nothing.
        self._met += [(plan, answer.total > 0) for plan in met for answer in _known(plan, self._answers)[:1]]
        missing = (
            [plan for plan in searched if not _known(plan, self._answers)],
            [plan for plan in suggested if not _known(plan, self._found)],
            [plan for plan in met if not _known(plan, self._met)],
        )
        if any(missing):
            self._keep(*missing)
        return Several(
            answers=tuple(_known(plan, self._answers)[0] for plan in searched),
            found=tuple(_known(plan, self._found)[0] for plan in suggested),
            met=tuple(_known(plan, self._met)[0] for plan in met),
        )

    def settle(self) -> None:
        self.reader.settle()


def _known(plan: Plan, kept: Sequence[tuple[Plan, T]]) -> list[T]:
    """What was answered to this question, if it was asked."""
    return [told for one, told in kept if one == plan]
