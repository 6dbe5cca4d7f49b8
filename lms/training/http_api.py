"""/api/v1/training/: yearly plans and training bundles as everybody may read them; one's own progress in a bundle."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema
from ninja.pagination import LimitOffsetPagination, paginate

from lms.accounts.api import User
from lms.training.bundles import queries as bundles
from lms.training.bundles import services
from lms.training.bundles.models import Bundle
from lms.training.supervision import queries as supervision
from lms.training.yearly_plans import queries as plans
from lms.training.yearly_plans.models import YearlyPlan

router = Router()


class YearlyPlanOut(Schema):
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


class YearlyPlanCourseOut(Schema):
    """first_day, last_day: in these days, both in, completing the course earns hours."""

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


def _plan(row: YearlyPlan, in_force: bool) -> dict[str, Any]:
    names = ("uuid", "year", "version", "title", "number", "note", "published_on")
    return {name: getattr(row, name) for name in names} | {
        "authority": row.authority.name,
        "in_force": in_force,
    }


@router.get("/plans", response=list[YearlyPlanOut], auth=None)
@paginate(LimitOffsetPagination)
def list_plans(
    request: HttpRequest, year: int | None = Query(None, ge=2000, le=2100)
) -> list[dict[str, Any]]:
    """Plans in force, the latest year first."""
    rows = plans.in_force()
    if year is not None:
        rows = rows.filter(year=year)
    return [_plan(row, True) for row in rows]


@router.get("/plans/{uuid}", response=YearlyPlanOut, auth=None)
def get_plan(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    found = plans.published(uuid)
    return _plan(found, plans.versions_of(found)[0].pk == found.pk)


@router.get("/plans/{uuid}/courses", response=list[YearlyPlanCourseOut], auth=None)
@paginate(LimitOffsetPagination)
def plan_courses(request: HttpRequest, uuid: UUID) -> list[dict[str, Any]]:
    return [
        {
            "course": row.course.uuid,
            "code": row.code,
            "title": row.title,
            "provider": row.course.provider.name,
            "first_day": row.first_day,
            "last_day": row.last_day,
        }
        for row in plans.courses_of(plans.published(uuid))
    ]


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
