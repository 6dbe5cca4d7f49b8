"""Our courses in a college's LMS: registering it, checking its launches, linking accounts, reporting completions.

Owns: platforms, logins, arrivals, accounts, passbacks. A launch is checked twice: strictly by us (jwks.py) and as the
specification's messages by PyLTI1p3. Refuses, in words and in the log: unknown issuers, clients and deployments, a state of
another browser, states and tickets used before, forged and expired messages. A launch signs nobody in: it opens the way for
who is signed in here by our own means and said that the platform's user is them.
"""

import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import jwt
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from courses.api import CoursePage
from lms.accounts.api import Organisation, Role, User, actor, require_role
from lms.learning.enrolment.models import Enrolment
from lms.learning.enrolment.services import enrol
from lms.learning.lti import keys
from lms.learning.lti.jwks import Forged, checked, fetched
from lms.learning.lti.platform import rules
from lms.learning.lti.platform.launching import Post, refuse
from lms.learning.lti.platform.services import absolute
from lms.learning.lti.tool import messages
from lms.learning.lti.tool.models import LtiAccount, LtiArrival, LtiLogin, LtiPassback, LtiPlatform
from lms.lib.audit.services import record
from lms.lib.clock import now
from lms.lib.crypto import lookup_hash
from lms.lib.errors import Conflict, Invalid, NotFound
from lms.lib.outbox.services import emit

TARGET = "learning.LtiPlatform"
LOGIN_FOR = timedelta(minutes=10)
ARRIVAL_FOR = timedelta(minutes=30)
MOST_COURSES = 10


# --- registering --------------------------------------------------------------------------------------------


def make_platform(
    by: User,
    organisation: Organisation,
    *,
    name: str,
    issuer: str,
    client_id: str,
    login_url: str,
    token_url: str,
    jwks_url: str,
    deployments: Sequence[str],
) -> LtiPlatform:
    """An LMS of the organisation's. Raises NotAllowed, Invalid, Conflict (registered already, by whomever)."""
    who = require_role(by, Role.ADMIN, organisation=organisation)
    said = rules.text(name, 200)
    if not said or len(said) > 120:
        raise Invalid(_("请填写名称，不超过 120 个字。"), details={"field": "name"})
    client = client_id.strip()
    if not client or len(client) > 255:
        raise Invalid(_("请填写客户端编号。"), details={"field": "client_id"})
    known = [one.strip() for one in deployments if one.strip()]
    if not 1 <= len(known) <= 50 or any(len(one) > 255 for one in known):
        raise Invalid(_("请填写 1 到 50 个部署编号。"), details={"field": "deployments"})
    allowed = settings.LTI_HOSTS
    try:
        with transaction.atomic():
            row = LtiPlatform.objects.create(
                organisation=organisation,
                name=said,
                # Compared letter by letter with what a launch says.
                issuer=rules.address(issuer, allowed, "issuer"),
                client_id=client,
                login_url=rules.address(login_url, allowed, "login_url"),
                token_url=rules.address(token_url, allowed, "token_url"),
                jwks_url=rules.address(jwks_url, allowed, "jwks_url"),
                deployments=known,
                made_by=by,
                made_at=now(),
            )
            record(
                who,
                action="lti.platform.make",
                target_type=TARGET,
                target=row.uuid,
                data={"name": said, "issuer": row.issuer, "client": client},
            )
    except IntegrityError:
        raise Conflict(_("这个平台的这个客户端编号已经登记过。"), code="platform_known") from None
    return row


def switch(by: User, platform: LtiPlatform, *, on: bool, reason: str = "") -> LtiPlatform:
    """Off: nobody arrives from there and nothing is reported. Raises NotAllowed, Invalid (off without a reason)."""
    who = require_role(by, Role.ADMIN, organisation=platform.organisation)
    said = " ".join(reason.split())[:200]
    if not on and not said:
        raise Invalid(_("请写明停用的原因。"), code="reason_missing", details={"field": "reason"})
    with transaction.atomic():
        row = LtiPlatform.objects.select_for_update(of=("self",)).get(pk=platform.pk)
        if row.is_on != on:
            row.is_on, row.off_reason = on, said
            row.save(update_fields=["is_on", "off_reason"])
            action = f"lti.platform.{'on' if on else 'off'}"
            record(who, action=action, target_type=TARGET, target=row.uuid, reason=said)
    return row


# --- the launch ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Begun:
    """address: the platform's login, where the browser goes. state, browser: what a cookie of ours keeps."""

    address: str
    state: str
    browser: str


def begin(asked: Mapping[str, str]) -> Begun:
    """A login that a platform began here (Security Framework 1.0, 5.1.1.1). Raises Refused."""
    platform = _platform(asked.get("iss", ""), asked.get("client_id", ""))
    deployment = asked.get("lti_deployment_id")
    hint = asked.get("login_hint", "")
    if not hint or len(hint) > 2000 or len(asked.get("lti_message_hint", "")) > 4000:
        raise refuse("bad_request", _("教学平台的登录请求缺少参数。"), client=platform.client_id, status=400)
    if deployment and deployment not in platform.deployments:
        raise refuse("deployment", _("教学平台的这个部署没有登记。"), client=platform.client_id)
    state, browser, nonce = secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    LtiLogin.objects.create(
        platform=platform,
        state=lookup_hash(state, "lti.state"),
        browser=lookup_hash(browser, "lti.browser"),
        nonce=nonce,
        expires_at=now() + LOGIN_FOR,
    )
    fields = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": platform.client_id,
        "redirect_uri": absolute("tool_launch"),
        "login_hint": hint,
        "state": state,
        "nonce": nonce,
    }
    if asked.get("lti_message_hint"):
        fields["lti_message_hint"] = asked["lti_message_hint"]
    joint = "&" if urlsplit(platform.login_url).query else "?"
    return Begun(platform.login_url + joint + urlencode(fields), state, browser)


def _platform(issuer: str, client: str) -> LtiPlatform:
    rows = LtiPlatform.objects.filter(issuer=issuer[:500]).select_related("organisation")
    found = list(rows.filter(client_id=client[:255]) if client else rows[:2])
    # Without a client's name an issuer must be ours by one name only.
    if len(found) != 1:
        raise refuse("unknown_platform", _("没有登记过这个教学平台。"), client=client, status=400)
    platform = found[0]
    if not platform.is_on or platform.organisation.status != Organisation.Status.ACTIVE:
        raise refuse("platform_off", _("这个教学平台已停用，不能从那里进来。"), client=platform.client_id)
    return platform


def land(token: str, state: str, browser: str) -> str:
    """The platform's message: checked, used once; the ticket of the arrival. Raises Refused."""
    login = (
        LtiLogin.objects.filter(state=lookup_hash(state[:200], "lti.state"), expires_at__gt=now())
        .select_related("platform__organisation")
        .first()
    )
    same = hmac.compare_digest(lookup_hash(browser, "lti.browser"), login.browser if login else "")
    if login is None or not same:
        raise refuse("state", _("这次登录不是从这个浏览器开始的，或已经过期。请回到教学平台重新打开。"))
    platform = _platform(login.platform.issuer, login.platform.client_id)
    claims, content = _checked(token, platform, login)
    with transaction.atomic():
        # One of two that come at once.
        if not LtiLogin.objects.filter(pk=login.pk, used_at__isnull=True).update(used_at=now()):
            raise refuse(
                "replayed", _("这次登录已经用过。请回到教学平台重新打开。"), client=platform.client_id
            )
        ticket = secrets.token_urlsafe(24)
        LtiArrival.objects.create(
            platform=platform,
            ticket=lookup_hash(ticket, "lti.ticket"),
            kind="deep" if messages.is_deep_linking(claims) else "course",
            sub=claims["sub"],
            content=content,
            expires_at=now() + ARRIVAL_FOR,
        )
    return ticket


def _checked(token: str, platform: LtiPlatform, login: LtiLogin) -> tuple[dict[str, Any], dict[str, Any]]:
    """The claims, and what an arrival keeps of them."""
    client = platform.client_id
    try:
        claims = checked(
            token, issuer=platform.issuer, audience=[client], address=platform.jwks_url, azp=client
        )
        if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), login.nonce.encode()):
            raise Forged("nonce")
        sub = claims.get("sub")
        if not isinstance(sub, str) or not 0 < len(sub) <= 255:
            raise Forged("sub")
        kid = str(jwt.get_unverified_header(token)["kid"])
        messages.validate(token, platform, login.nonce, fetched(platform.jwks_url), kid)
        return claims, messages.content_of(claims)
    except Forged as error:
        raise refuse(f"forged: {error}", _("教学平台的登录信息没有通过验证。"), client=client) from error


# --- the arrival --------------------------------------------------------------------------------------------


def arrival(ticket: str) -> LtiArrival:
    """Raises Refused: none, used, over, or of a platform that is off."""
    found = (
        LtiArrival.objects.filter(
            ticket=lookup_hash(ticket[:100], "lti.ticket"), expires_at__gt=now(), used_at__isnull=True
        )
        .select_related("platform__organisation")
        .first()
    )
    if found is None:
        raise refuse("ticket", _("这次打开已经用过或过期了。请回到教学平台重新打开。"))
    _platform(found.platform.issuer, found.platform.client_id)
    return found


def course_of(row: LtiArrival) -> CoursePage:
    """The course the launch asks for. Raises NotFound."""
    try:
        uuid = UUID(str(row.content.get("course", "")))
    except ValueError:
        raise NotFound(_("教学平台没有说明要打开哪门课程。")) from None
    found = CoursePage.objects.live().filter(uuid=uuid).first()
    if found is None:
        raise NotFound(_("没有这门课程。"))
    return found


def linked(user: User, row: LtiArrival) -> LtiAccount | None:
    """The link between the platform's user and this person; None for none yet. Raises Conflict where either is linked
    with somebody else: nothing is ever linked over.
    """
    account = LtiAccount.objects.filter(platform=row.platform, sub=row.sub).first()
    if account is None:
        if LtiAccount.objects.filter(platform=row.platform, person=user).exists():
            raise Conflict(
                _("你的账号已经和这个教学平台的另一个用户关联，不能再关联一个。"), code="person_linked"
            )
        return None
    if account.person_id != user.pk:
        raise Conflict(
            _("教学平台的这个用户已经和另一个账号关联。请换那个账号登录，或从教学平台退出后再试。"),
            code="sub_linked",
        )
    return account


def enter(user: User, ticket: str) -> Enrolment:
    """The person goes on to the course, and says by it that the platform's user is them: linked, enrolled, and reported back
    when completed; all or nothing, once. Raises Refused, Conflict, NotFound.
    """
    row = arrival(ticket)
    course = course_of(row)
    try:
        with transaction.atomic():
            account = linked(user, row)
            if account is None:
                account = LtiAccount.objects.create(
                    platform=row.platform, sub=row.sub, person=user, made_at=now()
                )
                record(
                    actor(user),
                    action="lti.account.link",
                    target_type=TARGET,
                    target=row.platform.uuid,
                    data={"platform": row.platform.name},
                )
            if not LtiArrival.objects.filter(pk=row.pk, used_at__isnull=True).update(used_at=now()):
                raise refuse("ticket", _("这次打开已经用过或过期了。请回到教学平台重新打开。"))
            enrolment = enrol(user, course, actor(user))
            if row.content.get("line_item"):
                _report_to(account, enrolment, row.content["line_item"])
    except IntegrityError:
        raise Conflict(_("刚刚已有另一次关联，请重新打开。"), code="linked_meanwhile") from None
    return enrolment


def _report_to(account: LtiAccount, enrolment: Enrolment, address: str) -> None:
    row, _made = LtiPassback.objects.get_or_create(
        account=account, enrolment=enrolment, line_item=address, defaults={"made_at": now()}
    )
    if enrolment.state == Enrolment.State.COMPLETED and row.sent_at is None:
        emit("lti.grade", {"passback": str(row.uuid)}, key=f"lti.grade:{row.uuid}")


def accounts_of(user: User) -> QuerySet[LtiAccount]:
    """The platforms' users that the person said are them, the newest first."""
    rows = LtiAccount.objects.filter(person=user).select_related("platform__organisation")
    return rows.order_by("-made_at", "-pk")


def unlink(user: User, platform: UUID) -> None:
    """The person takes the link back; nothing more is reported. Completed courses stay theirs."""
    found = LtiAccount.objects.filter(person=user, platform__uuid=platform).select_related("platform").first()
    if found is None:
        raise NotFound
    with transaction.atomic():
        found.delete()
        record(actor(user), action="lti.account.unlink", target_type=TARGET, target=found.platform.uuid)


@transaction.atomic
def choose(ticket: str, courses: Sequence[str]) -> Post:
    """Deep linking: our signed answer with the chosen courses, once. Raises Refused, Invalid, NotFound."""
    row = arrival(ticket)
    if row.kind != "deep":
        raise NotFound
    uuids = set()
    for one in courses[: MOST_COURSES + 1]:
        try:
            uuids.add(UUID(one))
        except ValueError:
            raise NotFound from None
    if not 1 <= len(uuids) <= MOST_COURSES or (len(uuids) > 1 and not row.content["several"]):
        most = MOST_COURSES if row.content["several"] else 1
        raise Invalid(_("请选择 1 到 %(most)s 门课程。") % {"most": most}, code="bad_items")
    found = list(CoursePage.objects.live().filter(uuid__in=uuids).order_by("title"))
    if len(found) != len(uuids):
        raise NotFound
    if not LtiArrival.objects.filter(pk=row.pk, used_at__isnull=True).update(used_at=now()):
        raise refuse("ticket", _("这次打开已经用过或过期了。请回到教学平台重新打开。"))
    items = [
        messages.content_item(course.title, str(course.uuid), absolute("tool_launch")) for course in found
    ]
    platform = row.platform
    claims = messages.answer(platform.client_id, platform.issuer, row.content, items)
    return Post(row.content["return_url"], {"JWT": keys.sign(claims)})
