"""Texts with gaps as our content types read them: ``*answer/other answer:tip*``, backslash before ``* /
: \\``.

The same rules stand in H5P.RtCommon-1.0/scripts/rt-common.js (parseGaps); a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass

_SIGNS = "*/:\\"


@dataclass(frozen=True, slots=True)
class Gap:
    """One gap: accepted answers, the first being the one shown, and a tip or ""."""

    answers: tuple[str, ...]
    tip: str = ""


def parse_gaps(text: str) -> list[str | Gap]:
    """Cut a text at its gaps. An asterisk without a partner, or with nothing between, is ordinary text."""
    pieces: list[str | Gap] = []
    plain = ""
    i = 0
    while i < len(text):
        if text[i] == "\\" and text[i + 1 : i + 2] in tuple(_SIGNS):
            plain += text[i + 1]
            i += 2
            continue
        found = _read_gap(text, i + 1) if text[i] == "*" else None
        if found is None:
            plain += text[i]
            i += 1
            continue
        if plain:
            pieces.append(plain)
        plain = ""
        gap, i = found
        pieces.append(gap)
    if plain:
        pieces.append(plain)
    return pieces


def _read_gap(text: str, start: int) -> tuple[Gap, int] | None:
    answers = [""]
    tip: str | None = None
    i = start
    while i < len(text):
        sign = text[i]
        if sign == "\\" and text[i + 1 : i + 2] in tuple(_SIGNS):
            i += 1
            sign = text[i]
        elif sign == "*":
            kept = tuple(answer.strip() for answer in answers if answer.strip())
            return (Gap(kept, (tip or "").strip()), i + 1) if kept else None
        elif sign == "/" and tip is None:
            answers.append("")
            i += 1
            continue
        elif sign == ":" and tip is None:
            tip = ""
            i += 1
            continue
        if tip is None:
            answers[-1] += sign
        else:
            tip += sign
        i += 1
    return None
