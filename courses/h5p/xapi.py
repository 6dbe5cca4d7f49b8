"""H5P's event statements made into valid xAPI 1.0.3 statements. Pure functions; no request, no database.

Taken from the frame: the verb (of a short list), what was asked and answered, the score. Never taken from it:
who the learner is, when it was, and the id of the activity: those the server knows. Refuses what is no such
statement with ``ValueError``. Rules: xAPI 1.0.3, part 2 (data), 2.4.
"""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

from lms.records.api import INTERACTIONS

#: Verbs that are kept, by their last part; H5P sends ADL's. The rest (each click is an ``interacted``) tells nothing
#: of learning and would fill a record that only grows. h5p-host.js has the same list.
VERBS = frozenset(("answered", "attempted", "completed", "passed", "failed", "mastered", "progressed"))
_VERB_BASE = "http://adlnet.gov/expapi/verbs/"
_VERB_NAMES = {
    "answered": "回答了",
    "attempted": "开始做",
    "completed": "做完了",
    "passed": "通过了",
    "failed": "没有通过",
    "mastered": "掌握了",
    "progressed": "有进展",
}
_COMPONENTS = ("choices", "scale", "source", "target", "steps")
_SUB_CONTENT = "http://h5p.org/x-api/h5p-subContentId"
_AROUND = "?subContentId="
_LIBRARY = re.compile(r"https?://h5p\.org/libraries/[A-Za-z0-9_.\-]{1,255}")
_DURATION = re.compile(r"P(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d{1,9})?S)?)?")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_MOST_TEXT = 5_000
_MOST_LIST = 200
_MOST_NAME = 200
_ALWAYS = "en-US"
_HAN = re.compile("[\u3400-\u9fff]")


def verb_of(event: object) -> str | None:
    """The short name of an event's verb (``answered``), or None where it is none we keep."""
    verb = event.get("verb") if isinstance(event, Mapping) else None
    identity = verb.get("id") if isinstance(verb, Mapping) else None
    short = identity.rpartition("/")[2] if isinstance(identity, str) else ""
    return short if short in VERBS else None


def is_whole(event: Mapping[str, Any]) -> bool:
    """Whether an event is about the content as a whole, not about a part of it."""
    return _sub_content(event) == ""


def statement(
    event: object,
    *,
    statement_id: UUID,
    account_home: str,
    account_name: str,
    activity: str,
    title: str,
    language: str,
    at: datetime,
    registration: UUID | None = None,
    parents: tuple[str, ...] = (),
    titles: Mapping[str, str] | None = None,
    words: str = "",
) -> dict[str, Any]:
    """A statement for the record.

    ``account_home`` and ``account_name`` (the person's uuid) are the actor, who is given no name here: the record only
    grows and a name must go when its person does (``named`` adds it on the way out). ``activity`` is the IRI of the
    content, parts of it get ``#<part>`` behind; ``title`` and ``language`` are its name and the learner's language,
    ``titles`` its names by language where they are known; ``parents`` are IRIs of what it belongs to (lesson, course);
    ``at`` is the server's time. ``words`` is the language the content is written in, "" where its package says none: H5P calls
    every text English. A part (a question in a set, in a film, on a slide) has the part it stands in as its parent, the whole
    where it stands in none; the rest is above it. Raises ValueError.
    """
    verb = verb_of(event)
    if not isinstance(event, Mapping) or verb is None:
        raise ValueError("not a statement of a kind that is kept")
    part = _sub_content(event)
    around = _around(event) if part else ""
    above = [activity, *parents] if part else list(parents)
    if around and around != part:
        above.insert(0, _iri(activity, around))
    context: dict[str, Any] = {
        "contextActivities": {
            "parent": [{"id": iri, "objectType": "Activity"} for iri in above[:1]],
            "grouping": [{"id": iri, "objectType": "Activity"} for iri in above[1:]],
        },
        "platform": "Rongtong",
        "language": language,
    }
    library = _library(event)
    if library:
        context["contextActivities"]["category"] = [{"id": library, "objectType": "Activity"}]
    context["contextActivities"] = {
        key: value for key, value in context["contextActivities"].items() if value
    }
    if registration:
        context["registration"] = str(registration)
    made: dict[str, Any] = {
        "id": str(statement_id),
        "actor": {"objectType": "Agent", "account": {"homePage": account_home, "name": account_name}},
        "verb": {"id": _VERB_BASE + verb, "display": {"en-US": verb, "zh-CN": _VERB_NAMES[verb]}},
        "object": {
            "objectType": "Activity",
            "id": _iri(activity, part),
            "definition": _definition(event, part, titles or {language: title}, words),
        },
        "context": context,
        "timestamp": at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "version": "1.0.3",
    }
    result = _result(event.get("result"))
    if result:
        made["result"] = result
    return made


def named(statement: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A kept statement with its actor's name, for those who may know it; the kept one stays as it is."""
    return {**statement, "actor": {**statement["actor"], "name": name}} if name else dict(statement)


def _sub_content(event: Mapping[str, Any]) -> str:
    target = event.get("object")
    definition = target.get("definition") if isinstance(target, Mapping) else None
    extensions = definition.get("extensions") if isinstance(definition, Mapping) else None
    part = extensions.get(_SUB_CONTENT) if isinstance(extensions, Mapping) else None
    return part[:100] if isinstance(part, str) else ""


def _iri(activity: str, part: str) -> str:
    return f"{activity}#{quote(part, safe='')}" if part else activity


def _around(event: Mapping[str, Any]) -> str:
    """The part in which a part stands, "" for the whole: H5P names it behind the address of the whole."""
    try:
        found = event["context"]["contextActivities"]["parent"][0]["id"]
    except (KeyError, IndexError, TypeError):
        return ""
    return found.partition(_AROUND)[2][:100] if isinstance(found, str) else ""


def _library(event: Mapping[str, Any]) -> str:
    try:
        found = event["context"]["contextActivities"]["category"][0]["id"]
    except (KeyError, IndexError, TypeError):
        return ""
    return found if isinstance(found, str) and _LIBRARY.fullmatch(found) else ""


def _definition(event: Mapping[str, Any], part: str, titles: Mapping[str, str], words: str) -> dict[str, Any]:
    target = event.get("object")
    raw = target.get("definition") if isinstance(target, Mapping) else None
    raw = raw if isinstance(raw, Mapping) else {}
    made: dict[str, Any] = {"type": "http://adlnet.gov/expapi/activities/assessment"}
    if not part:
        made["name"] = {language: title[:_MOST_TEXT] for language, title in titles.items()}
    elif name := _texts(raw.get("name"), words) or _texts(raw.get("description"), words):
        # A question without a name of its own is called what it asks.
        made["name"] = {key: _line(text) for key, text in name.items()}
    if description := _texts(raw.get("description"), words):
        made["description"] = description
    kind = raw.get("interactionType")
    if isinstance(kind, str) and kind in INTERACTIONS:
        made["type"] = "http://adlnet.gov/expapi/activities/cmi.interaction"
        made["interactionType"] = kind
        patterns = raw.get("correctResponsesPattern")
        if isinstance(patterns, list):
            made["correctResponsesPattern"] = [
                p[:_MOST_TEXT] for p in patterns[:_MOST_LIST] if isinstance(p, str)
            ]
        for key in _COMPONENTS:
            if components := _components(raw.get(key), words):
                made[key] = components
    return made


def _line(text: str) -> str:
    """A text as a name: one line of bounded length."""
    return " ".join(text.split())[:_MOST_NAME]


def _components(raw: object, words: str) -> list[dict[str, Any]]:
    made = []
    for item in raw[:_MOST_LIST] if isinstance(raw, list) else []:
        if not isinstance(item, Mapping) or not isinstance(item.get("id"), str | int):
            continue
        one: dict[str, Any] = {"id": str(item["id"])[:200]}
        if texts := _texts(item.get("description"), words):
            one["description"] = texts
        made.append(one)
    # Ids within a list are distinct (2.4.4.1).
    return list({one["id"]: one for one in made}.values())


def _texts(raw: object, words: str) -> dict[str, str]:
    if not isinstance(raw, Mapping):
        return {}
    found = {
        key: value[:_MOST_TEXT]
        for key, value in list(raw.items())[:10]
        if isinstance(key, str) and _LANGUAGE.fullmatch(key) and isinstance(value, str) and value.strip()
    }
    # H5P's core writes "en-US" whatever the language is; where the package says none, its characters do.
    if list(found) == [_ALWAYS]:
        own = words or ("zh-CN" if _HAN.search(found[_ALWAYS]) else _ALWAYS)
        return {_ALWAYS if own.lower().startswith("en") else own: found[_ALWAYS]}
    return found


def _result(raw: object) -> dict[str, Any]:
    if not isinstance(raw, Mapping):
        return {}
    made: dict[str, Any] = {}
    if score := _score(raw.get("score")):
        made["score"] = score
    for key in ("success", "completion"):
        if isinstance(raw.get(key), bool):
            made[key] = raw[key]
    if isinstance(raw.get("response"), str):
        made["response"] = raw["response"][:_MOST_TEXT]
    duration = raw.get("duration")
    if (
        isinstance(duration, str)
        and len(duration) <= 40
        and duration != "P"
        and _DURATION.fullmatch(duration)
    ):
        made["duration"] = duration
    return made


def _score(raw: object) -> dict[str, Any]:
    """raw within min and max, and scaled computed from them: what the frame says it is counts for nothing."""
    if not isinstance(raw, Mapping):
        return {}
    value, low, high = (_number(raw.get(key)) for key in ("raw", "min", "max"))
    low = 0 if low is None else low
    if value is None or high is None or high <= low or not low <= value <= high:
        return {}
    return {"raw": value, "min": low, "max": high, "scaled": round((value - low) / (high - low), 4)}


def _number(value: object) -> int | float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return value if abs(value) < 1e9 else None
