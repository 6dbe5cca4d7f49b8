"""Reading plans: drafts for their authority, published versions for everybody."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from courses.api import CoursePage, Kind
from lms.accounts.api import Organisation, Role, User, holds
from lms.learning.api import learning_year, year_of
from lms.lib.clock import today
from lms.lib.errors import NotFound
from lms.training.access import authorities
from lms.training.lifecycle.words import cite
from lms.training.yearly_plans.models import DraftCourse, PlanCourse, PlanDraft, PlanRight, YearlyPlan
from lms.training.yearly_plans.rules import Span, carried, within

SOURCE = "沪人社专〔2022〕372号 三(一)"
# A plan's courses stand on one page up to here; the API and the page go on with the next.
MOST_CHOICES = 300


def in_force() -> QuerySet[YearlyPlan]:
    """The last version of every plan, with how many courses it has; the latest year first."""
    newer = YearlyPlan.objects.filter(series=OuterRef("series"), version__gt=OuterRef("version"))
    rows: QuerySet[YearlyPlan] = YearlyPlan.objects.filter(~Exists(newer)).select_related("authority")
    # Of a page's rows alone: a count over a join would group all there are.
    courses = PlanCourse.objects.filter(plan=OuterRef("pk")).order_by().values("plan")
    counted = Subquery(courses.annotate(n=Count("pk")).values("n"), output_field=IntegerField())
    return rows.annotate(course_count=Coalesce(counted, 0)).order_by("-year", "authority__name", "pk")


def published(uuid: UUID) -> YearlyPlan:
    """A published version, in force or not. Raises NotFound."""
    found = YearlyPlan.objects.select_related("authority").filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def courses_of(plan: YearlyPlan) -> QuerySet[PlanCourse]:
    """By title, with the page where it is studied."""
    return plan.courses.select_related("course__provider").order_by("title", "pk")


def versions_of(plan: YearlyPlan) -> list[YearlyPlan]:
    """Every version, the last one first."""
    return list(YearlyPlan.objects.filter(series=plan.series).order_by("-version"))


def last_version(authority: Organisation, year: int) -> YearlyPlan | None:
    """The version in force of an authority's plan for a year."""
    return YearlyPlan.objects.filter(authority=authority, year=year).order_by("-version").first()


def promised(plan: YearlyPlan | None) -> dict[int, Span]:
    """Course → its days in a published version; {} without one."""
    if plan is None:
        return {}
    return {row.course_id: Span(row.first_day, row.last_day) for row in plan.courses.all()}


# --- who publishes ---------------------------------------------------------------------------------------


def rights_on(day: date) -> list[PlanRight]:
    """The right in force on a day for each region that has one, by region. One query."""
    return _current(_until(day))


def _until(day: date) -> QuerySet[PlanRight]:
    rows = PlanRight.objects.filter(valid_from__lte=day).select_related("authority")
    return rows.order_by("valid_from", "version")


def _current(rows: Iterable[PlanRight]) -> list[PlanRight]:
    """Of each region the last one, where it gives the right to anybody."""
    current = {row.region: row for row in rows}
    return [current[region] for region in sorted(current) if current[region].authority_id is not None]


def may_publish(authority: Organisation, day: date) -> bool:
    """Whether the authority is the one that publishes the plans of some region on the day."""
    return any(row.authority_id == authority.pk for row in rights_on(day))


def missing(bodies: Iterable[Organisation], day: date) -> list[Organisation]:
    """Those of these authorities that are to publish the plan of the learning year that the day belongs to and have not (372号 三(一)).
    The document names no last day: the plan is missing from the first day of its year on. Two queries."""
    there = YearlyPlan.objects.filter(year=year_of(day), authority=OuterRef("authority"))
    rows = _current(_until(day).annotate(published=Exists(there)))
    lacking = {row.authority_id for row in rows if not row.published}  # type: ignore[attr-defined]
    return [body for body in bodies if body.pk in lacking]


def missing_text(day: date) -> str:
    """Of which learning year the plan is missing. One query."""
    said = _("%(year)s 年度公需科目培训实施计划还没有发布：在发布以前，学完公需科目课程不产生学时。")
    return cite(said % {"year": year_of(day)}, SOURCE)


def alarms(authority: Organisation, day: date) -> list[tuple[str, str]]:
    """The same in words, with the page where plans are published."""
    return [(missing_text(day), reverse("training_plans")) for _body in missing([authority], day)]


def competent(user: User) -> QuerySet[Organisation]:
    """The user's authorities that publish plans today."""
    return authorities(user).filter(pk__in=[row.authority_id for row in rights_on(today())])


def rights() -> QuerySet[PlanRight]:
    """Every version, newest first."""
    return PlanRight.objects.select_related("authority").order_by("-valid_from", "-pk")


# --- drafts ----------------------------------------------------------------------------------------------


def drafts(user: User) -> QuerySet[PlanDraft]:
    rows = PlanDraft.objects.filter(authority__in=authorities(user)).select_related("authority")
    return rows.annotate(course_count=Count("courses")).order_by("-year", "authority__name")


def draft(user: User, uuid: UUID) -> PlanDraft:
    """A draft of an authority the user acts for. Raises NotFound for others'."""
    found = PlanDraft.objects.select_related("authority").filter(uuid=uuid).first()
    if found is None or not holds(user, Role.OFFICER, organisation=found.authority):
        raise NotFound
    return found


def choices(found: PlanDraft) -> list[tuple[str, str]]:
    """Live courses of public subjects that the draft does not have: (code, title)."""
    rows = CoursePage.objects.live().filter(kind=Kind.PUBLIC).exclude(pk__in=found.courses.values("course"))
    return list(rows.order_by("-year", "title").values_list("code", "title")[:MOST_CHOICES])


def changes(found: PlanDraft) -> dict[str, Any]:
    """What the draft changes against the version in force: {"rows": its courses, each new, changed or the same, with what is
    wrong with it; "gone": the courses it does not have any more}. Three queries, and the learning year.
    """
    year = learning_year(found.year)
    before = promised(last_version(found.authority, found.year))
    rows = list(found.courses.select_related("course").order_by("course__title"))
    return {
        "rows": [
            {
                "row": row,
                "new": row.course_id not in before,
                "changed": _differs(before.get(row.course_id), row),
                "wrong": misfit(row, Span(year.first, year.last)),
                "stops": stops(row, Span(year.first, year.last), before.get(row.course_id)),
            }
            for row in rows
        ],
        "gone": list(CoursePage.objects.filter(pk__in=set(before) - {row.course_id for row in rows})),
    }


def misfit(row: DraftCourse, year: Span) -> str:
    """Why a course of a draft does not fit the plan any more, as a clause; "" where it does."""
    if row.course.kind != Kind.PUBLIC:
        return _("已不是公需科目（现为%(kind)s）") % {"kind": row.course.get_kind_display()}
    if not within(Span(row.first_day, row.last_day), year):
        return _("日期不在 %(first)s 至 %(last)s 的学习年度内") % {
            "first": year.first.isoformat(),
            "last": year.last.isoformat(),
        }
    return ""


def stops(row: DraftCourse, year: Span, promised: Span | None) -> bool:
    """Whether the entry keeps the plan from being published: it does not fit, and is more than what was promised already."""
    return bool(misfit(row, year)) and not carried(Span(row.first_day, row.last_day), promised)


def _differs(before: Span | None, row: Any) -> bool:
    return before is not None and before != Span(row.first_day, row.last_day)
