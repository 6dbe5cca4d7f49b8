"""Reading study totals."""

from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from courses.api import ReleaseLesson
from lms.accounts.api import User
from lms.learning.enrolment.models import Enrolment
from lms.learning.study.models import LessonProgress, StudyStream
from lms.learning.study.offline.models import OfflineSession


def counted_on(user: User, day: date) -> int:
    """Study time counted on one Shanghai day, ms: one query over the lessons touched since."""
    rows = LessonProgress.objects.filter(person=user, last_day__gte=day)
    return sum(days.get(day.isoformat(), 0) for days in rows.values_list("days", flat=True))


def counted_by_day(user: User, first: date, last: date) -> dict[date, int]:
    """Counted ms of each day with any, from `first` to `last`, both in."""
    rows = LessonProgress.objects.filter(person=user, last_day__gte=first)
    return {day: ms for day, ms in _by_day(rows).items() if first <= day <= last}


def days_of_course(enrolment: Enrolment) -> list[tuple[date, int]]:
    """The days on which a course was studied, newest first, with what counted in it. One query."""
    return list(reversed(_by_day(LessonProgress.objects.filter(enrolment=enrolment)).items()))


def _by_day(rows: QuerySet[LessonProgress]) -> dict[date, int]:
    found: dict[date, int] = {}
    for days in rows.values_list("days", flat=True):
        for text, ms in days.items():
            day = date.fromisoformat(text)
            found[day] = found.get(day, 0) + ms
    return dict(sorted(found.items()))


def progress_by_lesson(enrolment: Enrolment) -> dict[int, LessonProgress]:
    """Lesson id → its progress row, with `waits`: whether study without a line waits there for its quiz."""
    waits = OfflineSession.objects.filter(
        session__isnull=True, ticket__enrolment=OuterRef("enrolment"), ticket__lesson=OuterRef("lesson")
    )
    rows = LessonProgress.objects.filter(enrolment=enrolment).annotate(waits=Exists(waits))
    return {row.lesson_id: row for row in rows}


def progress_in(enrolment: Enrolment, lesson: ReleaseLesson) -> LessonProgress | None:
    return LessonProgress.objects.filter(enrolment=enrolment, lesson=lesson).first()


def session_for_page(person_id: int, session_uuid: str) -> dict[str, Any]:
    """Which page of which device holds the person's turn, for "counting on your phone"."""
    # Without the lesson's blocks, which may be long.
    rows = StudyStream.objects.select_related("session__lesson").defer("session__lesson__blocks")
    stream = rows.filter(person_id=person_id).first()
    if stream is None or stream.session is None:
        return {}
    holder = stream.session
    return {
        "here": holder.uuid.hex == session_uuid,
        "lesson": holder.lesson.title,
        "device": holder.get_device_kind_display(),
    }
