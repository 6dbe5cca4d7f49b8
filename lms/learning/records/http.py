"""Where the player hands in what an exercise says (its CSRF token is in the header)."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lms.accounts.api import User
from lms.learning.assessment.queries import lesson_in
from lms.learning.enrolment.queries import own
from lms.learning.records.services import keep_state, keep_statement, read_json
from lms.learning.signed_in import Asked, signed_in_json
from lms.learning.study.queries import progress_in
from lms.lib import json_in
from lms.lib.errors import Invalid


@require_POST
@signed_in_json
def state(request: Asked, enrolment: UUID, lesson: UUID, block: str) -> dict[str, Any]:
    """{"state": {…}} → kept, to be handed back when the exercise is opened again."""
    item = own(request.user, enrolment)
    keep_state(request.user, lesson_in(item, lesson), block, read_json(json_in.body_of(request)).get("state"))
    return {"saved": True}


@require_POST
@signed_in_json
def statements(request: Asked, enrolment: UUID, lesson: UUID, block: str) -> dict[str, Any]:
    """{"id": uuid, "statement": {…}} → kept once; the answer says whether the block is met now."""
    return heard(request.user, enrolment, lesson, block, read_json(json_in.body_of(request)))


def heard(user: User, enrolment: UUID, lesson: UUID, block: str, data: dict[str, Any]) -> dict[str, Any]:
    """What `statements` answers; the API's door too. Raises NotFound, Invalid, TooMany."""
    try:
        key = UUID(str(data["id"])) if data.get("id") else None
    except ValueError:
        raise Invalid(_("练习记录的编号格式不对。"), code="bad_statement") from None
    item = own(user, enrolment)
    place = lesson_in(item, lesson)
    row = keep_statement(user, item, place, block, data.get("statement"), statement_id=key)
    progress = progress_in(item, place)
    return {
        "kept": row is not None,
        "granted": bool(progress and block in progress.granted),
        "percent": progress.percent if progress else 0,
        "counted_ms": progress.counted_ms if progress else 0,
    }
