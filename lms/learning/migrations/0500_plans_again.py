"""What was given, corrected or taken back late is found by its moment: figures of older years follow it.

The tables are big where many study: PostgreSQL builds the indexes while they are written to.
"""

from typing import Any

from django.db import migrations, models


class AddIndexBeside(migrations.AddIndex):
    """An index that PostgreSQL builds without keeping writers out; in a migration without a transaction."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        # One that was cut off stands there, invalid and in the way.
        schema_editor.execute(f'DROP INDEX CONCURRENTLY IF EXISTS "{self.index.name}"')
        schema_editor.add_index(model, self.index, concurrently=True)


def _at(model: str, name: str) -> AddIndexBeside:
    return AddIndexBeside(model_name=model, index=models.Index(fields=["at"], name=name))


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("learning", "0490_use")]

    operations = [
        _at("completiontopup", "learning_top_up_at"),
        _at("completioncorrection", "learning_correction_at"),
        _at("classhours", "learning_class_hours_at"),
        _at("classhourstaken", "learning_class_taken_at"),
    ]
