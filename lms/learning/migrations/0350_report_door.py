"""A report enters one index less, and what each report changes finds room beside itself (fillfactor: PostgreSQL)."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

from lms.lib.appendonly import OnDatabase, append_only_again

# A new version of a row on its own page enters no index again. Pages written before stay as they are.
CHANGED_BY_EACH_REPORT = ("learning_studysession", "learning_lessonprogress")


def make_room(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for table in CHANGED_BY_EACH_REPORT:
            schema_editor.execute(f'ALTER TABLE "{table}" SET (fillfactor = 60)')


def as_it_was(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for table in CHANGED_BY_EACH_REPORT:
            schema_editor.execute(f'ALTER TABLE "{table}" RESET (fillfactor)')


class Migration(migrations.Migration):
    dependencies = [("learning", "0340_offline")]
    operations = [
        append_only_again("learning_studyreport"),
        # On SQLite this builds the table anew and its triggers go with the old one; the next operation makes them again.
        migrations.AlterField(
            model_name="studyreport",
            name="session",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reports",
                to="learning.studysession",
            ),
        ),
        append_only_again("learning_studyreport"),
        OnDatabase(make_room, as_it_was),
    ]
