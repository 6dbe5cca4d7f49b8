"""What others signed: reading their public keys, and checking a JWT with them.

Owns: the strict check (RS256 alone, issuer, audience, azp, times, a lifetime that ends), the fetched lists, kept for a while.
Refuses: keys shorter than 2048 bits, addresses that are not public (lms.lib.outgoing), lists longer than a reasonable one;
a key we do not know makes us look again, and once a minute at most.
"""

import logging
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.conf import settings
from django.core.cache import cache

from lms.lib import json_in
from lms.lib.clock import now
from lms.lib.crypto import lookup_hash
from lms.lib.outgoing import Unreachable, ask

logger = logging.getLogger(__name__)
KEPT_S = 600
AGAIN_S = 60
MOST_KEYS = 50
FEWEST_BITS, MOST_BITS = 2048, 8192
# How far two clocks may lie apart, and how long what is signed may be valid.
LEEWAY_S = 60
LONGEST_S = 3600
MOST_LETTERS = 64 * 1024


class Forged(Exception):
    """Not signed by who it says, not for us, or not now; str: why, for the log."""


def keys_in(jwks: Any) -> dict[str, RSAPublicKey]:
    """kid → key of what may sign, from a JWKS; what is none is left out."""
    rows = jwks.get("keys") if isinstance(jwks, dict) else None
    found: dict[str, RSAPublicKey] = {}
    for row in rows[:MOST_KEYS] if isinstance(rows, list) else []:
        if not isinstance(row, dict) or row.get("kty") != "RSA" or row.get("use", "sig") != "sig":
            continue
        if row.get("alg", "RS256") != "RS256" or not isinstance(row.get("kid"), str) or "d" in row:
            continue
        try:
            key = jwt.algorithms.RSAAlgorithm.from_jwk(row)
        except (jwt.InvalidKeyError, ValueError, TypeError):
            continue
        if isinstance(key, RSAPublicKey) and FEWEST_BITS <= key.key_size <= MOST_BITS:
            found[row["kid"]] = key
    return found


def fetched(address: str, *, again: bool = False) -> dict[str, Any]:
    """The list that stands at an address, as it was fetched within KEPT_S; again: not older than AGAIN_S. Raises Forged
    where there is none.
    """
    name = "lti.jwks:" + lookup_hash(address, "lti.jwks")
    kept: dict[str, Any] | None = cache.get(name)
    if kept is not None and not (again and cache.add(name + ":again", 1, AGAIN_S)):
        return kept
    try:
        answer = ask("GET", address, {"Accept": "application/json"}, allowed=settings.LTI_HOSTS)
        found = json_in.read(answer.body) if answer.status == 200 else None
    except (Unreachable, ValueError, RecursionError) as error:
        logger.warning("LTI: no keys at %s: %s", address[:200], error)
        found = None
    if not isinstance(found, dict) or not keys_in(found):
        if kept is not None:
            return kept
        raise Forged("no keys")
    cache.set(name, found, KEPT_S)
    return found


def checked(
    token: str,
    *,
    issuer: str,
    audience: list[str],
    address: str = "",
    own: dict[str, Any] | None = None,
    azp: str = "",
) -> dict[str, Any]:
    """The claims of a JWT. own: the party's JWKS where it has no address. azp: who it must name when it has several
    audiences. Raises Forged.
    """
    if not token or len(token) > MOST_LETTERS:
        raise Forged("length")
    try:
        header = jwt.get_unverified_header(token)
    except jwt.InvalidTokenError as error:
        raise Forged("format") from error
    if header.get("alg") != "RS256" or not isinstance(header.get("kid"), str):
        raise Forged("algorithm or key id")
    key = _key(header["kid"], address, own)
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            issuer=issuer,
            audience=audience,
            leeway=LEEWAY_S,
            options={"require": ["iss", "aud", "exp", "iat"]},
        )
    except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError) as error:
        raise Forged(type(error).__name__) from error
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if azp and (several or "azp" in claims) and claims.get("azp") != azp:
        raise Forged("azp")
    moment = now().timestamp()
    if claims["exp"] - moment > LONGEST_S + LEEWAY_S or moment - claims["iat"] > LONGEST_S + LEEWAY_S:
        raise Forged("lifetime")
    return claims


def _key(kid: str, address: str, own: dict[str, Any] | None) -> RSAPublicKey:
    found = keys_in(own) if own else keys_in(fetched(address))
    if kid not in found and not own:
        found = keys_in(fetched(address, again=True))
    if kid not in found:
        raise Forged("unknown key")
    return found[kid]
