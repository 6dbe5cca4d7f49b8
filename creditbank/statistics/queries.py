"""The public figures: counted at most every ten minutes, hidden where few people are behind them, kept in the cache.

Owns: which tables split which whole. What is kept holds no figure that may not be said.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import connection, transaction
from django.utils.translation import gettext as _

from creditbank.rules.facts import Kind, rank
from creditbank.statistics import counts
from creditbank.statistics.rules import Figure, Group, State, guard, said, together
from lms.lib.clock import now
from lms.lib.errors import Refusal

# 高级工 and above are counted apart (S3 3, A70).
SENIOR_FROM = 3
FRESH_FOR = timedelta(minutes=10)
# While one process counts anew, the others show what there was.
KEPT_S = 24 * 3600
COUNTING_S = 120
KEY = "creditbank.statistics:1"


@dataclass(frozen=True)
class Statistics:
    """What may be said of the bank at a moment: single counters by key, and tables of their parts by name."""

    at: datetime
    counters: dict[str, Figure]
    tables: dict[str, list[Figure]]


def current() -> Statistics:
    """The figures, at most FRESH_FOR old (older while they are being counted anew). Raises Refusal (503): they are being
    counted for the first time.
    """
    kept = cache.get(KEY)
    if kept is not None and now() - datetime.fromisoformat(kept["at"]) < FRESH_FOR:
        return _from_plain(kept)
    if not cache.add(f"{KEY}:counting", 1, COUNTING_S):
        if kept is None:
            raise Refusal(_("统计正在生成，请过一会儿再看。"), code="being_counted", status=503)
        return _from_plain(kept)
    try:
        found = counted()
        cache.set(KEY, asdict(found) | {"at": found.at.isoformat()}, KEPT_S)
    finally:
        cache.delete(f"{KEY}:counting")
    return found


def _from_plain(kept: dict[str, Any]) -> Statistics:
    return Statistics(
        datetime.fromisoformat(kept["at"]),
        {key: Figure(**row) for key, row in kept["counters"].items()},
        {name: [Figure(**row) for row in rows] for name, rows in kept["tables"].items()},
    )


def counted() -> Statistics:
    """All figures anew, on one snapshot of the database where it gives one."""
    with _snapshot():
        at = now()
        accounts, outcomes, skills = counts.accounts(), counts.outcomes(), counts.skills()
        conversions, hours = counts.conversions(), counts.hours()
    counters = {"accounts": said(accounts)}
    tables: dict[str, list[Figure]] = {}
    _outcomes(counters, tables, outcomes)
    # Both count holders of skill certificates: where one is hidden, so is the other.
    told = any(
        row.key == f"{counts.VERIFIED}:{Kind.SKILL}" for row in tables["kinds"] if row.state == State.TOLD
    )
    _skills(counters, tables, skills, told)
    for whole, parts in (conversions, hours):
        counters[whole.key] = said(whole)
        tables |= guard(whole, parts)
    for name in ("institutions", "occupations"):
        tables[name].sort(key=lambda row: (row.amount is None, -(row.amount or 0), row.name, row.key))
    return Statistics(at, counters, tables)


@contextmanager
def _snapshot() -> Iterator[None]:
    """PostgreSQL only: SQLite would keep writers out meanwhile, for figures of ten minutes."""
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _outcomes(
    counters: dict[str, Figure],
    tables: dict[str, list[Figure]],
    found: tuple[Group, list[Group], dict[str, list[Group]]],
) -> None:
    """The whole splits into standings, each of these into kinds."""
    whole, standings, kinds = found
    counters["outcomes"] = said(whole)
    tables["standings"] = guard(whole, {"": standings})[""]
    if any(row.key == counts.VERIFIED and row.state == State.WITHHELD for row in tables["standings"]):
        # What is verified matters more than what is registered: without the whole there is nothing to subtract from.
        counters["outcomes"] = said(whole, State.WITHHELD)
        tables["standings"] = [said(group) for group in standings]
    exact = {group.key: group for group in standings}
    tables["kinds"] = []
    for row in tables["standings"]:
        # By kind and standing: no kind is summed over standings, so each standing is a whole of its own.
        parts = [Group(f"{row.key}:{part.key}", *part.figures) for part in kinds[row.key]]
        tables["kinds"] += guard(exact[row.key], {"": parts}, told=row.state == State.TOLD)[""]
    counters["recognised"] = next(
        (row for row in tables["standings"] if row.key == counts.VERIFIED),
        said(Group(counts.VERIFIED, 0)),
    )


def _skills(
    counters: dict[str, Figure], tables: dict[str, list[Figure]], levels: list[Group], told: bool
) -> None:
    """The whole splits at 高级工, each side into its levels."""
    held = [group for group in levels if group.people]
    sides = {
        "below_senior": [group for group in held if rank(int(group.key)) < rank(SENIOR_FROM)],
        "senior": [group for group in held if rank(int(group.key)) >= rank(SENIOR_FROM)],
    }
    whole = together("skills", held)
    told = told or not whole.people
    wholes = [together(name, groups) for name, groups in sides.items()]
    counters["skills"] = said(whole, None if told else State.WITHHELD)
    tables["skill_levels"] = []
    for side, row in zip(wholes, guard(whole, {"": wholes}, told=told)[""], strict=True):
        if side.key == "senior":
            counters["senior"] = row
        tables["skill_levels"] += guard(side, {"": sides[row.key]}, told=row.state == State.TOLD)[""]
