"""Texts of Chinese Windows that do not say how they are written: GB 18030 of the mainland or Big5 of Taiwan and Hong Kong.

Owns the choice between the two: nearly every text of one can be read as the other, into signs nobody writes. What counts is
how many of the signs are common ones, which both standards put in a range of their own. Refuses to look at more than a
sample, and says where the choice is a guess.
"""

from __future__ import annotations

from dataclasses import dataclass

GB, BIG5 = "gb18030", "big5hkscs"
NAMES = {GB: "GBK", BIG5: "Big5"}
_SAMPLE = 64 * 1024
# So much more of the signs must be common in the one than in the other, of at least so many signs, for no doubt to be left.
_CLEAR = 0.2
_ENOUGH = 12


@dataclass(frozen=True)
class Chosen:
    """`name` as Python knows the encoding; `sure` is False where another reading is nearly as good."""

    name: str
    sure: bool


def chinese(data: bytes) -> Chosen | None:
    """How bytes that are no UTF-8 are written; None where neither reading is possible."""
    sample = _cut(data)
    marks = {name: _common(sample, name) for name in (GB, BIG5) if _readable(data, name)}
    if not marks:
        return None
    best = max(marks, key=lambda name: marks[name][0])
    share, signs = marks[best]
    others = [other for name, (other, _) in marks.items() if name != best]
    return Chosen(best, not others or (signs >= _ENOUGH and share - max(others) >= _CLEAR))


def _readable(data: bytes, name: str) -> bool:
    try:
        data.decode(name)
    except UnicodeDecodeError:
        return False
    return True


def _cut(data: bytes) -> bytes:
    """The first bytes, up to the end of a line: a sign cut in two would shift all that follow."""
    if len(data) <= _SAMPLE:
        return data
    return data[: data.rfind(b"\n", 0, _SAMPLE) + 1] or data[:_SAMPLE]


def _common(data: bytes, name: str) -> tuple[float, int]:
    """(share of its signs of two bytes that are common, number of these signs)."""
    common = signs = place = 0
    while place < len(data) - 1:
        lead, trail = data[place], data[place + 1]
        if lead < 0x80:
            place += 1
            continue
        if name == GB and 0x30 <= trail <= 0x39:
            # Four bytes: a sign that is in neither list.
            signs, place = signs + 1, place + 4
            continue
        common += _is_common(lead, trail, name)
        signs, place = signs + 1, place + 2
    return (common / signs if signs else 0.0), signs


def _is_common(lead: int, trail: int, name: str) -> bool:
    """Punctuation and the signs of the first level: GB 2312 has 3,755 of them in rows 16 to 55, Big5 5,401 from A4 to C6."""
    if name == GB:
        return (0xB0 <= lead <= 0xD7 or lead in (0xA1, 0xA3)) and trail >= 0xA1
    return 0xA4 <= lead <= 0xC6 or lead == 0xA1
