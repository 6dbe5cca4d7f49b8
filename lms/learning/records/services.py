"""Keeping what exercises say. The actor, the time and the activity are the server's; the rest is foreign and judged."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from courses.api import ReleaseLesson
from courses.h5p.api import (
    State,
    activity_iri,
    is_whole,
    language_of,
    save_state,
    statement,
    title,
    titles,
    verb_of,
)
from lms.accounts.api import User
from lms.learning.enrolment.models import Enrolment
from lms.learning.records.models import H5PState, Statement
from lms.learning.records.outgoing import tell_statement
from lms.learning.study.services import grant_block
from lms.lib import json_in
from lms.lib.clock import now
from lms.lib.errors import Invalid, NotFound, Refusal, TooMany
from lms.lib.ids import uuid7

# An exercise is over when its whole says so; what its parts say is kept, and grants nothing.
ENDING = frozenset(("answered", "completed", "passed", "failed", "mastered"))
MAX_BYTES = 64 * 1024
# A person repeating one exercise honestly stays far below; a runaway script does not fill the table.
MAX_PER_BLOCK = 2000


def h5p_block(lesson: ReleaseLesson, block: str) -> dict[str, Any]:
    for item in lesson.blocks:
        if item["id"] == block and item["type"] == "h5p":
            return dict(item)
    raise NotFound(_("这一课里没有这个互动练习。"))


def read_json(body: bytes) -> dict[str, Any]:
    """A JSON object out of a request's body. Raises Refusal (413) or Invalid."""
    if len(body) > MAX_BYTES * 5:
        raise Refusal(_("内容太大，没有保存。"), code="too_large", status=413)
    return json_in.read_object(body, _("内容不是有效的 JSON，没有保存。"))


@transaction.atomic
def keep_statement(
    user: User,
    enrolment: Enrolment,
    lesson: ReleaseLesson,
    block: str,
    event: Any,
    *,
    statement_id: UUID | None = None,
) -> Statement | None:
    """Keep an exercise's statement; the same id again is the same statement. None for verbs that tell nothing.

    Its end, said of the whole exercise, meets the block. Raises NotFound, Invalid, TooMany.
    """
    item = h5p_block(lesson, block)
    if verb_of(event) is None:
        return None
    mine = Statement.objects.filter(enrolment=enrolment, lesson=lesson, block=block)
    if statement_id is not None:
        found = Statement.objects.filter(person=user, statement_id=statement_id).first()
        if found is not None:
            return found
    if mine.count() >= MAX_PER_BLOCK:
        raise TooMany(_("这个练习的记录已经太多，不再保存。"), code="too_many_statements")
    content = UUID(item["value"]["content"])
    key = statement_id or uuid7()
    moment = now()
    try:
        raw = statement(
            event,
            statement_id=key,
            account_home=settings.PUBLIC_URL,
            account_name=str(user.uuid),
            activity=activity_iri(content),
            title=item["value"].get("title") or title(content),
            titles=titles(content, item["value"].get("title") or ""),
            words=language_of(content),
            language=get_language() or settings.LANGUAGE_CODE,
            at=moment,
            registration=enrolment.uuid,
            parents=(
                f"{settings.PUBLIC_URL}/lesson/{lesson.uuid}",
                f"{settings.PUBLIC_URL}/release/{enrolment.release.uuid}",
            ),
        )
    except ValueError:
        raise Invalid(_("这条练习记录的格式不对，没有保存。"), code="bad_statement") from None
    result = raw.get("result", {})
    scaled = result.get("score", {}).get("scaled")
    row = Statement.objects.create(
        person=user,
        enrolment=enrolment,
        lesson=lesson,
        block=block,
        content=content,
        statement_id=key,
        verb=verb_of(event) or "",
        whole=is_whole(event),
        score_scaled=None if scaled is None else int(scaled * 10_000),
        success=result.get("success"),
        stored_at=moment,
        raw=raw,
    )
    tell_statement(row)
    if row.whole and row.verb in ENDING:
        grant_block(enrolment, lesson, block, source="h5p", evidence=row.uuid)
    return row


def keep_state(user: User, lesson: ReleaseLesson, block: str, raw: Any) -> State:
    """Keep where someone is in an exercise, judged by courses.h5p. Raises NotFound, Invalid."""
    item = h5p_block(lesson, block)
    return save_state(user.uuid, UUID(item["value"]["content"]), raw)


class StateStore:
    """Where courses.h5p finds people's states (it knows no learners)."""

    def load(self, person: UUID, content: UUID) -> State:
        found = (
            H5PState.objects.filter(person__uuid=person, content=content)
            .values_list("state", flat=True)
            .first()
        )
        return found or {}

    def save(self, person: UUID, content: UUID, state: State) -> None:
        owner = User.objects.get(uuid=person)
        H5PState.objects.update_or_create(
            person=owner, content=content, defaults={"state": state, "updated_at": now()}
        )
