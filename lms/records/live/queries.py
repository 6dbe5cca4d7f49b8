"""What stores say, made ready for pages: a person's records in words, and what one credential sent lately."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from lms.lib.clock import from_epoch_ms
from lms.records.credentials.models import Credential, Store
from lms.records.documents.models import Document, Kind
from lms.records.live import refusals, words
from lms.records.people.queries import identifier, is_about, key_of, names_others
from lms.records.statements import formats, keys, queries
from lms.records.statements.formats import Kept
from lms.records.statements.keys import Role
from lms.records.statements.rules import Json, agents_in, visit_activities
from lms.records.values import read_moment

PER_PAGE = 20
NEWEST = 30
_LONGEST_DOCUMENT = 20_000
Place = tuple[int, int]


@dataclass(frozen=True)
class Line:
    """A statement in words. at: when it was, as the statement says; raw: the whole of it, written out."""

    id: str
    sentence: str
    result: list[str]
    at: datetime
    stored: datetime
    store: str
    by: str
    raw: str


@dataclass(frozen=True)
class Lines:
    """A page; older: where the next one begins, "" at the end."""

    lines: list[Line]
    older: str


def about(
    person: UUID, language: str, *, after: Place | None, store: Store | None = None, who: str = ""
) -> Lines:
    """What stores (one, or all) hold about a person, newest first; who: as the actor is called where it is the person."""
    rows = queries.naming(
        key_of(person),
        Role.AGENT,
        store_id=store.pk if store else None,
        after=after,
        limit=PER_PAGE + 1,
    )
    me = identifier(person)

    def named(data: Json) -> str:
        actor = data["actor"]
        mine = "account" in actor and keys.agent_identifier(actor) == me
        return who if mine else ""

    page = [(number, place, kept) for number, place, kept in rows[:PER_PAGE] if kept is not None]
    lines = _lines(page, language, named, lambda data: is_about(data, me))
    return Lines(lines, place_text(rows[PER_PAGE - 1][1]) if len(rows) > PER_PAGE else "")


def holds_any(person: UUID, store: Store) -> bool:
    """Whether a store knows the person at all."""
    return bool(queries.naming(key_of(person), Role.AGENT, store_id=store.pk, limit=1))


@dataclass(frozen=True)
class Watched:
    """What a credential did lately. Of other learners of the platform nothing is told but that there was something: to read
    their records is a look of its own, with its reason (staff/services.py).
    """

    lines: list[Line]
    documents: list[dict[str, Any]]
    refused: list[dict[str, Any]]


def watched(credential: Credential, viewer: UUID, language: str, registration: UUID | None) -> Watched:
    """As `viewer` may see it who tests content: of one registration, or of all."""
    authority = {"account": {"homePage": settings.PUBLIC_URL, "name": credential.key}}
    wanted = [(keys.agent_key(authority), Role.RELATED_AGENT)]
    if registration is not None:
        wanted.append((keys.registration_key(str(registration)), Role.REGISTRATION))
    found = queries.find(queries.Wanted(credential.store_id, wanted, limit=NEWEST))
    page = [(credential.store_id, (0, 0), kept) for kept in found.statements]
    others = _("一位学员")
    lines = _lines(
        page,
        language,
        lambda data: others if names_others(data, viewer) else "",
        # The authority alone: a statement may name the same account elsewhere.
        lambda data: data["authority"].get("account", {}).get("name") == credential.key,
        whole=lambda data: not names_others(data, viewer),
    )
    told = [json.loads(line.raw) for line in lines if line.raw]
    people = {key_of(viewer)} | {keys.agent_key(agent) for data in told for agent in agents_in(data["actor"])}
    return Watched(
        lines,
        _documents(credential, people, registration),
        [_refusal(row, viewer) for row in refusals.latest(credential.key)],
    )


def _documents(credential: Credential, people: set[UUID], registration: UUID | None) -> list[dict[str, Any]]:
    """The documents written last, of these people and of activities: the store does not know with what credential."""
    rows = Document.objects.filter(Q(agent__in=people) | Q(kind=Kind.ACTIVITY), store_id=credential.store_id)
    if registration is not None:
        rows = rows.filter(registration=registration)
    return [
        {
            "kind": row.kind,
            "name": row.name,
            "type": row.content_type,
            "at": row.updated_at,
            "bytes": len(row.content),
            "content": _shown(bytes(row.content), row.content_type),
        }
        for row in rows.order_by("-updated_at")[:NEWEST]
    ]


def _refusal(row: dict[str, Any], viewer: UUID) -> dict[str, Any]:
    """What cannot be read as JSON may name anybody: told only where no account of ours stands in it."""
    body = row["body"]
    try:
        hidden = names_others({"sent": json.loads(body)}, viewer)
    except (ValueError, RecursionError):
        hidden = settings.PUBLIC_URL in body.replace("\\/", "/")
    return row | {"body": "" if hidden else pretty(body), "hidden": hidden}


def _shown(content: bytes, content_type: str) -> str:
    text = content[:_LONGEST_DOCUMENT].decode("utf-8", "replace")
    if len(content) <= _LONGEST_DOCUMENT and content_type.split(";")[0].strip() == "application/json":
        return pretty(text)
    return text


def pretty(text: str) -> str:
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return text


def _lines(
    page: Sequence[tuple[int, Place, Kept]],
    language: str,
    named: Callable[[Json], str],
    wanted: Callable[[Json], bool],
    whole: Callable[[Json], bool] = lambda data: True,
) -> list[Line]:
    told = [(number, kept, json.loads(formats.exact(kept))) for number, _place, kept in page]
    told = [(number, kept, data) for number, kept, data in told if wanted(data)]
    stores = dict(Store.objects.filter(pk__in={number for number, _, _ in told}).values_list("pk", "name"))
    known = _definitions(told)
    lines = []
    for number, kept, data in told:
        stored = read_moment(kept.stored) or from_epoch_ms(0)
        lines.append(
            Line(
                id=kept.statement_id,
                sentence=words.sentence(data, language, known[number], who=named(data)),
                result=words.result(data) if whole(data) else [],
                at=read_moment(data.get("timestamp")) or stored,
                stored=stored,
                store=stores[number],
                by=words.agent(data["authority"]) if "authority" in data else "",
                raw=json.dumps(data, ensure_ascii=False, indent=2) if whole(data) else "",
            )
        )
    return lines


def _definitions(told: Sequence[tuple[int, Kept, Json]]) -> dict[int, dict[str, Json]]:
    """What each store of a page knows of its activities: one look a store, and a page has few."""
    wanted: dict[int, set[str]] = {}
    for number, _kept, data in told:
        ids = wanted.setdefault(number, set())
        visit_activities(data, lambda activity, ids=ids: ids.add(activity["id"]))  # type: ignore[misc]
    return {
        number: {
            iri: json.loads(text)
            for iri, text in queries.definitions(number, [keys.activity_key(iri) for iri in ids]).items()
        }
        for number, ids in wanted.items()
    }


def place_text(place: Place) -> str:
    return f"{place[0]}.{place[1]}"


def read_place(text: str) -> Place | None:
    """Of `?after=`; nonsense is the beginning."""
    moment, dot, number = text.partition(".")
    if not (dot and moment.isdecimal() and number.isdecimal() and len(text) < 40):
        return None
    return min(int(moment), 2**62), min(int(number), 2**62)
