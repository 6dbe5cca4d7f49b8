from django.db import migrations

from lms.lib.appendonly import append_only


class Migration(migrations.Migration):
    dependencies = [("learning", "0001_initial")]
    operations = [
        append_only(f"learning_{name}")
        for name in (
            "studyrule",
            "studyreport",
            "streamclaim",
            "studygrant",
            "statement",
            "completion",
            "hoursgoal",
        )
    ]
