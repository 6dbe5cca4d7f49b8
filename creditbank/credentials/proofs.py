"""Signing and checking, as plain functions over keys and documents: Data Integrity `eddsa-rdfc-2022` (VC-DI-EDDSA 1.0 § 3.2)
and VC-JWT signed RS256 (Open Badges 3.0 § 8.2).

Owns: what bytes are signed, and the claims of a JWT. Refuses: any other cryptosuite or algorithm, so that nobody chooses a weaker one.
"""

import json
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from creditbank.credentials.canonical import NotCanonicalError, digest
from creditbank.credentials.multikey import b64url, multibase, unb64url, unmultibase

CRYPTOSUITE = "eddsa-rdfc-2022"
PROOF_FIELDS = {"type", "cryptosuite", "created", "verificationMethod", "proofPurpose", "proofValue"}


def stamp(moment: datetime) -> str:
    """A moment as credentials name it: UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_stamp(text: Any) -> datetime:
    """The moment of such a text. Raises ValueError for any other form."""
    moment = datetime.strptime(str(text), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    if stamp(moment) != text:
        raise ValueError(text)
    return moment


def signed(
    document: dict[str, Any], key: Ed25519PrivateKey, method: str, created: datetime
) -> dict[str, Any]:
    """The document with its proof. method: the address of the key in the DID document. The same gives the same."""
    options = {
        "type": "DataIntegrityProof",
        "cryptosuite": CRYPTOSUITE,
        "created": stamp(created),
        "verificationMethod": method,
        "proofPurpose": "assertionMethod",
    }
    value = multibase(key.sign(_to_sign(document, options)))
    return document | {"proof": options | {"proofValue": value}}


def proof_holds(document: dict[str, Any], key: Ed25519PublicKey) -> bool:
    """Whether the document's one proof is this key's signature over all of the rest."""
    unsigned = {name: value for name, value in document.items() if name != "proof"}
    proof = document.get("proof")
    if not isinstance(proof, dict) or set(proof) != PROOF_FIELDS or proof["cryptosuite"] != CRYPTOSUITE:
        return False
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    try:
        key.verify(unmultibase(str(proof["proofValue"])), _to_sign(unsigned, options))
    except (InvalidSignature, NotCanonicalError, ValueError):
        return False
    return True


def _to_sign(document: dict[str, Any], options: dict[str, Any]) -> bytes:
    """Hash of the proof's options, then hash of the document (VC-DI-EDDSA § 3.2.4)."""
    return digest({"@context": document["@context"]} | options) + digest(document)


def claims(document: dict[str, Any]) -> dict[str, Any]:
    """The payload of a JWT: the credential itself with the registered claims beside it (Open Badges 3.0 § 8.2.4.1)."""
    registered = {
        "iss": document["issuer"]["id"],
        "jti": document["id"],
        "sub": document["credentialSubject"]["id"],
        "nbf": _numeric(document["validFrom"]),
    }
    if "validUntil" in document:
        registered["exp"] = _numeric(document["validUntil"])
    return document | registered


def unclaimed(payload: dict[str, Any]) -> dict[str, Any]:
    """The credential inside a payload. Raises ValueError where the registered claims say something else than it does."""
    document = {
        name: value for name, value in payload.items() if name not in ("iss", "jti", "sub", "nbf", "exp")
    }
    try:
        same = claims(document) == payload
    except (KeyError, TypeError) as error:
        raise ValueError("claims") from error
    if not same:
        raise ValueError("claims")
    return document


def _numeric(text: str) -> int:
    return int(read_stamp(text).timestamp())


def jwt(document: dict[str, Any], key: RSAPrivateKey, method: str) -> str:
    """The compact JWS. method: the address of the key in the DID document."""
    head = _part({"alg": "RS256", "kid": method, "typ": "JWT"})
    body = _part(claims(document))
    signature = key.sign(f"{head}.{body}".encode(), PKCS1v15(), SHA256())
    return f"{head}.{body}.{b64url(signature)}"


def read_jwt(text: str) -> tuple[dict[str, Any], dict[str, Any], bytes]:
    """(header, payload, signature) of a compact JWS, nothing of it checked. Raises ValueError, also for a name that stands twice."""
    from lms.lib import json_in

    head, body, signature = text.split(".")
    header, payload = json_in.read(unb64url(head), once=True), json_in.read(unb64url(body), once=True)
    if not isinstance(header, dict) or not isinstance(payload, dict):
        raise ValueError("not a JWT")
    return header, payload, unb64url(signature)


def jwt_holds(text: str, key: RSAPublicKey) -> bool:
    """Whether the JWS is this key's RS256 signature; the header may say nothing else."""
    try:
        header, _payload, signature = read_jwt(text)
        if set(header) != {"alg", "kid", "typ"} or header["alg"] != "RS256":
            return False
        key.verify(signature, text.rpartition(".")[0].encode(), PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError, RecursionError):
        return False
    return True


def _part(value: dict[str, Any]) -> str:
    return b64url(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())
