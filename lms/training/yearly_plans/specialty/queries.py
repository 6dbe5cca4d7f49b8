"""Reading plans of specialty subjects: drafts for their department, published versions for everybody, targets with what came of them."""

from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from courses.api import CoursePage, Kind, Sector
from lms.accounts.api import Organisation, Role, User, holds
from lms.lib.errors import NotFound
from lms.training.access import authorities
from lms.training.bundles.models import Bundle, BundleCourse, BundleState
from lms.training.bundles.queries import Row, rows_of
from lms.training.yearly_plans.queries import MOST_CHOICES
from lms.training.yearly_plans.specialty.models import (
    SpecialtyBundle,
    SpecialtyCourse,
    SpecialtyDraft,
    SpecialtyPlan,
    SpecialtyReview,
)

SOURCE = "沪人社专〔2022〕372号 三(一)"


def sector_words(sector: str) -> str:
    """ "" for several sectors."""
    return str(Sector(sector).label) if sector in Sector.values else ""


def in_force() -> QuerySet[SpecialtyPlan]:
    """The last version of every plan, with how many courses and bundles it has; the latest year first."""
    newer = SpecialtyPlan.objects.filter(series=OuterRef("series"), version__gt=OuterRef("version"))
    rows: QuerySet[SpecialtyPlan] = SpecialtyPlan.objects.filter(~Exists(newer)).select_related("authority")
    # Of a page's rows alone: a count over a join would group all there are.
    courses = SpecialtyCourse.objects.filter(plan=OuterRef("pk")).order_by().values("plan")
    bundles = SpecialtyBundle.objects.filter(plan=OuterRef("pk")).order_by().values("plan")

    def counted(found: QuerySet[Any, Any]) -> Coalesce:
        return Coalesce(Subquery(found.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0)

    return rows.annotate(course_count=counted(courses), bundle_count=counted(bundles)).order_by(
        "-year", "authority__name", "pk"
    )


def published(uuid: UUID) -> SpecialtyPlan:
    """A published version, in force or not. Raises NotFound."""
    found = SpecialtyPlan.objects.select_related("authority").filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def of_department(user: User, uuid: UUID) -> SpecialtyPlan:
    """A published version of a department the user acts for. Raises NotFound for others'."""
    found = published(uuid)
    if not holds(user, Role.OFFICER, organisation=found.authority):
        raise NotFound
    return found


def courses_of(plan: SpecialtyPlan) -> QuerySet[SpecialtyCourse]:
    """By title, with the page where it is studied."""
    return plan.courses.select_related("course__provider").order_by("title", "pk")


def bundles_of(plan: SpecialtyPlan) -> list[SpecialtyBundle]:
    return list(plan.bundles.select_related("bundle"))


def versions_of(plan: SpecialtyPlan) -> list[SpecialtyPlan]:
    """Every version, the last one first."""
    return list(SpecialtyPlan.objects.filter(series=plan.series).order_by("-version"))


def reviews_of(plan: SpecialtyPlan) -> list[SpecialtyReview]:
    """What the department found, under whichever version, the last one first."""
    return list(SpecialtyReview.objects.filter(plan__series=plan.series).select_related("plan"))


def last_version(authority: Organisation, year: int) -> SpecialtyPlan | None:
    """The version in force of a department's plan for a year."""
    return SpecialtyPlan.objects.filter(authority=authority, year=year).order_by("-version").first()


def targets_of(authority: Organisation, year: int) -> list[Row]:
    """The department's targets of specialty subjects and those below, with what came of them. Seven queries, however many."""
    return rows_of({authority.pk}, year, Kind.SPECIALTY)


# --- drafts ----------------------------------------------------------------------------------------------


def drafts(user: User) -> QuerySet[SpecialtyDraft]:
    rows = SpecialtyDraft.objects.filter(authority__in=authorities(user)).select_related("authority")
    return rows.order_by("-year", "authority__name")


def draft(user: User, uuid: UUID) -> SpecialtyDraft:
    """A draft of a department the user acts for. Raises NotFound for others'."""
    found = SpecialtyDraft.objects.select_related("authority").filter(uuid=uuid).first()
    if found is None or not holds(user, Role.OFFICER, organisation=found.authority):
        raise NotFound
    return found


def course_choices(found: SpecialtyDraft) -> list[tuple[str, str]]:
    """Live courses of specialty subjects that the draft does not have: (code, title)."""
    rows = CoursePage.objects.live().filter(kind=Kind.SPECIALTY)
    rows = rows.exclude(pk__in=found.courses.values("course"))
    return list(rows.order_by("-year", "title").values_list("code", "title")[:MOST_CHOICES])


def bundle_choices(found: SpecialtyDraft) -> QuerySet[Bundle]:
    """What the draft can name: the department's published bundles of its year with a course of specialty subjects."""
    special = BundleCourse.objects.filter(bundle=OuterRef("pk"), course__kind=Kind.SPECIALTY)
    return Bundle.objects.filter(
        Exists(special), owner=found.authority, year=found.year, state=BundleState.PUBLISHED
    ).order_by("title", "pk")
