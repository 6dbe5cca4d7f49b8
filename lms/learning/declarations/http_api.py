"""/api/v1/learning/declarations: claims of outside study, with the same services behind them as the pages."""

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, File, Form, Query, Router, Schema, Status
from ninja.files import UploadedFile

from lms.accounts.api import User
from lms.learning.declarations import decisions, queries, services, steps
from lms.learning.declarations.models import HoursDeclaration
from lms.lib.clock import today
from lms.lib.errors import NotAllowed
from lms.lib.pages import paginate

router = Router()


class DeclarationIn(Schema):
    """Units and hours in hundredths; centihours left out: as the rule gives."""

    activity: str
    grade: str = ""
    category: str
    title: str
    organiser: str
    starts_on: date
    ends_on: date
    centiunits: int = 100
    centihours: int | None = None
    identifier: str = ""
    about: str = ""
    employer: UUID
    department: UUID


class ClaimTextIn(Schema):
    text: str = Field("", max_length=steps.LONGEST_REASON)


class VerdictIn(Schema):
    verdict: str = Field(pattern="^(accept|ask|refuse)$")
    reason: str = ""
    centihours: int | None = None


def _user(request: HttpRequest) -> User:
    user = request.user
    # The API's authentication lets nobody else through.
    assert isinstance(user, User)
    return user


def shown(row: HoursDeclaration) -> dict[str, Any]:
    return {
        "uuid": row.uuid,
        "activity": row.activity,
        "grade": row.grade,
        "category": row.category,
        "title": row.title,
        "organiser": row.organiser,
        "starts_on": row.starts_on,
        "ends_on": row.ends_on,
        "year": row.year,
        "centiunits": row.centiunits,
        "declared_centihours": row.declared_centihours,
        "ruled_centihours": row.ruled_centihours,
        "accepted_centihours": row.accepted_centihours,
        "counted_centihours": row.counted_centihours,
        "state": row.state,
        "due_on": row.due_on,
        "rule": {"code": row.rule.code, "version": row.rule.version, "source": row.rule.source}
        if row.rule
        else None,
        "explanation": queries.explanation(row),
        "next": queries.next_sentence(row),
    }


def _full(row: HoursDeclaration) -> dict[str, Any]:
    return shown(row) | {
        "steps": [
            {
                "act": step.act,
                "role": step.role,
                "body": step.body.name if step.body else "",
                "at": step.at,
                "reason": step.reason,
                "state": step.state,
                "due_on": step.due_on,
                "centihours": step.centihours,
            }
            for step in queries.steps_of(row)
        ],
        "files": [{"uuid": file.uuid, "name": file.name} for file in row.files.order_by("id")],
    }


@router.get("", summary="My claims, newest first, paged")
def declarations(request: HttpRequest, page: int = Query(1, ge=1)) -> list[dict[str, Any]]:
    return [shown(row) for row in paginate(request, queries.own_all(_user(request)))]


@router.post("", response={201: dict[str, Any]}, summary="Declare outside study (multipart, with files)")
def declare(
    request: HttpRequest,
    said: Form[DeclarationIn],
    evidence: list[UploadedFile] = File(default=[]),  # noqa: B008
) -> Status[dict[str, Any]]:
    user = _user(request)
    made = services.declare(user, services.Declared(**said.dict()), evidence)
    return Status(201, _full(queries.own(user, made.uuid)))


@router.get("/rules", summary="What activities give today; what is not there is not set")
def rules(request: HttpRequest) -> list[dict[str, Any]]:
    return [
        {
            "activity": row.activity,
            "grade": row.grade,
            "category": row.category,
            "version": row.version,
            "valid_from": row.valid_from,
            "centihours_per_unit": row.centihours_per_unit,
            "unit": row.unit_word,
            "yearly_cap_centihours": row.yearly_cap_centihours,
            "source": row.source,
        }
        for row in queries.rules_on(today())
    ]


@router.get("/review", summary="Reviewer: what waits for me, the oldest first, paged")
def review_queue(request: HttpRequest, page: int = Query(1, ge=1)) -> list[dict[str, Any]]:
    user = _user(request)
    if not queries.reviews(user):
        raise NotAllowed
    return [shown(row) for row in paginate(request, queries.queue(user, "waiting"))]


@router.get("/review/{uuid}", summary="Reviewer: one claim; the look is logged")
def review_one(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    return _full(queries.for_review(_user(request), uuid))


@router.post("/review/{uuid}", summary="Reviewer: accept, ask for a supplement, or refuse")
def review(request: HttpRequest, uuid: UUID, said: VerdictIn) -> dict[str, Any]:
    user = _user(request)
    verdict = decisions.Verdict(said.verdict, said.reason, said.centihours)
    return shown(decisions.review(user, queries.for_review(user, uuid), verdict))


@router.get("/{uuid}", summary="One of my claims with its steps")
def declaration(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    return _full(queries.own(_user(request), uuid))


@router.post("/{uuid}/withdraw", summary="Take it back before the final decision")
def withdraw(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    user = _user(request)
    return shown(services.withdraw(user, queries.own(user, uuid)))


@router.post("/{uuid}/supplement", summary="Hand in what was asked for (multipart, with files)")
def supplement(
    request: HttpRequest,
    uuid: UUID,
    said: Form[ClaimTextIn],
    evidence: list[UploadedFile] = File(default=[]),  # noqa: B008
) -> dict[str, Any]:
    user = _user(request)
    return shown(services.supplement(user, queries.own(user, uuid), text=said.text, files=evidence))


@router.post("/{uuid}/appeal", summary="Appeal against a refusal, once")
def appeal(request: HttpRequest, uuid: UUID, said: ClaimTextIn) -> dict[str, Any]:
    user = _user(request)
    return shown(services.appeal(user, queries.own(user, uuid), reason=said.text))
