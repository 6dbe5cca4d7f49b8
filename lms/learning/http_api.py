"""/api/v1/learning/: the steps of learning for programs, with the same services behind them as the pages."""

from datetime import date
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language
from ninja import Field, Query, Router, Schema

from courses.api import course_by_uuid, lesson_outline
from lms.accounts.api import User, actor
from lms.learning.assessment import services as quizzes
from lms.learning.assessment.models import QuizAttempt
from lms.learning.assessment.queries import (
    lesson_in,
    own_attempt,
    points_earned,
    quiz_of,
    shown,
    statements_of,
)
from lms.learning.certificates import queries as certificates
from lms.learning.certificates.models import Certificate
from lms.learning.classes.http_api import router as classes_router
from lms.learning.classes.http_api_staff import router as class_staff_router
from lms.learning.cmi5.http_api import router as cmi5_router
from lms.learning.completion.models import Completion
from lms.learning.completion.queries import lesson_states, missing_of
from lms.learning.declarations.http_api import router as declarations_router
from lms.learning.declarations.http_api import shown as shown_declaration
from lms.learning.enrolment import queries as enrolments
from lms.learning.enrolment.services import enrol as begin_course
from lms.learning.evidence.http_api import router as evidence_router
from lms.learning.holds.http_api import router as holds_router
from lms.learning.holds.refused import refused_on
from lms.learning.hours import queries as hours
from lms.learning.hours.http import reachable
from lms.learning.hours.years import FIRST_YEAR, this_year
from lms.learning.player.queries import blocks
from lms.learning.records.http import heard
from lms.learning.records.services import StateStore, h5p_block, keep_state, read_json
from lms.learning.scorm.http_api import router as scorm_router
from lms.learning.statements.http_api import router as statements_router
from lms.learning.study import answers
from lms.learning.study.http import guess
from lms.learning.study.presence.services import answer as answer_prompt
from lms.learning.study.queries import counted_on, progress_in
from lms.learning.study.refusals import heard as report_heard
from lms.learning.study.reports import MAX_MS, session_of
from lms.learning.study.services import open_session, take_over
from lms.lib import json_in
from lms.lib.clock import today

# As many of one's courses at once; a professional of twenty years has more.
PER_PAGE = 200
# Every paper of a completion's certificate, in one query.
PAPERS = ("certificate__reissues",)
router = Router()
router.add_router("/classes/staff", class_staff_router)
router.add_router("/classes", classes_router)
router.add_router("/cmi5", cmi5_router)
router.add_router("/declarations", declarations_router)
router.add_router("/evidence", evidence_router)
router.add_router("/scorm", scorm_router)
router.add_router("/statements", statements_router)
router.add_router("/holds", holds_router)


class EnrolIn(Schema):
    course: UUID


class OpenIn(Schema):
    lesson: UUID
    device: str = Field(min_length=1, max_length=40)
    device_kind: str = Field("", pattern="^(|phone|tablet|computer)$")
    tab: str = Field("", max_length=40)
    # Not opened by a person's hand: reloaded, or renewed by the program itself.
    again: bool = False
    # The program shows presence prompts; one that does not is never asked.
    asks: bool = False


class TakeOverIn(Schema):
    session: str


class PresenceIn(Schema):
    session: str
    prompt: UUID
    # When the person answered, ms after the session's opening.
    at_ms: int = Field(ge=0, le=400 * MAX_MS)
    # When the program first heard of the prompt, likewise.
    heard_ms: int | None = Field(None, ge=0, le=400 * MAX_MS)


class AnswersIn(Schema):
    """question id → option ids, one text per blank, or one option id ("" for none yet) per prompt."""

    answers: dict[str, list[str]]


def _user(request: HttpRequest) -> User:
    user = request.user
    # The API's authentication lets nobody else through.
    assert isinstance(user, User)
    return user


def _page(rows: QuerySet[Any], page: int) -> QuerySet[Any]:
    """The rows of a page, from 1; none behind the last, by which a program knows that it has them all."""
    return rows[(page - 1) * PER_PAGE : page * PER_PAGE]


def _enrolment(found: enrolments.CourseProgress) -> dict[str, Any]:
    item = found.enrolment
    return {
        "uuid": item.uuid,
        "course": item.course.uuid,
        "release": {"uuid": item.release.uuid, "number": item.release.number, "title": item.release.title},
        "state": item.state,
        "started_at": item.started_at,
        "percent": found.percent,
        "counted_ms": found.counted_ms,
        "lessons": found.lessons,
        "lessons_met": found.lessons_met,
    }


@router.get("/enrolments", summary="My enrolments, newest first, paged")
def list_enrolments(request: HttpRequest, page: int = Query(1, ge=1)) -> list[dict[str, Any]]:
    rows = enrolments.of_person(_user(request)).order_by("-studied_at", "-pk")
    return [_enrolment(found) for found in enrolments.progress_of(list(_page(rows, page)))]


@router.post("/enrolments", summary="Enrol in a course; enrolled already, the same enrolment")
def enrol(request: HttpRequest, data: EnrolIn) -> dict[str, Any]:
    user = _user(request)
    item = begin_course(user, course_by_uuid(data.course), actor(user))
    return _enrolment(enrolments.progress_of([item])[0])


@router.get("/enrolments/{uuid}", summary="One enrolment: lessons, what is missing, completion, certificate")
def enrolment(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    item = enrolments.own(_user(request), uuid)
    states = {state.key: state for state in lesson_states(item)}
    missing = missing_of(item, list(states.values()))
    rows = Completion.objects.select_related("release", "certificate").prefetch_related(
        "top_ups", "corrections", *PAPERS
    )
    completion = rows.filter(enrolment=item).first()
    return _enrolment(enrolments.progress_of([item])[0]) | {
        "rule": item.release.rule,
        "centihours": item.release.centihours,
        "outline": [
            {
                "uuid": lesson.uuid,
                "chapter": lesson.chapter_title,
                "title": lesson.title,
                "nominal_ms": lesson.nominal_ms,
                "percent": states[lesson.key].percent,
                "counted_ms": states[lesson.key].counted_ms,
                "quizzes": [
                    {"block": quiz.block, "title": quiz.title, "passed": quiz.passed}
                    for quiz in states[lesson.key].quizzes
                ],
            }
            for lesson in lesson_outline(item.release)
        ],
        "missing": {
            "lessons": missing.lessons,
            "quizzes": missing.quizzes,
            "practice": missing.practice,
        },
        "completion": _completion(completion) if completion else None,
    }


@router.get("/enrolments/{uuid}/lessons/{lesson}", summary="A lesson's blocks, without a quiz's questions")
def lesson(request: HttpRequest, uuid: UUID, lesson: UUID) -> dict[str, Any]:
    user = _user(request)
    item = enrolments.own(user, uuid)
    place = lesson_in(item, lesson)
    return {
        "uuid": place.uuid,
        "title": place.title,
        "nominal_ms": place.nominal_ms,
        "blocks": blocks(user, item, place, progress_in(item, place)),
    }


# --- study time ------------------------------------------------------------------------------------------


@router.post("/enrolments/{uuid}/sessions", summary="Open a study session on a lesson")
def open_study(request: HttpRequest, uuid: UUID, data: OpenIn) -> dict[str, Any]:
    user = _user(request)
    found = open_session(
        user,
        enrolments.own(user, uuid),
        data.lesson,
        device=data.device,
        device_kind=data.device_kind or guess(request),
        tab=data.tab,
        again=data.again,
        asks=data.asks,
    )
    return answers.opened(found, counted_on(user, today()))


@router.post(
    "/reports",
    summary="Report study time",
    description="Body: {session, seq, elapsed_ms, active_ms_total, active: [[from,to]], inactive: [[from,to,reason]], "
    "coverage: {block: [[from,to]]}, position, state: here|leaving|late}. Whole milliseconds since the session was "
    "opened; the same number with the same content changes nothing, with other content it is a conflict (409).",
)
def report(request: HttpRequest) -> dict[str, Any]:
    return answers.taken(report_heard(_user(request), json_in.body_of(request)))


@router.post("/take-over", summary="Count in this session from now on")
def take_over_here(request: HttpRequest, data: TakeOverIn) -> dict[str, Any]:
    found = take_over(_user(request), session_of(data.session))
    return {"counting": True, "elsewhere": None, "prompt": answers.prompt(found)}


@router.post(
    "/presence",
    summary="Answer a presence prompt: the person is there",
    description="Only of sessions opened with `asks`. Opening, reporting and taking over answer with `prompt`: {id, due_ms, "
    "until_ms} in ms after the session's opening, or null. Announce it, ask from due_ms on, and send the answer with its own "
    "moment (later, where there is no line). From until_ms on nothing counts until it is answered; end a report there. Heard "
    "of only after due_ms (`heard_ms`), it may be answered for as long as if it had been asked then, with nothing lost. The "
    "same answer again changes nothing.",
)
def answer_presence(request: HttpRequest, data: PresenceIn) -> dict[str, Any]:
    session = session_of(data.session)
    found = answer_prompt(_user(request), session, data.prompt, data.at_ms, data.heard_ms)
    return answers.answered(found)


# --- quizzes ---------------------------------------------------------------------------------------------


def _attempt(row: QuizAttempt) -> dict[str, Any]:
    quiz = quiz_of(row)
    return {
        "uuid": row.uuid,
        "number": row.number,
        "pass_percent": row.pass_percent,
        "closed": row.closed_at is not None,
        "points": row.points,
        # As a decimal text: a matching question may earn a part of its points, of which `points` is the whole ones.
        "points_earned": points_earned(row, quiz),
        "max_points": row.max_points,
        "percent": row.percent,
        "passed": row.passed,
        "questions": shown(row, quiz),
    }


@router.get(
    "/enrolments/{uuid}/lessons/{lesson}/h5p/{block}/state", summary="Where one is in an H5P exercise"
)
def h5p_state(request: HttpRequest, uuid: UUID, lesson: UUID, block: str) -> dict[str, Any]:
    item = h5p_block(lesson_in(enrolments.own(_user(request), uuid), lesson), block)
    return {"state": StateStore().load(_user(request).uuid, UUID(item["value"]["content"]))}


@router.post("/enrolments/{uuid}/lessons/{lesson}/h5p/{block}/state", summary="Keep where one is in it")
def keep_h5p_state(request: HttpRequest, uuid: UUID, lesson: UUID, block: str) -> dict[str, bool]:
    """{"state": {…}}, as the exercise itself writes it."""
    item = lesson_in(enrolments.own(_user(request), uuid), lesson)
    keep_state(_user(request), item, block, read_json(json_in.body_of(request)).get("state"))
    return {"saved": True}


@router.post(
    "/enrolments/{uuid}/lessons/{lesson}/h5p/{block}/statements", summary="What an exercise says (xAPI)"
)
def h5p_statement(request: HttpRequest, uuid: UUID, lesson: UUID, block: str) -> dict[str, Any]:
    """{"id": uuid, "statement": {…}}: kept once; answers whether the block is met now."""
    return heard(_user(request), uuid, lesson, block, read_json(json_in.body_of(request)))


@router.post(
    "/enrolments/{uuid}/lessons/{lesson}/quizzes/{block}", summary="Begin an attempt, or get the open one"
)
def begin_quiz(request: HttpRequest, uuid: UUID, lesson: UUID, block: str) -> dict[str, Any]:
    user = _user(request)
    item = enrolments.own(user, uuid)
    row = quizzes.begin(user, item, lesson_in(item, lesson), block)
    return _attempt(own_attempt(user, row.uuid))


@router.get("/attempts/{uuid}", summary="An attempt; right answers only once it is closed")
def attempt(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    return _attempt(own_attempt(_user(request), uuid))


@router.get("/attempts/{uuid}/statements", summary="What a closed attempt says (xAPI 1.0.3)")
def attempt_statements(request: HttpRequest, uuid: UUID) -> list[dict[str, Any]]:
    """Each answered question as one of xAPI's interactions (choice, true-false, fill-in, numeric, matching), then the whole.
    The same attempt says the same statements, under the same ids."""
    language = get_language() or settings.LANGUAGE_CODE
    return statements_of(own_attempt(_user(request), uuid), language)


@router.post("/attempts/{uuid}/answers", summary="Save answers")
def save(request: HttpRequest, uuid: UUID, data: AnswersIn) -> dict[str, int]:
    user = _user(request)
    return {"saved": quizzes.save_answers(user, own_attempt(user, uuid), data.answers)}


@router.post("/attempts/{uuid}/submit", summary="Close an attempt; closed already, its result")
def submit(request: HttpRequest, uuid: UUID, data: AnswersIn) -> dict[str, Any]:
    user = _user(request)
    row = quizzes.submit(user, own_attempt(user, uuid), data.answers)
    return _attempt(row)


# --- what came of it -------------------------------------------------------------------------------------


def _completion(item: Completion) -> dict[str, Any]:
    certificate: Certificate | None = getattr(item, "certificate", None)
    return {
        "uuid": item.uuid,
        "course": item.release.title,
        "kind": item.kind,
        "centihours": item.centihours,
        "counted_ms": item.counted_ms,
        "completed_at": item.completed_at,
        # What was studied after completion; centihours and counted_ms above are those of the day, as on the certificate.
        "total_centihours": item.total_centihours,
        "top_ups": [
            {
                "number": row.number,
                "counted_ms": row.counted_ms,
                "centihours": row.centihours,
                "day": row.day,
                "at": row.at,
                "plan": row.plan,
            }
            for row in item.top_ups.all()
        ],
        "rule": item.rule,
        "explanation": hours.explanation(item),
        "certificate": _certificate(certificates.paper_in_force(certificate)) if certificate else None,
    }


def _certificate(item: certificates.Paper) -> dict[str, Any]:
    """A paper of a certificate; replaces: the number of the one before, whose holder's name was corrected."""
    code, url = certificates.verify_url(item)
    return {
        "uuid": item.uuid,
        "number": item.number,
        "issuer": item.issuer,
        "issued_at": item.issued_at,
        "replaces": item.replaces,
        "replaced_by": item.replaced_by,
        "code": code,
        "verify_url": url,
        "pdf_url": reverse("certificates:pdf", args=[item.uuid]),
    }


@router.get(
    "/completions", summary="My completed courses with their hours and certificates, newest first, paged"
)
def completions(request: HttpRequest, page: int = Query(1, ge=1)) -> list[dict[str, Any]]:
    rows = Completion.objects.filter(person=_user(request)).select_related("release", "certificate")
    rows = rows.prefetch_related("top_ups", "corrections", *PAPERS)
    return [_completion(item) for item in _page(rows.order_by("-completed_at", "-pk"), page)]


@router.get("/certificates/{uuid}", summary="A certificate of mine (or of my institution's learner)")
def certificate(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    return _certificate(certificates.readable(_user(request), uuid))


@router.get("/certificates/{uuid}/pdf", summary="The certificate as PDF")
def certificate_pdf(request: HttpRequest, uuid: UUID) -> HttpResponse:
    body = certificates.pdf(certificates.readable(_user(request), uuid))
    return HttpResponse(body, content_type="application/pdf")


@router.get("/hours", summary="A year's hours: goal, streams, where they come from")
def year(request: HttpRequest, year: int = Query(0, ge=0, le=9999)) -> dict[str, Any]:
    this = this_year()
    found = hours.year(_user(request), min(max(year or this, FIRST_YEAR), this))
    goal = found["goal"]
    return {
        "year": found["year"],
        "span": found["span"].plain(),
        "goal": {
            "centihours": goal.goal_centihours,
            "specialty_centihours": found["specialty_goal"],
            "public_centihours": goal.public_centihours,
            "source": goal.source,
        }
        if goal
        else None,
        "earned": found["earned"],
        "pending_centihours": found["pending"],
        "completions": [_completion(row["completion"]) for row in found["rows"]],
        "declarations": [shown_declaration(row["declaration"]) for row in found["declared"]],
        "months": [
            {"year": item["year"], "month": item["month"], "counted_ms": item["counted_ms"]}
            for item in found["months"]
        ],
        "today_ms": found["today_ms"],
    }


@router.get("/days/{day}", summary="A day explained: every stretch, counted or not, with its reason")
def day(request: HttpRequest, day: date) -> dict[str, Any]:
    found = hours.day(_user(request), reachable(day))
    return {
        "day": found.day,
        "counted_ms": found.counted_ms,
        "stretches": [
            {
                "start": line["start"],
                "end": line["end"],
                "lesson": line["lesson"].uuid,
                "title": line["lesson"].title,
                "device": line["device_kind"],
                "wall_ms": line["wall_ms"],
                "counted_ms": line["counted_ms"],
                "reason": line["reason"],
                "text": str(line["text"]),
                "rule": line["rule"],
            }
            for line in found.lines
        ],
        "prompts": [
            {
                "asked_at": item.at,
                "answer_by": item.until,
                "lesson": item.lesson,
                "answered_at": item.answered,
                "rule": item.rule,
            }
            for item in found.prompts
        ],
        "refused": [
            {
                "reason": item.kind,
                "text": str(item.text),
                "lesson": item.lesson,
                "number": item.number,
                "active_ms": item.active_ms,
                "received_at": item.at,
                "studied_at": item.opened,
            }
            for item in refused_on(_user(request), found.day)
        ],
        "rules": [{"version": rule.version, "source": rule.source} for rule in found.rules],
    }
