"""Captions as they come → WebVTT: SubRip is turned, encodings of Chinese Windows are read, the rest refused.

Owns saying which encoding was taken where the file leaves it open (`guessed`).
"""

from __future__ import annotations

import re

from courses.packs.foreign.encodings import NAMES, chinese
from courses.packs.foreign.markup import decoded

_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")
_TIME = re.compile(r"(\d{1,3}:\d{2}:\d{2}|\d{1,2}:\d{2})[,.](\d{1,3})")


def as_webvtt(data: bytes) -> bytes | None:
    """WebVTT in UTF-8, or None where the bytes are no captions. What is WebVTT already comes back as it is."""
    if b"\x00" in data[:200] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None
    text = decoded(data).lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if text.startswith("WEBVTT"):
        plain = data.removeprefix(b"\xef\xbb\xbf")
        return data if plain == data and text.encode() == data else text.encode()
    cues = []
    for block in re.split(r"\n{2,}", text.strip()):
        rows = block.strip().split("\n")
        arrow = next((n for n, row in enumerate(rows) if "-->" in row), None)
        if arrow is None:
            continue
        # 1:02:03,4 is what some tools write for 01:02:03.400.
        times = _TIME.sub(lambda t: f"{t.group(1)}.{t.group(2).ljust(3, '0')}", rows[arrow])
        cues.append("\n".join([times.strip(), *(row.strip() for row in rows[arrow + 1 :] if row.strip())]))
    return ("WEBVTT\n\n" + "\n\n".join(cues) + "\n").encode() if cues else None


def guessed(data: bytes) -> str:
    """What people call the encoding that was taken for these captions, where another would have been nearly as likely; "" where
    there is no doubt."""
    if data.startswith(_BOMS):
        return ""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        chosen = chinese(data)
        return NAMES[chosen.name] if chosen is not None and not chosen.sure else ""
    return ""
