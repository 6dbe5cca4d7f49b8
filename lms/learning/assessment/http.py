"""Quizzes as plain forms; a script only saves each answer sooner.

A sign-in that ran out in the middle loses nothing: what was posted waits in the visitor's session, which Django keeps
through signing in, and is put into the attempt when its owner comes back.
"""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from lms.learning.assessment import services
from lms.learning.assessment.models import QuizAttempt
from lms.learning.assessment.queries import (
    Quiz,
    attempts,
    in_words,
    lesson_in,
    own_attempt,
    points_earned,
    quiz_in,
    quiz_of,
    shown,
)
from lms.learning.assessment.rules import PLACED, blanks, is_answered
from lms.learning.enrolment.queries import own
from lms.learning.player.queries import study_config
from lms.learning.player.words import words_of
from lms.learning.signed_in import Asked, signed_in, signed_in_json
from lms.lib import json_in
from lms.lib.errors import Invalid, Refusal

DRAFTS = "quiz_drafts"
MAX_DRAFT = 64 * 1024
# In the address after handing in with questions left open.
ASKED = "unanswered"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def quiz(request: Asked, enrolment: UUID, lesson: UUID, block: str) -> HttpResponse:
    """What the quiz asks for and how earlier attempts went; POST begins an attempt or goes on with the open one."""
    item = own(request.user, enrolment)
    place = lesson_in(item, lesson)
    found = quiz_in(place, block)
    if request.method == "POST":
        row = services.begin(request.user, item, place, block)
        return redirect("learning:attempt", enrolment, lesson, block, row.uuid)
    mine = attempts(item, place, block)
    words = words_of(request, item)
    context = {
        "enrolment": item,
        "lesson": words.titled(place) if words else place,
        "words": words,
        "quiz": in_words(found, words),
        "open": next((row for row in mine if row.closed_at is None), None),
        "attempts": [row for row in mine if row.closed_at is not None],
        "passed": any(row.passed for row in mine),
        "points": sum(question.get("points") or 1 for question in found.questions),
    }
    return render(request, "learning/quiz.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def attempt(request: HttpRequest, enrolment: UUID, lesson: UUID, block: str, attempt: UUID) -> HttpResponse:
    """Questions and saved answers while open, result and explanations once closed. POST saves, or hands in."""
    if not request.user.is_authenticated:
        if request.method == "POST":
            _stash(request, attempt)
        return redirect(f"{reverse('account_login')}?next={request.path}")
    return _attempt(request, enrolment=enrolment, lesson=lesson, block=block, attempt=attempt)


@signed_in
def _attempt(request: Asked, enrolment: UUID, lesson: UUID, block: str, attempt: UUID) -> HttpResponse:
    row = own_attempt(request.user, attempt)
    found = quiz_of(row)
    if request.method == "POST":
        try:
            return _taken(request, row, found)
        except Refusal as refusal:
            messages.error(request, str(refusal.message))
            return render(
                request, "learning/attempt.html", _context(request, row, found), status=refusal.status
            )
    _unstash(request, row, found)
    return render(request, "learning/attempt.html", _context(request, row, found))


def _taken(request: Asked, row: QuizAttempt, found: Quiz) -> HttpResponse:
    given = from_form(request.POST, found)
    action = request.POST.get("action")
    if action == "submit" and row.closed_at is None and _unanswered(shown(row, found), given):
        # Asked once: handing in closes the attempt and shows the right answers.
        services.save_answers(request.user, row, given)
        return redirect(f"{request.path}?{ASKED}=1#quiz-gaps")
    if action in ("submit", "submit-anyway"):
        services.submit(request.user, row, given)
    else:
        services.save_answers(request.user, row, given)
        messages.success(request, _("答案已保存，可以稍后接着做。"))
    return redirect(request.path)


def _unanswered(questions: list[dict[str, Any]], given: dict[str, list[str]]) -> list[int]:
    """The numbers of the questions without an answer, in the form or kept before."""
    return [
        item["number"]
        for item in questions
        if not (is_answered(given[item["id"]]) if item["id"] in given else item["answered"])
    ]


def _context(request: Asked, row: QuizAttempt, found: Quiz) -> dict[str, Any]:
    words = words_of(request, row)
    questions = shown(row, in_words(found, words))
    return {
        "enrolment": row.enrolment,
        "lesson": words.titled(row.lesson) if words else row.lesson,
        "words": words,
        "quiz": in_words(found, words),
        "attempt": row,
        "questions": questions,
        "answered": sum(item["answered"] for item in questions),
        "right": sum(item.get("right", False) for item in questions),
        "earned": points_earned(row, found),
        "gaps": _unanswered(questions, {}) if ASKED in request.GET and row.closed_at is None else [],
        "config": study_config(request.user, row.enrolment, row.lesson),
    }


@require_POST
@signed_in_json
def answers(request: Asked, enrolment: UUID, lesson: UUID, block: str, attempt: UUID) -> dict[str, Any]:
    """{"answers": {question id: [option ids or texts, place by place where it has places]}} → saved; for the page's script."""
    sentence = _("答案的格式不对，没有保存。")
    given = json_in.object_of(request, sentence, code="bad_answer").get("answers")
    if not isinstance(given, dict) or len(given) > 200:
        raise Invalid(sentence, code="bad_answer")
    return {"saved": services.save_answers(request.user, own_attempt(request.user, attempt), given)}


def from_form(data: QueryDict, found: Quiz) -> dict[str, list[str]]:
    """The fields of the form (q-<question id>, q-<question id>-<blank or prompt>) as answers; unanswered choices are left
    out."""
    given: dict[str, list[str]] = {}
    for question in found.questions:
        key = question["id"]
        if question["kind"] in PLACED:
            names = [f"q-{key}-{number}" for number in range(1, blanks(question) + 1)]
            if any(name in data for name in names):
                given[key] = [data.get(name, "").strip() for name in names]
        elif f"shown-{key}" in data or f"q-{key}" in data:
            # The hidden "shown" field tells an unticked box from a question that was not on the page.
            given[key] = data.getlist(f"q-{key}")
    return given


def _stash(request: HttpRequest, attempt: UUID) -> None:
    kept = request.POST.copy()
    kept.pop("csrfmiddlewaretoken", None)
    draft = kept.urlencode()
    if len(draft) <= MAX_DRAFT:
        request.session[DRAFTS] = {str(attempt): draft}
        messages.info(request, _("登录已过期。刚才的答案留着，登录后接着答。"))


def _unstash(request: Asked, row: QuizAttempt, found: Quiz) -> None:
    drafts = request.session.get(DRAFTS, {})
    draft = drafts.get(str(row.uuid))
    if draft is None or request.method != "GET":
        return
    del request.session[DRAFTS]
    if row.closed_at is not None:
        return
    try:
        services.save_answers(request.user, row, from_form(QueryDict(draft), found))
    except Refusal as refusal:
        messages.error(request, str(refusal.message))
    else:
        messages.info(request, _("登录过期前填写的答案已经恢复，请检查后交卷。"))
