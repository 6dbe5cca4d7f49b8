"""Reckoning the use of courses: one pass over a course's enrolments and one over their progress, streamed.

Owns: every write of CourseUse. A course with 10,000 learners has some 200,000 lessons under way, each with its ranges: that
takes seconds, so it is done at night (tasks.py). Refuses: keeping a person in the result, and rows held in memory
beyond one learner's.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Any

from courses.api import CoursePage, ReleaseLesson
from lms.learning.enrolment.models import Enrolment
from lms.learning.study.models import LessonProgress
from lms.learning.use.models import CourseUse
from lms.learning.use.rules import EMPTY, minutes_held, minutes_of, taken
from lms.lib.clock import local_day, now
from lms.lib.ids import uuid7
from lms.lib.outbox.services import emit

CHUNK = 1000
FILMS = ("video", "audio")
PROGRESS = (
    "enrolment_id",
    "enrolment__started_at",
    "enrolment__completion__completed_at",
    "lesson_id",
    "counted_ms",
    "percent",
    "required_percent",
    "days",
    "coverage",
)


@dataclass
class _Film:
    title: str
    length_ms: int
    source: str
    learners: int = 0
    minutes: list[int] = field(default_factory=list)

    def watched(self, ranges: Any) -> None:
        self.learners += 1
        for minute in minutes_held(ranges, self.length_ms):
            self.minutes[minute] += 1


@dataclass
class _Lesson:
    key: str
    title: str
    chapter: str
    films: dict[str, _Film]
    started: int = 0
    finished: int = 0


@dataclass(frozen=True)
class _Place:
    """A lesson of some release: the newest release's lesson it counts for, and which of its films are the same."""

    lesson: _Lesson
    films: frozenset[str]


def reckon(course: CoursePage) -> CourseUse:
    """The course's figures as they are now, written over those of the night before; an event where it is taken otherwise than
    search was told. Five queries and two writes.
    """
    lessons, places = _lessons(course)
    months: dict[str, dict[str, Any]] = {}
    _enrolments(course, months)
    rows = (
        LessonProgress.objects.filter(enrolment__course=course)
        .order_by("enrolment_id")
        .values_list(*PROGRESS)
        .iterator(chunk_size=CHUNK)
    )
    for _enrolment, own in groupby(rows, key=lambda row: row[0]):
        _learner(own, places, months)
    written = {
        "months": {key: month | {"days": dict(month["days"])} for key, month in sorted(months.items())},
        "lessons": [_plain(lesson) for lesson in lessons],
        "reckoned_at": now(),
    }
    former = CourseUse.objects.filter(course=course).values_list("months", flat=True).first() or {}
    row = CourseUse.objects.update_or_create(course=course, defaults=written)[0]
    if taken(former) != taken(row.months):
        # What search ranks by stands in the index as it was told the last time.
        emit("course.taken", {"course": str(course.uuid)}, key=f"course.taken:{uuid7()}")
    return row


def reckon_all() -> Iterator[int]:
    """Every course anybody is enrolled in, one after another; gives how many are done."""
    used = CoursePage.objects.filter(pk__in=Enrolment.objects.values("course_id")).order_by("pk")
    for number, course in enumerate(used.iterator(chunk_size=CHUNK), start=1):
        reckon(course)
        yield number


def _lessons(course: CoursePage) -> tuple[list[_Lesson], dict[int, _Place]]:
    """The newest release's lessons, and every release's as places of theirs. A lesson that is no longer there has none."""
    rows = (
        ReleaseLesson.objects.filter(release__course=course)
        .order_by("-release__number", "position")
        .values_list("pk", "key", "title", "chapter_title", "release__number", "blocks")
    )
    found: dict[str, _Lesson] = {}
    places: dict[int, _Place] = {}
    newest: int | None = None
    for pk, key, title, chapter, number, blocks in rows.iterator(chunk_size=100):
        newest = number if newest is None else newest
        films = _films(blocks)
        if number == newest:
            found[key] = _Lesson(key=key, title=title, chapter=chapter, films=films)
        lesson = found.get(key)
        if lesson is not None:
            same = [block for block, film in films.items() if _same(film, lesson.films.get(block))]
            places[pk] = _Place(lesson, frozenset(same))
    return list(found.values()), places


def _films(blocks: list[dict[str, Any]]) -> dict[str, _Film]:
    films = {}
    for block in blocks:
        length = block["nominal_ms"]
        if block["type"] in FILMS and length:
            value = block["value"]
            films[block["id"]] = _Film(value["title"], length, value["src"], minutes=[0] * minutes_of(length))
    return films


def _same(film: _Film, other: _Film | None) -> bool:
    """Whether two releases have the same film there: minutes of another one are not comparable."""
    return other is not None and (film.source, film.length_ms) == (other.source, other.length_ms)


def _month(months: dict[str, dict[str, Any]], day: date | datetime) -> dict[str, Any]:
    key = (local_day(day) if isinstance(day, datetime) else day).isoformat()[:7]
    return months.setdefault(key, dict(EMPTY) | {"days": Counter()})


def _enrolments(course: CoursePage, months: dict[str, dict[str, Any]]) -> None:
    rows = Enrolment.objects.filter(course=course).values_list("started_at", "completion__completed_at")
    for enrolled_at, completed_at in rows.iterator(chunk_size=CHUNK):
        month = _month(months, enrolled_at)
        month["enrolled"] += 1
        month["finished"] += completed_at is not None


def _learner(
    rows: Iterable[tuple[Any, ...]], places: dict[int, _Place], months: dict[str, dict[str, Any]]
) -> None:
    """One learner's lessons."""
    studied: Counter[str] = Counter()
    enrolled_at = completed_at = None
    for _pk, enrolled_at, completed_at, lesson, counted_ms, percent, required, days, coverage in rows:  # noqa: B007
        studied.update({day: ms for day, ms in days.items() if ms})
        place = places.get(lesson)
        if place is None:
            continue
        place.lesson.started += counted_ms > 0
        place.lesson.finished += percent >= required
        for block in place.films:
            if coverage.get(block):
                place.lesson.films[block].watched(coverage[block])
    if not studied or enrolled_at is None:
        return
    month = _month(months, enrolled_at)
    month["started"] += 1
    if completed_at is not None:
        took = (local_day(completed_at) - date.fromisoformat(min(studied))).days
        month["days"][str(max(took, 0))] += 1
    of_month: Counter[str] = Counter()
    for day, ms in studied.items():
        of_month[day[:7]] += ms
    for key, ms in of_month.items():
        when = _month(months, date.fromisoformat(f"{key}-01"))
        when["counted_ms"] += ms
        when["studied"] += 1


def _plain(lesson: _Lesson) -> dict[str, Any]:
    films = [
        {
            "block": block,
            "title": film.title,
            "length_ms": film.length_ms,
            "learners": film.learners,
            "minutes": film.minutes,
        }
        for block, film in lesson.films.items()
    ]
    return {
        "key": lesson.key,
        "title": lesson.title,
        "chapter": lesson.chapter,
        "started": lesson.started,
        "finished": lesson.finished,
        "films": films,
    }
