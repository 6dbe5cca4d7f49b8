"""/api/v1/learning/scorm: a learner's own attempts at SCORM blocks, for a client that plays the package itself. Thin.

The package comes in as a course pack and the learner enrols, both over this API; what content says counts here as it does from
the player's page (services.py).
"""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from courses.api import ReleaseLesson
from lms.accounts.api import User
from lms.learning.assessment.queries import lesson_in
from lms.learning.enrolment.models import Enrolment
from lms.learning.enrolment.queries import own
from lms.learning.scorm import queries, services
from lms.lib import json_in
from lms.lib.pages import paginate

router = Router()
_PER_PAGE = 50
_BLOCK = "/enrolments/{enrolment}/lessons/{lesson}/{block}"


class OpenedOut(Schema):
    """items: of each item what its data model begins with; shared: what the items have in common; current: the item gone on
    with, "" for none.
    """

    session: UUID
    attempt: int
    items: dict[str, Any]
    shared: str
    current: str


class CommitIn(Schema):
    """Everything since the session was opened, each time: items is {item: {"cmi": …, "terminated": bool}}. seq: grows; a
    number that is not higher than the last changes nothing.
    """

    session: UUID
    seq: int = Field(gt=0, lt=2**53)
    items: dict[str, Any]
    shared: str = ""
    current: str = Field("", max_length=300)
    root: dict[str, Any] | None = None


class CommittedOut(Schema):
    """granted: the block is met; counted_ms: the lesson's counted study time, which no claim of content moves."""

    seq: int
    granted: bool
    percent: int
    counted_ms: int


class ScormAttemptOut(Schema):
    """As the content claims. score: hundredths of a percent."""

    number: int
    kind: str
    opened_at: Any
    heard_at: Any
    ended: bool
    completion: str
    success: str
    score: int | None
    claimed_ms: int
    sessions: int


class ScormAttemptsOut(Schema):
    items: list[ScormAttemptOut]
    total: int
    pages: int


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _place(request: HttpRequest, enrolment: UUID, lesson: UUID) -> tuple[User, Enrolment, ReleaseLesson]:
    user = _user(request)
    item = own(user, enrolment)
    return user, item, lesson_in(item, lesson)


@router.post(f"{_BLOCK}/open", response=OpenedOut)
def open_attempt(request: HttpRequest, enrolment: UUID, lesson: UUID, block: str) -> dict[str, Any]:
    """Begin an attempt, or go on with the one that was left."""
    with services.logged(_user(request), enrolment):
        return services.open_attempt(*_place(request, enrolment, lesson), block)


@router.post(f"{_BLOCK}/commit", response=CommittedOut)
def commit(request: HttpRequest, enrolment: UUID, lesson: UUID, block: str, data: CommitIn) -> dict[str, Any]:
    """Hand in what the content said; at most 1 MiB."""
    with services.logged(_user(request), enrolment):
        # Read once more as the page's own door does, with its bounds.
        said = services.read_body(json_in.body_of(request))
        return services.keep_commit(*_place(request, enrolment, lesson), block, said)


@router.get(f"{_BLOCK}/attempts", response=ScormAttemptsOut)
def attempts(
    request: HttpRequest, enrolment: UUID, lesson: UUID, block: str, page: Query[int] = 1
) -> dict[str, Any]:
    """One's attempts at the block, newest first, fifty a page."""
    _learner, item, place = _place(request, enrolment, lesson)
    services.block_of(place, block)
    found = paginate(request, queries.attempts_at(item, place, block), _PER_PAGE)
    items = [
        {
            "number": row.number,
            "kind": row.kind,
            "opened_at": row.opened_at,
            "heard_at": row.heard_at,
            "ended": row.ended,
            "completion": row.completion,
            "success": row.success,
            "score": row.score_scaled,
            "claimed_ms": row.claimed_ms,
            "sessions": row.times_opened,
        }
        for row in found
    ]
    return {"items": items, "total": found.paginator.count, "pages": found.paginator.num_pages}
