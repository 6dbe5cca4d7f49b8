"""Reading what was handed in from without a line and is not counted yet."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from uuid import UUID

from django.db.models import QuerySet

from courses.api import ReleaseLesson
from lms.accounts.api import User
from lms.learning.assessment.models import QuizAttempt
from lms.learning.enrolment.models import Enrolment
from lms.learning.study.intervals import length, merge
from lms.learning.study.offline.models import OfflinePart
from lms.learning.study.offline.rules import Unit, confirming
from lms.learning.study.rules import bound
from lms.lib.clock import day_bounds, epoch_ms


@dataclass(frozen=True)
class Pending:
    """Study of one lesson without a line that waits. active_ms: wall time. quizzes: the titles of what confirms it."""

    enrolment: Enrolment
    lesson: ReleaseLesson
    active_ms: int
    quizzes: list[str]


@dataclass(frozen=True)
class Outline:
    """The lessons of a release as confirming sees them, and the titles of their quizzes by (lesson, block)."""

    units: tuple[Unit, ...]
    titles: dict[tuple[int, str], str]


@lru_cache(maxsize=512)
def _outline(release: UUID) -> Outline:
    # Releases are append-only: a release's uuid always means the same lessons.
    units, titles = [], {}
    for row in ReleaseLesson.objects.filter(release__uuid=release):
        quizzes = {block["id"]: block["value"]["title"] for block in row.blocks if block["type"] == "quiz"}
        units.append(Unit(row.pk, row.chapter_title, frozenset(quizzes)))
        titles.update({(row.pk, block): title for block, title in quizzes.items()})
    return Outline(tuple(units), titles)


def passed_of(enrolment: Enrolment) -> set[tuple[int, str]]:
    """The quizzes, as (lesson, block), that were passed. One query."""
    rows = QuizAttempt.objects.filter(enrolment=enrolment, passed=True)
    return set(rows.values_list("lesson_id", "block"))


def unpassed(
    enrolment: Enrolment, lesson_id: int, passed: set[tuple[int, str]] | None = None
) -> set[tuple[int, str]]:
    """What still has to be passed before study of the lesson without a line counts; empty: it counts. passed: what is
    known of it (passed_of); otherwise at most one query.
    """
    asked = confirming(_outline(enrolment.release.uuid).units, lesson_id)
    if not asked:
        return set()
    return asked - (passed_of(enrolment) if passed is None else passed)


def pending_of(enrolment: Enrolment, lesson: ReleaseLesson) -> Pending | None:
    """What of one lesson waits, for its page. One query."""
    rows = _waiting().filter(offline__ticket__enrolment=enrolment, offline__ticket__lesson=lesson)
    parts = list(rows.select_related("offline__ticket__rule"))
    return _pending(enrolment, lesson, parts) if parts else None


def pending_on(user: User, day: date) -> list[Pending]:
    """What waits of sessions opened on one Shanghai day. One query."""
    low, high = (epoch_ms(moment) for moment in day_bounds(day))
    rows = _waiting().filter(
        offline__ticket__person=user, offline__opened_ms__gte=low, offline__opened_ms__lt=high
    )
    rows = rows.select_related(
        "offline__ticket__rule", "offline__ticket__enrolment__release", "offline__ticket__lesson"
    ).defer("offline__ticket__lesson__blocks")
    lessons: dict[tuple[int, int], list[OfflinePart]] = {}
    for part in rows:
        ticket = part.offline.ticket
        lessons.setdefault((ticket.enrolment_id, ticket.lesson_id), []).append(part)
    tickets = [found[0].offline.ticket for found in lessons.values()]
    return [
        _pending(ticket.enrolment, ticket.lesson, found)
        for ticket, found in zip(tickets, lessons.values(), strict=True)
    ]


def _waiting() -> QuerySet[OfflinePart]:
    # No session is without a part: both are written at once.
    return OfflinePart.objects.filter(offline__session__isnull=True).order_by("offline__opened_ms", "pk")


def _pending(enrolment: Enrolment, lesson: ReleaseLesson, parts: list[OfflinePart]) -> Pending:
    outline = _outline(enrolment.release.uuid)
    stretches = [
        pair
        for part in parts
        for pair in bound(
            part.facts["active"], part.offline.opened_ms, part.received_ms, part.offline.ticket.rule.plain()
        ).accepted
    ]
    asked = confirming(outline.units, lesson.pk)
    return Pending(
        enrolment, lesson, length(merge(stretches)), sorted(outline.titles[quiz] for quiz in asked)
    )
