"""Opening a tool: the first step of OpenID Connect's login that a third party begins, and the signed message at its end.

Owns: launches, each for one person, a few minutes and one token (LTI Core 1.3; Security Framework 1.0, 5.1.1). Refuses, in
words and in the log: a tool that is off or another organisation's, an address it did not register, a person who is not the
one that began, a launch or a nonce used before, a place the person is not enrolled in. Where the address is not the
tool's, nobody is sent anywhere.
"""

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from courses.api import ReleaseLesson
from lms.accounts.api import Organisation, User
from lms.learning.enrolment.models import Enrolment
from lms.learning.lti import keys, once
from lms.learning.lti.platform import people, rules
from lms.learning.lti.platform.models import LtiLaunch, LtiLineItem, LtiLink, LtiSubject, LtiTool, Scope
from lms.learning.lti.platform.services import absolute
from lms.lib.clock import now
from lms.lib.crypto import lookup_hash
from lms.lib.errors import NotFound, Refusal

logger = logging.getLogger(__name__)
GOOD_FOR = timedelta(minutes=10)
LONGEST = 500


@dataclass(frozen=True)
class Post:
    """What a browser is to send: a form to an address."""

    address: str
    fields: dict[str, str]


class Refused(Refusal):
    """A launch that does not happen."""

    status = 403
    default_code = "lti_refused"


def refuse(code: str, sentence: str, *, client: str = "", status: int = 403) -> Refused:
    """Logged where it is made, so that no door forgets it."""
    logger.warning("LTI refused: %s client=%s", code, client[:60])
    return Refused(sentence, code=code, status=status)


def place_of(enrolment: Enrolment, lesson: ReleaseLesson, block: str) -> tuple[LtiTool, dict[str, Any]]:
    """The tool of a block in somebody's own course, and the block's value. Raises NotFound, Refused (off)."""
    found = next((item for item in lesson.blocks if item["id"] == block and item["type"] == "lti"), None)
    if found is None:
        raise NotFound
    tool = (
        LtiTool.objects.filter(uuid=UUID(found["value"]["tool"]), organisation=enrolment.release.provider)
        .select_related("organisation")
        .first()
    )
    if tool is None:
        raise refuse("no_tool", _("这个外部工具已不在本机构登记。请联系开课单位。"), status=404)
    require_on(tool)
    return tool, found["value"]


def require_on(tool: LtiTool) -> None:
    if tool.state != LtiTool.State.ON or tool.organisation.status != Organisation.Status.ACTIVE:
        raise refuse(
            "tool_off",
            _("外部工具“%(name)s”已停用，现在打不开。请联系开课单位。") % {"name": tool.name},
            client=tool.client_id,
        )


@transaction.atomic
def begin(user: User, enrolment: Enrolment, lesson: ReleaseLesson, block: str) -> Post:
    """The first step for a learner: what the browser sends to the tool's login. Raises NotFound, Refused."""
    tool, value = place_of(enrolment, lesson, block)
    link, made = LtiLink.objects.get_or_create(
        tool=tool, course_id=enrolment.course_id, block=block, defaults={"made_at": now()}
    )
    if made:
        _column(link, value)
    content = {
        "enrolment": str(enrolment.uuid),
        "lesson": str(lesson.uuid),
        "title": value["title"],
        "url": value["url"] or tool.target_url,
        "custom": rules.custom(value.get("custom")),
    }
    return _begin(tool, user, LtiLaunch.Kind.RESOURCE, content, link=link)


def begin_choosing(user: User, tool: LtiTool, lesson_id: int, content: dict[str, Any]) -> Post:
    """The first step for who writes a lesson (the caller has asked whether they may): the tool is asked what it offers."""
    require_on(tool)
    if not tool.deep_link_url:
        raise refuse("no_deep_linking", _("这个工具没有登记深层链接。"), client=tool.client_id, status=422)
    asked = {**content, "url": tool.deep_link_url}
    return _begin(tool, user, LtiLaunch.Kind.DEEP_LINKING, asked, lesson_id=lesson_id)


def _begin(tool: LtiTool, user: User, kind: LtiLaunch.Kind, content: dict[str, Any], **where: Any) -> Post:
    hint = secrets.token_urlsafe(24)
    moment = now()
    launch = LtiLaunch.objects.create(
        hint=lookup_hash(hint, "lti.hint"),
        kind=kind,
        tool=tool,
        person=user,
        content=content,
        made_at=moment,
        expires_at=moment + GOOD_FOR,
        **where,
    )
    fields = {
        "iss": settings.PUBLIC_URL,
        "login_hint": hint,
        "target_link_uri": content["url"],
        "lti_message_hint": str(launch.uuid),
        "client_id": tool.client_id,
        "lti_deployment_id": tool.deployment_id,
    }
    return Post(tool.login_url, fields)


def _column(link: LtiLink, value: Mapping[str, Any]) -> None:
    """The column of scores that the tool asked for when it was linked."""
    column = rules.column(value.get("column"))
    if column is None:
        return
    LtiLineItem.objects.get_or_create(
        of_link=link,
        defaults={
            "tool": link.tool,
            "course_id": link.course_id,
            "link": link,
            "made_at": now(),
            **column,
            "label": column["label"] or value["title"],
        },
    )


# --- the second step ---------------------------------------------------------------------------------------


@transaction.atomic
def authorize(user: User | AnonymousUser, asked: Mapping[str, str]) -> Post:
    """The tool asks who opened it: the signed message, to be posted to the address it registered. Raises Refused."""
    tool = _asker(asked)
    client = tool.client_id
    _require_request(asked, client)
    if not isinstance(user, User):
        raise refuse("login_required", _("请先登录，再从课程里打开这个工具。"), client=client, status=401)
    launch = _launch(asked, tool, user)
    nonce = asked["nonce"]
    if not once.use("nonce", client, nonce, until=now() + timedelta(days=1)):
        raise refuse("nonce_used", _("这次打开的请求已经用过。请回到课程里重新打开。"), client=client)
    subject = people.subject_of(tool, user)
    claims = _resource(launch, subject, user) if launch.link else _choosing(launch)
    fields = {"id_token": keys.sign(_signed(tool, subject.sub, nonce) | claims)}
    if asked.get("state"):
        fields["state"] = asked["state"]
    return Post(asked["redirect_uri"], fields)


def _asker(asked: Mapping[str, str]) -> LtiTool:
    client = asked.get("client_id", "")
    tool = LtiTool.objects.filter(client_id=client[:40]).select_related("organisation").first()
    if tool is None:
        raise refuse("unknown_client", _("没有登记过这个工具。"), client=client, status=400)
    # Compared letter by letter: no prefix, no other port, no other query.
    if asked.get("redirect_uri") not in tool.redirect_uris:
        raise refuse("bad_redirect", _("工具要回跳的地址没有登记过。"), client=client, status=400)
    require_on(tool)
    return tool


def _require_request(asked: Mapping[str, str], client: str) -> None:
    """OpenID Connect's parameters as LTI narrows them (Security Framework 1.0, 5.1.1.2)."""
    wanted = {"response_type": "id_token", "response_mode": "form_post", "prompt": "none"}
    right = all(asked.get(name) == value for name, value in wanted.items())
    right = right and "openid" in asked.get("scope", "").split()
    right = (
        right and 0 < len(asked.get("nonce", "")) <= LONGEST and len(asked.get("state", "")) <= 4 * LONGEST
    )
    if not right:
        raise refuse(
            "bad_request",
            _("工具的登录请求缺少参数，或参数不对。请联系开课单位。"),
            client=client,
            status=400,
        )


def _launch(asked: Mapping[str, str], tool: LtiTool, user: User) -> LtiLaunch:
    hint = lookup_hash(asked.get("login_hint", "")[:LONGEST], "lti.hint")
    found = LtiLaunch.objects.filter(hint=hint, tool=tool).select_related("link").first()
    if found is None or str(found.uuid) != asked.get("lti_message_hint"):
        raise refuse(
            "unknown_launch", _("没有找到这次打开的记录。请回到课程里重新打开。"), client=tool.client_id
        )
    if found.person_id != user.pk:
        raise refuse(
            "other_person", _("这次打开属于另一个账号。请回到课程里重新打开。"), client=tool.client_id
        )
    taken = LtiLaunch.objects.filter(pk=found.pk, used_at__isnull=True, expires_at__gt=now())
    # One of two that come at once.
    if not taken.update(used_at=now()):
        raise refuse(
            "launch_over", _("这次打开已经用过或过期了。请回到课程里重新打开。"), client=tool.client_id
        )
    if found.link is not None and not _enrolled(found, user):
        raise refuse("not_enrolled", _("你没有报名这门课程。"), client=tool.client_id)
    return found


def _enrolled(launch: LtiLaunch, user: User) -> bool:
    course = launch.link.course_id if launch.link else None
    return Enrolment.objects.filter(person=user, course=course).exists()


def _signed(tool: LtiTool, sub: str, nonce: str) -> dict[str, Any]:
    moment = int(now().timestamp())
    return {
        "iss": settings.PUBLIC_URL,
        "aud": tool.client_id,
        "azp": tool.client_id,
        "sub": sub,
        "nonce": nonce,
        "iat": moment,
        "exp": moment + rules.TOKEN_S,
        "locale": get_language() or settings.LANGUAGE_CODE,
        rules.CLAIM + "tool_platform": {
            "guid": settings.PUBLIC_URL,
            "name": str(_("融通")),
            "product_family_code": "rongtong",
        },
    }


def _context(course: Any) -> dict[str, Any]:
    return {
        "id": str(course.uuid),
        "label": course.code,
        "title": course.title,
        "type": [rules.COURSE],
    }


def _resource(launch: LtiLaunch, subject: LtiSubject, user: User) -> dict[str, Any]:
    link, content = launch.link, launch.content
    assert link is not None
    tool = launch.tool
    claims = rules.message(
        "LtiResourceLinkRequest",
        deployment=tool.deployment_id,
        target=content["url"],
        roles=[rules.LEARNER],
    )
    claims[rules.CLAIM + "resource_link"] = {"id": str(link.uuid), "title": content["title"]}
    claims[rules.CLAIM + "context"] = _context(link.course)
    claims[rules.CLAIM + "launch_presentation"] = {
        "document_target": "window",
        "return_url": absolute("back", content["enrolment"], content["lesson"]),
    }
    name = people.name_for(tool, subject, user)
    if name:
        claims["name"] = name
    if content["custom"]:
        known = _variables(claims, subject, name)
        claims[rules.CLAIM + "custom"] = rules.substituted(content["custom"], known)
    return claims | services_for(tool, link)


def _variables(claims: Mapping[str, Any], subject: LtiSubject, name: str) -> dict[str, str]:
    """What custom parameters may name as a variable: what the message says anyhow, so that nothing personal is told by it
    that is not told without it.
    """
    context, link = claims[rules.CLAIM + "context"], claims[rules.CLAIM + "resource_link"]
    shown = claims[rules.CLAIM + "launch_presentation"]
    known = {
        "User.id": subject.sub,
        "Context.id": context["id"],
        "Context.label": context["label"],
        "Context.title": context["title"],
        "ResourceLink.id": link["id"],
        "ResourceLink.title": link["title"],
        "Membership.role": rules.LEARNER,
        "Message.documentTarget": shown["document_target"],
        "Message.locale": get_language() or settings.LANGUAGE_CODE,
        "Message.returnUrl": shown["return_url"],
        "ToolPlatform.productFamilyCode": "rongtong",
        "ToolPlatformInstance.guid": settings.PUBLIC_URL,
    }
    return known | {"Person.name.full": name} if name else known


def services_for(tool: LtiTool, link: LtiLink) -> dict[str, Any]:
    """Where the tool finds our services, as far as it has scopes for them."""
    found: dict[str, Any] = {}
    scopes = [scope for scope in tool.scopes if scope != Scope.MEMBERS]
    if scopes:
        endpoint = {"scope": scopes, "lineitems": absolute("line_items", link.course.uuid)}
        own = list(LtiLineItem.objects.filter(link=link, removed_at__isnull=True)[:2])
        if len(own) == 1:
            endpoint["lineitem"] = absolute("line_item", link.course.uuid, own[0].uuid)
        found[rules.AGS_CLAIM] = endpoint
    if Scope.MEMBERS in tool.scopes:
        found[rules.NRPS_CLAIM] = {
            "context_memberships_url": absolute("members", link.course.uuid),
            "service_versions": ["2.0"],
        }
    return found


def _choosing(launch: LtiLaunch) -> dict[str, Any]:
    content = launch.content
    claims = rules.message(
        "LtiDeepLinkingRequest",
        deployment=launch.tool.deployment_id,
        target=content["url"],
        roles=[rules.WRITER],
    )
    claims[rules.CLAIM + "context"] = content["context"]
    claims[rules.DL_CLAIM + "deep_linking_settings"] = {
        "deep_link_return_url": absolute("deep_linking"),
        "accept_types": ["ltiResourceLink"],
        "accept_presentation_document_targets": ["window"],
        "accept_multiple": True,
        "accept_lineitem": True,
        "auto_create": False,
        "data": str(launch.uuid),
    }
    return claims
