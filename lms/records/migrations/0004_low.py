"""What takes as long as there are statements, while statements go on being written: no table is kept from writers for longer
than a moment, nothing is in one transaction, and what was cut off is taken up again where it stood.

Who refers to which statement is written down, a thousand at a time. On PostgreSQL the key of the mentions gets the roles before
the time: month by month an index is built beside the old one (CONCURRENTLY), then all of them become the key in the old one's
place; an index goes that nobody asks. Where all that was done before, nothing happens.
"""

import json
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import migrations, transaction

from lms.lib.appendonly import OnDatabase

# Mentions of the statement that one refers to, as they were kept until now.
_TARGET = 64
_AT_ONCE = 1_000
_BEFORE = ("store_id", "key", "stored_ms", "statement", "roles")
_AFTER = ("store_id", "key", "roles", "stored_ms", "statement")
# Longer than this nobody waits behind us; whoever migrates tries again.
_PATIENCE = "5s"


def references(apps: Any, _schema_editor: Any) -> None:
    """Of the statements that are here; ids are told in the statement itself. Those written down already stay."""
    mention, statement, reference = (apps.get_model("records", name) for name in ("Mention", "Statement", "Reference"))
    rows = mention.objects.filter(roles=_TARGET).values_list("store_id", "stored_ms", "statement")
    found = rows.iterator(chunk_size=_AT_ONCE)
    while some := list(islice(found, _AT_ONCE)):
        moments = [stored_ms for _store, stored_ms, _number in some]
        here = statement.objects.filter(
            stored_ms__range=(min(moments), max(moments)), id__in=[number for *_place, number in some], erased=False
        )
        raws = dict(here.values_list("id", "raw"))
        made = [
            reference(store_id=store, target=UUID(json.loads(raws[number])["object"]["id"]), by=number, stored_ms=moment)
            for store, moment, number in some
            if number in raws
        ]
        reference.objects.bulk_create(made, ignore_conflicts=True)


def roles_first(_apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    _in_order_of(schema_editor.connection, _AFTER)
    schema_editor.execute("DROP INDEX IF EXISTS records_statement_order")


def roles_last(_apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    _in_order_of(schema_editor.connection, _BEFORE)
    schema_editor.execute(
        "CREATE INDEX IF NOT EXISTS records_statement_order ON records_statement (store_id, stored_ms, id)"
    )


def _in_order_of(connection: Any, columns: tuple[str, ...]) -> None:
    """The key of the mentions begins with these columns afterwards."""
    with connection.cursor() as cursor:
        if _key_of(cursor, "records_mention") == columns:
            return
        for part in _parts(cursor):
            _build(cursor, part, columns)
        with transaction.atomic(using=connection.alias):
            cursor.execute(f"SET LOCAL lock_timeout = '{_PATIENCE}'")
            cursor.execute("ALTER TABLE records_mention DROP CONSTRAINT IF EXISTS records_mention_pkey")
            # A part of the last moments has no index yet, and hardly a row.
            for part in _parts(cursor):
                if _is_built(cursor, part):
                    cursor.execute(
                        f"ALTER TABLE {part} ADD CONSTRAINT {part}_pkey PRIMARY KEY USING INDEX {part}_in_turn"
                    )
            cursor.execute(
                f"ALTER TABLE records_mention ADD CONSTRAINT records_mention_pkey PRIMARY KEY ({', '.join(columns)})"
            )


def _parts(cursor: Any) -> list[str]:
    cursor.execute(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'records_mention'::regclass ORDER BY 1"
    )
    return [name for (name,) in cursor.fetchall()]


def _key_of(cursor: Any, table: str) -> tuple[str, ...]:
    cursor.execute(
        "SELECT a.attname FROM pg_constraint c CROSS JOIN unnest(c.conkey) WITH ORDINALITY AS k (attnum, place) "
        "JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum "
        "WHERE c.conrelid = %s::regclass AND c.contype = 'p' ORDER BY k.place",
        [table],
    )
    return tuple(name for (name,) in cursor.fetchall())


def _build(cursor: Any, part: str, columns: tuple[str, ...]) -> None:
    """The index that will be the part's key. One that was cut off counts for nothing."""
    if _is_built(cursor, part):
        return
    cursor.execute(f"DROP INDEX IF EXISTS {part}_in_turn")
    cursor.execute(f"CREATE UNIQUE INDEX CONCURRENTLY {part}_in_turn ON {part} ({', '.join(columns)})")


def _is_built(cursor: Any, part: str) -> bool:
    cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [f"{part}_in_turn"])
    found = cursor.fetchone()
    return bool(found and found[0])


class Migration(migrations.Migration):
    # An index is built beside its writers only outside a transaction.
    atomic = False
    dependencies = [("records", "0003_queries")]

    operations = [
        migrations.RunPython(references, migrations.RunPython.noop),
        OnDatabase(roles_first, roles_last),
    ]
