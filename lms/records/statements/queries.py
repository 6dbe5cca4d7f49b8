"""Finds statements (Communication 2.1.3).

Owns: reading. What is asked for is looked up by the rarest of its keys and kept in the order of storing, so that an
answer costs the same however many statements there are. Refuses: statements of other stores, and voided ones unless
asked for by their id.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from lms.lib.clock import epoch_ms, from_epoch_ms, now
from lms.records import bulk
from lms.records.statements.formats import Kept
from lms.records.statements.keys import Role
from lms.records.statements.models import Activity, Statement, StatementKey, Voided
from lms.records.values import moment_text

MOST = 500
USUAL = 100
# How far a key is counted to learn which is the rarest.
_PROBE = 500

_TOLD = "s.stored_ms, s.id, s.statement_id, a.agent, s.version, s.given, s.raw, s.text, s.erased"


@dataclass(frozen=True)
class Wanted:
    """keys: what must be named, and as which of the roles. since: stored after; until: stored not after (epoch ms). after:
    (stored_ms, number) of the last one told, to go on from.
    """

    store_id: int
    keys: Sequence[tuple[UUID, Role]] = ()
    since: int | None = None
    until: int | None = None
    ascending: bool = False
    limit: int = USUAL
    after: tuple[int, int] | None = None


@dataclass(frozen=True)
class Found:
    """A page of statements; last: where the next one goes on, None at the end."""

    statements: list[Kept] = field(default_factory=list)
    last: tuple[int, int] | None = None


def one(store_id: int, statement_id: UUID, *, voided: bool) -> Kept | None:
    """The statement of an id, if it is voided (or not) as asked; None where there is none."""
    row = StatementKey.objects.filter(store_id=store_id, statement_id=statement_id).first()
    if row is None or Voided.objects.filter(pk=row.pk).exists() != voided:
        return None
    found = (
        Statement.objects.filter(store_id=store_id, stored_ms=row.stored_ms, pk=row.pk)
        .select_related("authority")
        .first()
    )
    if found is None or found.erased:
        return None
    return _kept(
        (
            found.stored_ms,
            found.pk,
            found.statement_id,
            found.authority.agent,
            found.version,
            found.given,
            found.raw,
            found.text,
            found.erased,
        )
    )


def find(wanted: Wanted) -> Found:
    """The statements in the order they were stored, newest first unless `ascending`."""
    order = "ASC" if wanted.ascending else "DESC"
    conditions, params = [], []
    alias = "m" if wanted.keys else "s"
    if wanted.keys:
        (which, roles), *others = _rarest_first(wanted)
        start = "SELECT DISTINCT m.stored_ms, m.statement FROM records_mention m"
        conditions += ["m.store_id = %s", "m.key = %s", "(m.roles & %s) <> 0"]
        params += [wanted.store_id, which, int(roles)]
        for other, its in others:
            conditions.append(
                "EXISTS (SELECT 1 FROM records_mention o WHERE o.store_id = m.store_id AND o.key = %s AND "
                "o.stored_ms = m.stored_ms AND o.statement = m.statement AND (o.roles & %s) <> 0)"
            )
            params += [other, int(its)]
        number = "m.statement"
    else:
        start = "SELECT s.stored_ms, s.id AS statement FROM records_statement s"
        conditions.append("s.store_id = %s")
        params.append(wanted.store_id)
        number = "s.id"
    for value, sign in ((wanted.since, ">"), (wanted.until, "<=")):
        if value is not None:
            conditions.append(f"{alias}.stored_ms {sign} %s")
            params.append(value)
    if wanted.after is not None:
        sign = ">" if wanted.ascending else "<"
        conditions.append(f"({alias}.stored_ms, {number}) {sign} (%s, %s)")
        # Said once more alone: by this column the months are chosen.
        conditions.append(f"{alias}.stored_ms {sign}= %s")
        params += [*wanted.after, wanted.after[0]]
    conditions.append(f"NOT EXISTS (SELECT 1 FROM records_voided v WHERE v.statement = {number})")  # noqa: S608 - our own names
    sql = (
        f"WITH page AS ({start} WHERE {' AND '.join(conditions)} "  # noqa: S608
        f"ORDER BY {alias}.stored_ms {order}, {number} {order} LIMIT %s) "
        f"SELECT {_TOLD} FROM page p "
        "JOIN records_statement s ON s.store_id = %s AND s.stored_ms = p.stored_ms AND s.id = p.statement "
        f"JOIN records_authority a ON a.id = s.authority_id ORDER BY s.stored_ms {order}, s.id {order}"
    )
    rows = _rows(sql, [*params, wanted.limit + 1, wanted.store_id])
    page, more = rows[: wanted.limit], len(rows) > wanted.limit
    return Found([_kept(row) for row in page if not row[8]], (page[-1][0], page[-1][1]) if more else None)


def _rarest_first(wanted: Wanted) -> list[tuple[UUID, Role]]:
    if len(wanted.keys) < 2:
        return list(wanted.keys)

    def count(pair: tuple[UUID, Role]) -> int:
        sql = (
            "SELECT count(*) FROM (SELECT 1 FROM records_mention m WHERE m.store_id = %s AND m.key = %s "
            "AND (m.roles & %s) <> 0 LIMIT %s) few"
        )
        return int(_rows(sql, [wanted.store_id, pair[0], int(pair[1]), _PROBE])[0][0])

    return sorted(wanted.keys, key=count)


def _rows(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    known = params if connection.vendor == "postgresql" else [bulk.adapted(value) for value in params]
    with connection.cursor() as cursor:
        cursor.execute(sql, known)
        return list(cursor.fetchall())


def _kept(row: tuple[Any, ...]) -> Kept:
    stored_ms, _number, statement_id, authority, version, given, raw, text, _erased = row
    told = statement_id if isinstance(statement_id, UUID) else UUID(statement_id)
    return Kept(str(told), moment_text(from_epoch_ms(stored_ms)), authority, version, given, text or raw)


def definitions(store_id: int, keys: Sequence[UUID]) -> dict[str, str]:
    """What is known of activities: id → definition as JSON."""
    return dict(Activity.objects.filter(store_id=store_id, key__in=keys).values_list("iri", "definition"))


def consistent_through() -> str:
    """The moment up to which every statement stored can be found (Communication 2.1.3.s2.b5).

    A statement is stored at a moment of its transaction, which is seen only when that is over: the oldest still writing
    bounds it. SQLite has one writer at a time, whose statements are later than any answer.
    """
    return moment_text(from_epoch_ms(epoch_ms(_through())))


# Of several servers the clocks differ, and between a statement's moment and its transaction's first row lies an instant
# in which nobody sees that it is being written.
SETTLED_MS = 10_000


def settled_ms(after_ms: int = SETTLED_MS) -> int:
    """Epoch ms before which (out) nothing more will be stored: for whoever reads each statement once, in order."""
    return epoch_ms(_through()) - after_ms


def in_order(
    store_id: int, after: tuple[int, int], before_ms: int, limit: int
) -> list[tuple[tuple[int, int], Kept | None]]:
    """Every statement of a store as it was stored, voided ones too, after a place (stored_ms, number) and before a moment:
    its place, and what it says (None: erased).
    """
    sql = (
        f"SELECT {_TOLD} FROM records_statement s JOIN records_authority a ON a.id = s.authority_id "  # noqa: S608
        "WHERE s.store_id = %s AND (s.stored_ms, s.id) > (%s, %s) AND s.stored_ms >= %s AND s.stored_ms < %s "
        "ORDER BY s.stored_ms, s.id LIMIT %s"
    )
    rows = _rows(sql, [store_id, *after, after[0], before_ms, limit])
    return [((row[0], row[1]), None if row[8] else _kept(row)) for row in rows]


def naming(
    which: UUID,
    roles: Role,
    *,
    store_id: int | None = None,
    after: tuple[int, int] | None = None,
    limit: int = USUAL,
) -> list[tuple[int, tuple[int, int], Kept | None]]:
    """What names somebody in one store, or in all: newest first, the store's number, the statement's place, the statement
    (None: erased).

    after: the place of the last one told. Voided ones are left out.
    """
    conditions, params = ["m.key = %s", "(m.roles & %s) <> 0"], [which, int(roles)]
    if store_id is None:
        # Named, so that the index by store and key serves.
        conditions.append("m.store_id IN (SELECT id FROM records_store)")
    else:
        conditions.append("m.store_id = %s")
        params.append(store_id)
    if after is not None:
        conditions += ["(m.stored_ms, m.statement) < (%s, %s)", "m.stored_ms <= %s"]
        params += [*after, after[0]]
    conditions.append("NOT EXISTS (SELECT 1 FROM records_voided v WHERE v.statement = m.statement)")
    sql = (
        "WITH page AS (SELECT DISTINCT m.store_id, m.stored_ms, m.statement FROM records_mention m "  # noqa: S608
        f"WHERE {' AND '.join(conditions)} ORDER BY m.stored_ms DESC, m.statement DESC LIMIT %s) "
        f"SELECT {_TOLD}, s.store_id FROM page p JOIN records_statement s ON s.store_id = p.store_id "
        "AND s.stored_ms = p.stored_ms AND s.id = p.statement JOIN records_authority a ON a.id = s.authority_id "
        "ORDER BY s.stored_ms DESC, s.id DESC"
    )
    return [
        (row[9], (row[0], row[1]), None if row[8] else _kept(row[:9])) for row in _rows(sql, [*params, limit])
    ]


def _through() -> datetime:
    moment = now()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT min(xact_start) FROM pg_stat_activity WHERE datname = current_database() "
                "AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()"
            )
            (oldest,) = cursor.fetchone()
        if oldest is not None:
            moment = min(moment, oldest)
    return moment
