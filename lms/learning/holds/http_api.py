"""/api/v1/learning/holds: what is held of one's own study, with the same services behind it as the pages."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, File, Form, Query, Router, Schema
from ninja.files import UploadedFile

from lms.accounts.api import User
from lms.learning.holds import queries, services, words
from lms.learning.holds.models import StudyHold
from lms.learning.holds.steps import LONGEST_WORD
from lms.lib.pages import paginate

router = Router()


class WordIn(Schema):
    text: str = Field("", max_length=LONGEST_WORD)


def _user(request: HttpRequest) -> User:
    user = request.user
    # The API's authentication lets nobody else through.
    assert isinstance(user, User)
    return user


def shown(row: StudyHold) -> dict[str, Any]:
    """title, what, meanwhile, next and evidence: sentences for the person; facts: the figures behind them, in ms."""
    return {
        "uuid": row.uuid,
        "enrolment": row.enrolment.uuid,
        "course": row.enrolment.release.title,
        "day": row.day,
        "reason": row.reason,
        "state": row.state,
        "due_on": row.due_on,
        "title": words.title(row),
        "what": words.what(row),
        "meanwhile": words.meanwhile(row),
        "next": words.following(row),
        "evidence": words.evidence(row),
        "facts": row.evidence,
        "rule": {"version": row.rule.version, "source": row.rule.source},
        "may_explain": queries.may_explain(row),
        "may_appeal": queries.may_appeal(row),
    }


def _full(row: StudyHold) -> dict[str, Any]:
    return shown(row) | {
        "sessions": [
            {
                "uuid": item.session.uuid,
                "opened_ms": item.session.opened_ms,
                "device_kind": item.session.device_kind,
                "lesson": item.session.lesson.title,
                "barred": item.barred,
            }
            for item in queries.sessions_of(row)
        ],
        "steps": [
            {
                "act": step.act,
                "role": step.role,
                "at": step.at,
                "state": step.state,
                "due_on": step.due_on,
                "title": words.step_title(step),
                "text": words.word(step),
            }
            for step in queries.steps_of(row)
        ],
        "files": [{"uuid": file.uuid, "name": file.name} for file in row.files.order_by("id")],
    }


@router.get("", summary="What is or was held of my study, newest first, paged")
def holds(request: HttpRequest, page: int = Query(1, ge=1)) -> list[dict[str, Any]]:
    return [shown(row) for row in paginate(request, queries.own_all(_user(request)))]


@router.get("/{uuid}", summary="One of them with its evidence and steps")
def hold(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    return _full(queries.own(_user(request), uuid))


@router.post("/{uuid}/explain", summary="Say how it was (multipart, with files)")
def explain(
    request: HttpRequest,
    uuid: UUID,
    said: Form[WordIn],
    evidence: list[UploadedFile] = File(default=[]),  # noqa: B008
) -> dict[str, Any]:
    user = _user(request)
    services.explain(user, queries.own(user, uuid), text=said.text, files=evidence)
    return _full(queries.own(user, uuid))


@router.post("/{uuid}/appeal", summary="Appeal against a decision, once (multipart, with files)")
def appeal(
    request: HttpRequest,
    uuid: UUID,
    said: Form[WordIn],
    evidence: list[UploadedFile] = File(default=[]),  # noqa: B008
) -> dict[str, Any]:
    user = _user(request)
    services.appeal(user, queries.own(user, uuid), text=said.text, files=evidence)
    return _full(queries.own(user, uuid))
