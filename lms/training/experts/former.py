"""Who judged for an authority before it had a register, or without standing in it: so that they can be asked into it one by one.

Owns: the sources that rooms with panels register. Refuses: entering anybody by itself: each is asked, and agrees by themselves.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from lms.accounts.api import Organisation, User
from lms.lib.clock import local_day, today
from lms.training.experts.models import Expert
from lms.training.experts.queries import deciding_pairs

MOST = 200
# Of authorities, by their ids: (authority, person, the moment they were last asked to judge), each pair once.
Source = Callable[[Collection[int]], Iterable[tuple[int, int, datetime]]]
_sources: dict[str, Source] = {}


@dataclass(frozen=True)
class Served:
    """Somebody who can be taken over. last: the day they were last asked to judge for the authority."""

    authority: Organisation
    person: User
    last: date


def register_served(name: str, source: Source) -> None:
    """Called once by each room with panels, when the application is ready."""
    _sources[name] = source


def served(authorities: Sequence[Organisation]) -> list[Served]:
    """Who sat on panels of these authorities and has no entry in their register, not even one that has ended: that was their word. The
    latest first, at most 200. As many queries however many authorities."""
    bodies = {row.pk: row for row in authorities}
    last: dict[tuple[int, int], datetime] = {}
    for source in _sources.values():
        for authority, person, moment in source(bodies):
            last[authority, person] = max(moment, last.get((authority, person), moment))
    out = set(Expert.objects.filter(authority__in=bodies).values_list("authority", "person"))
    out |= deciding_pairs(bodies, today())
    asked = sorted(((moment, pair) for pair, moment in last.items() if pair not in out), reverse=True)
    active = User.objects.filter(pk__in={person for _at, (_body, person) in asked}, is_active=True).in_bulk()
    rows = [
        Served(bodies[body], active[person], local_day(moment))
        for moment, (body, person) in asked
        if person in active
    ]
    return rows[:MOST]
