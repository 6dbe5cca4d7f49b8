"""Takes statements into a store: all of a request or none.

Owns: the only way in. The same statement again changes nothing; another one under the same id is refused (409). Refuses:
statements that speak for somebody a launch's credential does not name. Acknowledged means committed.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from lms.lib import prepared
from lms.lib.clock import epoch_ms, now
from lms.lib.ids import uuid7
from lms.records import bulk
from lms.records.credentials.models import Scope
from lms.records.credentials.services import Grant
from lms.records.faults import Fault
from lms.records.statements import attachments as files
from lms.records.statements import formats, keys
from lms.records.statements.compare import digest
from lms.records.statements.examiners import examine
from lms.records.statements.models import (
    GIVEN_ID,
    GIVEN_TIMESTAMP,
    GIVEN_VERSION,
    Activity,
    Authority,
    Reference,
    Statement,
    StatementKey,
    Voiding,
)
from lms.records.statements.reading_in import Received
from lms.records.statements.rules import VOIDED, Json, agents_in, check_statement
from lms.records.values import dumps

_KEYS = {"store_id": "bigint", "statement_id": "uuid", "digest": "bytea", "stored_ms": "bigint"}
_ROWS = {
    "id": "bigint",
    "stored_ms": "bigint",
    "store_id": "bigint",
    "statement_id": "uuid",
    "authority_id": "bigint",
    "version": "text",
    "given": "smallint",
    "raw": "text",
    "text": "text",
    "erased": "boolean",
}
_MENTIONS = {
    "store_id": "bigint",
    "key": "uuid",
    "stored_ms": "bigint",
    "statement": "bigint",
    "roles": "smallint",
}
# Statements that refer to statements that refer … : how far what is found by follows.
_DEEPEST_CHAIN = 20


@dataclass(frozen=True)
class _New:
    """A statement on its way in. named: its sender gave the id."""

    id: UUID
    received: Received
    digest: bytes
    named: bool

    @property
    def data(self) -> Json:
        return self.received.data

    @property
    def examined(self) -> Json:
        return {**self.data, "id": str(self.id)} if self.named else self.data


def take_in(
    grant: Grant,
    received: Sequence[Received],
    *,
    version: str,
    parts: Sequence[files.Part] = (),
    only_id: UUID | None = None,
) -> list[UUID]:
    """Keep statements with their attachments; returns their ids in order. After it returns they are committed, unless the
    caller has a transaction of its own.

    version: of the request, as the statements are told later. only_id: the one id a PUT names. Raises `Fault`: 400 for
    what is no statement, 403 for what the grant does not allow, 409 where an id is another statement's already.
    """
    grant.require(Scope.WRITE)
    major = int(version[0])
    for number, one in enumerate(received):
        check_statement(
            one.data,
            version=major,
            where="statement" if len(received) == 1 else f"[{number}]",
            may_hold_null="null" in one.raw,
        )
        _within(grant, one.data)
    new = [_named(one, only_id) for one in received]
    if len({one.id for one in new}) != len(new):
        raise Fault(_("同一批语句里有重复的 id。"))
    files.check(([one.data for one in new]), parts)
    files.keep(grant.store_id, parts)
    with transaction.atomic():
        _keep(grant, new, version)
    return [one.id for one in new]


def _named(received: Received, only_id: UUID | None) -> _New:
    given = received.data.get("id")
    if only_id is not None and given is not None and UUID(given) != only_id:
        raise Fault(_("语句的 id 与参数 statementId 不一致。"), where="statementId")
    named = given is not None or only_id is not None
    return _New(UUID(given) if given else only_id or uuid7(), received, digest(received.data), named)


def _within(grant: Grant, data: Json) -> None:
    """A launch's credential speaks for its learner, in its registration, and for nobody else."""
    if grant.actor and grant.actor not in (
        keys.agent_identifier(agent) for agent in agents_in(data["actor"])
    ):
        raise Fault(_("这次启动的凭据只能记录启动者本人。"), status=403, code="actor")
    if grant.registration is not None:
        told = data.get("context", {}).get("registration")
        if told is None or UUID(told) != grant.registration:
            raise Fault(_("这次启动的凭据只能用自己的 registration。"), status=403, code="registration")


def _keep(grant: Grant, new: Sequence[_New], version: str) -> None:
    stored_ms = epoch_ms(now())
    numbers = dict(
        bulk.insert_numbered(
            "records_statementkey",
            _KEYS,
            [(grant.store_id, one.id, one.digest, stored_ms) for one in new],
            by="statement_id",
            returning=("statement_id", "id"),
        )
    )
    numbers = {_uuid(name): number for name, number in numbers.items()}
    fresh = [one for one in new if one.id in numbers]
    if len(fresh) < len(new):
        _same_as_before(grant, [one for one in new if one.id not in numbers])
    if not fresh:
        return
    afterwards = examine(grant, [one.examined for one in fresh])
    authority_id = _authority(grant)
    bulk.insert(
        "records_statement",
        _ROWS,
        [_row(grant, one, numbers[one.id], stored_ms, authority_id, version) for one in fresh],
    )
    found = {one.id: keys.mentions(one.data, grant.authority) for one in fresh}
    bulk.insert(
        "records_mention",
        _MENTIONS,
        [
            (grant.store_id, which, stored_ms, numbers[one.id], roles)
            for one in fresh
            for which, roles in found[one.id].items()
        ],
    )
    numbered = [(one, numbers[one.id]) for one in fresh]
    waited = _follow_references(grant.store_id, numbered, stored_ms)
    _void(grant.store_id, numbered, waited)
    if grant.may(Scope.DEFINE):
        _learn(grant.store_id, [one.data for one in fresh])
    for then in afterwards:
        then()


def _row(
    grant: Grant, one: _New, number: int, stored_ms: int, authority_id: int, version: str
) -> tuple[Any, ...]:
    given = (
        GIVEN_ID * ("id" in one.data)
        | GIVEN_TIMESTAMP * ("timestamp" in one.data)
        | GIVEN_VERSION * ("version" in one.data)
    )
    text = formats.plain(one.data) or ""
    raw = one.received.raw
    return number, stored_ms, grant.store_id, one.id, authority_id, version, given, raw, text, False


def _same_as_before(grant: Grant, again: Sequence[_New]) -> None:
    before = {
        row.statement_id: bytes(row.digest)
        for row in StatementKey.objects.filter(
            store_id=grant.store_id, statement_id__in=[one.id for one in again]
        )
    }
    for one in again:
        if before.get(one.id) != one.digest:
            raise Fault(
                _("id %(id)s 已是另一条语句。") % {"id": one.id}, where="id", status=409, code="conflict"
            )


# (store, agent as JSON) → the authority's row. By process, and only what is committed: the rows never go.
_authorities: dict[tuple[int, str], int] = {}
_MOST_AUTHORITIES = 1024


def _authority(grant: Grant) -> int:
    """The row of who vouches."""
    store_id, agent = grant.store_id, grant.authority_json
    known = _authorities.get((store_id, agent))
    if known is not None:
        return known
    row, _made = Authority.objects.get_or_create(
        store_id=store_id, key=keys.authority_key(grant.authority, agent), defaults={"agent": agent}
    )
    number = int(row.pk)

    def remember() -> None:
        if len(_authorities) >= _MOST_AUTHORITIES:
            _authorities.clear()
        _authorities[store_id, agent] = number

    transaction.on_commit(remember)
    return number


# --- statements about statements --------------------------------------------------------------------------


def _follow_references(store_id: int, new: Sequence[tuple[_New, int]], stored_ms: int) -> bool:
    """What a statement is found by, whoever refers to it is found by, too (Communication 2.1.3.s2.b6): now, where the other
    is here already, and for those that came before it. Whether there are any such.
    """
    referring = [
        (number, UUID(one.data["object"]["id"]))
        for one, number in new
        if one.data["object"].get("objectType") == "StatementRef"
    ]
    bulk.insert(
        "records_reference",
        {"store_id": "bigint", "target": "uuid", "by": "bigint", "stored_ms": "bigint"},
        [(store_id, target, number, stored_ms) for number, target in referring],
        ignore=True,
    )
    for number, target in referring:
        _inherit(store_id, _named_through(store_id, target), [(number, stored_ms)])
    level = [one.id for one, _number in new]
    seen: set[UUID] = set()
    waited = False
    for _step in range(_DEEPEST_CHAIN):
        behind: dict[UUID, list[tuple[int, int]]] = {}
        for target, number, moment in _referring(store_id, level) if level else ():
            behind.setdefault(target, []).append((number, moment))
        if not behind:
            break
        waited = True
        for target, heirs in behind.items():
            _inherit(store_id, _named_through(store_id, target), heirs)
        numbers = [number for heirs in behind.values() for number, _moment in heirs]
        seen.update(level)
        rows = StatementKey.objects.filter(pk__in=numbers).values_list("statement_id", flat=True)
        level = [one for one in rows if one not in seen]
    return waited


def _referring(store_id: int, targets: Sequence[UUID]) -> list[tuple[UUID, int, int]]:
    """Who refers to statements: the other's id, one's own number and moment."""
    if connection.vendor == "postgresql":
        # Asked for by every batch, and almost always in vain.
        return prepared.fetch(
            "SELECT target, by, stored_ms FROM records_reference WHERE store_id = %b AND target = ANY(%b::uuid[])",
            [store_id, list(targets)],
        )
    rows = Reference.objects.filter(store_id=store_id, target__in=targets)
    return list(rows.values_list("target", "by", "stored_ms"))


def _named_through(store_id: int, statement_id: UUID) -> set[tuple[UUID, int]]:
    """What a statement is found by, with as which roles: what it names, and what those name that it is about, one after the
    other. Nothing, where it is not here or was erased.
    """
    found: set[tuple[UUID, int]] = set()
    seen: set[UUID] = set()
    target: UUID | None = statement_id
    while target is not None and target not in seen and len(seen) < _DEEPEST_CHAIN:
        seen.add(target)
        where = StatementKey.objects.filter(store_id=store_id, statement_id=target).first()
        target = None
        row = (
            where
            and (
                Statement.objects.filter(
                    store_id=store_id, stored_ms=where.stored_ms, pk=where.pk, erased=False
                ).select_related("authority")
            ).first()
        )
        if row:
            data = json.loads(row.raw)
            found |= set(keys.mentions(data, json.loads(row.authority.agent)).items())
            if data["object"].get("objectType") == "StatementRef":
                target = UUID(data["object"]["id"])
    return found


def _inherit(store_id: int, named: Collection[tuple[UUID, int]], heirs: Sequence[tuple[int, int]]) -> None:
    """heirs: number and moment of statements that are to be found by what is named."""
    rows = [
        (store_id, which, moment, heir, roles) for which, roles in sorted(named) for heir, moment in heirs
    ]
    bulk.insert("records_mention", _MENTIONS, rows, ignore=True)


def _void(store_id: int, new: Sequence[tuple[_New, int]], waited: bool) -> None:
    """A voiding statement takes effect whichever of the two comes first; a voiding one can't be voided (Data 2.3.2).

    waited: whether any of the new ones was referred to before it came.
    """
    voiding = [
        (number, UUID(one.data["object"]["id"])) for one, number in new if one.data["verb"]["id"] == VOIDED
    ]
    if not voiding and not waited:
        return
    for _number, target in voiding:
        row = StatementKey.objects.filter(store_id=store_id, statement_id=target).first()
        if row is not None and Voiding.objects.filter(by=row.pk).exists():
            raise Fault(_("作废语句本身不能作废。"), where="object", rule="XAPI-00016")
    bulk.insert(
        "records_voiding",
        {"store_id": "bigint", "target": "uuid", "by": "bigint"},
        [(store_id, target, number) for number, target in voiding],
        ignore=True,
    )
    gone = list(
        StatementKey.objects.filter(
            store_id=store_id, statement_id__in=[target for _number, target in voiding]
        ).values_list("pk", flat=True)
    )
    own = {one.id: number for one, number in new}
    early = Voiding.objects.filter(store_id=store_id, target__in=list(own)).values_list("target", flat=True)
    gone += [own[target] for target in early]
    bulk.insert("records_voided", {"statement": "bigint"}, [(pk,) for pk in sorted(set(gone))], ignore=True)


def forget() -> None:
    """Nothing is remembered of the rows any more: for a database that was emptied or put back under a running process."""
    _authorities.clear()
    _seen.cache_clear()


# --- what statements say of activities and people ---------------------------------------------------------


@lru_cache(20_000)
def _seen(store_id: int, what: str, text: str) -> list[bool]:
    """A place to note that this was written already; by process, and only ever a reason to write less."""
    return [False]


def _learn(store_id: int, statements: Sequence[Json]) -> None:
    definitions: dict[str, Json] = {}
    for data in statements:
        for iri, definition in formats.defined_activities(data).items():
            definitions[iri] = formats.merged(definitions.get(iri, {}), definition)
    marks = {iri: _seen(store_id, iri, dumps(definition)) for iri, definition in definitions.items()}
    define(store_id, {iri: definitions[iri] for iri, mark in marks.items() if not mark[0]})
    names: set[tuple[UUID, str]] = set()

    def take(agent: Json) -> None:
        names.add((keys.agent_key(agent), agent["name"].replace("\0", "")[:300]))

    for data in statements:
        formats.named_agents(data, take)
    fresh = []
    for which, name in sorted(names, key=str):
        mark = _seen(store_id, str(which), name)
        if not mark[0]:
            fresh.append((store_id, which, name))
            marks[f"{which} {name}"] = mark
    bulk.insert(
        "records_agentname", {"store_id": "bigint", "key": "uuid", "name": "text"}, fresh, ignore=True
    )

    def remember() -> None:
        for mark in marks.values():
            mark[0] = True

    transaction.on_commit(remember)


def define(store_id: int, definitions: Mapping[str, Json]) -> None:
    """Add to what is known of activities: id → definition. Inside a transaction."""
    wanted = {keys.activity_key(iri): iri for iri in definitions}
    rows = Activity.objects.filter(store_id=store_id, key__in=list(wanted))
    known = set(rows.values_list("key", flat=True))
    bulk.insert(
        "records_activity",
        {"store_id": "bigint", "key": "uuid", "iri": "text", "definition": "text"},
        [(store_id, which, wanted[which], "{}") for which in sorted(wanted.keys() - known)],
        ignore=True,
    )
    # In one order for everybody, since each is kept from others until the end.
    for row in rows.select_for_update().order_by("key"):
        told = dumps(formats.merged(json.loads(row.definition), definitions[wanted[row.key]]))
        if told != row.definition:
            row.definition = told
            row.save(update_fields=["definition"])


def _uuid(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)
