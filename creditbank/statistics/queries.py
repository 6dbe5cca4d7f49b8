"""The public figures: counted once a month, hidden where few people are behind them, and kept as they were said.

Owns: which tables split which whole, and the releases (`StatisticsRelease`): the only writer of them. Refuses: counting anew
because somebody asks. What is shown holds no figure that may not be said.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.utils.translation import gettext as _

from creditbank.rules.facts import Kind, rank
from creditbank.statistics import counts
from creditbank.statistics.models import StatisticsRelease
from creditbank.statistics.rules import Figure, Group, State, guard, held, rounded, said, together
from lms.lib.clock import now, today
from lms.lib.errors import Refusal
from lms.lib.snapshots import one_moment

# 高级工 and above are counted apart (S3 3, A70).
SENIOR_FROM = 3
# Hundredths. No source sets them: large beside what one person brings into a row (docs/credit-statistics.md).
CREDITS_STEP, HOURS_STEP = 2_000, 10_000
OF_HOURS = frozenset({"hours", "hour_kinds", "hour_years"})
# What was said is read from the database at most so often.
KEPT_S = 600
COUNTING_S = 120
KEY = "creditbank.statistics:2"


@dataclass(frozen=True)
class Statistics:
    """What is said of the bank: single counters by key, and tables of their parts by name. at: when it was counted."""

    at: datetime
    counters: dict[str, Figure]
    tables: dict[str, list[Figure]]

    @property
    def empty(self) -> bool:
        """Whether no counter says more than nothing."""
        return not any(figure.people for figure in self.counters.values())


def current() -> Statistics:
    """What was said last; with the first call of a month, what is said from now on. Raises Refusal (503): it is being
    counted for the first time.
    """
    kept = cache.get(KEY)
    if kept is not None and not _due(date.fromisoformat(kept["day"]), empty=kept["empty"]):
        return _from_plain(kept["content"])
    row = _last()
    if row is not None:
        found = _from_plain(row.content)
        if not _due(row.day, empty=found.empty):
            return _keep(row)
    if not cache.add(f"{KEY}:counting", 1, COUNTING_S):
        if row is None:
            raise Refusal(_("统计正在生成，请过一会儿再看。"), code="being_counted", status=503)
        return _from_plain(row.content)
    try:
        return _keep(release())
    finally:
        cache.delete(f"{KEY}:counting")


def next_day(found: Statistics) -> date:
    """From when on other figures are said."""
    day = today()
    return (
        day + timedelta(days=1) if found.empty else (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    )


def release() -> StatisticsRelease:
    """The statement of this period: the one there is, else one that is counted now, held against the one before it."""
    row = _last()
    before = _from_plain(row.content) if row is not None else None
    if row is not None and before is not None and not _due(row.day, empty=before.empty):
        return row
    found = counted(before)
    content = asdict(found) | {"at": found.at.isoformat()}
    # Two processes at once: what the first said stands.
    return StatisticsRelease.objects.get_or_create(
        day=today(), defaults={"at": found.at, "content": content}
    )[0]


def _last() -> StatisticsRelease | None:
    return StatisticsRelease.objects.order_by("-day").first()


def _due(day: date, *, empty: bool) -> bool:
    """A statement stands until the next month begins; one that says nothing of anybody, until the next day does."""
    return day < (today() if empty else today().replace(day=1))


def _keep(row: StatisticsRelease) -> Statistics:
    found = _from_plain(row.content)
    kept = {"day": row.day.isoformat(), "empty": found.empty, "content": row.content}
    cache.set(KEY, kept, KEPT_S)
    return found


def _from_plain(kept: dict[str, Any]) -> Statistics:
    return Statistics(
        datetime.fromisoformat(kept["at"]),
        {key: Figure(**row) for key, row in kept["counters"].items()},
        {name: [Figure(**row) for row in rows] for name, rows in kept["tables"].items()},
    )


def counted(before: Statistics | None = None) -> Statistics:
    """All figures anew as they may be said, on one snapshot of the database where it gives one. before: what was said
    last, which a row keeps unless many people have come or gone.
    """
    exact = _guarded()
    counters = {
        key: held(rounded(figure, _step(key)), before.counters.get(key) if before else None)
        for key, figure in exact.counters.items()
    }
    tables = {}
    for name, rows in exact.tables.items():
        old = {row.key: row for row in before.tables.get(name, ())} if before else {}
        tables[name] = [held(rounded(row, _step(name)), old.get(row.key)) for row in rows]
    for name in ("institutions", "occupations"):
        # The greatest first, as it is said; what is hidden in the order of its names.
        tables[name].sort(
            key=lambda row: (
                row.state != State.TOLD,
                -(row.amount or 0),
                -(row.people or 0),
                row.name,
                row.key,
            )
        )
    return Statistics(exact.at, counters, tables)


def _step(name: str) -> int:
    return HOURS_STEP if name in OF_HOURS else CREDITS_STEP


def _guarded() -> Statistics:
    """All figures exactly, but for those that may not be said."""
    with one_moment(brief=False):
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
    return Statistics(at, counters, tables)


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
