"""What stores hold about a person of the platform: statements that name their account, and documents kept for it.

Owns: reading. Refuses: other identifiers (an e-mail address in a statement names whoever somebody thinks has it).
"""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.conf import settings

from lms.records.credentials.models import Store
from lms.records.documents.models import Document
from lms.records.statements import formats, keys, queries
from lms.records.statements.keys import Role
from lms.records.statements.rules import Json, agents_in

_PAGE = 500


def account(person: UUID) -> Json:
    """A person as statements of ours name them."""
    return {"objectType": "Agent", "account": {"homePage": settings.PUBLIC_URL, "name": str(person)}}


def identifier(person: UUID) -> str:
    return keys.agent_identifier(account(person))


def key_of(person: UUID) -> UUID:
    return keys.agent_key(account(person))


def acts(data: Json, who: str) -> bool:
    """Whether this identifier is the statement's actor, or one of the group that is."""
    return any(keys.agent_identifier(agent) == who for agent in agents_in(data["actor"]))


def is_about(data: Json, who: str) -> bool:
    """Whether it is the actor or the object: not just in a statement that this one refers to."""
    target = data["object"]
    named = agents_in(target) if target.get("objectType") in ("Agent", "Group") else ()
    return acts(data, who) or any(keys.agent_identifier(agent) == who for agent in named)


def names_others(data: Json, person: UUID | None) -> bool:
    """Whether it names an account of the platform besides this person's (None: any), anywhere but as its authority."""
    waiting: list[Any] = [value for name, value in data.items() if name != "authority"]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, dict):
            told = item.get("homePage")
            if told == settings.PUBLIC_URL and str(item.get("name", "")).lower() != str(person):
                return True
            waiting.extend(item.values())
    return False


def statements(person: UUID) -> Iterator[tuple[int, str, Json]]:
    """All of them, newest first: the store's number, the moment of storing, the statement."""
    who, after = identifier(person), None
    while True:
        rows = queries.naming(key_of(person), Role.AGENT, after=after, limit=_PAGE)
        for store, _place, kept in rows:
            if kept is None:
                continue
            data = json.loads(formats.exact(kept))
            if is_about(data, who):
                yield store, kept.stored, data
        if not rows:
            return
        after = rows[-1][1]


def exported(person: UUID) -> dict[str, Any]:
    """For the person's own copy of their data."""
    names = dict(Store.objects.values_list("pk", "name"))
    documents = Document.objects.filter(agent=key_of(person)).order_by("pk")
    return {
        "statements": [
            {"store": names[store], "stored": stored, "statement": data}
            for store, stored, data in statements(person)
        ],
        "documents": [
            {
                "store": names[row.store_id],
                "kind": row.kind,
                "id": row.name,
                "type": row.content_type,
                "updated_at": row.updated_at,
                "content": bytes(row.content).decode("utf-8", "replace"),
            }
            for row in documents
        ],
    }
