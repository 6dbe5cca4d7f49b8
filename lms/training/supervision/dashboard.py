"""Live supervision (实时监控; 372号 四(三)): the figures of an authority's scope, each with its definition and the list it counts.

Owns: what each figure is, DayFigure (days that have ended, counted once), and how old what is shown may be. Refuses: figures of its own: each
is counted from the rows of the room that owns them, and `python -m lms check_dashboard` counts them again without what is kept here.
Why it is done so: docs/decisions/dashboard.md.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.db.models import Case as When
from django.db.models import CharField, Count, Max, Q, QuerySet, Sum, Value
from django.db.models import When as If

from creditbank.api import hours_by_day, last_closed_day
from lms.accounts.api import Organisation
from lms.learning.api import (
    completed_places,
    completions_by_day,
    days_begin,
    holds_waiting,
    results_of,
)
from lms.lib.clock import local_day, now, today
from lms.training.bundles.models import Target
from lms.training.digital.models import ItemMovement
from lms.training.grants import purses
from lms.training.grants.models import AbstractMovement, Fund
from lms.training.grants.queries import FundSum, fund_sums
from lms.training.lifecycle.declaration import Waits, processes
from lms.training.lifecycle.models import Case
from lms.training.programmes.models import Programme, ProgrammeResult, Settlement
from lms.training.programmes.rules import COUNTED_KINDS, FIRST_DAY
from lms.training.supervision.models import DayFigure
from lms.training.supervision.scope import Scope, courses_of, scope_of
from lms.training.tenders.models import AwardMovement, TenderAward

# What is shown is at most so old, in seconds: half of the minute that A18 allows.
FRESH = 30
# A completion that was begun before midnight may be committed after it; by then it has been.
SETTLED = timedelta(hours=1)
SOON = timedelta(days=7)
HOURS, COMPLETIONS, MARK = "hours", "completions", "completions_mark"
HOUR_KINDS = ("public", "specialty", "vocational")
BUCKETS = ("late", "soon", "later", "open")
FUNDS_AT_ONCE = 500


@dataclass(frozen=True)
class Line:
    """One row of a figure: today's and the year's number; None where there is none of that sort."""

    part: str
    today: int | None
    year: int | None


@dataclass(frozen=True)
class Snapshot:
    """All figures of a scope at one moment. hours in hundredths of a 学时, money in fen. runs, seats: by kind of course; cases: by
    deadline; money: label → fen; departments: name → (person-times today, this year, hours today, this year)."""

    at: datetime
    day: date
    lead: bool
    runs: dict[str, int] = field(default_factory=dict)
    seats: dict[str, int] = field(default_factory=dict)
    hours: dict[str, tuple[int, int]] = field(default_factory=dict)
    person_times: dict[str, tuple[int, int]] = field(default_factory=dict)
    holds: tuple[int, int] = (0, 0)
    money: dict[str, int] = field(default_factory=dict)
    cases: dict[str, int] = field(default_factory=dict)
    escalated: int = 0
    departments: list[tuple[str, tuple[int, int], tuple[int, int]]] = field(default_factory=list)


def shown(authority: Organisation) -> Snapshot:
    """The figures, at most FRESH seconds old."""
    key = f"training.dashboard:{authority.uuid}"
    kept: Snapshot | None = cache.get(key)
    if kept is not None and timedelta(0) <= now() - kept.at < timedelta(seconds=FRESH):
        return kept
    made = taken(authority)
    cache.set(key, made, FRESH)
    return made


def taken(authority: Organisation, *, anew: bool = False) -> Snapshot:
    """The figures of this moment. anew: without what is kept of ended days, for the comparison. The number of queries depends neither on
    people nor on rows."""
    moment = now()
    day = local_day(moment)
    seen = scope_of(authority)
    first = date(day.year, 1, 1)
    running = running_by_kind(seen)
    return Snapshot(
        at=moment,
        day=day,
        lead=seen.lead,
        runs={kind: runs for kind, (runs, _seats) in running.items()},
        seats={kind: seats for kind, (_runs, seats) in running.items()},
        hours=_hours(seen, first, day, anew),
        person_times=_person_times(seen, first, day, anew),
        holds=_holds(seen),
        money=_money(seen),
        cases=cases_by_deadline(seen, day),
        escalated=open_cases(seen, day).filter(escalated_on__isnull=False, waits=Waits.AUTHORITY).count(),
        departments=_departments(seen, first, day) if seen.lead else [],
    )


# --- classes -----------------------------------------------------------------------------------------------


def running_by_kind(seen: Scope) -> dict[str, tuple[int, int]]:
    """Kind of course → (classes under way, people seated in them). One query."""
    rows = seen.runs().filter(state="running").order_by().values_list("course__kind")
    counted = rows.annotate(
        runs=Count("pk", distinct=True),
        seats=Count("places", filter=Q(places__state="seated"), distinct=True),
    )
    return {kind: (runs, seats) for kind, runs, seats in counted}


# --- hours and person-times ----------------------------------------------------------------------------------


def _hours(seen: Scope, first: date, day: date, anew: bool) -> dict[str, tuple[int, int]]:
    """Kind → hundredths of a 学时 (today, this year): of the lead as posted to the ledger, of a department as its courses gave them."""
    if seen.courses is not None:
        return _hours_of_courses(seen.courses, first, day)
    sums = kept_sums(HOURS, first, day, anew)
    return {kind: sums.get(kind, (0, 0)) for kind in HOUR_KINDS}


def _hours_of_courses(courses: Iterable[int], first: date, day: date) -> dict[str, tuple[int, int]]:
    known = set(courses)
    now_given, given = results_of(known, day, day), results_of(known, first, day)
    return {
        "": (
            sum(row.centihours for row in now_given.values()),
            sum(row.centihours for row in given.values()),
        )
    }


def _person_times(seen: Scope, first: date, day: date, anew: bool) -> dict[str, tuple[int, int]]:
    """Kind → (today, this year), as the public counter counts (A25); programmes under "programme"."""
    if seen.courses is not None:
        daily = completions_by_day(COUNTED_KINDS, first, day, courses=seen.courses)
        found = _by_part(daily, day)
    else:
        found = kept_sums(COMPLETIONS, first, day, anew)
    passed = ProgrammeResult.objects.filter(programme__in=seen.programmes(), passed_on__range=(first, day))
    counted = passed.exclude(place__in=completed_places(COUNTED_KINDS, FIRST_DAY, day)).aggregate(
        year=Count("pk"), today=Count("pk", filter=Q(passed_on=day))
    )
    return {kind: found.get(kind, (0, 0)) for kind in COUNTED_KINDS} | {
        "programme": (counted["today"], counted["year"])
    }


def kept_sums(figure: str, first: date, day: date, anew: bool) -> dict[str, tuple[int, int]]:
    """Part → (today, from the first day on): ended days as they are kept, the others from the rows."""
    last = None if anew else kept_until(figure)
    sums: dict[str, tuple[int, int]] = {}
    if last is not None and last >= first:
        rows = DayFigure.objects.filter(figure=figure, day__range=(first, last)).order_by()
        sums = {part: (0, total) for part, total in rows.values_list("part").annotate(total=Sum("amount"))}
    begin = first if last is None else max(first, last + timedelta(days=1))
    for part, (now_given, given) in _by_part(_counted(figure, begin, day, anew=anew), day).items():
        before = sums.get(part, (0, 0))
        sums[part] = (before[0] + now_given, before[1] + given)
    return sums


def _by_part(daily: Mapping[tuple[date, str], int], day: date) -> dict[str, tuple[int, int]]:
    sums: dict[str, tuple[int, int]] = {}
    for (on, part), amount in daily.items():
        before = sums.get(part, (0, 0))
        sums[part] = (before[0] + (amount if on == day else 0), before[1] + amount)
    return sums


def _counted(figure: str, first: date, last: date, *, anew: bool) -> dict[tuple[date, str], int]:
    """(day, part) → amount, from the rows themselves."""
    if figure == HOURS:
        return hours_by_day(first, last)
    mark = 0 if anew else DayFigure.objects.filter(figure=MARK).aggregate(last=Max("amount"))["last"] or 0
    return completions_by_day(COUNTED_KINDS, first, last, beyond=mark)


# --- what is kept of days that have ended -------------------------------------------------------------------


def kept_until(figure: str) -> date | None:
    """The last day of which the figure is kept."""
    newest: date | None = DayFigure.objects.filter(figure=figure).aggregate(last=Max("day"))["last"]
    return newest


def keep() -> dict[str, int]:
    """Count the days that have ended since, once: hours up to the last day that the ledger has closed, to which nothing can be posted any
    more; completions up to the day before yesterday's midnight and an hour. Called again, nothing changes. How many days were added."""
    ended = local_day(now() - SETTLED) - timedelta(days=1)
    closed = last_closed_day()
    return {
        HOURS: _keep(HOURS, min(closed, ended)) if closed else 0,
        COMPLETIONS: _keep(COMPLETIONS, ended),
    }


@transaction.atomic
def _keep(figure: str, last: date) -> int:
    before = kept_until(figure)
    first = before + timedelta(days=1) if before else FIRST_DAY
    if first > last:
        return 0
    daily = _counted(figure, first, last, anew=before is None)
    rows = [
        DayFigure(day=day, figure=figure, part=part, amount=amount) for (day, part), amount in daily.items()
    ]
    # The last day has a row of its own, so that days without anything are not looked at again.
    rows.append(DayFigure(day=last, figure=figure, part="", amount=0))
    if figure == COMPLETIONS:
        rows.append(DayFigure(day=last, figure=MARK, part="", amount=days_begin(last)))
    DayFigure.objects.bulk_create(rows, ignore_conflicts=True)
    return (last - first).days + 1


@transaction.atomic
def forget() -> None:
    """Throw away what is kept; the next `keep` counts it anew."""
    DayFigure.objects.all().delete()


# --- the others -----------------------------------------------------------------------------------------------


def _holds(seen: Scope) -> tuple[int, int]:
    found = holds_waiting(seen.courses)
    return found.open, found.late


def _fund_sums(seen: Scope) -> Iterator[FundSum]:
    """Of every fund, so many at once."""
    rows = Fund.objects.filter(seen.of_authorities("authority"))
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    for begin in range(0, len(ids), FUNDS_AT_ONCE):
        yield from fund_sums(list(Fund.objects.filter(pk__in=ids[begin : begin + FUNDS_AT_ONCE])))


def _money(seen: Scope) -> dict[str, int]:
    """Fen: what programmes were granted and paid this year, and what the books say of the funds: of it what went to digital items (items_…) and
    awards (awards_…), the rest to training grounds; awarded: the contracts of this year's tenders."""
    year = today().year
    mine = seen.programmes()
    approved = mine.filter(approved_on__year=year).exclude(case__state__in=("cancelled", "withdrawn"))
    paid = Settlement.objects.filter(programme__in=mine, settled_on__year=year)
    sums = list(_fund_sums(seen))
    moved = _movements(seen, "items", ItemMovement) | _movements(seen, "awards", AwardMovement)
    awards = TenderAward.objects.filter(
        seen.of_authorities("part__tender__case__authority"), awarded_on__year=year
    )
    return {
        "awarded": awards.aggregate(sum=Sum("amount_fen"))["sum"] or 0,
        **moved,
        "approved": approved.aggregate(sum=Sum("budget_fen"))["sum"] or 0,
        "settled": paid.aggregate(sum=Sum("paid_fen"))["sum"] or 0,
        # The books know of a fund what was promised out of it in all.
        "promised": sum(row.promised for row in sums) - moved["items_promised"] - moved["awards_promised"],
        "out": sum(row.out for row in sums),
        "back": sum(row.back for row in sums),
    }


def _movements(seen: Scope, name: str, model: type[AbstractMovement]) -> dict[str, int]:
    """Fen that were promised, paid and given back of one kind of thing; one query."""
    rows = model._default_manager.filter(seen.of_authorities("fund__authority")).order_by()
    sums: dict[str, int] = dict(rows.values_list("kind").annotate(sum=Sum("fen")))
    return {
        f"{name}_promised": sums.get(purses.COMMIT, 0) - sums.get(purses.RELEASE, 0),
        f"{name}_out": sums.get(purses.PAY, 0),
        f"{name}_back": sums.get(purses.RETURN, 0),
    }


def open_cases(seen: Scope, day: date) -> QuerySet[Case]:
    """What somebody has to do something about. A base that stands, or a year's filing, is none until its next day is near."""
    rows = Case.objects.filter(number__isnull=False).exclude(waits=Waits.NOBODY)
    lasting = Q(pk__in=[])
    for process in processes():
        states = [state.code for state in process.states if state.standing]
        lasting |= Q(process=process.code, state__in=states, waits=Waits.DAY)
    far = Q(due_on__isnull=True) | Q(due_on__gt=day + SOON)
    return rows.exclude(lasting & far).filter(seen.of_authorities("authority"))


def bucket(day: date) -> Any:
    """The expression that says by when a case is due: late, soon (within SOON), later, or open (no last day)."""
    waited = Q(pk__in=[])
    for process in processes():
        states = [state.code for state in process.states if not state.late]
        waited |= Q(process=process.code, state__in=states)
    return When(
        If(Q(due_on__isnull=True), then=Value("open")),
        If(Q(due_on__lt=day) & ~(waited & Q(waits=Waits.DAY)), then=Value("late")),
        If(due_on__lte=day + SOON, then=Value("soon")),
        default=Value("later"),
        output_field=CharField(),
    )


def cases_by_deadline(seen: Scope, day: date) -> dict[str, int]:
    rows = open_cases(seen, day).order_by().annotate(bucket=bucket(day)).values_list("bucket")
    found = dict(rows.annotate(times=Count("pk")))
    return {name: found.get(name, 0) for name in BUCKETS}


def listed(seen: Scope, code: str, day: date) -> QuerySet[Any]:
    """The rows that a figure counts: runs, programmes, or open cases by deadline ("escalated": those put before the superior)."""
    if code == "runs":
        rows = seen.runs().filter(state="running").select_related("course", "provider")
        return rows.order_by("ends_on", "pk")
    if code == "programmes":
        mine = seen.programmes().filter(approved_on__year=day.year)
        mine = mine.exclude(case__state__in=("cancelled", "withdrawn"))
        return mine.select_related("case__body", "host").order_by("-pk")
    cases = open_cases(seen, day).select_related("authority", "body")
    if code == "escalated":
        cases = cases.filter(escalated_on__isnull=False, waits=Waits.AUTHORITY)
    else:
        cases = cases.annotate(bucket=bucket(day)).filter(bucket=code)
    return cases.order_by("due_on", "pk")


def _departments(seen: Scope, first: date, day: date) -> list[tuple[str, tuple[int, int], tuple[int, int]]]:
    """Each department and district with a target or a bundle this year, with what its courses came to. Twelve queries for any number."""
    ids = Target.objects.filter(year=day.year).order_by().values("body")
    owners = Organisation.objects.filter(kind=Organisation.Kind.AUTHORITY).filter(
        Q(pk__in=ids) | Q(pk__in=Programme.objects.order_by().values("case__body"))
    )
    bodies = list(owners.exclude(pk__in=seen.foreign).order_by("name"))
    courses = courses_of(bodies, day.year)
    every = {course for found in courses.values() for course in found}
    now_given, given = results_of(every, day, day), results_of(every, first, day)

    def total(found: Mapping[int, Any], body: int, name: str) -> int:
        return sum(getattr(found[course], name) for course in courses.get(body, ()) if course in found)

    return [
        (
            body.name,
            (total(now_given, body.pk, "person_times"), total(given, body.pk, "person_times")),
            (total(now_given, body.pk, "centihours"), total(given, body.pk, "centihours")),
        )
        for body in bodies
    ]


# --- the comparison ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Difference:
    figure: str
    part: str
    shown: Any
    counted: Any


def differences(authority: Organisation) -> list[Difference]:
    """Where what the dashboard would show differs from the rows counted again without anything kept. Both are read in one transaction, so
    that nothing comes between them where the database holds it still (tests, SQLite); under load a posting may."""
    with transaction.atomic():
        one, two = taken(authority), taken(authority, anew=True)
    found = []
    for figure in ("hours", "person_times"):
        left, right = getattr(one, figure), getattr(two, figure)
        found += [
            Difference(figure, part, left.get(part), right.get(part))
            for part in sorted(left.keys() | right.keys())
            if left.get(part) != right.get(part)
        ]
    return found
