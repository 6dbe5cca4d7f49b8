"""Finds statements (Communication 2.1.3).

Owns: reading. What is asked for is looked up by the rarest of its keys, in the order of storing, some months and some
hundred candidates at a time, so that an answer costs the same however many statements there are. Refuses: statements of
other stores, of other credentials where only one's own are asked for, and voided ones unless asked for by their id; looking at
more than `MOST_LOOKED_AT` candidates for one answer: it then says less than it was asked for, and where to go on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from lms.lib.clock import epoch_ms, from_epoch_ms, local_day, now
from lms.lib.partitions import bounds_ms, month_of
from lms.records import bulk
from lms.records.credentials.models import Store
from lms.records.statements.formats import Kept
from lms.records.statements.keys import Role, stored_as
from lms.records.statements.models import Activity, Authority, Statement, StatementKey, Voided
from lms.records.values import moment_text

MOST = 500
USUAL = 100
# Candidates of one answer, over all its stretches of time: where two common keys never meet, each further one is looked at in
# vain. One that may stand under two roles counts twice, since both are read.
MOST_LOOKED_AT = 10_000
# Of the first look; each further one takes four times as many.
_FIRST_LOOK = 600
# How far a key is counted to learn which is the rarest.
_PROBE = 250
# In a place's second half: after every number of its moment.
_LAST = 2**63 - 1
# The clocks of servers differ, and a store is made by a transaction that lasts.
_SLACK = timedelta(days=1)

_TOLD = "s.stored_ms, s.id, s.statement_id, a.agent, s.version, s.given, s.raw, s.text, s.erased"


@dataclass(frozen=True)
class Wanted:
    """keys: what must be named, and as which of the roles. authority: whose they must be (keys.authority_key): to be named as
    that agent, or to be about a statement of theirs, is not enough. since: stored after; until: stored not after (epoch ms).
    after: (stored_ms, number) of the last one told, to go on from.
    """

    store_id: int
    keys: Sequence[tuple[UUID, Role]] = ()
    authority: UUID | None = None
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
    """The statements in the order they were stored, newest first unless `ascending`.

    Fewer than `limit`, and perhaps none, with a `last` to go on from, where `MOST_LOOKED_AT` candidates had not more.
    """
    hits: list[_Place] = []
    left, after = MOST_LOOKED_AT, wanted.after
    by = _authority(wanted)
    if by == 0:
        return Found()
    for low, high in _spans(wanted):
        if left <= 0:
            return Found(_told(wanted.store_id, hits), after)
        look, keys = _FIRST_LOOK, _rarest_first(wanted, low, high)
        while keys is not None:
            read = len(stored_as(keys[0][1])) if keys else 1
            look = min(max(look, wanted.limit + 1), -(-left // read))
            found, seen, last = _look(
                wanted, keys, by, (low, high), after, look, wanted.limit + 1 - len(hits)
            )
            hits += found
            if len(hits) > wanted.limit:
                page = hits[: wanted.limit]
                return Found(_told(wanted.store_id, page), page[-1])
            left -= seen * read
            if last is None:
                break
            after, look = last, look * 4
            if left <= 0:
                return Found(_told(wanted.store_id, hits), after)
        after = (high, _LAST) if wanted.ascending else (low, 0)
    return Found(_told(wanted.store_id, hits))


def _authority(wanted: Wanted) -> int | None:
    """The row of who vouches; None where nobody is asked for, 0 where there is none."""
    if wanted.authority is None:
        return None
    rows = Authority.objects.filter(store_id=wanted.store_id, key=wanted.authority)
    return rows.values_list("pk", flat=True).first() or 0


# A statement's place in the order of storing: stored_ms, number.
_Place = tuple[int, int]


def _spans(wanted: Wanted) -> Iterator[tuple[int, int]]:
    """Stretches of time, epoch ms (in, in), that follow each other in the order asked for: months, twice as many each time.

    A store has no statement older than itself, and none of a month after the next. What the database is told of times
    decides how many of its parts it plans for.
    """
    ceiling = bounds_ms(month_of(local_day(now()), 1))[1] - 1
    high = min(value for value in (ceiling, wanted.until) if value is not None)
    if wanted.after is not None and not wanted.ascending:
        high = min(high, wanted.after[0])
    low = 0 if wanted.since is None else wanted.since + 1
    months = 2
    if wanted.ascending:
        low = max(low, wanted.after[0]) if wanted.after is not None else low
    elif wanted.since is None and high == ceiling:
        # Most questions end here, and need not ask how old the store is.
        first = bounds_ms(month_of(local_day(now())))[0]
        yield first, high
        high = first - 1
    if low < _start(local_day(now()), 1 - months):
        # Whatever was asked for: clients send their calendar's first moment, and the way there leads past the first year.
        low = max(low, _oldest(wanted.store_id))
    while low <= high:
        edge = local_day(from_epoch_ms(low if wanted.ascending else high))
        if wanted.ascending:
            end = min(_start(edge, months) - 1, high)
            yield low, end
            low = end + 1
        else:
            start = max(_start(edge, 1 - months), low)
            yield start, high
            high = start - 1
        months *= 2


def _start(day: date, later: int) -> int:
    return bounds_ms(month_of(day, later))[0]


def _oldest(store_id: int) -> int:
    """Epoch ms before which a store has no statement; of no store: after everything."""
    made_at = Store.objects.filter(pk=store_id).values_list("made_at", flat=True).first()
    return epoch_ms((made_at or now() + 2 * _SLACK) - _SLACK)


def _rarest_first(wanted: Wanted, low: int, high: int) -> list[tuple[UUID, Role]] | None:
    """The keys, the rarest of a stretch of time first; None where one of them has nothing there.

    Counted in the order asked for, so that an index answers and stops; of two that are common, the rarer is the one whose
    last counted mention lies further off.
    """
    if len(wanted.keys) < 2:
        return list(wanted.keys)
    order = "ASC" if wanted.ascending else "DESC"
    end = "max" if wanted.ascending else "min"
    counts, params = [], []
    for at, (which, roles) in enumerate(wanted.keys):
        counts += [
            f"SELECT {at}, count(*), {end}(stored_ms) FROM ({_naming('m', value, 'm.stored_ms')} "  # noqa: S608 - our own numbers
            f"AND m.stored_ms BETWEEN %s AND %s ORDER BY m.stored_ms {order}, m.statement {order} LIMIT {_PROBE}) few{value}"
            for value in stored_as(roles)
        ]
        params += [wanted.store_id, which, low, high] * len(stored_as(roles))
    found = [(0, 0)] * len(wanted.keys)
    for at, count, reached in _rows(" UNION ALL ".join(counts), params):
        span = 0 if reached is None else abs(reached - (low if wanted.ascending else high))
        found[at] = _together(found[at], (count, -span if count == _PROBE else 0))
    if not all(count for count, _span in found):
        return None
    order_of = sorted(range(len(found)), key=lambda at: found[at])
    return [wanted.keys[at] for at in order_of]


def _together(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    """How common a key is that may stand under two roles: as the sum, and where one was not counted to its end, as that."""
    if _PROBE in (one[0], other[0]):
        return max(one, other)
    return min(one[0] + other[0], _PROBE - 1), 0


def _look(
    wanted: Wanted,
    keys: Sequence[tuple[UUID, Role]],
    by_whom: int | None,
    span: tuple[int, int],
    after: _Place | None,
    look: int,
    limit: int,
) -> tuple[list[_Place], int, _Place | None]:
    """Up to `limit` places among the first `look` candidates of a stretch after a place; how many candidates there were, and
    the last of them; None where the stretch has no more.
    """
    order = "ASC" if wanted.ascending else "DESC"
    by = f"stored_ms {order}, statement {order}"
    candidates, params = _candidates(wanted, keys, span, after, look)
    conditions = ["NOT EXISTS (SELECT 1 FROM records_voided v WHERE v.statement = c.statement)"]
    for which, roles in keys[1:]:
        # OFFSET keeps the database from reading all of a common key first.
        ways = [
            f"EXISTS ({_naming('o', value)} AND o.stored_ms BETWEEN %s AND %s "
            "AND o.stored_ms = c.stored_ms AND o.statement = c.statement LIMIT 1 OFFSET 0)"
            for value in stored_as(roles)
        ]
        conditions.append(f"({' OR '.join(ways)})")
        params += [wanted.store_id, which, *span] * len(ways)
    if by_whom is not None:
        conditions.append(
            f"EXISTS (SELECT 1 FROM records_statement w WHERE w.store_id = {wanted.store_id:d} "  # noqa: S608
            f"AND w.stored_ms BETWEEN {span[0]:d} AND {span[1]:d} AND w.stored_ms = c.stored_ms "
            f"AND w.id = c.statement AND w.authority_id = {by_whom:d} LIMIT 1 OFFSET 0)"
        )
    rows = _rows(
        f"WITH c AS MATERIALIZED ({candidates} ORDER BY {by} LIMIT {look}) "  # noqa: S608 - our own names and numbers
        "SELECT stored_ms, statement, 1 FROM (SELECT c.stored_ms, c.statement FROM c "
        f"WHERE {' AND '.join(conditions)} ORDER BY {by} LIMIT {limit}) hits UNION ALL "
        f"SELECT stored_ms, statement, 0 FROM (SELECT c.stored_ms, c.statement FROM c ORDER BY {by} "
        f"LIMIT 1 OFFSET {look - 1}) ends UNION ALL SELECT count(*), 0, 2 FROM c",
        params,
    )
    hits = sorted(((row[0], row[1]) for row in rows if row[2] == 1), reverse=not wanted.ascending)
    (seen,) = (row[0] for row in rows if row[2] == 2)
    return hits, seen, next(((row[0], row[1]) for row in rows if row[2] == 0), None)


def _candidates(
    wanted: Wanted, keys: Sequence[tuple[UUID, Role]], span: tuple[int, int], after: _Place | None, look: int
) -> tuple[str, list[Any]]:
    """What has the first key, or everything where there is none: for each role its first ones, which its index has in order."""
    order = "ASC" if wanted.ascending else "DESC"
    table, number = ("records_mention", "statement") if keys else ("records_statement", "id")
    # Numbers of ours, written out: what the database knows when planning, it plans for.
    bounds = f"m.store_id = {wanted.store_id:d} AND m.stored_ms BETWEEN {span[0]:d} AND {span[1]:d}"
    if after is not None and span[0] <= after[0] <= span[1]:
        sign = ">" if wanted.ascending else "<"
        bounds += f" AND (m.stored_ms, m.{number}) {sign} ({after[0]:d}, {after[1]:d})"
    start = f"SELECT m.stored_ms, m.{number} AS statement FROM {table} m WHERE {bounds}"  # noqa: S608 - our own names
    if not keys:
        return start, []
    which, roles = keys[0]
    values = stored_as(roles)
    by = f"ORDER BY m.stored_ms {order}, m.statement {order} LIMIT {look}"
    parts = [
        f"SELECT * FROM ({start} AND m.key = %s AND m.roles = {value} {by}) r{value}"  # noqa: S608
        for value in values
    ]
    told = "DISTINCT stored_ms, statement" if len(parts) > 1 else "*"
    return f"SELECT {told} FROM ({' UNION ALL '.join(parts)}) named", [which] * len(values)  # noqa: S608


def _naming(alias: str, roles: int, told: str = "1") -> str:
    """Mentions of a key by a store in exactly these roles: as a list of them the index could not be entered by the time."""
    return (
        f"SELECT {told} FROM records_mention {alias} WHERE {alias}.store_id = %s AND {alias}.key = %s "  # noqa: S608
        f"AND {alias}.roles = {roles:d}"
    )


def _values(roles: Role) -> str:
    return ", ".join(map(str, stored_as(roles)))


def _told(store_id: int, page: Sequence[_Place]) -> list[Kept]:
    return [kept for _place, kept in _at(store_id, page)]


def _at(store_id: int, page: Sequence[_Place]) -> list[tuple[_Place, Kept]]:
    """The statements of these places in their order, without those erased."""
    if not page:
        return []
    places = ", ".join(f"({stored_ms:d}, {number:d})" for stored_ms, number in page)
    moments = [stored_ms for stored_ms, _number in page]
    rows = _rows(
        f"WITH page (stored_ms, id) AS (VALUES {places}) SELECT {_TOLD} FROM page p "  # noqa: S608 - our own numbers
        "JOIN records_statement s ON s.store_id = %s AND s.stored_ms = p.stored_ms AND s.id = p.id "
        "AND s.stored_ms BETWEEN %s AND %s JOIN records_authority a ON a.id = s.authority_id",
        [store_id, min(moments), max(moments)],
    )
    known = {(row[0], row[1]): row for row in rows if not row[8]}
    return [(place, _kept(known[place])) for place in page if place in known]


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


def numbered(store_id: int, numbers: Sequence[int]) -> list[tuple[tuple[int, int], Kept]]:
    """The statements of these numbers in the order they were stored, voided ones too, each with its place; none that is
    erased.
    """
    rows = StatementKey.objects.filter(store_id=store_id, pk__in=numbers).values_list("stored_ms", "pk")
    return _at(store_id, sorted(rows))


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
    params: list[Any]
    conditions, params = ["m.key = %s", f"m.roles IN ({_values(roles)})"], [which]
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
