"""Deep linking 2.0: what a tool's author chose becomes blocks of a lesson's draft, once an editor has looked at it.

Owns: the tool's signed answer, used once, and putting its items into the draft. Refuses: answers to nothing we asked, of
another tool or deployment, expired, sent twice; items on hosts the tool did not register; lessons the editor may not
change or that are in review. The answer comes from a foreign page, where nobody is known: it only lies ready; the editor's
own page takes it in.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import jwt
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from courses.api import CoursePage, add_to_draft, lesson_to_edit
from lms.accounts.api import User, actor
from lms.learning.lti import once
from lms.learning.lti.jwks import Forged, checked
from lms.learning.lti.platform import rules
from lms.learning.lti.platform.launching import Post, begin_choosing, refuse, require_on
from lms.learning.lti.platform.models import LtiLaunch, LtiTool
from lms.lib.audit.services import record
from lms.lib.clock import now
from lms.lib.errors import Conflict, Invalid, NotFound

# How long an editor may take to choose, and then to take in what was chosen.
ANSWER_WITHIN = timedelta(hours=2)


def tools_for(course: CoursePage) -> list[LtiTool]:
    """The tools that lessons of the course may open."""
    rows = LtiTool.objects.filter(organisation=course.provider_id, state=LtiTool.State.ON)
    return list(rows.order_by("name", "id"))


def ask(user: User, lesson_id: int, tool: UUID) -> Post:
    """The tool is asked what it offers for a lesson. Raises NotFound, NotAllowed, Conflict (in review), Refused."""
    lesson, course = lesson_to_edit(user, lesson_id)
    found = (
        LtiTool.objects.filter(uuid=tool, organisation=course.provider_id)
        .select_related("organisation")
        .first()
    )
    if found is None:
        raise NotFound
    context = {"id": str(course.uuid), "label": course.code, "title": course.title, "type": [rules.COURSE]}
    return begin_choosing(user, found, lesson.pk, {"context": context, "course": str(course.uuid)})


@transaction.atomic
def answered(token: str) -> LtiLaunch:
    """The tool's answer (Deep Linking 2.0, 3.2). Raises Refused, Invalid."""
    launch = _asked(token)
    tool = launch.tool
    client = tool.client_id
    try:
        claims = checked(
            token,
            issuer=client,
            audience=[settings.PUBLIC_URL],
            address=tool.jwks_url,
            own=tool.public_keys,
            azp=settings.PUBLIC_URL,
        )
    except Forged as error:
        raise refuse(f"forged: {error}", _("工具的答复没有通过验证。"), client=client) from error
    nonce = claims.get("nonce")
    right = (
        claims.get(rules.CLAIM + "message_type") == "LtiDeepLinkingResponse"
        and claims.get(rules.CLAIM + "version") == rules.VERSION
        and claims.get(rules.CLAIM + "deployment_id") == tool.deployment_id
        and isinstance(nonce, str)
        and 0 < len(nonce) <= 500
    )
    if not right:
        raise refuse("bad_answer", _("工具的答复缺少内容，或不是给这次请求的。"), client=client, status=400)
    if not once.use("deep", client, str(nonce), until=now() + timedelta(days=1)):
        raise refuse("nonce_used", _("工具的这份答复已经收过了。"), client=client)
    hosts = {rules.origin(url) for url in (*tool.redirect_uris, tool.target_url)}
    items, left = rules.content_items(claims.get(rules.DL_CLAIM + "content_items"), hosts, tool.target_url)
    open_ones = LtiLaunch.objects.filter(
        pk=launch.pk, used_at__isnull=False, answered_at__isnull=True, made_at__gt=now() - ANSWER_WITHIN
    )
    if not open_ones.update(answered_at=now(), items=items, content={**launch.content, "left": left}):
        raise refuse("answered", _("这次选择已经答复过，或时间太久了。请从课时重新开始。"), client=client)
    launch.refresh_from_db()
    return launch


def _asked(token: str) -> LtiLaunch:
    """Whom an answer says it answers; believed only for finding the key it has to be signed with."""
    try:
        said: Mapping[str, Any] = jwt.decode(token[: 64 * 1024], options={"verify_signature": False})
        uuid = UUID(str(said.get(rules.DL_CLAIM + "data")))
    except (jwt.InvalidTokenError, ValueError):
        raise refuse("unknown_answer", _("工具的答复不是给任何一次请求的。"), status=400) from None
    found = (
        LtiLaunch.objects.filter(uuid=uuid, kind=LtiLaunch.Kind.DEEP_LINKING)
        .select_related("tool__organisation")
        .first()
    )
    if found is None:
        raise refuse("unknown_answer", _("工具的答复不是给任何一次请求的。"), status=400)
    require_on(found.tool)
    return found


def ready(user: User, uuid: UUID) -> LtiLaunch:
    """What lies ready for its editor. Raises NotFound for anybody else's."""
    rows = LtiLaunch.objects.filter(uuid=uuid, person=user, answered_at__isnull=False)
    found = rows.select_related("tool", "lesson").first()
    if found is None or found.lesson_id is None:
        raise NotFound
    return found


@transaction.atomic
def take(user: User, uuid: UUID) -> int:
    """Put the items into the lesson's draft; how many. Raises NotFound, NotAllowed, Conflict (taken, in review), Invalid."""
    launch = ready(user, uuid)
    assert launch.lesson_id is not None
    lesson, course = lesson_to_edit(user, launch.lesson_id)
    if launch.tool.organisation_id != course.provider_id:
        raise NotFound
    if not launch.items:
        raise Invalid(_("工具没有选任何内容。"), code="no_items")
    if not LtiLaunch.objects.filter(pk=launch.pk, taken_at__isnull=True).update(taken_at=now()):
        raise Conflict(_("这些内容已经放进课时了。"), code="taken")
    add_to_draft(user, lesson, [("lti", _block(launch.tool, item)) for item in launch.items])
    _told(user, launch.tool, course, lesson, len(launch.items))
    return len(launch.items)


@transaction.atomic
def add_plain(user: User, lesson_id: int, tool: UUID, *, title: str) -> None:
    """A block that opens the tool as it stands, for tools that offer no choice. Raises as `take`."""
    lesson, course = lesson_to_edit(user, lesson_id)
    found = (
        LtiTool.objects.filter(uuid=tool, organisation=course.provider_id)
        .select_related("organisation")
        .first()
    )
    if found is None:
        raise NotFound
    require_on(found)
    item = {"title": rules.text(title, 200) or found.name, "url": found.target_url, "custom": {}}
    add_to_draft(user, lesson, [("lti", _block(found, item))])
    _told(user, found, course, lesson, 1)


def _told(user: User, tool: LtiTool, course: CoursePage, lesson: Any, count: int) -> None:
    record(
        actor(user, "editor", course.provider),
        action="lti.items.take",
        target_type="learning.LtiTool",
        target=tool.uuid,
        data={"course": str(course.uuid), "lesson": lesson.key, "count": count},
    )


def _block(tool: LtiTool, item: Mapping[str, Any]) -> dict[str, Any]:
    details: dict[str, Any] = {"custom": item["custom"]} if item["custom"] else {}
    if item.get("score_max"):
        details["column"] = {
            "maximum": item["score_max"],
            "label": item.get("label") or item["title"],
            "resource_id": item.get("resource_id", ""),
            "tag": item.get("tag", ""),
        }
    return {
        "tool": str(tool.uuid),
        "title": item["title"],
        "url": item["url"],
        "details": json.dumps(details, ensure_ascii=False) if details else "",
    }
