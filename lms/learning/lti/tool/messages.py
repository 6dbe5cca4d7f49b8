"""A platform's messages as PyLTI1p3 reads them, and our answers. The library fetches nothing and keeps nothing here: keys, state
and nonce are given to it.
"""

import secrets
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from pylti1p3.cookie import CookieService
from pylti1p3.exception import LtiException
from pylti1p3.launch_data_storage.base import LaunchDataStorage
from pylti1p3.message_launch import MessageLaunch
from pylti1p3.request import Request
from pylti1p3.session import SessionService
from pylti1p3.tool_config.dict import ToolConfDict

from lms.learning.lti.jwks import Forged
from lms.learning.lti.platform import rules
from lms.learning.lti.tool.models import LtiPlatform
from lms.lib.clock import now
from lms.lib.outgoing import split_address

_STATE = "state"
_SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"


class _Sent(Request):
    def __init__(self, token: str) -> None:
        super().__init__()
        self.fields = {"id_token": token, "state": _STATE}

    @property
    def session(self) -> dict[str, Any]:
        return {}

    def is_secure(self) -> bool:
        return True

    def get_param(self, key: str) -> str:
        return self.fields.get(key, "")


class _Cookies(CookieService):
    """The browser's state was compared before the library is asked."""

    def get_cookie(self, name: str) -> str | None:
        return _STATE

    def set_cookie(self, name: str, value: str | int, exp: int | None = 3600) -> None:
        pass


class _Kept(LaunchDataStorage[Any]):
    """Knows the one nonce of this login."""

    def __init__(self, nonce: str) -> None:
        super().__init__()
        self.nonce = nonce

    def get_session_cookie_name(self) -> str | None:
        return None

    def can_set_keys_expiration(self) -> bool:
        return False

    def get_value(self, key: str) -> Any:
        return None

    def set_value(self, key: str, value: Any, exp: int | None = None) -> None:
        pass

    def check_value(self, key: str) -> bool:
        return key.endswith(f"nonce-{self.nonce}")


class _Launch(MessageLaunch[Any, Any, Any, Any]):
    def _get_request_param(self, key: str) -> str:
        return str(self._request.get_param(key))


def validate(token: str, platform: LtiPlatform, nonce: str, jwks: dict[str, Any], kid: str) -> None:
    """The specification's checks of a launch message, by the library. Raises Forged."""
    own = {"keys": [row for row in jwks.get("keys", []) if isinstance(row, dict) and row.get("kid") == kid]}
    config = ToolConfDict(
        {
            platform.issuer: [
                {
                    "default": True,
                    "client_id": platform.client_id,
                    "auth_login_url": platform.login_url,
                    "auth_token_url": platform.token_url,
                    "key_set": own,  # type: ignore[typeddict-item]  # the library's own name for it is narrower
                    "deployment_ids": platform.deployments,
                }
            ]
        }
    )
    request = _Sent(token)
    try:
        _Launch(request, config, SessionService(request), _Cookies(), _Kept(nonce)).validate()
    except (LtiException, ValueError, TypeError, KeyError, AttributeError) as error:
        raise Forged(f"message: {error}"[:200]) from error


def is_deep_linking(claims: dict[str, Any]) -> bool:
    return bool(claims.get(rules.CLAIM + "message_type") == "LtiDeepLinkingRequest")


def content_of(claims: dict[str, Any]) -> dict[str, Any]:
    """What an arrival keeps of a launch: no names and no addresses of people. Raises Forged."""
    deployment = claims[rules.CLAIM + "deployment_id"]
    if is_deep_linking(claims):
        settings_of = claims[rules.DL_CLAIM + "deep_linking_settings"]
        address = settings_of.get("deep_link_return_url")
        if not isinstance(address, str) or urlsplit(address).scheme not in ("https", "http"):
            raise Forged("return address")
        return {
            "deployment": deployment,
            "return_url": address[:2000],
            "data": settings_of.get("data"),
            "several": settings_of.get("accept_multiple") in (True, "true"),
        }
    custom = claims.get(rules.CLAIM + "custom")
    endpoint = claims.get(rules.AGS_CLAIM)
    endpoint = endpoint if isinstance(endpoint, dict) else {}
    address = endpoint.get("lineitem")
    may = isinstance(endpoint.get("scope"), list) and _SCORE in endpoint["scope"]
    return {
        "deployment": deployment,
        "course": str(custom.get("course", ""))[:40] if isinstance(custom, dict) else "",
        "line_item": address if may and isinstance(address, str) and _callable(address) else "",
    }


def _callable(address: str) -> bool:
    """As far as letters tell; the call itself looks again (lms.lib.outgoing)."""
    try:
        split_address(address, settings.LTI_HOSTS)
    except ValueError:
        return False
    return len(address) <= 500


def content_item(title: str, course: str, address: str) -> dict[str, Any]:
    return {
        "type": "ltiResourceLink",
        "title": title,
        "url": address,
        "custom": {"course": course},
        "lineItem": {"scoreMaximum": 1, "label": title, "resourceId": course},
    }


def answer(client: str, issuer: str, content: dict[str, Any], items: list[dict[str, Any]]) -> dict[str, Any]:
    """The claims of a deep linking response (Deep Linking 2.0, 3.2)."""
    moment = int(now().timestamp())
    claims = {
        "iss": client,
        "aud": issuer,
        "iat": moment,
        "exp": moment + rules.TOKEN_S,
        "nonce": secrets.token_urlsafe(24),
        rules.CLAIM + "deployment_id": content["deployment"],
        rules.CLAIM + "message_type": "LtiDeepLinkingResponse",
        rules.CLAIM + "version": rules.VERSION,
        rules.DL_CLAIM + "content_items": items,
    }
    return claims | ({rules.DL_CLAIM + "data": content["data"]} if content["data"] is not None else {})
