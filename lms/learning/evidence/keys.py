"""The platform's Ed25519 keys: the newest signs packs, every one it ever had is published so that old packs stay checkable.

Owns: reading keys from the settings (production) or from a file in the private folder (embedded, made on first use), and
their ids. Refuses: keys that travel inside a pack: who checks one takes the key from the platform.
"""

import json
import os
import secrets
from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.utils.translation import gettext as _

from lms.lib.errors import Refusal

FILE = "evidence-keys.json"
KEYS_PATH = "/.well-known/rongtong-evidence-keys.json"


@dataclass(frozen=True)
class PublicKey:
    """raw: the 32 bytes of an Ed25519 public key (RFC 8032). id: the first 16 hex digits of their SHA-256."""

    raw: bytes

    @property
    def id(self) -> str:
        return sha256(self.raw).hexdigest()[:16]

    def verifies(self, signature: bytes, message: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True)
class SigningKey:
    """seed: the 32 secret bytes."""

    seed: bytes

    def public(self) -> PublicKey:
        return PublicKey(Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        """64 bytes; the same message gives the same signature."""
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)


def fresh_seed() -> str:
    """A new secret key as it stands in the environment: base64 of 32 bytes."""
    return b64encode(secrets.token_bytes(32)).decode()


def signing_key() -> SigningKey:
    """The key that signs from now on. Raises Refusal (503) where a production deployment has none."""
    seeds = _stored()["keys"]
    if not seeds:
        raise Refusal(
            _("平台还没有配置证据包的签名密钥，暂时不能制作。请联系管理员。"),
            code="no_signing_key",
            status=503,
        )
    return SigningKey(_bytes(seeds[0]))


def public_keys() -> list[PublicKey]:
    """All keys whose signatures are ours, the signing one first."""
    stored = _stored()
    found = [SigningKey(_bytes(seed)).public() for seed in stored["keys"]]
    return found + [PublicKey(_bytes(raw)) for raw in stored["retired"]]


def published() -> dict[str, Any]:
    """What stands at KEYS_PATH."""
    return {
        "format": "rongtong-evidence-keys",
        "version": 1,
        "keys": [
            {"id": key.id, "algorithm": "Ed25519", "public_key": b64encode(key.raw).decode()}
            for key in public_keys()
        ],
    }


def read_published(text: str) -> list[PublicKey]:
    """Keys out of a document as `published` makes it. Raises ValueError when it is none."""
    try:
        rows = json.loads(text)["keys"]
        return [PublicKey(_bytes(row["public_key"])) for row in rows if row["algorithm"] == "Ed25519"]
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(str(error)) from None


def _bytes(text: str) -> bytes:
    raw = b64decode(text, validate=True)
    if len(raw) != 32:
        raise ValueError("an Ed25519 key has 32 bytes")
    return raw


def _stored() -> dict[str, list[str]]:
    if settings.EVIDENCE_KEYS or not (settings.EMBEDDED or settings.TESTING):
        return {"keys": settings.EVIDENCE_KEYS, "retired": settings.EVIDENCE_RETIRED_KEYS}
    path = _file()
    if not path.exists():
        _make(path)
    found: dict[str, list[str]] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _file() -> Path:
    return Path(settings.HOME) / "private" / FILE


def _make(path: Path) -> None:
    """Written aside and linked into place: web and worker starting together agree on one key."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = _write_draft(path, {"keys": [fresh_seed()], "retired": []})
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def rotate() -> PublicKey:
    """Embedded only: a new key signs from now on; the old one's public half stays published, its secret half is gone."""
    if settings.EVIDENCE_KEYS or not (settings.EMBEDDED or settings.TESTING):
        raise Refusal(_("生产环境的密钥在环境变量里更换。"), code="keys_in_environment")
    old = public_keys()
    path = _file()
    fresh = {"keys": [fresh_seed()], "retired": [b64encode(key.raw).decode() for key in old]}
    os.replace(_write_draft(path, fresh), path)
    return signing_key().public()


def _write_draft(path: Path, content: dict[str, list[str]]) -> Path:
    draft = path.with_name(f".{FILE}-{os.getpid()}-{secrets.token_hex(4)}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(content, file)
    return draft
