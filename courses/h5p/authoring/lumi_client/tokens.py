"""Short-lived tokens: ``<payload>.<signature>``, both base64url, HMAC-SHA256 over ``h5p-authoring:<payload>``.

The scope ``manage`` is the site's own and goes into a header; ``edit`` is one person's for one content and goes into an
address that a browser opens.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Literal

Scope = Literal["manage", "edit"]
MIN_SECRET = 32


def sign(
    secret: str,
    *,
    scope: Scope,
    organisation: str,
    user: str,
    content: str = "",
    language: str = "en",
    expires: int,
) -> str:
    """A token. expires: seconds since 1970. Raises ValueError for a secret that is too short."""
    if len(secret) < MIN_SECRET:
        raise ValueError(f"the secret must have at least {MIN_SECRET} characters")
    grant = {
        "scope": scope,
        "org": organisation,
        "user": user,
        "content": content,
        "language": language,
        "exp": expires,
    }
    payload = _text(json.dumps(grant, separators=(",", ":")).encode())
    mac = hmac.new(secret.encode(), f"h5p-authoring:{payload}".encode(), hashlib.sha256).digest()
    return f"{payload}.{_text(mac)}"


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
