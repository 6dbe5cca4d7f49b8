"""Courses over the API: what visitors may read."""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from ninja import Router, Schema

from courses.pages.models import CoursePage
from courses.pages.queries import chapters
from courses.releases.queries import course_by_uuid, current_release
from lms.accounts.api import ShownBrand, brand_of, brands_of
from lms.lib.errors import NotFound
from lms.lib.pages import PER_PAGE, paginate

router = Router()


class BrandOut(Schema):
    """How the provider shows itself; addresses are absolute paths, colours "#rrggbb" or "" for none."""

    version: int
    name: str
    introduction: str
    website: str
    logo: str
    light: str
    dark: str


class CourseOut(Schema):
    uuid: UUID
    code: str
    title: str
    summary: str
    kind: str
    theme: str
    sector: str
    department: str
    year: int
    occupation_code: str
    occupation_level: int | None
    centihours: int
    mode: str
    provider: str
    provider_code: str
    provider_url: str
    provider_brand: BrandOut | None
    url: str


class CourseLessonOut(Schema):
    uuid: UUID
    title: str
    nominal_ms: int
    kinds: list[str]


class CourseChapterOut(Schema):
    title: str
    lessons: list[CourseLessonOut]


class CourseDetailOut(CourseOut):
    release: UUID
    release_number: int
    published_at: datetime
    rule: dict[str, int | str]
    chapters: list[CourseChapterOut]


class CoursesOut(Schema):
    total: int
    page: int
    per_page: int
    courses: list[CourseOut]


def _course(course: CoursePage, brand: ShownBrand) -> dict[str, object]:
    names = ("uuid", "code", "title", "summary", "kind", "theme", "sector", "department", "year")
    more = ("occupation_code", "occupation_level", "centihours", "mode")
    return {name: getattr(course, name) for name in names + more} | {
        "provider": course.provider.name,
        "provider_code": course.provider.code,
        "provider_url": reverse("provider", args=[course.provider.code]),
        "provider_brand": brand if brand.version else None,
        "url": course.get_url() or "",
    }


@router.get("", response=CoursesOut, auth=None, summary="Live courses, newest first, paged")
def list_courses(request: HttpRequest, page: int = 1) -> dict[str, object]:
    live = CoursePage.objects.live().public().select_related("provider").order_by("-first_published_at", "pk")
    shown = paginate(request, live)
    brands = brands_of(course.provider for course in shown)
    return {
        "total": shown.paginator.count,
        "page": shown.number,
        "per_page": PER_PAGE,
        "courses": [_course(course, brands[course.provider_id]) for course in shown],
    }


@router.get(
    "/{uuid}", response=CourseDetailOut, auth=None, summary="One live course with its chapters and rule"
)
def get_course(request: HttpRequest, uuid: UUID) -> dict[str, object]:
    course = course_by_uuid(uuid)
    release = current_release(course)
    if release is None:
        raise NotFound
    return _course(course, brand_of(course.provider)) | {
        "release": release.uuid,
        "release_number": release.number,
        "published_at": release.published_at,
        "rule": release.rule,
        "chapters": chapters(release),
    }
