"""Coverage (who of a firm's confirmed employees has been trained in a year), assignments and what waits for a person.

The policy asks that every employee gets training of each sort (S0 四(三)「确保每位职工能够接受各类培训」). A firm's own
personnel officer sees names, and every look is logged; authorities see how many, never who.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.api import CoursePage, Kind
from lms.accounts.api import (
    Employment,
    Organisation,
    Role,
    User,
    actor,
    employments_in_days,
    employments_in_force,
    rostered,
)
from lms.learning.completion.models import Completion, CompletionTopUp
from lms.learning.declarations.models import HoursDeclaration, State
from lms.learning.enrolment.models import Enrolment
from lms.learning.hours.years import Year, span
from lms.learning.rosters.models import AssignedCourse, CourseAssignment, StudyReminder
from lms.learning.rosters.rules import REMIND_EVERY_DAYS
from lms.lib.audit.reasons import Because
from lms.lib.audit.services import record_each
from lms.lib.clock import day_bounds, local_day, now
from lms.lib.errors import NotFound
from lms.lib.ids import uuid7

KINDS = tuple(Kind.values)
# What each number of the page means, beside the number.
DEFINITIONS: dict[str, Promise] = {
    "people": gettext_lazy(
        "该年度至少有一天在本单位工作、由本人确认过工作关系的人数。只在名单上、没有确认的不算。"
    ),
    "kind": gettext_lazy(
        "其中该年度记入过这一科目学时的人数。学时按“我的学时”的口径：学完课程、学完后补记和审核通过的申报，不论在哪里学。"
    ),
    "none": gettext_lazy("其中该年度任何科目都没有记入学时的人数。正在学、还没有学完的不算有学时。"),
}


# --- hours of a year, of many people ---------------------------------------------------------------------


def _sources(of: Year) -> list[tuple[QuerySet[Any], str, str, str]]:
    """What gives hours in a year: (rows, field of the person, of the kind, of the hours). As hours.queries.year has it."""
    first, last = of.first, of.last
    done = Completion.objects.filter(
        completed_at__gte=day_bounds(first)[0], completed_at__lt=day_bounds(last)[1], centihours__gt=0
    )
    topped_up = CompletionTopUp.objects.filter(day__range=(first, last))
    declared = HoursDeclaration.objects.filter(year=of.number, state=State.ACCEPTED, counted_centihours__gt=0)
    return [
        (done, "person", "kind", "centihours"),
        (topped_up, "completion__person", "completion__kind", "centihours"),
        (declared, "person", "category", "counted_centihours"),
    ]


def _has_hours(of: Year, kind: str) -> Any:
    """Whether the employment's person has hours of that kind in the year."""
    found: Any = None
    for rows, person, field, _hours in _sources(of):
        there = Exists(rows.filter(**{person: OuterRef("user"), field: kind}))
        found = there if found is None else found | there
    return found


def hours_of(person_ids: Iterable[int], year: int) -> dict[int, dict[str, int]]:
    """person id → kind → hours of the year in hundredths: four queries, however many people."""
    ids = list(person_ids)
    sums: dict[int, dict[str, int]] = {pk: dict.fromkeys(KINDS, 0) for pk in ids}
    for rows, person, kind, hours in _sources(span(year)):
        found = rows.filter(**{f"{person}__in": ids}).values_list(person, kind).annotate(total=Sum(hours))
        for pk, name, total in found.order_by():
            sums[pk][name] = sums[pk].get(name, 0) + total
    return sums


# --- coverage --------------------------------------------------------------------------------------------


def employees(organisation: Organisation, year: int) -> QuerySet[Employment]:
    """The confirmed employees of a year, each once (by their latest employment there)."""
    of = span(year)
    there = employments_in_days(of.first, of.last).filter(organisation=organisation)
    later = there.filter(user=OuterRef("user"), pk__gt=OuterRef("pk"))
    found = there.filter(~Exists(later)).select_related("line", "user")
    return found.annotate(**{f"has_{kind}": _has_hours(of, kind) for kind in KINDS})


def untrained(found: QuerySet[Employment]) -> QuerySet[Employment]:
    """Those of `employees` who have no hours of any kind."""
    return found.filter(**{f"has_{kind}": False for kind in KINDS})


@dataclass(frozen=True)
class Coverage:
    """How many: confirmed employees, with hours of each kind, with none."""

    organisation: Organisation
    people: int
    by_kind: dict[str, int]
    none: int


def coverage(organisations: Sequence[Organisation], year: int) -> list[Coverage]:
    """Of several firms, in two queries."""
    of = span(year)
    rows = employments_in_days(of.first, of.last).filter(organisation__in=organisations)
    rows = rows.annotate(**{f"has_{kind}": _has_hours(of, kind) for kind in KINDS})
    nothing = Q(**{f"has_{kind}": False for kind in KINDS})

    def people(condition: Q | None = None) -> Count:
        return Count("user", distinct=True, filter=condition)

    counted = rows.values("organisation").annotate(
        people=people(),
        none=people(nothing),
        **{f"with_{kind}": people(Q(**{f"has_{kind}": True})) for kind in KINDS},
    )
    empty: dict[str, int] = defaultdict(int)
    found: dict[int, Any] = {row["organisation"]: row for row in counted.order_by()}
    return [
        Coverage(
            organisation=organisation,
            people=row["people"],
            by_kind={kind: row[f"with_{kind}"] for kind in KINDS},
            none=row["none"],
        )
        for organisation in organisations
        for row in [found.get(organisation.pk, empty)]
    ]


def firms() -> QuerySet[Organisation]:
    """What an authority's officer sees counts of: organisations that have ever had a confirmed employee."""
    confirmed = Employment.objects.filter(organisation=OuterRef("pk"))
    return Organisation.objects.filter(Exists(confirmed)).order_by("name", "pk")


def employee_rows(page: Iterable[Employment], year: int) -> list[dict[str, Any]]:
    """The name on the employer's own list, and hours by kind in hundredths."""
    rows = list(page)
    sums = hours_of([row.user_id for row in rows], year)
    return [
        {
            "employment": row,
            "name": row.line.name,
            "hours": [sums[row.user_id][kind] for kind in KINDS],
            "total": sum(sums[row.user_id].values()),
        }
        for row in rows
    ]


def log_looks(user: User, organisation: Organisation, people: Iterable[UUID], reason: Because) -> None:
    """One row for each person whose name and hours were shown, which they can read."""
    who = actor(user, Role.HR, organisation)
    record_each(who, people, key=uuid7(), action="training.view", target_type="accounts.User", reason=reason)


# --- assignments -----------------------------------------------------------------------------------------


def staff_of(organisation: Organisation) -> QuerySet[Employment]:
    """Who can be asked something today, by department."""
    found = employments_in_force().filter(organisation=organisation).select_related("line", "user")
    return found.order_by("department", "pk")


def departments(organisation: Organisation) -> list[str]:
    rows = employments_in_force().filter(organisation=organisation).exclude(department="")
    return list(rows.order_by("department").values_list("department", flat=True).distinct())


def courses(words: str = "") -> QuerySet[CoursePage]:
    """Courses that can be begun, by a part of their title."""
    found = CoursePage.objects.live().order_by("title", "pk")
    return found.filter(title__icontains=words) if words else found


def assignments(user: User) -> QuerySet[CourseAssignment]:
    """Of the firms whose roster the user keeps, with how many were asked and how many are done."""
    rows = CourseAssignment.objects.filter(organisation__in=rostered(user))
    rows = rows.select_related("organisation", "course")
    done = Q(people__enrolment__state=Enrolment.State.COMPLETED)
    return rows.annotate(asked=Count("people"), done=Count("people", filter=done)).order_by("-at", "-pk")


def assignment_for(user: User, uuid: UUID) -> CourseAssignment:
    """Raises NotFound, also for another firm's."""
    found = assignments(user).filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def asked_of(assignment: CourseAssignment) -> QuerySet[AssignedCourse]:
    """The assignment's people who still work there; those who have left are no longer the employer's business."""
    found = assignment.people.filter(employment__in=employments_in_force())
    found = found.annotate(reminded_at=_reminded_at(), finished_at=F("enrolment__completion__completed_at"))
    return found.select_related("employment__line", "enrolment", "person").order_by(
        "employment__department", "pk"
    )


def _reminded_at() -> Subquery:
    """When the person was reminded of it last."""
    rows = StudyReminder.objects.filter(assigned=OuterRef("pk")).order_by("-number")
    return Subquery(rows.values("at")[:1])


def may_remind(found: QuerySet[AssignedCourse]) -> QuerySet[AssignedCourse]:
    """Of those, who has not finished and was not reminded of that course lately, by whichever employer."""
    since = now() - timedelta(days=REMIND_EVERY_DAYS)
    lately = StudyReminder.objects.filter(person=OuterRef("person"), course=OuterRef("course"), at__gt=since)
    return found.exclude(enrolment__state=Enrolment.State.COMPLETED).filter(~Exists(lately))


# --- the person ------------------------------------------------------------------------------------------


def with_requests(enrolments: QuerySet[Enrolment]) -> QuerySet[Enrolment]:
    """The enrolments with what an employer they work for asks: asked_by (its name), asked_until, reminded_at; what is
    asked first, the most urgent at the head. No query of its own.
    """
    asked = AssignedCourse.objects.filter(enrolment=OuterRef("pk"), employment__in=employments_in_force())
    asked = asked.order_by("assignment__due_on", "pk")
    reminders = StudyReminder.objects.filter(person=OuterRef("person"), course=OuterRef("course"))
    found = enrolments.annotate(
        asked_by=Subquery(asked.values("organisation__name")[:1]),
        asked_until=Subquery(asked.values("assignment__due_on")[:1]),
        reminded_at=Subquery(reminders.order_by("-number").values("at")[:1]),
    )
    return found.order_by(F("asked_until").asc(nulls_last=True), "-studied_at")


def request_sentence(row: Any, today: date) -> str:
    """What the employer asks, for an enrolment of `with_requests`; "" where nobody asks."""
    due: date | None = row.asked_until
    if due is None:
        return ""
    if due < today:
        said = _("%(firm)s希望你在 %(day)s 前学完，已经过了；现在学也一样计学时。")
    else:
        said = _("%(firm)s希望你在 %(day)s 前学完。")
    sentence = said % {"firm": row.asked_by, "day": due.isoformat()}
    if row.reminded_at is None:
        return sentence
    return _("%(sentence)s提醒于 %(day)s。") % {
        "sentence": sentence,
        "day": local_day(row.reminded_at).isoformat(),
    }
