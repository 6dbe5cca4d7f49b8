"""Writing what `services` has made up its mind about: one posting in one call, or a batch in one statement.

Owns: the two ways of writing. Refuses: deciding anything; whether a posting may be booked is judged in `services`, and
for the one call in the database, by the same rules (functions.py).
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection
from psycopg.types.numeric import Int4

from creditbank.ledger.models import AccountHead, Entry, Transaction
from creditbank.ledger.rules import canonical
from creditbank.ledger.sql import insert, run_together, upsert
from lms.lib import prepared
from lms.lib.ids import uuid7
from lms.lib.outbox.models import OutboxEvent

# Rows written by one INSERT; keeps the parameters below every driver's limit.
CHUNK = 200
# (kind, key, payload); the key of a posting's event is its kind and the transaction's uuid.
Event = tuple[str, str, dict[str, Any]]

_CALL = (
    "SELECT creditbank_post("
    "%s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s, %s::integer, %s::uuid, %s::uuid, %s, %s, %s, "
    "%s::bigint[], %s::bigint[], %s::integer[], %s::jsonb)"
)


def in_one_call() -> bool:
    """Whether the database has the function."""
    return connection.vendor == "postgresql"


def call(row: Transaction, lines: Sequence[tuple[int, int]], bounded: set[int], events: list[Event]) -> str:
    """One posting by `creditbank_post`; its answer. lines: (account id, amount); bounded: ids of accounts with a head."""
    # In the order of the accounts' ids: two writers never wait in a circle.
    places = sorted(
        (account, place) for place, (account, _amount) in enumerate(lines, 1) if account in bounded
    )
    values = (
        *(
            row.uuid,
            row.idempotency_key,
            row.payload_hash,
            row.kind,
            row.occurred_on,
            row.posted_at,
            row.memo,
        ),
        *(canonical(row.evidence).decode(), row.rule_code, Int4(row.rule_version), row.reverses_id),
        *(row.person, row.role, row.body, row.hash),
        _array(account for account, _amount in lines),
        _array(amount for _account, amount in lines),
        _array(place for _account, place in places),
        canonical({kind: [str(uuid7()), payload] for kind, _key, payload in events}).decode(),
    )
    ((answer,),) = prepared.fetch(_CALL, values)
    if answer == "booked":
        written([row])
    return str(answer)


def _array(numbers: Iterable[int]) -> str:
    """As PostgreSQL writes an array; the driver looks at each value to find its type, and takes longer than the rest."""
    return f"{{{','.join(map(str, numbers))}}}"


def write(
    rows: list[Transaction], entries: list[Entry], heads: list[AccountHead], events: list[OutboxEvent]
) -> None:
    """Entries, then heads and events, then the rows that seal the entries; on PostgreSQL all of it is one statement."""
    statements = [insert(Entry, entries[start : start + CHUNK]) for start in range(0, len(entries), CHUNK)]
    statements += [
        upsert(AccountHead, heads[start : start + CHUNK], "account_id")
        for start in range(0, len(heads), CHUNK)
    ]
    statements += [
        insert(OutboxEvent, events[start : start + CHUNK]) for start in range(0, len(events), CHUNK)
    ]
    statements += [insert(Transaction, rows[start : start + CHUNK]) for start in range(0, len(rows), CHUNK)]
    run_together(statements)
    written(rows)


def written(rows: list[Transaction]) -> None:
    """The rows are in the database now."""
    for row in rows:
        row._state.adding = False
        row._state.db = DEFAULT_DB_ALIAS
