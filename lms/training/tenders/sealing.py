"""The sealed file of a bid: its form, sealing and opening it. docs/tenders.md has the same in words, with a test vector.

    sealed  = "RTSEALED" (8 bytes) + version 1 (1 byte) + nonce (12 bytes) + commitment (32 bytes)
              + AES-256-GCM ciphertext + tag (16 bytes)
    commitment = SHA-256("rongtong-bid-key/1" LF + key)
    AAD     = "rongtong-bid/1" LF tender number LF part LF bidder's code        (UTF-8)
    content = length of the head (4 bytes, big-endian) + head (JSON, UTF-8: amount_fen, name) + the bid file

GCM alone does not bind the key: somebody who has two keys in mind can write one ciphertext that opens to one price under the first
and to another under the second, and choose after the others were opened. The commitment stands under the published hash.

Refuses what is no such file (`Unsealable`) and a key that does not open it (`WrongKey`): then nothing of it is known.
"""

import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = b"RTSEALED"
VERSION = 1
NONCE, TAG, KEY, COMMITMENT = 12, 16, 32, 32
_NONCE_ENDS = len(MAGIC) + 1 + NONCE
HEAD = _NONCE_ENDS + COMMITMENT
KEY_FORMAT = "rongtong-bid-key/1"
MOST_FILE_BYTES = 10 * 1024 * 1024
MOST_HEAD_BYTES = 4096
MOST_SEALED_BYTES = HEAD + 4 + MOST_HEAD_BYTES + MOST_FILE_BYTES + TAG
LONGEST_NAME = 120


class Unsealable(ValueError):
    """Not a sealed file of this form."""


class WrongKey(ValueError):
    """The key does not open it, or it is not for this tender, part and bidder, or it was changed."""


@dataclass(frozen=True)
class About:
    """What a sealed file is for: it opens for nothing else."""

    tender: str
    part: str
    bidder: str

    @property
    def aad(self) -> bytes:
        return "\n".join(("rongtong-bid/1", self.tender, self.part, self.bidder)).encode()


@dataclass(frozen=True)
class Content:
    """What was sealed. amount_fen: None where the head cannot be read."""

    amount_fen: int | None
    name: str
    file: bytes


def packed(content: Content) -> bytes:
    head = json.dumps(
        {"amount_fen": content.amount_fen, "name": content.name}, ensure_ascii=False, separators=(",", ":")
    ).encode()
    return len(head).to_bytes(4, "big") + head + content.file


def unpacked(plain: bytes) -> Content:
    """What `packed` made; of anything else an unreadable content, which is kept as it is."""
    length = int.from_bytes(plain[:4], "big")
    try:
        if not 2 <= length <= MOST_HEAD_BYTES or len(plain) < 4 + length:
            raise ValueError
        head = json.loads(plain[4 : 4 + length].decode())
        amount, name = head["amount_fen"], head["name"]
        # True is a number to Python, not to us.
        if type(amount) is not int or type(name) is not str:
            raise ValueError
    except (ValueError, KeyError, TypeError, RecursionError):
        return Content(None, "", plain)
    return Content(amount, name.replace("\0", "")[-LONGEST_NAME:], plain[4 + length :])


def seal(key: bytes, about: About, content: Content, nonce: bytes | None = None) -> bytes:
    """nonce: for test vectors alone; a key seals one file."""
    nonce = secrets.token_bytes(NONCE) if nonce is None else nonce
    body = AESGCM(key).encrypt(nonce, packed(content), about.aad)
    return MAGIC + bytes([VERSION]) + nonce + commitment(key) + body


def commitment(key: bytes) -> bytes:
    return hashlib.sha256(f"{KEY_FORMAT}\n".encode() + key).digest()


def check(sealed: bytes) -> None:
    """Whether it has the form; nobody can say more without the key. Raises Unsealable."""
    if not sealed.startswith(MAGIC) or len(sealed) < HEAD + 4 + 2 + TAG or len(sealed) > MOST_SEALED_BYTES:
        raise Unsealable
    if sealed[len(MAGIC)] != VERSION:
        raise Unsealable


def unseal(key: bytes, about: About, sealed: bytes) -> Content:
    """Raises Unsealable, WrongKey."""
    check(sealed)
    if not hmac.compare_digest(sealed[_NONCE_ENDS:HEAD], commitment(key)):
        raise WrongKey
    nonce = sealed[_NONCE_ENDS - NONCE : _NONCE_ENDS]
    try:
        return unpacked(AESGCM(key).decrypt(nonce, sealed[HEAD:], about.aad))
    except InvalidTag as error:
        raise WrongKey from error


def fingerprint(sealed: bytes) -> str:
    return hashlib.sha256(sealed).hexdigest()


def new_key() -> bytes:
    return secrets.token_bytes(KEY)


def written_key(key: bytes, about: About, sha256: str) -> str:
    """The key file: which sealed file it opens, and the key, as JSON."""
    fields = {
        "format": KEY_FORMAT,
        "tender": about.tender,
        "part": about.part,
        "bidder": about.bidder,
        "sha256": sha256,
        "key": urlsafe_b64encode(key).decode().rstrip("="),
    }
    return json.dumps(fields, ensure_ascii=False, indent=1) + "\n"


@dataclass(frozen=True)
class ReadKey:
    """sha256: of the sealed file it is for, "" where only the key itself was given."""

    key: bytes
    sha256: str


def read_key(text: str) -> ReadKey:
    """A key file, or the key alone. Raises ValueError for anything else."""
    said, sha256 = text.strip().removeprefix("\ufeff"), ""
    if said.startswith("{"):
        try:
            fields = json.loads(said)
            if fields["format"] != KEY_FORMAT:
                raise ValueError
            said, sha256 = str(fields["key"]), str(fields["sha256"])
        except (KeyError, TypeError, RecursionError) as error:
            raise ValueError from error
    if not said.isascii():
        raise ValueError
    key = urlsafe_b64decode(said + "=" * (-len(said) % 4))
    if len(key) != KEY:
        raise ValueError
    return ReadKey(key, sha256.lower())
