"""The issuer as did:web: its name out of the platform's address, and the document that holds its public keys.

Plain functions over values. The document's bytes are the same for the same keys: its SHA-256 is published and printed.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlsplit

from creditbank.credentials import contexts
from creditbank.credentials.proofs import stamp

SECURITY = "https://w3id.org/security#"
# The words of a JSON Web Key, written out: a document that names no further context can be read without fetching one.
JWK_WORDS = {
    "JsonWebKey": {
        "@id": f"{SECURITY}JsonWebKey",
        "@context": {
            "@protected": True,
            "id": "@id",
            "type": "@type",
            "controller": {"@id": f"{SECURITY}controller", "@type": "@id"},
            "publicKeyJwk": {"@id": f"{SECURITY}publicKeyJwk", "@type": "@json"},
            "revoked": {"@id": f"{SECURITY}revoked", "@type": "http://www.w3.org/2001/XMLSchema#dateTime"},
        },
    }
}


@dataclass(frozen=True)
class Published:
    """A public key as the document shows it. fragment: its name after the #. revoked: when it was found compromised."""

    fragment: str
    multikey: str = ""
    jwk: dict[str, str] | None = None
    revoked: datetime | None = None


def identifier(address: str) -> str:
    """https://example.org → did:web:example.org; a port's colon is %3A, folders follow with colons (did:web § 3.1)."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.port is not None:
        host += quote(f":{parts.port}", safe="")
    folders = [quote(folder, safe="") for folder in parts.path.split("/") if folder]
    return ":".join(["did:web", host, *folders])


def document_path(address: str) -> str:
    """Where the method says the document is, below the platform's own address: in .well-known, or beside the folders."""
    return "did.json" if urlsplit(address).path.strip("/") else ".well-known/did.json"


def document(did: str, keys: Iterable[Published]) -> dict[str, Any]:
    """The DID document (DID Core 1.0). A compromised key stays named, marked, and proves nothing any more; one that was only
    replaced goes on proving what it signed.
    """
    methods, assertion = [], []
    for key in keys:
        address = f"{did}#{key.fragment}"
        if key.jwk is not None:
            method: dict[str, Any] = {"id": address, "type": "JsonWebKey", "controller": did}
            method["publicKeyJwk"] = key.jwk | {"alg": "RS256", "use": "sig", "kid": key.fragment}
        else:
            method = {
                "id": address,
                "type": "Multikey",
                "controller": did,
                "publicKeyMultibase": key.multikey,
            }
        if key.revoked is not None:
            method["revoked"] = stamp(key.revoked)
        else:
            assertion.append(address)
        methods.append(method)
    return {
        "@context": [contexts.DID, contexts.MULTIKEY, JWK_WORDS],
        "id": did,
        "verificationMethod": methods,
        "assertionMethod": assertion,
    }


def document_bytes(found: dict[str, Any]) -> bytes:
    return (json.dumps(found, indent=2, ensure_ascii=False) + "\n").encode()


def fingerprint(raw: bytes) -> str:
    """SHA-256 of the document's bytes, hex."""
    return sha256(raw).hexdigest()
