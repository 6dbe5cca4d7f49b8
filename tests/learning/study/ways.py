"""What a way of studying, or of cheating, is to the simulator: a function over a World, kept under its name.

HONEST ones return the learner; what they really studied is their truth. Cheats return a Try: the learner, what was
really studied, and the most that coverage and one stream at the permitted speed leave open to whoever lies. Where
studying is done at twice the speed, nothing is left open: any gain would show.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from lms.learning.study.models import StudyRule
from tests.learning.study.learners import Learner, World

HONEST: dict[str, "Strategy"] = {}
CHEATS: dict[str, "Strategy"] = {}


@dataclass(frozen=True)
class Strategy:
    run: Callable[[World], object]
    starts: str
    # A cheat that may gain nothing at all, not even what a forged report of one stream would bring.
    gains_nothing: bool = False

    @property
    def name(self):
        return self.run.__name__.replace("_", " ")


@dataclass(frozen=True)
class Try:
    """studied, limit in ms: really studied, and the most there may be (the former, unless said otherwise)."""

    learner: Learner
    studied: int
    limit: int


def honest(*, starts="09:00"):
    def keep(run):
        HONEST[run.__name__] = Strategy(run, starts)
        return run

    return keep


def cheat(*, starts="09:00", gains_nothing=True):
    def keep(run):
        CHEATS[run.__name__] = Strategy(run, starts, gains_nothing)
        return run

    return keep


def often_asked():
    """From now on presence is asked for after four minutes, announced half a minute before, with two to answer."""
    first = StudyRule.objects.get(version=1)
    kept = {f.name: getattr(first, f.name) for f in StudyRule._meta.fields if f.name != "id"}
    asks = {"presence_every_ms": 240_000, "presence_notice_ms": 30_000, "presence_answer_ms": 120_000}
    return StudyRule.objects.create(**kept | asks | {"version": 99, "valid_from": date(2026, 1, 1)})
