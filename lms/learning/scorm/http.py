"""Where the player opens a SCORM attempt and hands in what it says (its CSRF token is in the header). Thin."""

from typing import Any
from uuid import UUID

from django.views.decorators.http import require_POST

from lms.learning.assessment.queries import lesson_in
from lms.learning.enrolment.queries import own
from lms.learning.scorm import services
from lms.learning.signed_in import Asked, signed_in_json
from lms.lib import json_in


@require_POST
@signed_in_json
def open_(request: Asked, enrolment: UUID, lesson: UUID, block: str) -> dict[str, Any]:
    with services.logged(request.user, enrolment):
        item = own(request.user, enrolment)
        return services.open_attempt(request.user, item, lesson_in(item, lesson), block)


@require_POST
@signed_in_json
def commit(request: Asked, enrolment: UUID, lesson: UUID, block: str) -> dict[str, Any]:
    """{"session", "seq", "items", …} → kept; the answer says which number stands and whether the block is met now."""
    with services.logged(request.user, enrolment):
        item = own(request.user, enrolment)
        data = services.read_body(json_in.body_of(request))
        return services.keep_commit(request.user, item, lesson_in(item, lesson), block, data)
