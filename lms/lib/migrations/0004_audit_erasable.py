"""An erased person's rows of the audit lose their free text, once, and say so; what happened when stays."""

from django.db import migrations, models

from lms.lib.appendonly import append_only_again, append_only_but_erasable


class Migration(migrations.Migration):
    dependencies = [("lib", "0003_job_retries")]

    operations = [
        append_only_again("lib_auditrow"),
        # On SQLite this builds the table anew and its triggers go with the old one; the next operation makes both.
        migrations.AddField(
            model_name="auditrow", name="erased", field=models.BooleanField(default=False, db_default=False)
        ),
        append_only_but_erasable("lib_auditrow"),
    ]
