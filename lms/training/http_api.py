"""/api/v1/training/: yearly plans and training bundles as everybody may read them; one's own progress in a bundle."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, Value
from django.http import HttpRequest
from ninja import Query, Router, Schema
from ninja.pagination import LimitOffsetPagination, paginate

from lms.accounts.api import User
from lms.lib.paging import Pages
from lms.training.bundles import queries as bundles
from lms.training.bundles import services
from lms.training.bundles.models import Bundle
from lms.training.supervision import queries as supervision
from lms.training.yearly_plans import queries as plans
from lms.training.yearly_plans.models import PlanCourse, YearlyPlan
from lms.training.yearly_plans.specialty import queries as specialty
from lms.training.yearly_plans.specialty.models import SpecialtyCourse, SpecialtyPlan

router = Router()


class PublishedPlanOut(Schema):
    """A published version of a plan; in_force: whether it is the last one."""

    uuid: UUID
    authority: str
    year: int
    version: int
    title: str
    number: str
    note: str
    published_on: date
    in_force: bool

    @staticmethod
    def resolve_authority(row: YearlyPlan | SpecialtyPlan) -> str:
        return row.authority.name


class YearlyPlanOut(PublishedPlanOut):
    """A plan of public subjects."""


class TargetOut(Schema):
    """What a body is to bring. level: 0 for the department's own, 1 for its parts, …; by: who set it, "" for the body itself; centihours:
    hundredths of a 学时, null where none is set."""

    level: int
    code: str
    name: str
    by: str
    person_times: int
    centihours: int | None


class SpecialtyPlanOut(PublishedPlanOut):
    """A department's plan of specialty subjects. sector: one of the document's nine, "" for several; targets: as they stood on the day of
    publication."""

    sector: str
    guidance: str
    assessing: str
    targets: list[TargetOut]

    @staticmethod
    def resolve_targets(row: SpecialtyPlan) -> list[dict[str, Any]]:
        return [dict(zip(TargetOut.model_fields, line, strict=True)) for line in row.targets]


class SpecialtyBundleOut(Schema):
    bundle: UUID
    title: str


class SpecialtyReviewOut(Schema):
    """What the department found of the year, under whichever version of its plan."""

    uuid: UUID
    day: date
    text: str


class PlanCourseOut(Schema):
    """first_day, last_day: both in. Of a plan of public subjects: completed in these days, the course earns hours; of one of specialty
    subjects: when it is taught."""

    course: UUID
    code: str
    title: str
    provider: str
    first_day: date
    last_day: date


class BundleOut(Schema):
    uuid: UUID
    owner: str
    year: int
    title: str
    purpose: str
    guide: str
    audience: str


class BundleCourseOut(Schema):
    """state: none, active or completed; of the person asking. part: which of the contents that the audience needs, or ""."""

    course: UUID
    code: str
    title: str
    centihours: int
    state: str
    percent: int
    part: str


class BegunOut(Schema):
    begun: int


Rows = QuerySet[YearlyPlan] | QuerySet[SpecialtyPlan]


def _listed(rows: Rows, year: int | None) -> Any:
    """Plans in force."""
    if year is not None:
        rows = rows.filter(year=year)
    return rows.annotate(in_force=Value(True))


def _one(row: YearlyPlan | SpecialtyPlan, newest: YearlyPlan | SpecialtyPlan) -> Any:
    # Told of one as lists have it of each by annotation, which types do not know.
    row.in_force = row.pk == newest.pk  # type: ignore[union-attr]
    return row


def _plan_course(row: PlanCourse | SpecialtyCourse) -> dict[str, Any]:
    return {
        "course": row.course.uuid,
        "code": row.code,
        "title": row.title,
        "provider": row.course.provider.name,
        "first_day": row.first_day,
        "last_day": row.last_day,
    }


@router.get("/plans", response=list[YearlyPlanOut], auth=None)
@paginate(LimitOffsetPagination)
def list_plans(request: HttpRequest, year: int | None = Query(None, ge=2000, le=2100)) -> Any:
    """Plans of public subjects in force, the latest year first."""
    return list(_listed(plans.in_force(), year))


@router.get("/plans/{uuid}", response=YearlyPlanOut, auth=None)
def get_plan(request: HttpRequest, uuid: UUID) -> Any:
    found = plans.published(uuid)
    return _one(found, plans.versions_of(found)[0])


@router.get("/plans/{uuid}/courses", response=list[PlanCourseOut], auth=None)
@paginate(LimitOffsetPagination)
def plan_courses(request: HttpRequest, uuid: UUID) -> list[dict[str, Any]]:
    return [_plan_course(row) for row in plans.courses_of(plans.published(uuid))]


@router.get("/specialty-plans", response=list[SpecialtyPlanOut], auth=None)
@paginate(Pages)
def list_specialty_plans(request: HttpRequest, year: int | None = Query(None, ge=2000, le=2100)) -> Any:
    """Departments' plans of specialty subjects in force, the latest year first."""
    return _listed(specialty.in_force(), year)


@router.get("/specialty-plans/{uuid}", response=SpecialtyPlanOut, auth=None)
def get_specialty_plan(request: HttpRequest, uuid: UUID) -> Any:
    found = specialty.published(uuid)
    return _one(found, specialty.versions_of(found)[0])


@router.get("/specialty-plans/{uuid}/courses", response=list[PlanCourseOut], auth=None)
@paginate(LimitOffsetPagination)
def specialty_plan_courses(request: HttpRequest, uuid: UUID) -> list[dict[str, Any]]:
    return [_plan_course(row) for row in specialty.courses_of(specialty.published(uuid))]


@router.get("/specialty-plans/{uuid}/bundles", response=list[SpecialtyBundleOut], auth=None)
@paginate(LimitOffsetPagination)
def specialty_plan_bundles(request: HttpRequest, uuid: UUID) -> list[dict[str, Any]]:
    rows = specialty.bundles_of(specialty.published(uuid))
    return [{"bundle": row.bundle.uuid, "title": row.title} for row in rows]


@router.get("/specialty-plans/{uuid}/reviews", response=list[SpecialtyReviewOut], auth=None)
@paginate(LimitOffsetPagination)
def specialty_plan_reviews(request: HttpRequest, uuid: UUID) -> Any:
    """The latest first."""
    return specialty.reviews_of(specialty.published(uuid))


def _bundle(row: Bundle) -> dict[str, Any]:
    names = ("uuid", "year", "title", "purpose", "guide", "audience")
    return {name: getattr(row, name) for name in names} | {"owner": row.owner.name}


@router.get("/bundles", response=list[BundleOut], auth=None)
@paginate(LimitOffsetPagination)
def list_bundles(request: HttpRequest) -> list[dict[str, Any]]:
    """Published bundles, the latest year first."""
    return [_bundle(row) for row in bundles.published()]


@router.get("/bundles/{uuid}", response=list[BundleCourseOut])
def get_bundle(request: HttpRequest, uuid: UUID) -> list[dict[str, Any]]:
    """A bundle's courses in their order (60 at most), and where the person asking stands in each."""
    found = bundles.public(uuid)
    steps = bundles.steps(_user(request), bundles.courses_in(found), bundles.parts_of(found))
    return [
        {
            "course": step.course.uuid,
            "code": step.course.code,
            "title": step.course.title,
            "centihours": step.course.centihours,
            "state": step.progress.enrolment.state if step.progress else "none",
            "percent": step.progress.percent if step.progress else 0,
            "part": step.part,
        }
        for step in steps
    ]


@router.post("/bundles/{uuid}/enrol", response=BegunOut)
def enrol(request: HttpRequest, uuid: UUID) -> dict[str, int]:
    """Begin every course of the bundle that one has not begun."""
    return {"begun": services.enrol_in_all(_user(request), bundles.public(uuid))}


class DrawOut(Schema):
    """A list that is drawn from. state: frozen, drawn or ended; sha256: of the list, which is public with the draw's own data."""

    uuid: UUID
    number: str
    authority: str
    title: str
    sort: str
    announced: bool
    frozen_at: datetime
    size: int
    sha256: str
    state: str


class CheckResultOut(Schema):
    """A public result. centimarks: hundredths of a mark; verdict: pass or fail; open: something is not put right yet."""

    uuid: UUID
    number: str
    authority: str
    body: str
    title: str
    checked_on: date
    centimarks: int
    verdict: str
    open: bool


@router.get("/draws", response=list[DrawOut], auth=None)
@paginate(LimitOffsetPagination)
def list_draws(request: HttpRequest) -> list[dict[str, Any]]:
    """Lists frozen for spot and periodic checks, the newest first."""
    names = ("uuid", "number", "title", "sort", "announced", "size", "sha256")
    return [
        {name: getattr(row, name) for name in names}
        | {
            "authority": row.authority.name,
            "frozen_at": row.at,
            "state": "ended" if hasattr(row, "end") else "drawn" if hasattr(row, "draw") else "frozen",
        }
        for row in supervision.frames()
    ]


@router.get("/draws/{uuid}", response=dict[str, Any], auth=None)
def get_draw(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    """Everything from which a draw is recomputed (docs/supervision.md); list, secrets and seed only once they are open."""
    return supervision.published(supervision.frame(uuid))


@router.get("/check-results", response=list[CheckResultOut], auth=None)
@paginate(LimitOffsetPagination)
def list_check_results(request: HttpRequest) -> list[dict[str, Any]]:
    """Results of checks that are public, the newest first."""
    names = ("uuid", "number", "title", "checked_on", "centimarks", "verdict", "open")
    return [
        {name: getattr(row, name) for name in names}
        | {"authority": row.authority.name, "body": row.body.name}
        for row in supervision.results()
    ]


def _user(request: HttpRequest) -> User:
    user = request.user
    # The API's authentication lets nobody else through.
    assert isinstance(user, User)
    return user
