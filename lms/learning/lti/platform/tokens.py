"""Access of a tool to our services: client credentials, proved by an assertion the tool signed (Security Framework 1.0, 4.1).

Owns: tokens of an hour with scopes. Refuses: assertions used twice, signed by another, for another audience, over; scopes the
tool was not given; tokens of a tool that was switched off since, or whose organisation is suspended.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from lms.accounts.api import Organisation
from lms.learning.lti import once
from lms.learning.lti.jwks import LEEWAY_S, Forged, checked
from lms.learning.lti.platform.launching import Refused, refuse
from lms.learning.lti.platform.models import LtiToken, LtiTool, Scope
from lms.learning.lti.platform.services import absolute
from lms.lib.clock import now
from lms.lib.crypto import lookup_hash

LIVES_S = 3600
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True)
class Issued:
    """token: told now and never again."""

    token: str
    scopes: list[str]


@transaction.atomic
def issue(asked: Mapping[str, str]) -> Issued:
    """A token for what is asked. Raises Refused, with OAuth's word for it as the code."""
    if asked.get("grant_type") != "client_credentials":
        raise refuse("unsupported_grant_type", _("只支持 client_credentials。"), status=400)
    if asked.get("client_assertion_type") != ASSERTION:
        raise refuse("invalid_client", _("需要用 JWT 断言证明身份。"), status=401)
    tool = _proved(asked.get("client_assertion", ""))
    scopes = sorted(set(asked.get("scope", "").split()))
    # A later specification's scopes may be asked for as well; what is given is said in the answer.
    given = [scope for scope in scopes if scope in tool.scopes and scope in Scope.values]
    if not given:
        raise refuse("invalid_scope", _("这个工具没有所要的权限。"), client=tool.client_id, status=400)
    token = secrets.token_urlsafe(32)
    LtiToken.objects.create(
        tool=tool,
        token_hash=lookup_hash(token, "lti.token"),
        scopes=given,
        expires_at=now() + timedelta(seconds=LIVES_S),
    )
    return Issued(token, given)


def _proved(assertion: str) -> LtiTool:
    """Whose assertion it is, used now for the first time."""
    try:
        said: dict[str, Any] = jwt.decode(assertion[: 64 * 1024], options={"verify_signature": False})
    except jwt.InvalidTokenError:
        said = {}
    client = said.get("sub") if isinstance(said.get("sub"), str) else ""
    found = LtiTool.objects.filter(client_id=str(client)[:40]).select_related("organisation").first()
    if found is None or said.get("iss") != client:
        raise refuse("invalid_client", _("没有登记过这个工具。"), client=str(client), status=401)
    if not _is_on(found):
        raise refuse("invalid_client", _("这个工具已停用。"), client=found.client_id, status=401)
    try:
        claims = checked(
            assertion,
            issuer=found.client_id,
            audience=[absolute("token"), settings.PUBLIC_URL],
            address=found.jwks_url,
            own=found.public_keys,
        )
    except Forged as error:
        raise refuse(
            "invalid_client",
            _("断言没有通过验证：%(why)s。") % {"why": error},
            client=found.client_id,
            status=401,
        ) from error
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= 500:
        raise refuse("invalid_client", _("断言没有编号（jti）。"), client=found.client_id, status=401)
    until = datetime.fromtimestamp(claims["exp"] + 2 * LEEWAY_S, UTC)
    if not once.use("assertion", found.client_id, jti, until=until):
        raise refuse("invalid_client", _("这份断言已经用过。"), client=found.client_id, status=401)
    return found


def _is_on(tool: LtiTool) -> bool:
    return tool.state == LtiTool.State.ON and tool.organisation.status == Organisation.Status.ACTIVE


def tool_of(header: str, *scopes: str) -> LtiTool:
    """Whose token an Authorization header brings, if it has one of the scopes. Raises Refused: 401, 403."""
    scheme, _space, token = header.partition(" ")
    found = None
    if scheme.lower() == "bearer" and token:
        rows = LtiToken.objects.filter(
            token_hash=lookup_hash(token.strip(), "lti.token"), expires_at__gt=now()
        )
        found = rows.select_related("tool__organisation").first()
    if found is None or not _is_on(found.tool):
        raise Refused(_("令牌无效或已过期，请重新获取。"), code="bad_token", status=401)
    # What was taken from the tool since is gone at once.
    if not any(scope in found.scopes and scope in found.tool.scopes for scope in scopes):
        raise refuse("scope", _("令牌没有做这件事的权限。"), client=found.tool.client_id)
    return found.tool
