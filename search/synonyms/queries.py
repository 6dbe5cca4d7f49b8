"""The synonyms that hold at this moment: those that come with the software, and those of staff.

Kept in the process for a few seconds, so that a search does not ask for them each time and a change is felt at once.
"""

import time
from functools import cache
from pathlib import Path

from lms.lib.clock import today
from search.analysis import Synonyms
from search.synonyms import rules
from search.synonyms.models import Synonym

KEPT_SECONDS = 5.0
_kept: tuple[float, Synonyms] | None = None
_states = 0


def current() -> Synonyms:
    """Key → what it stands for too, at most five seconds old. One query where they are asked for again."""
    global _kept, _states
    if _kept is None or _kept[0] < time.monotonic():
        found = read()
        if _kept is None or found != _kept[1]:
            _states += 1
        _kept = (time.monotonic() + KEPT_SECONDS, found)
    return _kept[1]


def state() -> int:
    """A number that stands for what `current` gives: another one when that has changed."""
    current()
    return _states


def forget() -> None:
    """Ask again at the next search of this process."""
    global _kept
    _kept = None


def read() -> Synonyms:
    """What holds today, staff's own before those that come with the software."""
    return rules.table([*(row.pair for row in Synonym.objects.in_force(today())), *_supplied()])


def builtin() -> Synonyms:
    """Only those that come with the software."""
    return rules.table(_supplied())


@cache
def _supplied() -> tuple[rules.Pair, ...]:
    text = (Path(__file__).parent / "builtin.txt").read_text(encoding="utf-8")
    return tuple(rules.read(text.splitlines()))
