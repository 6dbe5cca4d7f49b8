"""Making the invented year: every part in its order, then what passed days bring, what is published, and what there is now.

Owns: the order of the parts and the report. A room adds its own with `register_part`.
"""

import fcntl
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils.translation import gettext as _

from lms.lib.errors import Conflict
from lms.lib.outbox.services import deliver_pending
from lms.training import directories
from lms.training.board.consumers import catch_up
from lms.training.lifecycle.declaration import processes
from lms.training.lifecycle.models import Case
from lms.training.lifecycle.services import tend
from lms.training.year import bases, ce_bases, checks, digital, grants, programmes, tenders
from lms.training.year.world import DEMO, World

Part = Callable[[World], None]
_parts: list[tuple[str, Part]] = [
    ("skills-base", bases.make),
    ("base-grant", grants.make),
    ("advanced-programme", programmes.make),
    ("ce-base", ce_bases.make),
    ("digital-item", digital.make),
    ("tender", tenders.make),
    ("check-finding", checks.make),
]
# Of the advisory locks, that of years; the second number is the seed.
_LOCK = 0x59454152


def register_part(name: str, part: Part) -> None:
    """A further part, made after those that there are."""
    _parts.append((name, part))


@dataclass(frozen=True)
class Made:
    """cases: (process, state) → how many there are now in this world. seconds: by part. notes: what was left out, and why."""

    cases: Counter[tuple[str, str]]
    seconds: dict[str, float]
    notes: list[str]


def make(times: int, seed: int, say: Callable[[str], None] = lambda _line: None) -> Made:
    """The year with so many units; again, only what is missing is made, and a larger one goes on from a smaller. Raises Conflict:
    another is at it."""
    with _alone(seed):
        return _make(World(times, seed), say)


@contextmanager
def _alone(seed: int) -> Iterator[None]:
    """One process at a world: a lock that ends with its holder, however that ends, so that a killed run is gone on with at once. The
    file keeps out those of this machine, the database's lock those of others. Raises Conflict."""
    busy = Conflict(_("这个演示年正在生成，请等它结束。"), code="busy")
    path = Path(settings.HOME) / f"demo-year-{seed}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise busy from None
        if connection.vendor != "postgresql":
            yield
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK, seed])
            if not cursor.fetchone()[0]:
                raise busy
        try:
            yield
        finally:
            # Where the connection has gone, its lock has gone with it.
            with suppress(DatabaseError), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK, seed])


def _make(world: World, say: Callable[[str], None]) -> Made:
    took = {}
    for name, part in [*_parts, ("days, notices and directories", _after)]:
        began = monotonic()
        part(world)
        took[name] = round(monotonic() - began, 1)
        say(f"{name}: {took[name]} s")
    rows = Case.objects.filter(authority__code__startswith=world.code(""))
    found = Counter(rows.values_list("process", "state"))
    if missing := sorted({row.code for row in processes()} - {process for process, _state in found}):
        world.notes.append(f"not in this world: {', '.join(missing)}")
    return Made(found, took, world.notes)


def _after(world: World) -> None:
    """Days that have passed close what nobody completed; what is public stands on the board."""
    tend()
    catch_up()
    for authority in (world.district, world.city):
        for row in directories.directories():
            try:
                directories.publish(DEMO, authority, row.code)
            except Conflict:
                # Nothing in it, or nothing new.
                continue
    while deliver_pending():
        pass
