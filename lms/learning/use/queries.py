"""Reading the use of courses: a provider's own staff their own courses', platform staff all."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from courses.api import CoursePage
from lms.accounts.api import Role, User, holds, organisations_for
from lms.learning.use.models import CourseUse
from lms.learning.use.rules import EMPTY, Told, line, taken, told
from lms.lib.errors import NotFound
from lms.lib.units import MS_PER_MINUTE

ROLES = (Role.EDITOR, Role.ADMIN)


def looks(user: User | AnonymousUser) -> bool:
    """Whether there may be courses whose use the user sees."""
    return holds(user, *ROLES)


def courses(user: User, roles: Iterable[str] = ROLES) -> QuerySet[CoursePage]:
    """The courses of the organisations in which the user has one of the roles; all of them for platform staff."""
    rows = CoursePage.objects.select_related("provider").order_by("-year", "title", "pk")
    if user.is_superuser:
        return rows
    return rows.filter(provider__in=organisations_for(user, *roles))


def course_for(user: User, uuid: UUID) -> CoursePage:
    """One of them; NotFound for everybody else's, which is not told apart from none."""
    course = courses(user).filter(uuid=uuid).first()
    if course is None:
        raise NotFound
    return course


def taken_of(courses: Iterable[int]) -> dict[int, dict[str, float]]:
    """Course → how it is taken (rules.taken), of those of which that may be told. One query."""
    rows = CourseUse.objects.filter(course__in=list(courses)).values_list("course_id", "months")
    return {course: found for course, months in rows if (found := taken(months))}


def use_of(course: CoursePage) -> CourseUse | None:
    return CourseUse.objects.filter(course=course).first()


def with_figures(page: list[CoursePage]) -> list[dict[str, Any]]:
    """A page's courses with the line of all their months; one query."""
    found = {row.course_id: row for row in CourseUse.objects.filter(course__in=page).defer("lessons")}
    rows = []
    for course in page:
        use = found.get(course.pk)
        rows.append(
            {
                "course": course,
                "use": use,
                "line": line("", list(use.months.values())) if use else None,
            }
        )
    return rows


def month_lines(use: CourseUse, months: list[str]) -> list[Told]:
    """A line for each month, newest first."""
    return [line(key, [use.months.get(key, EMPTY)]) for key in reversed(months)]


def whole_line(use: CourseUse, months: list[str]) -> Told:
    return line("", [use.months[key] for key in months if key in use.months])


def lesson_lines(use: CourseUse) -> list[dict[str, Any]]:
    """The lessons with what may be told of them, and of their films minute by minute. All time, all months."""
    return [
        {
            "title": lesson["title"],
            "chapter": lesson["chapter"],
            "started": told(lesson["started"], lesson["started"]),
            "finished": told(lesson["finished"], lesson["started"]),
            "films": [_film(film) for film in lesson["films"]],
        }
        for lesson in use.lessons
    ]


def _film(film: dict[str, Any]) -> dict[str, Any]:
    """height: of the bar, percent of those who began the film; of the rounded figures, so that it says no more."""
    learners = told(film["learners"], film["learners"])
    minutes = []
    for number, people in enumerate(film["minutes"], start=1):
        shown = told(people, film["learners"])
        height = 100 * shown // learners if learners and shown else 0
        minutes.append({"minute": number, "people": shown, "height": height, "top": 100 - height})
    return {
        "title": film["title"],
        "whole_minutes": -(-film["length_ms"] // MS_PER_MINUTE),
        "learners": learners,
        "minutes": minutes if learners else [],
    }
