"""Attempts: begun, answered bit by bit, closed once. Retrying is free and unlimited (RULES.md, fair rule 6)."""

import secrets
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from courses.api import ReleaseLesson
from lms.accounts.api import User
from lms.accounts.api import actor as actor_of
from lms.learning.assessment.models import QuizAnswer, QuizAttempt
from lms.learning.assessment.queries import Quiz, quiz_in, quiz_of, responses
from lms.learning.assessment.rules import clean_response, draw_order, mark
from lms.learning.completion.services import consider
from lms.learning.enrolment.models import Enrolment
from lms.learning.records.outgoing import tell_attempt
from lms.learning.study.services import grant_block
from lms.lib.audit.services import record
from lms.lib.clock import now
from lms.lib.errors import Conflict, Invalid, NotFound


@transaction.atomic
def begin(user: User, enrolment: Enrolment, lesson: ReleaseLesson, block: str) -> QuizAttempt:
    """The open attempt at a quiz, or a new one; pressed twice, it is the same one."""
    if enrolment.person_id != user.pk or lesson.release_id != enrolment.release_id:
        raise NotFound
    quiz = quiz_in(lesson, block)
    # One writer an enrolment: two tabs pressing "begin" get one attempt.
    Enrolment.objects.select_for_update().get(pk=enrolment.pk)
    mine = QuizAttempt.objects.filter(enrolment=enrolment, lesson=lesson, block=block)
    found = mine.filter(closed_at__isnull=True).first()
    if found is not None:
        return found
    seed = secrets.randbits(48)
    return QuizAttempt.objects.create(
        person=user,
        enrolment=enrolment,
        lesson=lesson,
        block=block,
        number=mine.count() + 1,
        seed=seed,
        order=draw_order(quiz.questions, seed),
        pass_percent=quiz.pass_percent,
        started_at=now(),
    )


@transaction.atomic
def save_answers(user: User, attempt: QuizAttempt, answers: Mapping[str, Any]) -> int:
    """Keep answers (question id → list of option ids or texts); returns how many. All of them or none.

    Raises NotFound (another person's), Conflict (closed), Invalid (no such question, no such option).
    """
    row = _locked(user, attempt)
    if row.closed_at is not None:
        raise Conflict(_("这次测验已经交卷，答案不能再改。"), code="attempt_closed")
    _keep(row, quiz_in(row.lesson, row.block), answers)
    return len(answers)


@transaction.atomic
def submit(user: User, attempt: QuizAttempt, answers: Mapping[str, Any] | None = None) -> QuizAttempt:
    """Close the attempt and mark it; closed already, its result comes back unchanged (a double click, a retry)."""
    row = _locked(user, attempt)
    if row.closed_at is not None:
        return row
    moment = now()
    quiz = quiz_of(row, moment)
    if answers:
        _keep(row, quiz, answers)
    marked = mark(quiz.questions, responses(row), row.pass_percent)
    row.closed_at = moment
    row.points, row.max_points = marked.points, marked.max_points
    row.percent, row.passed = marked.percent, marked.passed
    row.save(update_fields=["closed_at", "points", "max_points", "percent", "passed"])
    record(
        actor_of(user),
        action="quiz.submit",
        target_type="learning.QuizAttempt",
        target=row.uuid,
        data={"percent": marked.percent, "passed": marked.passed},
    )
    tell_attempt(row)
    grant_block(row.enrolment, row.lesson, row.block, source="quiz", evidence=row.uuid)
    if marked.passed:
        consider(row.enrolment_id)
    return row


def _locked(user: User, attempt: QuizAttempt) -> QuizAttempt:
    rows = QuizAttempt.objects.select_for_update(of=("self",)).select_related("lesson", "enrolment__release")
    row = rows.filter(pk=attempt.pk, person=user).first()
    if row is None:
        raise NotFound
    return row


def _keep(attempt: QuizAttempt, quiz: Quiz, answers: Mapping[str, Any]) -> None:
    by_id = {question["id"]: question for question in quiz.questions}
    moment = now()
    rows = []
    for key, raw in answers.items():
        cleaned = clean_response(by_id[key], raw) if key in by_id else None
        if cleaned is None:
            raise Invalid(_("有一道题的答案格式不对，没有保存。请重新选择后再保存。"), code="bad_answer")
        rows.append(QuizAnswer(attempt=attempt, question=key, response=cleaned, saved_at=moment))
    QuizAnswer.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["attempt", "question"],
        update_fields=["response", "saved_at"],
    )
