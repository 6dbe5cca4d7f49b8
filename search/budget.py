"""How long a search may ask engines: what makes results better is left out when the time is up, the results themselves never.

Owns: the seconds that one request has (`SEARCH_BUDGET_SECONDS`; 0 sets no bound), counted while an engine is asked and not
while we think, and whether anything was left out. Refuses: knowing which questions those are: the first one is always asked,
by every further one `Spent` may be raised, and whoever asks goes on without it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings

# No question that is asked at all gets less than this.
LEAST_S = 0.05


class Spent(Exception):
    """There is no time left for another question."""


class Budget:
    """limit_s: seconds; 0 for no bound. cut: a question was left out."""

    def __init__(self, limit_s: float) -> None:
        self.limit_s = limit_s
        self.cut = False
        self._asked_s = 0.0
        self._over = False
        self._began: float | None = None

    @property
    def whole(self) -> bool:
        """Nothing was asked yet, or what is asked now is the first."""
        return not self._asked_s

    def left_s(self) -> float | None:
        """Seconds that a question may take now; None for as long as it likes."""
        if not self.limit_s:
            return None
        going = 0.0 if self._began is None else time.monotonic() - self._began
        return max(LEAST_S, self.limit_s - self._asked_s - going)

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Around a question to an engine. Raises Spent when there is no time for it."""
        if self._began is not None:
            yield
            return
        # A question that was given up had all that was left, if not to the millisecond: a client's patience is rounded.
        if self.limit_s and (self._over or self._asked_s >= self.limit_s):
            self.cut = True
            raise Spent
        self._began = time.monotonic()
        try:
            yield
        except Spent:
            self.cut = self._over = True
            raise
        finally:
            self._asked_s += time.monotonic() - self._began
            self._began = None


_budget: ContextVar[Budget | None] = ContextVar("search_budget", default=None)


@contextmanager
def within() -> Iterator[Budget]:
    """All questions in this block share one budget; a block inside another has the outer one's."""
    outer = _budget.get()
    if outer is not None:
        yield outer
        return
    mine = Budget(settings.SEARCH_BUDGET_SECONDS)
    token = _budget.set(mine)
    try:
        yield mine
    finally:
        _budget.reset(token)


def current() -> Budget | None:
    """The budget of the block that is running; None outside of any."""
    return _budget.get()
