"""Keys as text: Multikey (base58 of multicodec and key, Controlled Identifiers 1.0 § 2.2.2) for Ed25519, JWK (RFC 7517) for RSA.

Plain functions over bytes; no database.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
ED25519_PUBLIC = b"\xed\x01"


def base58(raw: bytes) -> str:
    number, text = int.from_bytes(raw), ""
    while number:
        number, digit = divmod(number, 58)
        text = ALPHABET[digit] + text
    return ALPHABET[0] * (len(raw) - len(raw.lstrip(b"\0"))) + text


def unbase58(text: str) -> bytes:
    """Raises ValueError for what is not base58."""
    number = 0
    for digit in text:
        number = number * 58 + ALPHABET.index(digit)
    zeros = len(text) - len(text.lstrip(ALPHABET[0]))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8)


def multibase(raw: bytes) -> str:
    """base58btc, marked by its z."""
    return "z" + base58(raw)


def unmultibase(text: str) -> bytes:
    """Raises ValueError for anything but base58btc."""
    if not text.startswith("z"):
        raise ValueError("not base58btc")
    return unbase58(text[1:])


def ed25519_multikey(raw: bytes) -> str:
    """raw: the 32 bytes of the public key."""
    return multibase(ED25519_PUBLIC + raw)


def ed25519_raw(key: str) -> bytes:
    """The 32 bytes out of a Multikey. Raises ValueError."""
    raw = unmultibase(key)
    if len(raw) != 34 or not raw.startswith(ED25519_PUBLIC):
        raise ValueError("not an Ed25519 key")
    return raw[2:]


def b64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64url(text: str) -> bytes:
    """Raises ValueError (binascii.Error) for what is not base64url without padding."""
    raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    # The decoder skips strange characters and unused bits; two texts must not mean one signature.
    if b64url(raw) != text:
        raise ValueError("not base64url")
    return raw


def rsa_jwk(key: RSAPublicKey) -> dict[str, str]:
    numbers = key.public_numbers()
    return {"kty": "RSA", "n": _number(numbers.n), "e": _number(numbers.e)}


def _number(value: int) -> str:
    return b64url(value.to_bytes((value.bit_length() + 7) // 8))


def rsa_key(jwk: dict[str, Any]) -> RSAPublicKey:
    n, e = (int.from_bytes(unb64url(jwk[name])) for name in ("n", "e"))
    return RSAPublicNumbers(e, n).public_key()


def thumbprint(jwk: dict[str, str]) -> str:
    """RFC 7638: SHA-256 over the required members in order, base64url."""
    return b64url(sha256(json.dumps(jwk, sort_keys=True, separators=(",", ":")).encode()).digest())
