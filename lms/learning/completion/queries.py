"""Where a learner stands against the rule of their release."""

from collections.abc import Iterator

from django.db.models import Sum

from courses.api import ReleaseLesson
from lms.learning.assessment.models import QuizAttempt
from lms.learning.completion.models import Completion
from lms.learning.completion.rules import LessonState, Missing, QuizState, hours, missing
from lms.learning.enrolment.models import Enrolment
from lms.learning.study.models import LessonProgress
from lms.lib.outbox.models import OutboxEvent


def lesson_states(enrolment: Enrolment) -> list[LessonState]:
    """Every lesson of the pinned release with its figures and quizzes: three queries."""
    rows = {row.lesson_id: row for row in LessonProgress.objects.filter(enrolment=enrolment)}
    passed = set(
        QuizAttempt.objects.filter(enrolment=enrolment, passed=True)
        .values_list("lesson_id", "block")
        .distinct()
    )
    states = []
    for lesson in ReleaseLesson.objects.filter(release_id=enrolment.release_id).order_by("position"):
        row = rows.get(lesson.pk)
        states.append(
            LessonState(
                key=lesson.key,
                title=lesson.title,
                percent=row.percent if row else (0 if lesson.nominal_ms else 100),
                counted_ms=row.counted_ms if row else 0,
                quizzes=tuple(
                    QuizState(block["id"], block["value"]["title"], (lesson.pk, block["id"]) in passed)
                    for block in lesson.blocks
                    if block["type"] == "quiz"
                ),
            )
        )
    return states


def missing_of(enrolment: Enrolment, states: list[LessonState] | None = None) -> Missing:
    rule = enrolment.release.rule
    return missing(
        states if states is not None else lesson_states(enrolment),
        min_coverage_percent=rule.get("min_coverage_percent", 100),
        quizzes=rule.get("quizzes", "all_passed"),
    )


def faults(completion: Completion) -> Iterator[str]:
    """What about a completion does not follow from its own copies of rule and evidence, or from what was studied."""
    rule = completion.rule
    shown = sum(lesson["counted_ms"] for lesson in completion.evidence["lessons"])
    if shown != completion.counted_ms:
        yield f"{completion.counted_ms} ms counted, its evidence says {shown}"
    worth = hours(completion.counted_ms, rule["approved_centihours"], rule["ms_per_hour"])
    if worth != completion.centihours:
        yield f"{completion.centihours} hundredths of an hour, its rule gives {worth}"
    if completion.enrolment.person_id != completion.person_id:
        yield "belongs to another person than its enrolment"
    studied = (
        LessonProgress.objects.filter(enrolment=completion.enrolment).aggregate(ms=Sum("counted_ms"))["ms"]
        or 0
    )
    if studied < completion.counted_ms:
        yield f"{completion.counted_ms} ms counted, {studied} studied"
    # Without its event no hours are ever posted.
    event = OutboxEvent.objects.filter(key=f"course.completed:{completion.uuid}").first()
    if event is None:
        yield "was never announced"
    elif (event.payload["centihours"], event.payload["person"]) != (
        completion.centihours,
        str(completion.person.uuid),
    ):
        yield "was announced with other hours or for another person"
