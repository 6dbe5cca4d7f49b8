"""Plain functions of a release: how long content is reckoned to take, and what makes two snapshots the same."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from courses.html import text_of
from lms.lib.units import MS_PER_MINUTE, centihours_from_ms


@dataclass(frozen=True)
class Pace:
    """The dated ContentRule as plain values, both in milliseconds."""

    ms_per_character: int
    ms_per_question: int


def characters(html: str) -> int:
    """What a reader reads: Chinese characters one each, a Latin word or number as one, no white space."""
    count, in_word = 0, False
    for char in text_of(html):
        if char.isascii() and char.isalnum():
            count += not in_word
            in_word = True
            continue
        in_word = False
        count += char.isalnum()
    return count


def text_ms(html: str, pace: Pace) -> int:
    return characters(html) * pace.ms_per_character


def exercise_ms(minutes: int | None, questions: int, pace: Pace) -> int:
    """Declared minutes where the author gave them, else the rule per question."""
    return minutes * MS_PER_MINUTE if minutes else questions * pace.ms_per_question


def approvable_centihours(nominal_ms: int) -> int:
    """The most hours (hundredths) that content of this length can be approved for: time counts once."""
    return centihours_from_ms(nominal_ms)


def content_hash(snapshot: Any) -> str:
    """SHA-256 over the snapshot's canonical JSON."""
    text = json.dumps(snapshot, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
