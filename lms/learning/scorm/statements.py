"""What a session of a SCO tells, as xAPI statements after ADL's SCORM-to-xAPI profile (w3id.org/xapi/scorm).

Owns: which statement follows from which change. Refuses: telling one twice: each has an id that follows from its session,
item and verb. Plain functions; services.py keeps them in the record store.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from lms.learning.scorm.rules import Claim, duration_ms, period
from lms.records.api import INTERACTIONS

PROFILE = "https://w3id.org/xapi/scorm"
_VERBS = "http://adlnet.gov/expapi/verbs/"
_TYPES = "http://adlnet.gov/expapi/activities/"
_MOST_TEXT = 8000


@dataclass(frozen=True)
class Scene:
    """Who, what, where: the same for every statement of a session and item."""

    session: UUID
    item: str
    actor: dict[str, Any]
    activity: str
    title: str
    course: str
    course_title: str
    attempt: str
    registration: UUID
    language: str
    platform: str
    at: datetime


def heard(
    scene: Scene,
    kind: str,
    cmi: Mapping[str, Any],
    now: Claim,
    told: dict[str, Any],
    *,
    resumed: bool,
    terminated: bool,
) -> Iterator[dict[str, Any]]:
    """The statements that follow from what is heard now, given what was told; `told` is brought up to date."""
    if "initialized" not in told:
        told["initialized"] = True
        yield _made(scene, "resumed" if resumed else "initialized")
    answered = told.setdefault("answered", {})
    for number, interaction in _numbered(cmi.get("interactions")):
        response = str(interaction.get("student_response" if kind == "scorm12" else "learner_response") or "")
        if not interaction.get("id") or not (response or interaction.get("result")):
            continue
        # The same question answered anew is another statement; a journal gives each its own number.
        key = _answer(number, response, interaction.get("result"))
        if answered.get(str(number)) != key:
            answered[str(number)] = key
            yield _responded(scene, kind, number, interaction, response, key)
    if now.completion == "completed" and told.get("completion") != "completed":
        told["completion"] = "completed"
        yield _made(scene, "completed", result=_result(now) | {"completion": True})
    result: dict[str, Any]
    if now.success and told.get("success") != now.success:
        told["success"] = now.success
        result = _result(now) | {"success": now.success == "passed"}
        yield _made(scene, now.success, result=result, key=f"{now.success}/{told.get('turns', 0)}")
        told["turns"] = told.get("turns", 0) + 1
    if terminated and "terminated" not in told:
        told["terminated"] = True
        result = _result(now) | {"duration": period(now.session_ms)}
        if now.exit == "suspend":
            yield _made(scene, "suspended", result=result)
        if now.completion:
            result |= {"completion": now.completion == "completed"}
        if now.success:
            result |= {"success": now.success == "passed"}
        yield _made(scene, "terminated", result=result)


def _answer(number: int, response: str, verdict: Any) -> str:
    """What tells one answer from another to the same interaction."""
    return f"{number}:{uuid5(NAMESPACE_OID, repr((response, verdict)))}"


def told_before(kind: str, cmi: Mapping[str, Any], last: Claim) -> dict[str, Any]:
    """What a session that goes on from these elements need not tell again."""
    field = "student_response" if kind == "scorm12" else "learner_response"
    answered = {
        str(number): _answer(number, str(one.get(field) or ""), one.get("result"))
        for number, one in _numbered(cmi.get("interactions"))
    }
    return {"answered": answered, "completion": last.completion, "success": last.success}


def _made(
    scene: Scene,
    verb: str,
    *,
    result: dict[str, Any] | None = None,
    thing: dict[str, Any] | None = None,
    key: str = "",
) -> dict[str, Any]:
    names = {scene.language: scene.title}
    made: dict[str, Any] = {
        "id": str(uuid5(scene.session, f"{scene.item}/{key or verb}")),
        "actor": scene.actor,
        "verb": {"id": _VERBS + verb, "display": {"en-US": verb}},
        "object": thing or {"id": scene.activity, "definition": {"type": _TYPES + "lesson", "name": names}},
        "context": {
            "registration": str(scene.registration),
            "platform": scene.platform,
            "contextActivities": {
                "grouping": [
                    {
                        "id": scene.course,
                        "definition": {
                            "type": _TYPES + "course",
                            "name": {scene.language: scene.course_title},
                        },
                    },
                    {"id": scene.attempt, "definition": {"type": _TYPES + "attempt"}},
                ],
                "category": [{"id": PROFILE, "definition": {"type": _TYPES + "profile"}}],
            },
        },
        "timestamp": scene.at.isoformat(),
    }
    if thing:
        made["context"]["contextActivities"]["parent"] = [{"id": scene.activity}]
    if result:
        made["result"] = result
    return made


def _result(claim: Claim) -> dict[str, Any]:
    score: dict[str, float] = {}
    if claim.scaled is not None:
        score["scaled"] = claim.scaled
    least, most, raw = claim.least, claim.most, claim.raw
    if least is not None and most is not None and least >= most:
        least = most = None
    if raw is not None and (least is None or raw >= least) and (most is None or raw <= most):
        score["raw"] = raw
        score |= {name: value for name, value in (("min", least), ("max", most)) if value is not None}
    return {"score": score} if score else {}


def _responded(
    scene: Scene, kind: str, number: int, interaction: Mapping[str, Any], response: str, key: str
) -> dict[str, Any]:
    type_ = str(interaction.get("type") or "other").replace("true_false", "true-false")
    definition: dict[str, Any] = {
        "type": _TYPES + "cmi.interaction",
        "interactionType": type_ if type_ in INTERACTIONS else "other",
    }
    patterns = [
        str(one.get("pattern"))[:_MOST_TEXT]
        for _n, one in _numbered(interaction.get("correct_responses"))
        if one.get("pattern")
    ]
    if patterns:
        definition["correctResponsesPattern"] = patterns
    if interaction.get("description"):
        definition["description"] = {scene.language: str(interaction["description"])[:_MOST_TEXT]}
    result: dict[str, Any] = {"response": response[:_MOST_TEXT]}
    verdict = interaction.get("result")
    if verdict in ("correct", "wrong", "incorrect"):
        result["success"] = verdict == "correct"
    latency = duration_ms(kind, interaction.get("latency"))
    if latency:
        result["duration"] = period(latency)
    name = re.sub(r"[^A-Za-z0-9._~-]+", "-", str(interaction["id"]))[:200] or str(number)
    thing = {"id": f"{scene.activity}/interactions/{name}", "definition": definition}
    return _made(scene, "responded", result=result, thing=thing, key=f"responded/{key}")


def _numbered(value: Any) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The members of a collection, written as a list or as an object of numbers."""
    pairs = (
        enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, Mapping) else ()
    )
    for key, one in pairs:
        if isinstance(one, Mapping) and str(key).isdigit():
            yield int(key), one
