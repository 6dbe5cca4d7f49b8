"""A kind of posting for competency models. Bases that were taken back before: the notice of their naming ends, too; the board looks at their
cases once more (board/consumers.py)."""

import json
from uuid import UUID

from django.db import migrations, models
from django.utils import timezone
from lms.lib.appendonly import OnDatabase
from lms.lib.ids import uuid7

LEFT = """
    SELECT c.uuid FROM training_case c WHERE c.id IN (SELECT case_id FROM training_base WHERE removed_on IS NOT NULL)
    OR c.id IN (SELECT case_id FROM training_educationbase WHERE removed_on IS NOT NULL) ORDER BY c.id
"""


def look_again(_apps, schema_editor):
    """An event for each; run twice it writes nothing more."""
    connection = schema_editor.connection
    moment = connection.ops.adapt_datetimefield_value(timezone.now())
    native = connection.features.has_native_uuid_field
    with connection.cursor() as cursor:
        cursor.execute(LEFT)
        cases = [str(found if isinstance(found, UUID) else UUID(found)) for (found,) in cursor.fetchall()]
        for case in cases:
            new = uuid7()
            cursor.execute(
                "INSERT INTO lib_outboxevent (uuid, kind, key, payload, at, next_try_at) VALUES (%s, %s, %s, %s, %s, %s) "
                "ON CONFLICT (key) DO NOTHING",
                [
                    str(new) if native else new.hex,
                    "board.look_again",
                    f"board.look_again:{case}",
                    json.dumps({"case": case}),
                    moment,
                    moment,
                ],
            )


class Migration(migrations.Migration):
    dependencies = [
        ("lib", "0006_calendar"),
        ("training", "0011_gaps"),
    ]

    operations = [
        migrations.AlterField(
            model_name="posting",
            name="kind",
            field=models.CharField(
                choices=[
                    ("plan", "年度计划"),
                    ("host", "承办单位"),
                    ("enrolment", "招收学员通知"),
                    ("call", "征集和申报"),
                    ("tender", "培训项目需求包"),
                    ("notice", "公示"),
                    ("result", "结果"),
                    ("named", "认定授牌"),
                    ("removed", "核销"),
                    ("directory", "名录和清单"),
                    ("standard", "评估标准"),
                    ("model", "能力素质模型"),
                    ("other", "其他"),
                ],
                max_length=12,
            ),
        ),
        OnDatabase(look_again, OnDatabase.noop),
    ]
