"""Holds on study time under suspicion, what corrects hours afterwards, and the first thresholds."""

from datetime import date

import django.db.models.deletion
import lms.learning.holds.storage
import lms.lib.ids
import lms.lib.private
from django.conf import settings
from django.db import migrations, models

from lms.lib.appendonly import append_only


MINUTE = 60_000


def first_rule(apps, schema_editor):
    apps.get_model("learning", "HoldRule").objects.create(
        version=1,
        valid_from=date(2020, 1, 1),
        speed_excess_ms=10 * MINUTE,
        speed_excess_percent=150,
        overlap_ms=120 * MINUTE,
        refusals=5,
        ahead_ms=10 * MINUTE,
        shared_people=3,
        shared_ms=20 * MINUTE,
        answer_days=7,
        appeal_days=15,
        source="平台规则第 1 版：只有明显超出正常学习可能出现的情况才请人核实；工作人员 7 天内答复，本人 15 天内可以申诉。"
        "政策未作规定，可由主管部门另行设定。",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("learning", "0400_presence"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="HoldRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField(unique=True)),
                ("valid_from", models.DateField()),
                ("speed_excess_ms", models.PositiveIntegerField()),
                ("speed_excess_percent", models.PositiveIntegerField()),
                ("overlap_ms", models.PositiveIntegerField()),
                ("refusals", models.PositiveIntegerField()),
                ("ahead_ms", models.PositiveIntegerField()),
                ("shared_people", models.PositiveSmallIntegerField()),
                ("shared_ms", models.PositiveIntegerField()),
                ("answer_days", models.PositiveSmallIntegerField()),
                ("appeal_days", models.PositiveSmallIntegerField()),
                ("source", models.TextField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="certificate",
            name="withdrawn_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="certificate",
            name="withdrawn_reason",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.CreateModel(
            name="HoldScan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("late", models.BooleanField()),
                ("cursor", models.PositiveBigIntegerField(default=0)),
                ("opened", models.PositiveIntegerField(default=0)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("day", "late"), name="learning_hold_scan_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="HoldStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ("number", models.PositiveIntegerField()),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("open", "系统发现疑点，等待人工核实"),
                            ("explain", "本人说明情况"),
                            ("release", "解除，学习全部计入"),
                            ("confirm", "所列学习不计入"),
                            ("appeal", "提出申诉"),
                        ],
                        max_length=10,
                    ),
                ),
                ("role", models.CharField(max_length=40)),
                ("body", models.CharField(blank=True, max_length=60)),
                ("at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "等待核实"),
                            ("released", "已解除"),
                            ("confirmed", "核实后不计入"),
                            ("appealed", "申诉复核中"),
                            ("upheld", "复核后维持不计入"),
                        ],
                        max_length=10,
                    ),
                ),
                ("due_on", models.DateField(null=True)),
                ("sessions", models.JSONField(default=list)),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="HoldWord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField()),
                (
                    "step",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="word",
                        to="learning.holdstep",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="StudyHold",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("speed", "学到的内容超出时间允许的范围"),
                            ("overlap", "多台设备长时间同时在学"),
                            ("forged", "多次收到不能接受的学习记录"),
                            ("shared", "一台设备上多个账号同时在学"),
                        ],
                        max_length=10,
                    ),
                ),
                ("day", models.DateField()),
                ("evidence", models.JSONField()),
                ("device", models.CharField(blank=True, max_length=40)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "等待核实"),
                            ("released", "已解除"),
                            ("confirmed", "核实后不计入"),
                            ("appealed", "申诉复核中"),
                            ("upheld", "复核后维持不计入"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("due_on", models.DateField(null=True)),
                ("opened_at", models.DateTimeField()),
                (
                    "enrolment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holds",
                        to="learning.enrolment",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="study_holds",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="learning.holdrule"
                    ),
                ),
            ],
            options={
                "verbose_name": "学习核实",
                "verbose_name_plural": "学习核实",
            },
        ),
        migrations.AddField(
            model_name="holdstep",
            name="hold",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="learning.studyhold"
            ),
        ),
        migrations.CreateModel(
            name="HoldSession",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("barred", models.BooleanField(default=False)),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="learning.studysession",
                    ),
                ),
                (
                    "hold",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sessions",
                        to="learning.studyhold",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="HoldFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ("name", models.CharField(max_length=120)),
                ("mime", models.CharField(max_length=40)),
                ("size", models.PositiveIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("added_at", models.DateTimeField()),
                (
                    "file",
                    models.FileField(
                        max_length=200,
                        storage=lms.lib.private.private_storage,
                        upload_to=lms.learning.holds.storage.file_path,
                    ),
                ),
                (
                    "hold",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="files",
                        to="learning.studyhold",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="StudyIncident",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("bad_token", "签名不对"),
                            ("other_person", "属于别人的学习会话"),
                            ("seq_reused", "同一编号，内容不同"),
                        ],
                        max_length=12,
                    ),
                ),
                ("payload_hash", models.CharField(max_length=64)),
                ("received_ms", models.PositiveBigIntegerField()),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="learning.studysession",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CompletionCorrection",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ("number", models.PositiveIntegerField()),
                ("top_ups_before", models.PositiveIntegerField()),
                ("counted_ms", models.PositiveBigIntegerField()),
                ("centihours", models.PositiveIntegerField()),
                ("delta_centihours", models.IntegerField()),
                ("day", models.DateField()),
                ("at", models.DateTimeField()),
                ("cause", models.UUIDField()),
                (
                    "completion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="learning.completion",
                    ),
                ),
                (
                    "top_up",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="learning.completiontopup",
                    ),
                ),
            ],
            options={
                "ordering": ["completion", "number"],
                "indexes": [models.Index(fields=["day"], name="learning_correction_day")],
                "constraints": [
                    models.UniqueConstraint(fields=("completion", "number"), name="learning_correction_once"),
                    models.CheckConstraint(
                        condition=models.Q(("delta_centihours", 0), _negated=True),
                        name="learning_correction_changes",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="studyhold",
            index=models.Index(fields=["person", "-opened_at"], name="learning_hold_person"),
        ),
        migrations.AddIndex(
            model_name="studyhold",
            index=models.Index(fields=["state", "due_on"], name="learning_hold_queue"),
        ),
        migrations.AddIndex(
            model_name="studyhold",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["enrolment"], name="learning_hold_waiting"
            ),
        ),
        migrations.AddIndex(
            model_name="studyhold",
            index=models.Index(
                condition=models.Q(("device", ""), _negated=True),
                fields=["device"],
                name="learning_hold_device",
            ),
        ),
        migrations.AddConstraint(
            model_name="studyhold",
            constraint=models.UniqueConstraint(
                fields=("enrolment", "reason", "day"), name="learning_hold_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="holdstep",
            constraint=models.UniqueConstraint(fields=("hold", "number"), name="learning_hold_step_once"),
        ),
        migrations.AddConstraint(
            model_name="holdsession",
            constraint=models.UniqueConstraint(fields=("hold", "session"), name="learning_hold_session_once"),
        ),
        migrations.AddIndex(
            model_name="studyincident",
            index=models.Index(fields=["person", "received_ms"], name="learning_incident_day"),
        ),
        migrations.AddConstraint(
            model_name="studyincident",
            constraint=models.UniqueConstraint(
                fields=("person", "kind", "payload_hash"), name="learning_incident_once"
            ),
        ),
        *(
            append_only(f"learning_{name}")
            for name in ("holdrule", "holdstep", "studyincident", "completioncorrection")
        ),
        # Going back drops the table whole; the row itself can't be taken out of it.
        migrations.RunPython(first_rule, migrations.RunPython.noop),
    ]
