"""What questions need that must cost the same however many statements there are.

Who refers to which statement stands in a table of its own, which is not cut by month: every batch asks it. What takes as long
as there are statements is the next migration's. Of statements that a receiver refused it is kept when they are to be sent
again.
"""

import django.db.models.deletion
from django.db import migrations, models

from lms.lib.appendonly import append_only, append_only_again


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
        append_only("records_reference"),
        append_only_again("records_statementkey"),
    ]
