"""Our RSA keys for LTI, as platform and as tool: one signs, those before it stay published until all they signed is over.

Owns: making, rotating and publishing them. Refuses: every algorithm but RS256, which the specification asks for (Security
Framework 1.0, 5.1). The keys of others are read in jwks.py.
"""

import json
import secrets
from datetime import timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from django.db import IntegrityError, transaction
from django.db.models import Q

from lms.accounts.api import User
from lms.learning.lti.models import LtiKey
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now
from lms.lib.errors import NotAllowed

ALGORITHM = "RS256"
BITS = 2048
# What a key signed is valid for an hour at most; others may keep our list for days.
OVERLAP = timedelta(days=30)


def signing_key() -> LtiKey:
    """The key that signs; made where there is none."""
    found = LtiKey.objects.filter(signs=True).first()
    return found or _make()


def sign(claims: dict[str, Any]) -> str:
    """A compact JWS over the claims, with the key's id in its header."""
    key = signing_key()
    return jwt.encode(claims, key.private, algorithm=ALGORITHM, headers={"kid": key.kid})


def published() -> dict[str, Any]:
    """Our JWKS: the key that signs and those whose signatures may still be met."""
    signing_key()
    rows = LtiKey.objects.filter(Q(signs=True) | Q(retires_at__gt=now())).order_by("-id")
    return {"keys": [row.public for row in rows]}


def rotate(by: User | Actor) -> LtiKey:
    """A new key signs from now on; the old one's secret half is gone, its public half stays published for OVERLAP. Raises
    NotAllowed (superusers and the platform itself).
    """
    if isinstance(by, Actor):
        who = by
        allowed = by.is_platform
    else:
        who = Actor(person=by.uuid, role="admin", user_id=by.pk)
        allowed = by.is_active and by.is_superuser
    if not allowed:
        raise NotAllowed
    with transaction.atomic():
        LtiKey.objects.filter(signs=True).update(signs=False, retires_at=now() + OVERLAP, private="")
        made = _make()
        record(
            who, action="lti.key.rotate", target_type="learning.LtiKey", target=None, data={"kid": made.kid}
        )
    return made


def _make() -> LtiKey:
    private = generate_private_key(public_exponent=65537, key_size=BITS)
    kid = secrets.token_hex(12)
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(private.public_key()))
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    shown = {name: public[name] for name in ("kty", "n", "e")} | {"kid": kid, "alg": ALGORITHM, "use": "sig"}
    try:
        with transaction.atomic():
            return LtiKey.objects.create(kid=kid, private=pem.decode(), public=shown, made_at=now())
    except IntegrityError:
        return LtiKey.objects.get(signs=True)
