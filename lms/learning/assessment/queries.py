"""Reading quizzes and attempts. Answers and explanations leave the server only with a closed attempt."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import F
from django.utils.translation import gettext as _

from courses.api import ReleaseLesson
from courses.translations.api import Words, also_accepted
from lms.accounts.api import User
from lms.learning.assessment import xapi
from lms.learning.assessment.models import QuizAttempt
from lms.learning.assessment.rules import (
    CHOSEN,
    TRUE_FALSE,
    TYPED,
    is_answered,
    is_right,
    mark,
    places_right,
    share,
    shown_points,
    worth,
)
from lms.learning.enrolment.models import Enrolment
from lms.lib.errors import Conflict, NotFound
from lms.lib.typed_numbers import shown as shown_number

# An option longer than this does not fit a phone's closed list: all are then told above it, and named by a letter in it.
LONG = 16


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


def quiz_of(attempt: QuizAttempt, at: datetime | None = None) -> Quiz:
    """The quiz of an attempt as it is marked: with what the course's translations accepted when it was handed in (`at`, while
    it is open)."""
    quiz = quiz_in(attempt.lesson, attempt.block)
    course = attempt.enrolment.release.course_id
    return replace(quiz, questions=also_accepted(quiz.questions, course, attempt.closed_at or at))


def in_words(quiz: Quiz, words: Words | None) -> Quiz:
    """The quiz as its reader has it, for showing: the same questions, options and answers."""
    if words is None:
        return quiz
    return replace(quiz, title=words.say("quiz", quiz.title), questions=words.questions(quiz.questions))


def attempts(enrolment: Enrolment, lesson: ReleaseLesson, block: str) -> list[QuizAttempt]:
    """The attempts at a quiz, newest first."""
    return list(
        QuizAttempt.objects.filter(enrolment=enrolment, lesson=lesson, block=block).order_by("-number")
    )


def own_attempt(user: User, uuid: UUID) -> QuizAttempt:
    found = (
        QuizAttempt.objects.select_related("enrolment__release", "lesson")
        .filter(uuid=uuid, person=user)
        .annotate(course_language=F("enrolment__course__language"))
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
            "prompts": _prompts(question, response, closed=closed) if question["kind"] == "matching" else [],
            "places": _places(question, response, closed=closed) if question["kind"] == "ordering" else [],
            "blanks": _blanks(question, response, closed=closed) if question["kind"] in TYPED else [],
        }
        if question["kind"] in CHOSEN:
            item["listed"] = any(len(option["text"]) > LONG for option in item["options"])
        if closed:
            item |= {
                "right": is_right(question, response),
                "earned": shown_points(worth(question) * share(question, response)),
                "explanation": question.get("explanation", ""),
            }
        found.append(item)
    return found


def points_earned(attempt: QuizAttempt, quiz: Quiz) -> str:
    """The points of a closed attempt with their fraction, which the row leaves out; "" while it is open."""
    if attempt.closed_at is None:
        return ""
    return shown_points(mark(quiz.questions, responses(attempt), attempt.pass_percent).earned)


def statements_of(attempt: QuizAttempt, language: str) -> list[dict[str, Any]]:
    """What a closed attempt says in xAPI, for its owner; `language` is what its reader had the pages in
    (BCP 47); the words are the release's, in its course's. Raises Conflict (open)."""
    if attempt.closed_at is None or attempt.percent is None:
        raise Conflict(_("交卷以后才有这次测验的记录。"), code="attempt_open")
    quiz, home = quiz_of(attempt), settings.PUBLIC_URL
    lesson = f"{home}/lesson/{attempt.lesson.uuid}"
    return list(
        xapi.statements(
            quiz.questions,
            responses(attempt),
            attempt=attempt.uuid,
            quiz=f"{lesson}/quiz/{attempt.block}",
            title=quiz.title,
            language=language,
            words=attempt.enrolment.release.course.language,
            account=(home, str(attempt.person.uuid)),
            registration=attempt.enrolment.uuid,
            parents=(lesson, f"{home}/release/{attempt.enrolment.release.uuid}"),
            at=attempt.closed_at,
            percent=attempt.percent,
            passed=bool(attempt.passed),
        )
    )


def _options(
    question: dict[str, Any], order: list[str], response: list[str], *, closed: bool
) -> list[dict[str, Any]]:
    if question["kind"] == "true_false":
        texts = dict(zip(TRUE_FALSE, (_("正确"), _("错误")), strict=True))
        order = list(TRUE_FALSE)
    else:
        texts = {option["id"]: option["text"] for option in question.get("options") or []}
    options: list[dict[str, Any]] = []
    for key in order:
        if question["kind"] in CHOSEN:
            # What was chosen, and what is right, is said of each prompt or place.
            options.append({"id": key, "text": texts[key], "letter": _letter(len(options))})
            continue
        chosen = key in response
        option: dict[str, Any] = {"id": key, "text": texts[key], "chosen": chosen}
        if closed:
            correct = key in question["answer"]
            option["state"] = (
                "right" if chosen and correct else "wrong" if chosen else "missed" if correct else ""
            )
        options.append(option)
    return options


def _letter(place: int) -> str:
    """0 → A, 25 → Z, 26 → A1."""
    turn, rest = divmod(place, 26)
    return chr(ord("A") + rest) + (str(turn) if turn else "")


def _prompts(question: dict[str, Any], response: list[str], *, closed: bool) -> list[dict[str, Any]]:
    """The prompts of a matching question in their own order, each with what was chosen for it."""
    right = [pair["option"] for pair in question["answer"]]
    return [
        {"id": pair["id"], "text": pair["text"]} | place
        for pair, place in zip(
            question["answer"], _chosen(question, right, response, closed=closed), strict=True
        )
    ]


def _places(question: dict[str, Any], response: list[str], *, closed: bool) -> list[dict[str, Any]]:
    """The places of an order from the first, each with the item that was put there."""
    return _chosen(question, question["answer"], response, closed=closed)


def _chosen(
    question: dict[str, Any], right: list[str], response: list[str], *, closed: bool
) -> list[dict[str, Any]]:
    """What was chosen place by place; of a closed attempt also what is right there."""
    texts = {option["id"]: option["text"] for option in question["options"]}
    chosen = response or [""] * len(right)
    found: list[dict[str, Any]] = []
    for number, (answer, key, good) in enumerate(
        zip(right, chosen, places_right(question, response), strict=True), 1
    ):
        place: dict[str, Any] = {"number": number, "chosen": key}
        if closed:
            place |= {
                "chosen_text": texts.get(key, ""),
                "state": "right" if good else "wrong" if key else "missed",
                "answer": answer,
                "answer_text": texts[answer],
            }
        found.append(place)
    return found


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
