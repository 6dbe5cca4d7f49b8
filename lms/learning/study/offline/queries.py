"""Reading what was handed in from without a line and is not counted yet."""

from dataclasses import dataclass
from datetime import date

from courses.api import ReleaseLesson
from lms.accounts.api import User
from lms.learning.assessment.models import QuizAttempt
from lms.learning.enrolment.models import Enrolment
from lms.learning.study.intervals import Range, length, merge
from lms.learning.study.offline.models import OfflinePart, OfflineSession
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


def units_of(release_id: int) -> list[Unit]:
    """The lessons of a release; only those with a quiz are read with their blocks."""
    rows = list(ReleaseLesson.objects.filter(release_id=release_id).defer("blocks"))
    with_quiz = [row.pk for row in rows if "quiz" in row.block_kinds]
    blocks = dict(ReleaseLesson.objects.filter(pk__in=with_quiz).values_list("pk", "blocks"))
    return [
        Unit(
            row.pk,
            row.chapter_title,
            frozenset(block["id"] for block in blocks.get(row.pk, ()) if block["type"] == "quiz"),
        )
        for row in rows
    ]


def unpassed(enrolment: Enrolment, lesson_id: int) -> set[tuple[int, str]]:
    """What still has to be passed before study of the lesson without a line counts; empty: it counts."""
    asked = confirming(units_of(enrolment.release_id), lesson_id)
    if not asked:
        return set()
    passed = QuizAttempt.objects.filter(enrolment=enrolment, passed=True)
    return asked - set(passed.values_list("lesson_id", "block"))


def pending_of(enrolment: Enrolment, lesson: ReleaseLesson) -> Pending | None:
    """What of one lesson waits, for its page."""
    return next(
        iter(_pending(OfflineSession.objects.filter(ticket__enrolment=enrolment, ticket__lesson=lesson))),
        None,
    )


def pending_on(user: User, day: date) -> list[Pending]:
    """What waits of sessions opened on one Shanghai day."""
    low, high = (epoch_ms(moment) for moment in day_bounds(day))
    return _pending(
        OfflineSession.objects.filter(ticket__person=user, opened_ms__gte=low, opened_ms__lt=high)
    )


def _pending(sessions) -> list[Pending]:  # type: ignore[no-untyped-def]
    rows = list(
        sessions.filter(session__isnull=True)
        .select_related("ticket__enrolment__release", "ticket__lesson", "ticket__rule")
        .order_by("opened_ms")
    )
    if not rows:
        return []
    stretches: dict[tuple[int, int], list[Range]] = {}
    owner = {row.pk: row for row in rows}
    for part in OfflinePart.objects.filter(offline__in=rows):
        row = owner[part.offline_id]
        bounded = bound(part.facts["active"], row.opened_ms, part.received_ms, row.ticket.rule.plain())
        stretches.setdefault((row.ticket.enrolment_id, row.ticket.lesson_id), []).extend(bounded.accepted)
    tickets = {(row.ticket.enrolment_id, row.ticket.lesson_id): row.ticket for row in rows}
    titles = _titles({ticket.enrolment.release_id for ticket in tickets.values()})
    found = []
    for key, ticket in tickets.items():
        release = ticket.enrolment.release_id
        asked = confirming(titles[release][0], ticket.lesson_id)
        found.append(
            Pending(
                ticket.enrolment,
                ticket.lesson,
                length(merge(stretches.get(key, ()))),
                sorted(titles[release][1][quiz] for quiz in asked),
            )
        )
    return found


def _titles(releases: set[int]) -> dict[int, tuple[list[Unit], dict[tuple[int, str], str]]]:
    """Release → its units, and the title of each of their quizzes."""
    found: dict[int, tuple[list[Unit], dict[tuple[int, str], str]]] = {pk: ([], {}) for pk in releases}
    for row in ReleaseLesson.objects.filter(release_id__in=releases):
        quizzes = {block["id"]: block["value"]["title"] for block in row.blocks if block["type"] == "quiz"}
        units, names = found[row.release_id]
        units.append(Unit(row.pk, row.chapter_title, frozenset(quizzes)))
        names.update({(row.pk, block): title for block, title in quizzes.items()})
    return found
