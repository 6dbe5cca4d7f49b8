"""The books as bare rows in streams, for whoever goes through all of them: the audit and the daily roots.

Owns: the statements. Values come as the texts that hashes are made of, whatever the database keeps them as, and what
does not look as it was written (a blank for a T) comes out different, so that it shows. Memory does not grow with the
books. Refuses: judging anything.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

STREAM = 2000
Rows = Iterator[tuple[Any, ...]]


class Leg(NamedTuple):
    """An entry with its account, all of it as it stands in the two rows; account is None where there is none."""

    id: int
    amount: int
    account_id: int
    seq: int | None
    account: str | None
    kind: str
    holder: str | None
    organisation: str | None
    unit: str
    lower_bound: int | None
    opened_at: str

    @property
    def what(self) -> tuple[str, str, str | None, str | None, str, int | None]:
        """What the account's fingerprint is made of."""
        return (self.account or "", *self[5:10])


class Read(NamedTuple):
    """A transaction's row; uuids, days and moments as text, evidence as the database's JSON text."""

    uuid: str
    key: str
    payload_hash: str
    kind: str
    occurred_on: str
    posted_at: str
    memo: str
    evidence: str
    rule_code: str
    rule_version: int
    reverses: str | None
    entry_count: int
    person: str | None
    role: str
    body: str
    hash: str


def uuid_sql(name: str) -> str:
    """A uuid column as text with its hyphens."""
    if connection.vendor == "postgresql":
        return f"{name}::text"
    parts = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 32))
    return " || '-' || ".join(f"substr({name}, {start}, {length})" for start, length in parts)


def moment_sql(name: str) -> str:
    """A moment as rules.moment_text writes it."""
    if connection.vendor == "postgresql":
        return f"""to_char({name} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')"""
    return (
        f"substr({name}, 1, 10) || CASE substr({name}, 11, 1) WHEN ' ' THEN 'T' ELSE '?' END || "
        f"substr({name}, 12) || CASE length({name}) WHEN 19 THEN '.000000' ELSE '' END || '+00:00'"
    )


def day_sql(name: str) -> str:
    # On SQLite the driver would make a date of it; joined to nothing it stays the text that it is.
    return f"to_char({name}, 'YYYY-MM-DD')" if connection.vendor == "postgresql" else f"{name} || ''"


def json_sql(name: str) -> str:
    return f"{name}::text" if connection.vendor == "postgresql" else f"{name} || ''"


def stream(sql: str, params: Sequence[Any] = ()) -> Rows:
    """Rows of one statement, a few thousand at a time, through a cursor on the server (inside a transaction)."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, params)
        while rows := cursor.fetchmany(STREAM):
            yield from rows


def rows_of(sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def postings(
    since: datetime | None = None, until: datetime | None = None
) -> Iterator[tuple[Read, list[Leg]]]:
    """Every transaction (posted from `since` to before `until`) with its entries, in the order of uuids and entry ids.

    Two streams side by side, each along an index: joined in the database, the wide rows would have to be sorted.
    """
    adapt = connection.ops.adapt_datetimefield_value
    params = [adapt(since), adapt(until)] if since is not None else []
    legs = stream(_legs_sql(bool(params)), params)
    leg = next(legs, None)
    for row in stream(_transactions_sql(bool(params)), params):
        while leg is not None and leg[0] < row[0]:
            leg = next(legs, None)
        mine = []
        while leg is not None and leg[0] == row[0]:
            mine.append(Leg._make(leg[1:]))
            leg = next(legs, None)
        mine.sort()
        yield Read._make(row), mine


def _transactions_sql(ranged: bool) -> str:
    where = "WHERE t.posted_at >= %s AND t.posted_at < %s" if ranged else ""
    return (
        f"SELECT {uuid_sql('t.uuid')}, t.idempotency_key, t.payload_hash, t.kind, {day_sql('t.occurred_on')}, "  # noqa: S608
        f"{moment_sql('t.posted_at')}, t.memo, {json_sql('t.evidence')}, t.rule_code, t.rule_version, "
        f"{uuid_sql('t.reverses_id')}, t.entry_count, {uuid_sql('t.person')}, t.role, t.body, t.hash "
        f"FROM creditbank_transaction t {where} ORDER BY t.uuid"
    )


def _legs_sql(ranged: bool) -> str:
    posted = "SELECT uuid FROM creditbank_transaction WHERE posted_at >= %s AND posted_at < %s"
    where = f"WHERE e.transaction_id IN ({posted})" if ranged else ""
    return (
        f"SELECT {uuid_sql('e.transaction_id')}, e.id, e.amount, e.account_id, e.seq, {uuid_sql('a.uuid')}, a.kind, "  # noqa: S608
        f"{uuid_sql('a.holder')}, {uuid_sql('a.organisation')}, a.unit, a.lower_bound, {moment_sql('a.opened_at')} "
        "FROM creditbank_entry e LEFT JOIN creditbank_account a ON a.id = e.account_id "
        f"{where} ORDER BY e.transaction_id"
    )


def chained() -> Rows:
    """(account id, seq, amount, hash before, hash, transaction's hash) of chained entries, account by account."""
    return stream(
        "SELECT e.account_id, e.seq, e.amount, e.prev_hash, e.hash, t.hash FROM creditbank_entry e "
        "LEFT JOIN creditbank_transaction t ON t.uuid = e.transaction_id "
        "WHERE e.account_id IN (SELECT id FROM creditbank_account WHERE lower_bound IS NOT NULL) "
        "ORDER BY e.account_id, e.seq"
    )


def heads() -> Rows:
    """(account id, balance, seq, hash, lower bound of the head; uuid, kind, holder, organisation, unit, lower bound and
    key of its account) by account id."""
    return stream(
        f"SELECT h.account_id, h.balance, h.seq, h.hash, h.lower_bound, {uuid_sql('a.uuid')}, a.kind, "  # noqa: S608
        f"{uuid_sql('a.holder')}, {uuid_sql('a.organisation')}, a.unit, a.lower_bound "
        "FROM creditbank_accounthead h LEFT JOIN creditbank_account a ON a.id = h.account_id ORDER BY h.account_id"
    )


def orphans() -> Iterator[str]:
    """Entries without their transaction or account, each as a sentence."""
    for table, column, key in (("transaction", "transaction_id", "uuid"), ("account", "account_id", "id")):
        rows = rows_of(
            f"SELECT e.id FROM creditbank_entry e LEFT JOIN creditbank_{table} o ON o.{key} = e.{column} "  # noqa: S608
            f"WHERE o.{key} IS NULL ORDER BY e.id LIMIT 50"
        )
        yield from (f"entry {number}: its {table} does not exist" for (number,) in rows)


def crooked_reversals() -> list[tuple[Any, ...]]:
    """(uuid, original) of reversals that reverse a reversal, or whose entries are not the negative of the original's."""
    legs = (
        "SELECT r.uuid, r.reverses_id, e.account_id, e.amount FROM creditbank_transaction r "
        "JOIN creditbank_entry e ON e.transaction_id = r.{} WHERE r.reverses_id IS NOT NULL"
    )
    return rows_of(
        f"SELECT DISTINCT {uuid_sql('b.uuid')}, {uuid_sql('b.reverses_id')} FROM ("  # noqa: S608
        "SELECT uuid, reverses_id FROM "
        f"({legs.format('uuid')} UNION ALL {legs.format('reverses_id')}) both_sides "
        "GROUP BY uuid, reverses_id, account_id HAVING sum(amount) <> 0 OR count(*) <> 2 "
        "UNION ALL SELECT r.uuid, r.reverses_id FROM creditbank_transaction r "
        "LEFT JOIN creditbank_transaction o ON o.uuid = r.reverses_id "
        "WHERE r.reverses_id IS NOT NULL AND (o.uuid IS NULL OR o.reverses_id IS NOT NULL)) b"
    )


def announced() -> tuple[int, list[str]]:
    """How many postings were announced by events, and the uuids of those announced that do not exist."""
    postgresql = connection.vendor == "postgresql"
    said = "split_part(key, ':', 2)" if postgresql else "substr(key, instr(key, ':') + 1)"
    # On SQLite as it is kept, so that its index is used.
    known = "t.uuid::text = s.said" if postgresql else "t.uuid = replace(s.said, '-', '')"
    kinds = "kind IN ('hours.posted', 'credit.posted', 'money.posted')"
    ((number,),) = rows_of(f"SELECT count(*) FROM lib_outboxevent WHERE {kinds}")  # noqa: S608
    missing = rows_of(
        f"SELECT DISTINCT s.said FROM (SELECT {said} AS said FROM lib_outboxevent WHERE {kinds}) s "  # noqa: S608
        f"WHERE NOT EXISTS (SELECT 1 FROM creditbank_transaction t WHERE {known}) ORDER BY 1"
    )
    return number, [uuid for (uuid,) in missing]
