"""How a statement is told: exactly, in the fewest words (ids), or with one language of each text (canonical).

Plain functions (Communication 2.1.3, parameter "format").
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lms.records.statements.models import GIVEN_ID, GIVEN_TIMESTAMP, GIVEN_VERSION
from lms.records.statements.rules import IDENTIFIERS, Json, parts_of, visit_activities
from lms.records.values import best_language

# Of an activity's id, what the store knows of it; {} for nothing.
Definitions = Mapping[str, Json]


@dataclass(frozen=True)
class Kept:
    """A statement as read from the store; stored: as text."""

    statement_id: str
    stored: str
    authority: str
    version: str
    given: int
    text: str


def exact(kept: Kept) -> str:
    """The statement as JSON: every character as received, and what the store adds at its end."""
    added = []
    if not kept.given & GIVEN_ID:
        added.append(f'"id":"{kept.statement_id}"')
    if not kept.given & GIVEN_TIMESTAMP:
        added.append(f'"timestamp":"{kept.stored}"')
    added.append(f'"stored":"{kept.stored}"')
    added.append(f'"authority":{kept.authority}')
    if not kept.given & GIVEN_VERSION:
        added.append(f'"version":"{kept.version}"')
    return f"{kept.text[:-1]},{','.join(added)}}}"


def to_send(kept: Kept) -> str:
    """The statement for another store: under its own id, as of its own time. What a store adds, that one will."""
    added = []
    if not kept.given & GIVEN_ID:
        added.append(f'"id":"{kept.statement_id}"')
    if not kept.given & GIVEN_TIMESTAMP:
        added.append(f'"timestamp":"{kept.stored}"')
    return f"{kept.text[:-1]},{','.join(added)}}}" if added else kept.text


def plain(data: Json) -> str | None:
    """The text of a statement in which what a store must change is put right; None where nothing is.

    Taken out: stored and authority, which the store writes itself. Single context activities become arrays (Data 2.4.6.2).
    """
    single = any(
        not isinstance(given, list)
        for part in parts_of(data)
        for given in part.get("context", {}).get("contextActivities", {}).values()
    )
    if not single and "stored" not in data and "authority" not in data:
        return None
    copy = {name: value for name, value in data.items() if name not in ("stored", "authority")}
    if single:
        _arrays(copy)
        if copy["object"].get("objectType") == "SubStatement":
            copy["object"] = dict(copy["object"])
            _arrays(copy["object"])
    return json.dumps(copy, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _arrays(part: Json) -> None:
    context = part.get("context", {})
    if "contextActivities" in context:
        part["context"] = context | {
            "contextActivities": {
                name: given if isinstance(given, list) else [given]
                for name, given in context["contextActivities"].items()
            }
        }


def ids(data: Json) -> Json:
    """Only what tells agents, activities and verbs from others (format=ids)."""
    told = dict(data)
    for name in ("actor", "authority"):
        if name in told:
            told[name] = _id_of_agent(told[name])
    told["verb"] = {"id": data["verb"]["id"]}
    target = data["object"]
    kind = target.get("objectType", "Activity")
    if kind in ("Agent", "Group"):
        told["object"] = _id_of_agent(target)
    elif kind == "Activity":
        told["object"] = _id_of_activity(target)
    elif kind == "SubStatement":
        told["object"] = ids(target)
    if "context" in data:
        context = dict(data["context"])
        for name in ("instructor", "team"):
            if name in context:
                context[name] = _id_of_agent(context[name])
        if "contextActivities" in context:
            context["contextActivities"] = {
                name: [_id_of_activity(one) for one in given]
                for name, given in context["contextActivities"].items()
            }
        for name, inner in (("contextAgents", "agent"), ("contextGroups", "group")):
            if name in context:
                context[name] = [item | {inner: _id_of_agent(item[inner])} for item in context[name]]
        told["context"] = context
    return told


def _id_of_agent(agent: Json) -> Json:
    kept = {name: agent[name] for name in ("objectType", *IDENTIFIERS) if name in agent}
    if not any(name in agent for name in IDENTIFIERS):
        kept["member"] = [_id_of_agent(member) for member in agent.get("member", ())]
    return kept


def _id_of_activity(activity: Json) -> Json:
    return {"id": activity["id"]}


def canonical(data: Json, languages: list[str], definitions: Definitions) -> Json:
    """Activities as the store knows them, and of every language map the one text the reader wants (format=canonical)."""

    def define(activity: Json) -> None:
        known = definitions.get(activity["id"])
        if known:
            activity["definition"] = known

    visit_activities(data, define)
    return _one_language(data, languages)


_LANGUAGE_MAPS = frozenset(("display", "description"))


def _one_language(value: Any, languages: list[str]) -> Any:
    if isinstance(value, list):
        return [_one_language(item, languages) for item in value]
    if not isinstance(value, dict):
        return value
    told: Json = {}
    for name, inner in value.items():
        # "name" is a language map in definitions only: people's and accounts' are texts.
        if (name in _LANGUAGE_MAPS or name == "name") and isinstance(inner, dict):
            best = best_language(inner, languages)
            told[name] = {} if best is None else {best: inner[best]}
        elif name == "extensions":
            told[name] = inner
        else:
            told[name] = _one_language(inner, languages)
    return told


def merged(known: Json, given: Json) -> Json:
    """What is known of an activity, with what a statement says of it now: language maps grow, the rest is replaced."""
    told = dict(known)
    for name, value in given.items():
        if name in ("name", "description", "extensions") and isinstance(known.get(name), dict):
            told[name] = known[name] | value
        else:
            told[name] = value
    return told


def defined_activities(data: Json) -> dict[str, Json]:
    """The activities of a statement that say something of themselves: id → definition."""
    found: dict[str, Json] = {}

    def take(activity: Json) -> None:
        if activity.get("definition"):
            found[activity["id"]] = merged(found.get(activity["id"], {}), activity["definition"])

    visit_activities(data, take)
    return found


def named_agents(data: Json, each: Callable[[Json], None]) -> None:
    """Every agent of a statement that has a name."""

    def look(agent: Any) -> None:
        if any(name in agent for name in IDENTIFIERS) and agent.get("name"):
            each(agent)
        for member in agent.get("member", ()):
            look(member)

    for part in parts_of(data):
        look(part["actor"])
        if part["object"].get("objectType") in ("Agent", "Group"):
            look(part["object"])
        context = part.get("context", {})
        for name in ("instructor", "team"):
            if name in context:
                look(context[name])
