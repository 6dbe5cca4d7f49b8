"""Whether a yearly plan lets a course earn hours on a day. Reads nothing but the rows that training wrote."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from django.db.models import QuerySet

from courses.api import Kind
from lms.learning.permits.models import CoursePermit

Asked = tuple[int, date]


def is_gated(kind: str) -> bool:
    """Whether hours of this kind come only from courses of a published plan: 公需科目 (372号 三(一))."""
    return kind == Kind.PUBLIC


def permit_on(course_id: int, day: date) -> CoursePermit | None:
    """The plan that lets the course earn hours on the day; of several, the one published first. One query."""
    return permits_on([(course_id, day)]).get((course_id, day))


def permits_on(asked: Iterable[Asked]) -> dict[Asked, CoursePermit]:
    """The same for many courses and days: one query, none where nothing is asked."""
    wanted = set(asked)
    if not wanted:
        return {}
    found: dict[Asked, CoursePermit] = {}
    for row in permits_of({course for course, _day in wanted}):
        for course, day in wanted:
            if row.course_id == course and row.first_day <= day <= row.last_day:
                found.setdefault((course, day), row)
    return found


def permits_of(courses: Collection[int]) -> list[CoursePermit]:
    """Every plan that the courses stand in, the one published first at the head. One query."""
    return list(CoursePermit.objects.filter(course__in=courses).order_by("published_on", "pk"))


def has_plan(year: int) -> bool:
    """Whether any plan of the learning year is in force. One query."""
    return CoursePermit.objects.filter(year=year).exists()


def copied(permit: CoursePermit, day: date) -> dict[str, Any]:
    """What a completion keeps of the plan that it earns hours by: plain JSON. day: the one that the plan was asked for."""
    return {
        "day": day.isoformat(),
        "plan": str(permit.plan),
        "version": permit.version,
        "year": permit.year,
        "title": permit.title,
        "number": permit.number,
        "authority": permit.authority,
        "published_on": permit.published_on.isoformat(),
        "first_day": permit.first_day.isoformat(),
        "last_day": permit.last_day.isoformat(),
    }


def permitted(day: date) -> QuerySet[CoursePermit]:
    """Every course's place in a plan that has the day."""
    return CoursePermit.objects.filter(first_day__lte=day, last_day__gte=day)


def outside_plans(courses: Collection[str], day: date) -> set[str]:
    """Of courses of public subjects (their uuids), those that earn nothing on the day. One query, none for none."""
    if not courses:
        return set()
    inside = permitted(day).filter(course__uuid__in=courses).values_list("course__uuid", flat=True)
    return set(courses) - {str(uuid) for uuid in inside}
