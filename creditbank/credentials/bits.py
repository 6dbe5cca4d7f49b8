"""Bitstring Status List v1.0 as plain functions: bits by index, most significant first, gzip, base64url marked by its u."""

import gzip
import zlib
from collections.abc import Iterable

from creditbank.credentials.multikey import b64url, unb64url

# § 3.2 of the specification: no fewer, so that one entry hides among many.
SIZE = 131_072


def encode(revoked: Iterable[int], size: int = SIZE) -> str:
    """The encodedList with these indices set. The same indices give the same text. Raises IndexError outside the list."""
    raw = bytearray(size // 8)
    for index in revoked:
        if not 0 <= index < size:
            raise IndexError(index)
        raw[index // 8] |= 0x80 >> (index % 8)
    return "u" + b64url(gzip.compress(bytes(raw), mtime=0))


def is_set(encoded: str, index: int, size: int = SIZE) -> bool:
    """Whether the index is set. Raises ValueError for a text that is not such a list, IndexError outside it."""
    if not encoded.startswith("u"):
        raise ValueError("not base64url")
    try:
        unpack = zlib.decompressobj(31)
        raw = unpack.decompress(unb64url(encoded[1:]), size // 8 + 1)
    except zlib.error as error:
        raise ValueError("not gzip") from error
    if len(raw) != size // 8:
        raise ValueError("wrong length")
    if not 0 <= index < size:
        raise IndexError(index)
    return bool(raw[index // 8] & (0x80 >> (index % 8)))
