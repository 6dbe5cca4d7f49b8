"""Reading quizzes and attempts. Answers and explanations leave the server only with a closed attempt."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from courses.api import ReleaseLesson
from lms.accounts.api import User
from lms.learning.assessment.models import QuizAttempt
from lms.learning.assessment.rules import TRUE_FALSE, TYPED, is_answered, is_right
from lms.learning.enrolment.models import Enrolment
from lms.lib.errors import NotFound
from lms.lib.typed_numbers import shown as shown_number


@dataclass(frozen=True)
class Quiz:
    """A quiz block of a pinned lesson."""

    lesson: ReleaseLesson
    block: str
    title: str
    pass_percent: int
    questions: list[dict[str, Any]]


def lesson_in(enrolment: Enrolment, uuid: UUID) -> ReleaseLesson:
    """The lesson of the release that is studied. Raises NotFound. Shared: nobody may change what it holds."""
    return _lesson(enrolment.release_id, uuid)


# A released lesson never changes; a refusal is not kept.
@lru_cache(maxsize=200)
def _lesson(release_id: int, uuid: UUID) -> ReleaseLesson:
    found = ReleaseLesson.objects.filter(release_id=release_id, uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def quiz_in(lesson: ReleaseLesson, block: str) -> Quiz:
    for item in lesson.blocks:
        if item["id"] == block and item["type"] == "quiz":
            value = item["value"]
            return Quiz(lesson, block, value["title"], value["pass_percent"], value["questions"])
    raise NotFound(_("这一课里没有这份测验。"))


def attempts(enrolment: Enrolment, lesson: ReleaseLesson, block: str) -> list[QuizAttempt]:
    """The attempts at a quiz, newest first."""
    return list(
        QuizAttempt.objects.filter(enrolment=enrolment, lesson=lesson, block=block).order_by("-number")
    )


def own_attempt(user: User, uuid: UUID) -> QuizAttempt:
    found = (
        QuizAttempt.objects.select_related("enrolment__release", "lesson")
        .filter(uuid=uuid, person=user)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def responses(attempt: QuizAttempt) -> dict[str, list[str]]:
    return dict(attempt.answers.values_list("question", "response"))


def shown(attempt: QuizAttempt, quiz: Quiz) -> list[dict[str, Any]]:
    """The questions in the attempt's order. While it is open: what to ask and what was saved; once closed also what
    was right and why."""
    by_id = {question["id"]: question for question in quiz.questions}
    given = responses(attempt)
    closed = attempt.closed_at is not None
    found = []
    for number, (key, order) in enumerate(attempt.order, 1):
        question = by_id[key]
        response = given.get(key, [])
        item = {
            "id": key,
            "number": number,
            "kind": question["kind"],
            "stem": question["stem"],
            "points": question.get("points") or 1,
            "answered": is_answered(response),
            "options": _options(question, order, response, closed=closed),
            "blanks": _blanks(question, response, closed=closed) if question["kind"] in TYPED else [],
        }
        if closed:
            item |= {"right": is_right(question, response), "explanation": question.get("explanation", "")}
        found.append(item)
    return found


def _options(
    question: dict[str, Any], order: list[str], response: list[str], *, closed: bool
) -> list[dict[str, Any]]:
    if question["kind"] == "true_false":
        texts = dict(zip(TRUE_FALSE, (_("正确"), _("错误")), strict=True))
        order = list(TRUE_FALSE)
    else:
        texts = {option["id"]: option["text"] for option in question.get("options") or []}
    options = []
    for key in order:
        chosen = key in response
        option: dict[str, Any] = {"id": key, "text": texts[key], "chosen": chosen}
        if closed:
            correct = key in question["answer"]
            option["state"] = (
                "right" if chosen and correct else "wrong" if chosen else "missed" if correct else ""
            )
        options.append(option)
    return options


def _blanks(question: dict[str, Any], response: list[str], *, closed: bool) -> list[dict[str, Any]]:
    accepted_ones = question["answer"]
    if question["kind"] == "numeric":
        accepted_ones = [[shown_number(*accepted) for accepted in accepted_ones]]
    texts = response or [""] * len(accepted_ones)
    found: list[dict[str, Any]] = []
    for number, (typed, accepted) in enumerate(zip(texts, accepted_ones, strict=False), 1):
        blank: dict[str, Any] = {"number": number, "text": typed}
        if closed:
            blank["accepted"] = accepted
        found.append(blank)
    return found
