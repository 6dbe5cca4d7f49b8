"""Presence prompts, and what of a session is barred from counting; the first rule that asks at all."""

from datetime import date
from typing import Any

import django.db.models.deletion
from django.db import migrations, models

import lms.lib.ids
from lms.lib.appendonly import append_only, append_only_again

MINUTE = 60_000
FOREVER = 100_000_000_000_000
COPIED = (
    "speed_hundredths",
    "ms_per_hour",
    "idle_ms",
    "tolerance_ms",
    "session_ms",
    "late_ms",
    "live_ms",
)


def second_rule(apps: Any, schema_editor: Any) -> None:
    rules = apps.get_model("learning", "StudyRule").objects
    first = rules.order_by("-version").first()
    # Where somebody has set rules of their own, whether and when to ask is theirs to set.
    if first is None or first.version != 1:
        return
    rules.create(
        version=2,
        valid_from=date(2026, 11, 1),
        presence_every_ms=45 * MINUTE,
        presence_notice_ms=2 * MINUTE,
        presence_answer_ms=10 * MINUTE,
        source="平台规则第 2 版：计时方法同第 1 版；另规定连续计时 45 分钟而没有做过测验、练习，也没有打开课时或改换设备的，"
        "询问一次是否还在学习，提前 2 分钟预告，10 分钟内回应即可；没有回应的，从期满时起暂停计时，回应后继续，已计入的不变。"
        "法律和政策没有规定这些数字，由平台确定，可由主管部门另行设定。",
        **{name: getattr(first, name) for name in COPIED},
    )


class Migration(migrations.Migration):
    dependencies = [("learning", "0350_report_door")]

    operations = [
        # On SQLite a column builds the table anew, and its triggers go with the old one.
        append_only_again("learning_studyrule"),
        migrations.AddField(
            model_name="studyrule",
            name="presence_every_ms",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="studyrule",
            name="presence_notice_ms",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="studyrule",
            name="presence_answer_ms",
            field=models.PositiveIntegerField(default=0),
        ),
        append_only_again("learning_studyrule"),
        migrations.AddField(
            model_name="lessonprogress",
            name="barred_ms",
            field=models.PositiveBigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="studysession",
            name="barred",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="studysession",
            name="barred_ms",
            field=models.PositiveBigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="studysession",
            name="prompt",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="studysession",
            name="prompt_at_ms",
            field=models.PositiveBigIntegerField(default=FOREVER),
        ),
        migrations.CreateModel(
            name="PresencePrompt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "uuid",
                    models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True),
                ),
                ("issued_ms", models.PositiveBigIntegerField()),
                ("due_ms", models.PositiveBigIntegerField()),
                ("expires_ms", models.PositiveBigIntegerField()),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="prompts",
                        to="learning.studysession",
                    ),
                ),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="PresenceAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at_ms", models.PositiveBigIntegerField()),
                ("received_ms", models.PositiveBigIntegerField()),
                (
                    "how",
                    models.CharField(
                        choices=[
                            ("button", "点了“我在学习”"),
                            ("quiz", "做了测验"),
                            ("exercise", "做了练习"),
                            ("takeover", "改为在这里计时"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "prompt",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answer",
                        to="learning.presenceprompt",
                    ),
                ),
            ],
            options={"abstract": False},
        ),
        migrations.AddField(
            model_name="studysession",
            name="carried_prompt",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="learning.presenceprompt",
            ),
        ),
        append_only("learning_presenceprompt"),
        append_only("learning_presenceanswer"),
        migrations.RunPython(second_rule, migrations.RunPython.noop),
    ]
