"""What may be emptied of a row for good is named in its trigger: the audit's too."""

from django.db import migrations, models

from lms.lib.appendonly import append_only_but_erasable


class Migration(migrations.Migration):
    dependencies = [("lib", "0004_audit_erasable")]

    operations = [
        migrations.AlterField(
            "auditrow", "erased", models.BooleanField(default=False, db_default=False, editable=False)
        ),
        append_only_but_erasable("lib_auditrow", "reason", "data"),
    ]
