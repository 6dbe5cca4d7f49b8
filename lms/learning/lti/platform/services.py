"""An organisation's tools: registering by hand and by dynamic registration, switching on and off.

Owns: who may (the organisation's administrators), and what a registration must hold. Refuses: addresses that are no https
ones, a tool without a key, a second use of an invitation. What a tool registered itself waits until an administrator has
looked at it and switched it on.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from lms.accounts.api import Organisation, Role, User, require_role
from lms.learning.lti.jwks import keys_in
from lms.learning.lti.platform import rules
from lms.learning.lti.platform.models import LtiInvitation, LtiTool, Scope
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now
from lms.lib.crypto import lookup_hash
from lms.lib.errors import Conflict, Invalid, NotAllowed

TARGET = "learning.LtiTool"
MOST = 50
INVITED_FOR = timedelta(hours=1)
TOOL_CLAIM = "https://purl.imsglobal.org/spec/lti-tool-configuration"
PLATFORM_CLAIM = "https://purl.imsglobal.org/spec/lti-platform-configuration"
_DEEP_LINKING = "LtiDeepLinkingRequest"


@dataclass(frozen=True)
class Invitation:
    """token: shown now and never again."""

    row: LtiInvitation
    token: str


def make_tool(
    by: User,
    organisation: Organisation,
    *,
    name: str,
    login_url: str,
    target_url: str,
    redirect_uris: Sequence[str],
    deep_link_url: str = "",
    jwks_url: str = "",
    public_keys: Mapping[str, Any] | None = None,
    scopes: Sequence[str] = (),
    asks_names: bool = False,
) -> LtiTool:
    """A tool of the organisation's, switched on. Raises NotAllowed, Invalid, Conflict (too many)."""
    who = require_role(by, Role.ADMIN, organisation=organisation)
    with transaction.atomic():
        tool = _make(
            organisation,
            by,
            LtiTool.State.ON,
            name=name,
            login_url=login_url,
            target_url=target_url,
            redirect_uris=redirect_uris,
            deep_link_url=deep_link_url,
            jwks_url=jwks_url,
            public_keys=public_keys or {},
            scopes=scopes,
            asks_names=asks_names,
        )
        _told(who, "make", tool)
    return tool


def switch(by: User, tool: LtiTool, *, on: bool, reason: str = "") -> LtiTool:
    """On: the organisation's courses open it. Off: nothing is launched, its tokens are worth nothing. In that state already,
    nothing happens. Raises NotAllowed, Invalid (off without a reason).
    """
    who = require_role(by, Role.ADMIN, organisation=tool.organisation)
    said = " ".join(reason.split())[:200]
    if not on and not said:
        raise Invalid(_("请写明停用的原因。"), code="reason_missing", details={"field": "reason"})
    with transaction.atomic():
        row = LtiTool.objects.select_for_update(of=("self",)).get(pk=tool.pk)
        wanted = LtiTool.State.ON if on else LtiTool.State.OFF
        if row.state != wanted:
            row.state, row.state_reason = wanted, said
            row.save(update_fields=["state", "state_reason"])
            _told(who, "on" if on else "off", row, reason=said)
    return row


def invite(by: User, organisation: Organisation) -> Invitation:
    """A token with which one tool may register itself within the hour. Raises NotAllowed."""
    who = require_role(by, Role.ADMIN, organisation=organisation)
    token = secrets.token_urlsafe(24)
    with transaction.atomic():
        row = LtiInvitation.objects.create(
            organisation=organisation,
            token_hash=lookup_hash(token, "lti.invitation"),
            made_by=by,
            expires_at=now() + INVITED_FOR,
        )
        record(
            who,
            action="lti.tool.invite",
            target_type="accounts.Organisation",
            target=organisation.uuid,
        )
    return Invitation(row, token)


def register(token: str, wanted: Mapping[str, Any]) -> LtiTool:
    """Dynamic registration (LTI Dynamic Registration 1.0, 3.5): the tool, waiting for its administrator. Raises NotAllowed (the
    invitation is none, used or over), Invalid.
    """
    found = (
        LtiInvitation.objects.filter(token_hash=lookup_hash(token, "lti.invitation"))
        .select_related("organisation", "made_by")
        .first()
        if token
        else None
    )
    if found is None or found.organisation.status != Organisation.Status.ACTIVE:
        raise _no_invitation()
    with transaction.atomic():
        # One of two that come at once.
        taken = LtiInvitation.objects.filter(pk=found.pk, used_at__isnull=True, expires_at__gt=now())
        if not taken.update(used_at=now()):
            raise _no_invitation()
        tool = _make(found.organisation, found.made_by, LtiTool.State.WAITING, **_wanted(wanted))
        _told(Actor.system("lti.register"), "register", tool)
    return tool


def _no_invitation() -> NotAllowed:
    return NotAllowed(_("登记邀请无效、已用过或已过期。"), code="bad_invitation", status=401)


def _wanted(said: Mapping[str, Any]) -> dict[str, Any]:
    own = said.get(TOOL_CLAIM)
    own = own if isinstance(own, Mapping) else {}
    messages = [row for row in own.get("messages") or [] if isinstance(row, Mapping)]
    deep = next((row for row in messages if row.get("type") == _DEEP_LINKING), None)
    target = own.get("target_link_uri") or ""
    claims = own.get("claims")
    scope = said.get("scope")
    if said.get("token_endpoint_auth_method", "private_key_jwt") != "private_key_jwt":
        raise Invalid(_("只支持 private_key_jwt。"), code="bad_auth_method")
    if said.get("id_token_signed_response_alg", "RS256") != "RS256":
        raise Invalid(_("只支持 RS256。"), code="bad_algorithm")
    return {
        "name": rules.text(said.get("client_name"), 120),
        "login_url": said.get("initiate_login_uri"),
        "target_url": target,
        "redirect_uris": said.get("redirect_uris"),
        "deep_link_url": (deep.get("target_link_uri") or target) if deep else "",
        "jwks_url": said.get("jwks_uri") or "",
        "public_keys": said.get("jwks") if not said.get("jwks_uri") else {},
        # What it asks for beyond what we have is not given: the answer says what is.
        "scopes": [one for one in scope.split() if one in Scope.values] if isinstance(scope, str) else [],
        "asks_names": isinstance(claims, list) and "name" in claims,
    }


def _make(organisation: Organisation, by: User, state: LtiTool.State, **said: Any) -> LtiTool:
    name = rules.text(said["name"], 200)
    if not name or len(name) > 120:
        raise Invalid(_("请填写名称，不超过 120 个字。"), details={"field": "name"})
    allowed = settings.LTI_HOSTS
    uris = said["redirect_uris"]
    if not isinstance(uris, list | tuple) or not 1 <= len(uris) <= 20:
        raise Invalid(
            _("请填写 1 到 20 个回跳地址。"), code="bad_address", details={"field": "redirect_uris"}
        )
    for name_of in ("jwks_url", "deep_link_url"):
        if said[name_of]:
            said[name_of] = rules.address(said[name_of], allowed, name_of)
    if not said["jwks_url"] and not keys_in(said["public_keys"]):
        raise Invalid(
            _("请填写公钥地址，或一份含有 RS256 公钥（至少 2048 位）的 JWKS。"),
            code="no_key",
            details={"field": "jwks_url"},
        )
    if any(scope not in Scope.values for scope in said["scopes"]):
        raise Invalid(_("请选择权限。"), details={"field": "scopes"})
    # Two at once are counted one after the other.
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    if LtiTool.objects.filter(organisation=organisation).exclude(state=LtiTool.State.OFF).count() >= MOST:
        raise Conflict(_("外部工具太多，请先停用不再使用的。"), code="too_many_tools")
    return LtiTool.objects.create(
        organisation=organisation,
        name=name,
        client_id=secrets.token_hex(12),
        deployment_id=secrets.token_hex(8),
        login_url=rules.address(said["login_url"], allowed, "login_url"),
        target_url=rules.address(said["target_url"], allowed, "target_url"),
        deep_link_url=said["deep_link_url"],
        redirect_uris=[rules.address(uri, allowed, "redirect_uris") for uri in uris],
        jwks_url=said["jwks_url"],
        public_keys={} if said["jwks_url"] else said["public_keys"],
        scopes=sorted(set(said["scopes"])),
        asks_names=bool(said["asks_names"]),
        state=state,
        made_by=by,
        made_at=now(),
    )


def _told(who: Actor, what: str, tool: LtiTool, *, reason: str = "") -> None:
    record(
        who,
        action=f"lti.tool.{what}",
        target_type=TARGET,
        target=tool.uuid,
        reason=reason,
        data={"name": tool.name, "client": tool.client_id, "scopes": tool.scopes},
    )


# --- what is said of us and of a registration ---------------------------------------------------------------


def absolute(name: str, *args: Any) -> str:
    """An address of ours as others see it."""
    return settings.PUBLIC_URL + reverse(f"lti:{name}", args=args)


def configuration() -> dict[str, Any]:
    """What stands at our OpenID configuration (Dynamic Registration 1.0, 3.4)."""
    return {
        "issuer": settings.PUBLIC_URL,
        "authorization_endpoint": absolute("authorize"),
        "token_endpoint": absolute("token"),
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
        "jwks_uri": absolute("jwks"),
        "registration_endpoint": absolute("register"),
        "scopes_supported": ["openid", *Scope.values],
        "response_types_supported": ["id_token"],
        "response_modes_supported": ["form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["sub", "iss", "name"],
        PLATFORM_CLAIM: {
            "product_family_code": "rongtong",
            "version": "1",
            "messages_supported": [{"type": "LtiResourceLinkRequest"}, {"type": _DEEP_LINKING}],
        },
    }


def registration(tool: LtiTool) -> dict[str, Any]:
    """What a tool that registered itself is answered (3.6)."""
    return {
        "client_id": tool.client_id,
        "client_name": tool.name,
        "application_type": "web",
        "response_types": ["id_token"],
        "grant_types": ["implicit", "client_credentials"],
        "initiate_login_uri": tool.login_url,
        "redirect_uris": tool.redirect_uris,
        "token_endpoint_auth_method": "private_key_jwt",
        **({"jwks_uri": tool.jwks_url} if tool.jwks_url else {"jwks": tool.public_keys}),
        "scope": " ".join(tool.scopes),
        TOOL_CLAIM: {
            "deployment_id": tool.deployment_id,
            "target_link_uri": tool.target_url,
            "claims": ["iss", "sub", *(["name"] if tool.asks_names else [])],
            "messages": [
                {"type": "LtiResourceLinkRequest", "target_link_uri": tool.target_url},
                *(
                    [{"type": _DEEP_LINKING, "target_link_uri": tool.deep_link_url}]
                    if tool.deep_link_url
                    else []
                ),
            ],
        },
    }
