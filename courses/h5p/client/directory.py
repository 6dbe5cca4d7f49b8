"""The list of members at the end of a zip, looked at before anybody reads it.

``zipfile`` reads the whole list and makes an object of each entry before it can be asked how many there are: a list of some
hundred megabytes, which may itself be a file's only content, takes many times that of memory.
"""

from __future__ import annotations

import os
import struct
import zipfile
from contextlib import nullcontext
from typing import IO, Any

#: Bytes of an entry without its name, and the places of the lengths of name, extra field and comment in it.
_ENTRY, _LENGTHS = 46, struct.Struct("<3H")
_ZIP64_TAIL = 56 + 20
#: What a list may take: of 20,000 members some 700 bytes each, twice and more.
MOST_BYTES = 32 * 1024 * 1024


def members_named(source: str | os.PathLike[str] | IO[bytes]) -> int | None:
    """How many members the list of a zip names, as ``zipfile`` would read it; 0 where it would read none. None where the list
    is longer than MOST_BYTES, whatever is in it. Reads at most that. Raises OSError."""
    with nullcontext(source) if not isinstance(source, str | os.PathLike) else open(source, "rb") as file:
        # The same function that `zipfile` itself finds the list by: a second opinion would be another list.
        end: Any = zipfile._EndRecData(file)  # type: ignore[attr-defined]
        if not end:
            return 0
        size = end[zipfile._ECD_SIZE]  # type: ignore[attr-defined]
        start = end[zipfile._ECD_LOCATION] - size  # type: ignore[attr-defined]
        if end[zipfile._ECD_SIGNATURE] == zipfile.stringEndArchive64:  # type: ignore[attr-defined]
            start -= _ZIP64_TAIL
        if start < 0:
            return 0
        if size > MOST_BYTES:
            return None
        file.seek(start)
        data = file.read(size)
    count = at = 0
    while at + _ENTRY <= len(data) and data.startswith(b"PK\x01\x02", at):
        at += _ENTRY + sum(_LENGTHS.unpack_from(data, at + 28))
        count += 1
    return count
