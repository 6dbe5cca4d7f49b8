"""An erased person's words and marks go from rows that stay for ever, once, and the rows say so (docs/decisions/erasure.md)."""

from django.db import migrations, models

from lms.lib.appendonly import append_only_again, append_only_but_erasable

ERASABLE = {
    "Statement": "raw",
    "DeclarationStep": "reason",
    "WorkCredit": "work_key",
    "StudyTicket": "device",
}


def _table(name):
    return f"learning_{name.lower()}"


class Migration(migrations.Migration):
    dependencies = [("learning", "0440_statements_reissued")]

    operations = [
        *(append_only_again(_table(name)) for name in ERASABLE),
        # On SQLite each of these builds its table anew; the last operations make the triggers again.
        *(
            migrations.AddField(
                name, "erased", models.BooleanField(default=False, db_default=False, editable=False)
            )
            for name in ERASABLE
        ),
        migrations.RemoveConstraint("workcredit", "learning_work_credit_once"),
        migrations.AddConstraint(
            "workcredit",
            models.UniqueConstraint(
                fields=["person", "work_key", "number"],
                condition=models.Q(erased=False),
                name="learning_work_credit_once",
            ),
        ),
        *(append_only_but_erasable(_table(name), column) for name, column in ERASABLE.items()),
    ]
