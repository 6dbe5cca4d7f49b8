"""Marking: plain functions over the questions of a release and what was answered.

A question is right or wrong and earns all its points or none, unless its release pins a rule by which it earns a share of
them (`marking`, courses/questions/rules.py). Shares are exact until the end: points and percent are rounded down once, and
so never pass anyone by rounding.
"""

import random
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from courses.questions.api import PAIRS, PLACES
from lms.lib.typed_numbers import is_within

Question = Mapping[str, Any]
TRUE_FALSE = ("true", "false")
# Answered by typing: one text per blank, or a number.
TYPED = ("fill", "numeric")
# Answered by choosing an option for each place: the prompts of a matching question, the places of an order.
CHOSEN = ("matching", "ordering")
# Answered place by place: each blank, or each of these; a place left open is "".
PLACED = (*TYPED, *CHOSEN)
# Kinds with the rules by which each of their places earns an equal share.
_BY_PLACE = (("matching", PAIRS), ("ordering", PLACES))
MAX_TEXT = 500


@dataclass(frozen=True)
class Marked:
    """`points` are the whole ones in `earned`, the exact sum; `percent` is of the exact sum. `right`: wholly right."""

    points: int
    earned: Fraction
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
    """How many answers a question that is answered place by place asks for."""
    return 1 if question["kind"] == "numeric" else len(question["answer"])


def clean_response(question: Question, raw: Any) -> list[str] | None:
    """What may be stored as an answer: option ids of the question, one text per blank, or one option id ("" for none yet)
    per prompt or place. None: not an answer."""
    if not isinstance(raw, list) or not all(isinstance(item, str) and len(item) <= MAX_TEXT for item in raw):
        return None
    if question["kind"] in TYPED:
        return raw if len(raw) == blanks(question) else None
    if question["kind"] in CHOSEN:
        known = {"", *(option["id"] for option in question["options"])}
        return raw if len(raw) == blanks(question) and known.issuperset(raw) else None
    allowed = TRUE_FALSE if question["kind"] == "true_false" else [item["id"] for item in question["options"]]
    if any(item not in allowed for item in raw) or len(set(raw)) != len(raw):
        return None
    if question["kind"] != "multiple" and len(raw) > 1:
        return None
    return sorted(raw)


def is_right(question: Question, response: Sequence[str] | None) -> bool:
    """Single, true/false: the one; multiple: all of them and no other; fill: every blank one of its accepted texts;
    numeric: within one of its accepted numbers' tolerance (typed_numbers.number_of says what is a number); matching and
    ordering: every place."""
    if not response:
        return False
    if question["kind"] == "numeric":
        return len(response) == 1 and is_within(response[0], question["answer"])
    if question["kind"] == "fill":
        return len(response) == blanks(question) and all(
            normalised(typed) in {normalised(text) for text in accepted}
            for typed, accepted in zip(response, question["answer"], strict=True)
        )
    if question["kind"] in CHOSEN:
        return all(places_right(question, response))
    return set(response) == set(question["answer"])


def places_right(question: Question, response: Sequence[str] | None) -> list[bool]:
    """Of a matching or ordering question, place by place, whether what was chosen belongs there."""
    right = (
        [pair["option"] for pair in question["answer"]]
        if question["kind"] == "matching"
        else question["answer"]
    )
    given = response if response and len(response) == len(right) else [""] * len(right)
    return [chosen == key for chosen, key in zip(given, right, strict=True)]


def share(question: Question, response: Sequence[str] | None) -> Fraction:
    """What part of its points an answer earns, from 0 to 1, by the rule the release pins: with `PAIRS` each pair the same
    part, with `PLACES` each place; without a rule, or with one that is not known here, all or nothing."""
    if (question["kind"], question.get("marking")) in _BY_PLACE:
        places = places_right(question, response)
        return Fraction(sum(places), len(places) or 1)
    return Fraction(is_right(question, response))


def is_answered(response: Sequence[str] | None) -> bool:
    return bool(response) and any(item.strip() for item in response or ())


def mark(questions: Sequence[Question], responses: Mapping[str, Sequence[str]], pass_percent: int) -> Marked:
    """The result of an attempt. No question at all is a pass: there was nothing to fail."""
    right = {question["id"]: is_right(question, responses.get(question["id"])) for question in questions}
    most = sum(map(worth, questions))
    earned = sum(
        (worth(question) * share(question, responses.get(question["id"])) for question in questions),
        Fraction(0),
    )
    percent = int(earned * 100 // most) if most else 100
    return Marked(int(earned), earned, most, percent, percent >= pass_percent, right)


def worth(question: Question) -> int:
    """The points a question gives when it is right."""
    return int(question.get("points") or 1)


def shown_points(earned: Fraction) -> str:
    """Points as people read them: whole, or with what follows the point to the hundredth, rounded down."""
    whole, rest = divmod(int(earned * 100), 100)
    return f"{whole}.{rest:02d}".rstrip("0") if rest else str(whole)
