"""What an authority supervises: everything of its region for the one that publishes the region's plans (the lead, 372号 四(一)), else what it
has put forward or is in charge of: its programmes, the courses of its bundles, their classes, its bases.

Nothing says of an authority in which region it is. Where several regions have a lead, another lead's own matters are not a lead's, nor those of
the authorities to which another lead's targets go down and none of its own.

Owns: the queries of that scope, what can be checked as items of a frame, and in which bodies somebody has a stake. Refuses nothing.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from lms.accounts.api import Employment, Membership, Organisation, User
from lms.learning.api import ClassRun
from lms.lib.clock import today
from lms.training.bases.models import Base
from lms.training.bundles.models import Bundle, BundleState, Target
from lms.training.ce_bases.models import EducationBase
from lms.training.programmes.models import Programme
from lms.training.supervision.models import Sort
from lms.training.supervision.rules import Item
from lms.training.yearly_plans.queries import rights_on

# Nobody freezes a list that no page can show.
MOST_ITEMS = 5000
_DELIVERED = ("running", "reported", "settling", "settled", "failed")


@dataclass(frozen=True)
class Scope:
    """lead: it sees everything but what is of other regions (foreign: their authorities); courses: of its bundles of the year, None of
    the lead (all of them)."""

    authority: Organisation
    lead: bool
    courses: frozenset[int] | None
    foreign: frozenset[int] = frozenset()

    def programmes(self) -> QuerySet[Programme]:
        mine = Q(case__authority=self.authority) | Q(case__body=self.authority)
        if not self.lead:
            return Programme.objects.filter(mine)
        if not self.foreign:
            return Programme.objects.all()
        return Programme.objects.filter(mine | ~Q(case__authority__in=self.foreign))

    def of_authorities(self, field: str) -> Q:
        """The condition that a row is of an authority in this scope. field: its name there."""
        return ~Q(**{f"{field}__in": self.foreign}) if self.lead else Q(**{field: self.authority})

    def runs(self) -> QuerySet[ClassRun]:
        if self.courses is None:
            rows = ClassRun.objects.all()
            if not self.foreign:
                return rows
            others = Programme.objects.filter(run__isnull=False).exclude(
                pk__in=self.programmes().values("pk")
            )
            return rows.exclude(pk__in=others.values("run"))
        of_programmes = self.programmes().filter(run__isnull=False).values("run")
        return ClassRun.objects.filter(Q(course__in=self.courses) | Q(pk__in=of_programmes))


def scope_of(authority: Organisation, first: int | None = None, last: int | None = None) -> Scope:
    """Five queries at most. first, last: the years, both in, whose bundles say which courses are a department's; without any this one."""
    leads = {row.authority_id for row in rights_on(today())}
    if authority.pk not in leads:
        return Scope(authority, False, courses_of([authority], first, last).get(authority.pk, frozenset()))
    others = leads - {authority.pk, None}
    return Scope(authority, True, None, _of_others(authority.pk, others) if others else frozenset())


def _of_others(lead: int, others: set[int | None]) -> frozenset[int]:
    """The other leads, and whoever has targets from them and none from this lead. Two queries."""
    mine, theirs = _below({lead}), _below(others)
    return frozenset({*(pk for pk in others if pk is not None), *(theirs - mine - {lead})})


def _below(leads: Iterable[int | None]) -> set[int]:
    """To whom targets of these bodies go down, to districts. One query."""
    wanted = list(leads)
    from_them = Q(parent__body__in=wanted) | Q(parent__parent__body__in=wanted)
    return set(Target.objects.filter(from_them).values_list("body", flat=True))


def courses_of(
    bodies: Collection[Organisation], first: int | None = None, last: int | None = None
) -> dict[int, frozenset[int]]:
    """Body → the courses of its bundles of these years, both in; last: the first one where it is None. One query."""
    begin = first or today().year
    years = (begin, last or begin)
    rows = Bundle.objects.filter(owner__in=list(bodies), year__range=years, courses__isnull=False)
    found: dict[int, set[int]] = {}
    for owner, course in rows.exclude(state=BundleState.DRAFT).values_list("owner", "courses__course"):
        found.setdefault(owner, set()).add(course)
    return {owner: frozenset(courses) for owner, courses in found.items()}


def stakes_of(user: User) -> set[int]:
    """The bodies to which somebody belongs in any role, or where they work, suspended or not. Two queries."""
    day = today()
    held = Membership.objects.filter(user=user, since__lte=day).filter(
        Q(until__isnull=True) | Q(until__gte=day)
    )
    works = Employment.objects.filter(user=user, ended_at__isnull=True)
    return {*held.values_list("organisation", flat=True), *works.values_list("organisation", flat=True)}


# --- what can be checked ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Subject:
    """Something that can be checked: whose it is, and under what a draw has it."""

    uuid: UUID
    body: Organisation
    stratum: str
    title: str

    def item(self) -> Item:
        return Item(self.stratum, str(self.uuid), f"{self.title} · {self.body.name}")


def subjects(scope: Scope, sort: str, first: date, last: date) -> list[Subject]:
    """Everything of a sort that the authority may check in a period: programmes and classes that were delivered in it, bases that stood
    in it. One query; MOST_ITEMS + 1 at most."""
    if sort == Sort.PROGRAMME:
        rows = scope.programmes().filter(
            run__starts_on__lte=last, run__ends_on__gte=first, case__state__in=_DELIVERED
        )
        return _programmes(rows)
    if sort == Sort.RUN:
        running = scope.runs().filter(starts_on__lte=last, ends_on__gte=first)
        return _runs(running.exclude(state__in=("planned", "cancelled")))
    stood = Q(named_on__lte=last) & (Q(removed_on__isnull=True) | Q(removed_on__gt=first))
    return _bases(sort, stood & Q(authority=scope.authority))


def found(sort: str, uuids: Iterable[str | UUID]) -> dict[UUID, Subject]:
    """The same of known ones. One query."""
    wanted = Q(uuid__in=list(uuids))
    if sort == Sort.PROGRAMME:
        rows = _programmes(Programme.objects.filter(wanted))
    elif sort == Sort.RUN:
        rows = _runs(ClassRun.objects.filter(wanted))
    else:
        rows = _bases(sort, wanted)
    return {row.uuid: row for row in rows}


def _programmes(rows: QuerySet[Programme]) -> list[Subject]:
    shown = rows.select_related("host", "case").order_by("pk")[: MOST_ITEMS + 1]
    return [Subject(row.uuid, row.host, row.level, f"{row.case.number} {row.title}") for row in shown]


def _runs(rows: QuerySet[ClassRun]) -> list[Subject]:
    shown = rows.select_related("provider", "course").order_by("pk")[: MOST_ITEMS + 1]
    return [
        Subject(row.uuid, row.provider, row.course.kind, f"{row.title} {row.starts_on.isoformat()}")
        for row in shown
    ]


def _bases(sort: str, which: Q) -> list[Subject]:
    if sort == Sort.CE_BASE:
        named = EducationBase.objects.filter(which).select_related("body").order_by("pk")[: MOST_ITEMS + 1]
        return [Subject(row.uuid, row.body, row.host_kind, row.number) for row in named]
    rows = Base.objects.filter(which).select_related("body").order_by("pk")[: MOST_ITEMS + 1]
    return [Subject(row.uuid, row.body, row.body.kind, row.number) for row in rows]
