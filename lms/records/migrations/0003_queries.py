"""What questions need that must cost the same however many statements there are.

Who refers to which statement stands in a table of its own, which is not cut by month: every batch asks it. On PostgreSQL the
key of the mentions has the roles before the time (about a minute for ten million statements, in which nothing is written),
and two indexes go that nobody asks. Of statements that a receiver refused it is kept when they are to be sent again.
"""

import json
from typing import Any
from uuid import UUID

import django.db.models.deletion
from django.db import migrations, models

from lms.lib.appendonly import OnDatabase, append_only, append_only_again

# Mentions of the statement that one refers to, as they were kept until now.
_TARGET = 64
_AT_ONCE = 1_000


def roles_first(_apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute("DROP INDEX IF EXISTS records_statement_order")
    _key(schema_editor, "store_id, key, roles, stored_ms, statement")


def roles_last(_apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute(
        "CREATE INDEX records_statement_order ON records_statement (store_id, stored_ms, id)"
    )
    _key(schema_editor, "store_id, key, stored_ms, statement, roles")


def _key(schema_editor: Any, columns: str) -> None:
    schema_editor.execute("ALTER TABLE records_mention DROP CONSTRAINT records_mention_pkey")
    schema_editor.execute(f"ALTER TABLE records_mention ADD CONSTRAINT records_mention_pkey PRIMARY KEY ({columns})")


def references(apps: Any, _schema_editor: Any) -> None:
    """Of the statements that are here; ids are told in the statement itself."""
    mention, statement, reference = (
        apps.get_model("records", name) for name in ("Mention", "Statement", "Reference")
    )
    wanted = mention.objects.filter(roles=_TARGET).values_list("store_id", "stored_ms", "statement")
    made = []
    for store_id, stored_ms, number in wanted.iterator(chunk_size=_AT_ONCE):
        row = statement.objects.filter(store_id=store_id, stored_ms=stored_ms, id=number, erased=False).first()
        if row is not None:
            target = UUID(json.loads(row.raw)["object"]["id"])
            made.append(reference(store_id=store_id, target=target, by=number, stored_ms=stored_ms))
    reference.objects.bulk_create(made, batch_size=_AT_ONCE, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("records", "0002_forwarding")]

    operations = [
        append_only_again("records_statementkey"),
        migrations.CreateModel(
            name="Reference",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("target", models.UUIDField()),
                ("by", models.BigIntegerField()),
                ("stored_ms", models.BigIntegerField()),
                (
                    "store",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="records.store",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("store", "target", "by"), name="records_reference_once")
                ]
            },
        ),
        migrations.AlterField(
            model_name="statementkey",
            name="store",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="records.store",
            ),
        ),
        migrations.AddField("aside", "asked_at", models.DateTimeField(null=True)),
        migrations.AddField("aside", "sent_at", models.DateTimeField(null=True)),
        migrations.RunPython(references, migrations.RunPython.noop),
        OnDatabase(roles_first, roles_last),
        append_only("records_reference"),
        append_only_again("records_statementkey"),
    ]
