"""What follows from plain values: the ladder a film gets, chapters as lines, what a licence says about taking along.

Lengths in milliseconds, sizes in bytes, rates in bits per second.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from lms.lib.units import MS_PER_MINUTE

# Code, pixels of the shorter side, most bits per second of the picture. 240 is for a line of the second generation.
LADDER: tuple[tuple[str, int, int], ...] = (
    ("low", 240, 240_000),
    ("mid", 480, 800_000),
    ("high", 720, 1_800_000),
)
SHORTEST, LONGEST = 16, 8192
# What a file's header says of its length may differ from what is in it by this much, or by 2 % of it.
SLACK_MS = 2000
MAX_CHAPTERS = 100
_CHAPTER = re.compile(r"^(?:(\d{1,2}):)?(\d{1,3}):(\d{2})(?:\.(\d{1,3}))?\s+(\S.*)$")
# Words by which a licence keeps copies from being made. Nothing else in a licence's name says so.
_RESERVED = re.compile(
    r"all rights reserved|proprietary|版权所有|保留所有权利|保留一切权利|禁止下载|仅限在线", re.I
)


@dataclass(frozen=True)
class Rung:
    """One size of a film: even width and height in pixels, the most bits per second of its picture."""

    code: str
    width: int
    height: int
    bits: int


def rungs(width: int, height: int) -> list[Rung]:
    """The sizes a film of this size gets, the smallest first: by its shorter side, and never larger than it is."""
    short = min(width, height)
    found: list[Rung] = []
    for code, target, bits in LADDER:
        side = min(target, short)
        if found and side <= min(found[-1].width, found[-1].height) + 1:
            break
        found.append(Rung(code, _even(width * side / short), _even(height * side / short), bits))
    return found


def _even(pixels: float) -> int:
    return max(2, round(pixels / 2) * 2)


def is_short_of(real_ms: int, said_ms: int) -> bool:
    """Whether a film is noticeably shorter than its header says: hours would be given for nothing."""
    return real_ms + max(SLACK_MS, said_ms // 50) < said_ms


def read_chapters(text: str, duration_ms: int) -> tuple[list[dict[str, Any]], str]:
    """Lines like "02:30 验电" → [{"ms", "title"}], and the first line that is none, or stands out of order or
    behind the end ("" where all are well).
    """
    found: list[dict[str, Any]] = []
    for line in filter(None, (row.strip() for row in text.splitlines())):
        match = _CHAPTER.match(line)
        if match is None:
            return [], line
        hours, minutes, seconds, part, title = match.groups()
        ms = int(hours or 0) * 60 * MS_PER_MINUTE + int(minutes) * MS_PER_MINUTE + int(seconds) * 1000
        ms += int((part or "0").ljust(3, "0"))
        late = ms >= duration_ms or (found and ms <= found[-1]["ms"])
        if late or int(seconds) > 59 or len(title) > 200 or len(found) == MAX_CHAPTERS:
            return [], line
        found.append({"ms": ms, "title": title})
    return found, ""


def write_chapters(chapters: list[dict[str, Any]]) -> str:
    """The lines that read_chapters takes."""
    return "\n".join(f"{clock(chapter['ms'])} {chapter['title']}" for chapter in chapters)


def clock(ms: int) -> str:
    """02:30, 1:02:30, 00:01.500."""
    seconds, part = divmod(ms, 1000)
    minutes, hours = seconds // 60 % 60, seconds // 3600
    text = f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes:02}:{seconds % 60:02}"
    return f"{text}.{part:03}" if part else text


def may_be_taken(choice: str, licence: str) -> bool:
    """Whether a film may be downloaded for study without a line. choice: CourseVideo.Offline; licence: the course's."""
    if choice == "licence":
        return not _RESERVED.search(licence)
    return choice == "yes"
