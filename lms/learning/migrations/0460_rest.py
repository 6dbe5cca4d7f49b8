"""Whether a rule's days are working days: the rows that are there say days, and stay so. Refusals of study without a line:
their ticket, when it would have stood, and how much it told of.
"""

import django.db.models.deletion
from django.db import migrations, models

from lms.lib.appendonly import append_only_again

RULES = ("HoldRule", "DeclarationTerms")
GUARDED = (*RULES, "StudyIncident")


class Migration(migrations.Migration):
    dependencies = [("learning", "0450_erasure"), ("lib", "0006_calendar")]

    operations = [
        # SQLite builds the tables anew; the last operations make the triggers again.
        *(append_only_again(f"learning_{name.lower()}") for name in GUARDED),
        *(
            migrations.AddField(name, "working_days", models.BooleanField(default=False, db_default=False))
            for name in RULES
        ),
        migrations.AlterField(
            "studyincident",
            "kind",
            models.CharField(
                choices=[
                    ("bad_token", "签名不对"),
                    ("other_person", "属于别人的学习会话"),
                    ("seq_reused", "同一编号，内容不同"),
                    ("bad_ticket", "离线凭证的签名不对"),
                    ("ticket_expired", "离线凭证已经过期"),
                    ("too_late", "送到得太晚"),
                    ("too_fragmented", "时段过于零碎"),
                    ("too_large", "一次送来的太多"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddField(
            "studyincident",
            "ticket",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="learning.studyticket",
            ),
        ),
        migrations.AddField("studyincident", "opened_ms", models.PositiveBigIntegerField(null=True)),
        migrations.AddField("studyincident", "active_ms", models.PositiveBigIntegerField(null=True)),
        *(append_only_again(f"learning_{name.lower()}") for name in GUARDED),
    ]
