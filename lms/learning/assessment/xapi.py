"""What a closed attempt says in xAPI 1.0.3: one statement for each question that was answered, one for the whole.

Plain functions over plain values. Owns how each kind of question is one of xAPI's interactions (part 2, appendix C: `choice`,
`true-false`, `fill-in`, `numeric`, `matching`, `sequencing`) with its correctResponsesPattern and its response. Refuses to keep any of it:
attempts are what is kept, and the same attempt always says the same statements under the same ids.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from itertools import islice, product
from typing import Any
from uuid import UUID, uuid5

from lms.learning.assessment.rules import is_answered, is_right, share, worth

_ITEM, _PART, _RANGE = "[,]", "[.]", "[:]"
_VERBS = {"answered": "回答了", "passed": "通过了", "failed": "没有通过"}
_KINDS = {
    "single": "choice",
    "multiple": "choice",
    "true_false": "true-false",
    "fill": "fill-in",
    "numeric": "numeric",
    "matching": "matching",
    "ordering": "sequencing",
}
# Ways of filling in several blanks that are told: each with the others would be more than anybody reads.
MAX_PATTERNS = 20
# Language, script, region of RFC 5646: what a course says of its language was typed.
_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?")

Question = Mapping[str, Any]


def definition(question: Question, language: str) -> dict[str, Any]:
    """The activity definition of a question, its words in `language` (BCP 47)."""
    kind = question["kind"]
    made: dict[str, Any] = {
        "type": "http://adlnet.gov/expapi/activities/cmi.interaction",
        "description": {language: question["stem"]},
        "interactionType": _KINDS[kind],
        "correctResponsesPattern": patterns(question),
    }
    options = question.get("options") or []
    if kind in ("single", "multiple", "ordering"):
        made["choices"] = _components(options, language)
    elif kind == "matching":
        # What is matched is the source, what it is matched with the target.
        made["source"] = _components(question["answer"], language)
        made["target"] = _components(options, language)
    return made


def patterns(question: Question) -> list[str]:
    """The answers that are right, each as xAPI writes one."""
    kind, answer = question["kind"], question["answer"]
    if kind == "matching":
        return [_ITEM.join(f"{pair['id']}{_PART}{pair['option']}" for pair in answer)]
    if kind == "fill":
        return [_ITEM.join(texts) for texts in islice(product(*answer), MAX_PATTERNS)]
    if kind == "numeric":
        return [_range(Fraction(value), Fraction(tolerance)) for value, tolerance in answer]
    return [_ITEM.join(answer)]


def response(question: Question, given: Sequence[str]) -> str:
    """What was answered, as xAPI writes it; of a matching or ordering question what was left open is not in it."""
    if question["kind"] == "matching":
        pairs = zip(question["answer"], given, strict=False)
        return _ITEM.join(f"{pair['id']}{_PART}{key}" for pair, key in pairs if key)
    if question["kind"] == "ordering":
        return _ITEM.join(key for key in given if key)
    return _ITEM.join(given)


def statements(
    questions: Sequence[Question],
    answers: Mapping[str, Sequence[str]],
    *,
    attempt: UUID,
    quiz: str,
    title: str,
    language: str,
    words: str,
    account: tuple[str, str],
    registration: UUID,
    parents: Sequence[str],
    at: datetime,
    percent: int,
    passed: bool,
) -> Iterator[dict[str, Any]]:
    """The statements of an attempt: its questions in order, then the whole. `quiz` is the IRI of the quiz, `account` home
    page and name of the learner, `parents` what the quiz belongs to (lesson, release), `at` when it was handed in,
    `language` what it was answered in, `words` what it is written in ("und" where that is no language tag)."""
    words = words if _TAG.fullmatch(words) else "und"

    def made(key: str, verb: str, thing: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
        above = [quiz, *parents] if key else list(parents)
        return {
            "id": str(uuid5(attempt, f"xapi/{key}")),
            "actor": {"objectType": "Agent", "account": {"homePage": account[0], "name": account[1]}},
            "verb": {
                "id": f"http://adlnet.gov/expapi/verbs/{verb}",
                "display": {"en-US": verb, "zh-CN": _VERBS[verb]},
            },
            "object": {"objectType": "Activity", **thing},
            "result": result,
            "context": {
                "registration": str(registration),
                "contextActivities": {
                    "parent": [{"objectType": "Activity", "id": above[0]}],
                    "grouping": [{"objectType": "Activity", "id": iri} for iri in above[1:]],
                },
                "platform": "Rongtong",
                "language": language,
            },
            "timestamp": at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "version": "1.0.3",
        }

    for question in questions:
        given = answers.get(question["id"])
        if not given or not is_answered(given):
            continue
        earned = share(question, given)
        score = {"raw": _number(earned * worth(question)), "min": 0, "max": worth(question)}
        result = {
            "score": score | {"scaled": _number(earned)},
            "success": is_right(question, given),
            "completion": True,
            "response": response(question, given),
        }
        thing = {"id": f"{quiz}#{question['id']}", "definition": definition(question, words)}
        yield made(str(question["id"]), "answered", thing, result)
    thing = {
        "id": quiz,
        "definition": {
            "type": "http://adlnet.gov/expapi/activities/assessment",
            "name": {words: title},
        },
    }
    result = {"score": {"scaled": percent / 100}, "success": passed, "completion": True}
    yield made("", "passed" if passed else "failed", thing, result)


def _components(rows: Sequence[Mapping[str, str]], language: str) -> list[dict[str, Any]]:
    return [{"id": row["id"], "description": {language: row["text"]}} for row in rows]


def _range(value: Fraction, tolerance: Fraction) -> str:
    low, high = _decimal(value - tolerance), _decimal(value + tolerance)
    return low if low == high else f"{low}{_RANGE}{high}"


def _decimal(value: Fraction) -> str:
    """A number that has finitely many digits, written out."""
    whole = value * 10**20
    sign, digits = "-" if value < 0 else "", f"{abs(int(whole)):021d}"
    return f"{sign}{digits[:-20]}.{digits[-20:]}".rstrip("0").rstrip(".")


def _number(value: Fraction) -> int | float:
    return int(value) if value.denominator == 1 else round(float(value), 4)
