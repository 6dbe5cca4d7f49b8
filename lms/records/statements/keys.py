"""By what a statement is found: sixteen bytes for each person, verb, activity and registration it names.

Plain functions. A key is the same for the same identifier, whoever writes it; it is no secret and hides nothing.
"""

from enum import IntFlag
from functools import lru_cache
from hashlib import blake2b
from typing import Any
from uuid import UUID

from lms.records.statements.rules import (
    IDENTIFIERS,
    Json,
    agents_in,
    context_activities,
    parts_of,
)


class Role(IntFlag):
    """As what a statement names it; related: anywhere the specification's related_… filters look."""

    AGENT = 1
    RELATED_AGENT = 2
    VERB = 4
    ACTIVITY = 8
    RELATED_ACTIVITY = 16
    REGISTRATION = 32


@lru_cache(8192)
def key(kind: str, identifier: str) -> UUID:
    """kind: agent, verb, activity, registration or authority."""
    return UUID(bytes=blake2b(f"{kind}\n{identifier}".encode(), digest_size=16).digest())


def agent_identifier(agent: Json) -> str:
    """One text for an identifier; the agent has exactly one."""
    for name in IDENTIFIERS:
        if name in agent:
            value = agent[name]
            return f"account:{value['homePage']}\n{value['name']}" if name == "account" else f"{name}:{value}"
    raise ValueError("an agent without an identifier")


def agent_key(agent: Json) -> UUID:
    return key("agent", agent_identifier(agent))


def authority_key(agent: Json, told: str) -> UUID:
    """Of who vouches. told: the agent as the store writes it; another name makes another authority."""
    return key("authority", f"{agent_key(agent)}\n{told}")


def activity_key(iri: str) -> UUID:
    return key("activity", iri)


# Roles as rows have them: what is an agent or an activity is a related one, too.
STORED = (3, 2, 4, 24, 16, 32)


def stored_as(roles: Role) -> tuple[int, ...]:
    """What a row's roles may be that has one of these."""
    return tuple(value for value in STORED if value & roles)


# As plain numbers: a flag's own arithmetic makes an object each time, a dozen times a statement.
_AGENT, _RELATED_AGENT, _VERB, _ACTIVITY, _RELATED_ACTIVITY, _REGISTRATION = map(int, Role)


def mentions(data: Json, authority: Json) -> dict[UUID, int]:
    """Everything a statement is found by, as which roles (Communication 2.1.3, table of filters)."""
    found: dict[UUID, int] = {}

    def name(which: UUID, role: int) -> None:
        found[which] = found.get(which, 0) | role

    def people(agent: Any, role: int) -> None:
        for one in agents_in(agent):
            name(agent_key(one), role)

    target = data["object"]
    kind = target.get("objectType", "Activity")
    name(key("verb", data["verb"]["id"]), _VERB)
    people(data["actor"], _AGENT)
    if kind in ("Agent", "Group"):
        people(target, _AGENT)
    elif kind == "Activity":
        name(activity_key(target["id"]), _ACTIVITY)
    people(authority, _RELATED_AGENT)
    for part in parts_of(data):
        context, inner = part.get("context", {}), part["object"]
        people(part["actor"], _RELATED_AGENT)
        if inner.get("objectType") in ("Agent", "Group"):
            people(inner, _RELATED_AGENT)
        elif inner.get("objectType", "Activity") == "Activity":
            name(activity_key(inner["id"]), _RELATED_ACTIVITY)
        for which in ("instructor", "team"):
            if which in context:
                people(context[which], _RELATED_AGENT)
        for item in context.get("contextAgents", ()):
            people(item["agent"], _RELATED_AGENT)
        for item in context.get("contextGroups", ()):
            people(item["group"], _RELATED_AGENT)
        for activity in context_activities(context):
            name(activity_key(activity["id"]), _RELATED_ACTIVITY)
    registration = data.get("context", {}).get("registration")
    if registration:
        name(registration_key(registration), _REGISTRATION)
    return found


def registration_key(registration: str) -> UUID:
    return key("registration", registration.lower())
