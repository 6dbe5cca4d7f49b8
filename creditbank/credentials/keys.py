"""The issuer's keys: which signs, which only proves what it signed, which proves nothing any more.

Owns: making, replacing and marking keys, and the DID document made of them. Secrets are encrypted at rest with the keys of
the environment (lms.lib.crypto) and thrown away when a key stops signing. Refuses: keys from outside a credential's issuer.
"""

import json
from base64 import b64decode, b64encode
from typing import cast

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from creditbank.credentials import did
from creditbank.credentials.models import IssuerKey
from creditbank.credentials.multikey import ed25519_multikey, ed25519_raw, rsa_jwk, rsa_key, thumbprint
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now
from lms.lib.errors import Conflict, Invalid, NotFound

TARGET = "creditbank.IssuerKey"
# NIST SP 800-57 part 1: 3072 bits are as strong as Ed25519's 128; 2048 is the least that is taken in.
RSA_BITS = 3072
LEAST_RSA_BITS = 2048
MOST_TRIES = 5
Private = Ed25519PrivateKey | rsa.RSAPrivateKey
Algorithm = IssuerKey.Algorithm


def issuer() -> str:
    """The platform's did:web."""
    return did.identifier(settings.PUBLIC_URL)


def fresh(algorithm: str) -> Private:
    if algorithm == Algorithm.ED25519:
        return Ed25519PrivateKey.generate()
    if algorithm == Algorithm.RS256:
        return rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    raise Invalid(_("没有这种算法：%(name)s。") % {"name": algorithm}, code="unknown_algorithm")


def introduce(private: Private, actor: Actor) -> IssuerKey:
    """This key signs from now on; the one of its algorithm that did so far is retired and its secret thrown away.

    Raises Invalid for an RSA key of fewer than 2048 bits, Conflict for a key that was introduced before.
    """
    for _time in range(MOST_TRIES):
        try:
            return _introduced(private, actor)
        except IntegrityError:  # another one came at the same moment: this one comes after it
            continue
    raise Conflict(_("这个密钥已经在用，或同时换了好几次密钥。请刷新后再试。"), code="key_exists")


def _introduced(private: Private, actor: Actor) -> IssuerKey:
    row = _row(private)
    with transaction.atomic():
        living = IssuerKey.objects.select_for_update().filter(algorithm=row.algorithm, state="current")
        for old in living:
            _end(old, IssuerKey.State.RETIRED)
        row.save(force_insert=True)
        record(
            actor, action="credential_key.introduce", target_type=TARGET, target=row.uuid, data=_named(row)
        )
    return row


def rotate(algorithm: str, actor: Actor) -> IssuerKey:
    return introduce(fresh(algorithm), actor)


def mark_compromised(fragment: str, actor: Actor, *, reason: str) -> IssuerKey:
    """What this key signed proves nothing any more, from now on and for the past. If it was signing, a new one takes over.

    Raises NotFound, Invalid (no reason). Twice is once.
    """
    if not reason.strip():
        raise Invalid(_("请写明理由。"), code="reason_missing", details={"field": "reason"})
    with transaction.atomic():
        row = IssuerKey.objects.select_for_update().filter(fragment=fragment).first()
        if row is None:
            raise NotFound
        if row.state == IssuerKey.State.COMPROMISED:
            return row
        was_current = row.state == IssuerKey.State.CURRENT
        _end(row, IssuerKey.State.COMPROMISED)
        record(
            actor,
            action="credential_key.compromised",
            target_type=TARGET,
            target=row.uuid,
            reason=reason.strip(),
            data=_named(row),
        )
        if was_current:
            rotate(row.algorithm, actor)
    return row


def _end(row: IssuerKey, state: str) -> None:
    row.state, row.secret, row.ended_at = state, "", now()
    row.save(update_fields=["state", "secret", "ended_at"])


def current(algorithm: str) -> IssuerKey:
    """The key that signs; made on first use. Two that start together agree on one."""
    found = IssuerKey.objects.filter(algorithm=algorithm, state="current").first()
    if found is not None:
        return found
    try:
        return _introduced(fresh(algorithm), Actor.system("credentials"))
    except IntegrityError:
        return IssuerKey.objects.get(algorithm=algorithm, state="current")


def signing(row: IssuerKey) -> Private:
    """The secret half of a current key."""
    if row.algorithm == Algorithm.ED25519:
        return Ed25519PrivateKey.from_private_bytes(b64decode(row.secret))
    key = serialization.load_pem_private_key(row.secret.encode(), password=None)
    return cast(rsa.RSAPrivateKey, key)


def ed25519_public(row: IssuerKey) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(ed25519_raw(row.public))


def rsa_public(row: IssuerKey) -> rsa.RSAPublicKey:
    return rsa_key(json.loads(row.public))


def address(row: IssuerKey) -> str:
    """The key's address in the DID document."""
    return f"{issuer()}#{row.fragment}"


def by_address(method: str) -> IssuerKey | None:
    """The key at an address of our own document; None for any other."""
    named, mark, fragment = method.partition("#")
    if named != issuer() or not mark:
        return None
    return IssuerKey.objects.filter(fragment=fragment).first()


def did_bytes() -> bytes:
    """The DID document, as it is served, published by its hash and put into every download."""
    current(Algorithm.ED25519)
    current(Algorithm.RS256)
    keys = [_published(row) for row in IssuerKey.objects.order_by("id")]
    return did.document_bytes(did.document(issuer(), keys))


def _published(row: IssuerKey) -> did.Published:
    revoked = row.ended_at if row.state == IssuerKey.State.COMPROMISED else None
    if row.algorithm == Algorithm.RS256:
        return did.Published(row.fragment, jwk=json.loads(row.public), revoked=revoked)
    return did.Published(row.fragment, multikey=row.public, revoked=revoked)


def _named(row: IssuerKey) -> dict[str, str]:
    return {"algorithm": row.algorithm, "fragment": row.fragment}


def _row(private: Private) -> IssuerKey:
    if isinstance(private, Ed25519PrivateKey):
        key = ed25519_multikey(private.public_key().public_bytes_raw())
        secret = b64encode(private.private_bytes_raw()).decode()
        return IssuerKey(
            algorithm=Algorithm.ED25519, fragment=key, public=key, secret=secret, created_at=now()
        )
    if private.key_size < LEAST_RSA_BITS:
        raise Invalid(_("RSA 密钥至少要 2048 位。"), code="weak_key")
    jwk = rsa_jwk(private.public_key())
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return IssuerKey(
        algorithm=Algorithm.RS256,
        fragment=thumbprint(jwk),
        public=json.dumps(jwk, sort_keys=True),
        secret=pem.decode(),
        created_at=now(),
    )
