"""Marking: plain functions over the questions of a release and what was answered.

Points are whole; a question is right or wrong. The percent is rounded down, and so never passes anyone by rounding.
"""

import random
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lms.lib.typed_numbers import is_within

Question = Mapping[str, Any]
TRUE_FALSE = ("true", "false")
# Answered by typing: one text per blank, or a number.
TYPED = ("fill", "numeric")
MAX_TEXT = 500


@dataclass(frozen=True)
class Marked:
    points: int
    max_points: int
    percent: int
    passed: bool
    right: dict[str, bool]


def draw_order(questions: Sequence[Question], seed: int) -> list[list[Any]]:
    """[[question id, [option ids]], …] shuffled by the attempt's seed: the same seed gives the same order."""
    rng = random.Random(seed)  # noqa: S311 - an order to look at, not a secret
    drawn = []
    for question in questions:
        options = [option["id"] for option in question.get("options") or []]
        rng.shuffle(options)
        drawn.append([question["id"], options])
    rng.shuffle(drawn)
    return drawn


def normalised(text: str) -> str:
    """A typed answer as it is compared: full-width as half-width (NFKC), white space out, case folded."""
    narrow = "".join(unicodedata.normalize("NFKC", text).split())
    # Folding and taking out spaces can leave letters that belong together.
    return unicodedata.normalize("NFKC", narrow.casefold())


def blanks(question: Question) -> int:
    """How many texts a typed question asks for."""
    return 1 if question["kind"] == "numeric" else len(question["answer"])


def clean_response(question: Question, raw: Any) -> list[str] | None:
    """What may be stored as an answer: option ids of the question, or one text per blank. None: not an answer."""
    if not isinstance(raw, list) or not all(isinstance(item, str) and len(item) <= MAX_TEXT for item in raw):
        return None
    if question["kind"] in TYPED:
        return raw if len(raw) == blanks(question) else None
    allowed = TRUE_FALSE if question["kind"] == "true_false" else [item["id"] for item in question["options"]]
    if any(item not in allowed for item in raw) or len(set(raw)) != len(raw):
        return None
    if question["kind"] != "multiple" and len(raw) > 1:
        return None
    return sorted(raw)


def is_right(question: Question, response: Sequence[str] | None) -> bool:
    """Single, true/false: the one; multiple: all of them and no other; fill: every blank one of its accepted texts;
    numeric: within one of its accepted numbers' tolerance (typed_numbers.number_of says what is a number)."""
    if not response:
        return False
    if question["kind"] == "numeric":
        return len(response) == 1 and is_within(response[0], question["answer"])
    if question["kind"] == "fill":
        return len(response) == blanks(question) and all(
            normalised(typed) in {normalised(text) for text in accepted}
            for typed, accepted in zip(response, question["answer"], strict=True)
        )
    return set(response) == set(question["answer"])


def is_answered(response: Sequence[str] | None) -> bool:
    return bool(response) and any(item.strip() for item in response or ())


def mark(questions: Sequence[Question], responses: Mapping[str, Sequence[str]], pass_percent: int) -> Marked:
    """The result of an attempt. No question at all is a pass: there was nothing to fail."""
    right = {question["id"]: is_right(question, responses.get(question["id"])) for question in questions}
    worth = {question["id"]: int(question.get("points") or 1) for question in questions}
    points = sum(worth[key] for key, ok in right.items() if ok)
    most = sum(worth.values())
    percent = points * 100 // most if most else 100
    return Marked(points, most, percent, percent >= pass_percent, right)
