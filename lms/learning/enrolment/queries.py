"""Reading enrolments, each list in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, QuerySet
from django.urls import reverse

from courses.api import CoursePage, Mode, ReleaseLesson
from lms.accounts.api import User, real_name_status
from lms.learning.classes.queries import course_panel
from lms.learning.enrolment.models import Enrolment
from lms.learning.holds.queries import told
from lms.learning.permits.queries import is_gated
from lms.learning.permits.words import standing_of_completed
from lms.learning.ratings.models import CourseRating
from lms.learning.ratings.rules import may_rate
from lms.learning.study.models import LessonProgress
from lms.lib.errors import NotFound

OWN = ("id", "uuid", "state", "release_id", "lesson_id")
FIGURES = ("lesson_id", "met_ms", "counted_ms", "percent", "required_percent")


@dataclass(frozen=True)
class CourseProgress:
    """percent: how many of the course's lessons are met, weighed by their length; counted_ms: study time so far."""

    enrolment: Enrolment
    percent: int
    counted_ms: int
    lessons: int
    lessons_met: int
    resume_url: str


def of_person(user: User) -> QuerySet[Enrolment]:
    return Enrolment.objects.filter(person=user).select_related("release__provider", "course")


def own(user: User, uuid: UUID) -> Enrolment:
    """The person's own enrolment; `has_holds`: whether its pages have to say something of one; `course_language`:
    what it was written in. Raises NotFound for anybody else's.
    """
    rows = Enrolment.objects.filter(person=user, uuid=uuid).select_related("release__provider")
    rows = rows.annotate(course_language=F("course__language"))
    found = rows.annotate(has_holds=Exists(told().filter(enrolment=OuterRef("pk")))).first()
    if found is None:
        raise NotFound
    return found


def progress_of(enrolments: Sequence[Enrolment]) -> list[CourseProgress]:
    """Where each enrolment stands: two queries, however many there are."""
    rows: dict[int, list[LessonProgress]] = defaultdict(list)
    for row in LessonProgress.objects.filter(enrolment__in=enrolments).only("enrolment_id", *FIGURES):
        rows[row.enrolment_id].append(row)
    lessons: dict[int, list[ReleaseLesson]] = defaultdict(list)
    for lesson in _outline(enrolments):
        lessons[lesson.release_id].append(lesson)
    return [_progress(item, lessons[item.release_id], rows[item.pk]) for item in enrolments]


def _outline(enrolments: Sequence[Enrolment]) -> QuerySet[ReleaseLesson]:
    rows = ReleaseLesson.objects.filter(release_id__in={item.release_id for item in enrolments})
    return rows.only("id", "uuid", "release_id", "nominal_ms", "position").order_by("position")


def _progress(
    enrolment: Enrolment, lessons: list[ReleaseLesson], rows: list[LessonProgress]
) -> CourseProgress:
    by_lesson = {row.lesson_id: row for row in rows}
    total = sum(lesson.nominal_ms for lesson in lessons)
    met = sum(row.met_ms for row in rows)
    done = {lesson.pk for lesson in lessons if lesson.pk in by_lesson and by_lesson[lesson.pk].is_met}
    undone = [lesson for lesson in lessons if lesson.pk not in done]
    last = next((lesson for lesson in lessons if lesson.pk == enrolment.lesson_id), None)
    # Back to where one was; when that lesson is done, to the first that is not.
    target = last if last is not None and (last.pk not in done or not undone) else (undone or lessons)[0]
    return CourseProgress(
        enrolment=enrolment,
        percent=100 if not total else min(met * 100 // total, 100),
        counted_ms=sum(row.counted_ms for row in rows),
        lessons=len(lessons),
        lessons_met=len(done),
        resume_url=reverse("learning:player", args=[enrolment.uuid, target.uuid]),
    )


def learner_panel(user: User, course: CoursePage, outline: Sequence[ReleaseLesson]) -> dict[str, Any]:
    """What a course page says about this learner (courses.panel); the page has its own outline at hand."""
    # With its progress in one query: this stands on the page that most people open most often.
    names = [f"progress__{name}" for name in FIGURES]
    rated = Exists(CourseRating.objects.filter(enrolment=OuterRef("pk")))
    own = Enrolment.objects.filter(person=user, course=course)
    rows = list(own.annotate(rated=rated).values_list(*OWN, *names, "rated"))
    # Courses studied online alone, which are most, ask nothing for this.
    classes = {} if course.mode == Mode.ONLINE else {"classes": course_panel(course)}
    if not rows:
        return {
            "state": "none",
            "enrol_url": reverse("learning:enrol", args=[course.uuid]),
            "unnamed": _first_and_unnamed(user),
        } | classes
    enrolment = Enrolment(**dict(zip(OWN, rows[0], strict=False)))
    figures = [LessonProgress(**dict(zip(FIGURES, row[len(OWN) : -1], strict=True))) for row in rows]
    same = bool(outline) and outline[0].release_id == enrolment.release_id
    lessons = list(outline if same else _outline([enrolment]))
    found = _progress(enrolment, lessons, [row for row in figures if row.lesson_id])
    completed = enrolment.state == Enrolment.State.COMPLETED
    return {
        "state": "completed" if completed else "enrolled",
        "percent": found.percent,
        "counted_ms": found.counted_ms,
        "resume_url": found.resume_url,
        "enrol_url": "",
        "course_url": reverse("learning:course", args=[enrolment.uuid]),
        # Asked once: not of whoever rated, nor of whoever took that back.
        "may_rate": not rows[0][-1]
        and may_rate(completed=completed, met=found.lessons_met, lessons=found.lessons),
        "waits": standing_of_completed(enrolment.pk) if completed and is_gated(course.kind) else None,
    } | classes


def _first_and_unnamed(user: User) -> bool:
    """Whether this would be the person's first course, and its certificate would bear no real name: said once, not always."""
    return not Enrolment.objects.filter(person=user).exists() and real_name_status(user) != "verified"


def continue_panel(user: User) -> list[dict[str, Any]]:
    """The three courses studied last and not finished, for the home page (courses.panel)."""
    under_way = of_person(user).filter(state=Enrolment.State.ACTIVE).order_by("-studied_at")[:3]
    return [
        {"title": item.enrolment.release.title, "url": item.resume_url, "percent": item.percent}
        for item in progress_of(list(under_way))
    ]
