"""Where a learner stands against the rule of their release."""

from courses.api import ReleaseLesson
from lms.learning.assessment.models import QuizAttempt
from lms.learning.completion.rules import LessonState, Missing, QuizState, missing
from lms.learning.enrolment.models import Enrolment
from lms.learning.study.models import LessonProgress


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
