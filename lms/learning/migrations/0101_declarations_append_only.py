from django.db import migrations

from lms.lib.appendonly import append_only


class Migration(migrations.Migration):
    dependencies = [("learning", "0100_declarations")]
    operations = [
        append_only(f"learning_{name}")
        for name in ("hoursactivityrule", "declarationterms", "declarationstep", "workcredit")
    ]
