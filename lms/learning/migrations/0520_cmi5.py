"""cmi5: the dated rule, registrations, what their AUs have come to, launches, and what was found satisfied."""

from datetime import date

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from lms.lib.appendonly import append_only
from lms.lib.ids import uuid7


def first_rule(apps, schema_editor):
    apps.get_model("learning", "Cmi5Rule").objects.create(
        version=1,
        valid_from=date(2020, 1, 1),
        fetch_s=600,
        session_s=12 * 3600,
        idle_s=4 * 3600,
        grace_s=60,
        source="平台规则第 1 版：启动后 10 分钟内领取令牌，令牌 12 小时有效；4 小时没有消息算中断；结束后 60 秒内补收先前的语句。"
        "cmi5 规范由平台自定这些时间。",
    )


def key():
    return models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


def to(model, name="+", **more):
    return models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name=name, to=model, **more)


def uuid():
    return models.UUIDField(default=uuid7, editable=False, unique=True)


class Migration(migrations.Migration):
    dependencies = [
        ("learning", "0510_scorm"),
        ("accounts", "0014_machines"),
        ("courses", "0017_activities"),
        ("records", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Cmi5Rule",
            fields=[
                ("id", key()),
                ("version", models.PositiveIntegerField(unique=True)),
                ("valid_from", models.DateField()),
                ("fetch_s", models.PositiveIntegerField()),
                ("session_s", models.PositiveIntegerField()),
                ("idle_s", models.PositiveIntegerField()),
                ("grace_s", models.PositiveIntegerField()),
                ("source", models.TextField()),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="Cmi5Registration",
            fields=[
                ("id", key()),
                ("uuid", uuid()),
                ("learner", models.CharField(max_length=100)),
                ("made_at", models.DateTimeField()),
                ("package", to("courses.contentpackage")),
                ("store", to("records.store")),
                ("enrolment", to("learning.enrolment", null=True)),
                ("machine", to("accounts.machine", null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("enrolment__isnull", False)),
                        fields=("enrolment", "package"),
                        name="learning_cmi5_enrolled_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("machine__isnull", False)),
                        fields=("machine", "package", "learner"),
                        name="learning_cmi5_trial_once",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="Cmi5Unit",
            fields=[
                ("id", key()),
                ("key", models.CharField(max_length=16)),
                ("completed_at", models.DateTimeField(null=True)),
                ("passed_at", models.DateTimeField(null=True)),
                ("failed_at", models.DateTimeField(null=True)),
                ("scaled", models.DecimalField(decimal_places=6, max_digits=7, null=True)),
                ("progress", models.PositiveSmallIntegerField(null=True)),
                ("waived_at", models.DateTimeField(null=True)),
                ("waived_reason", models.CharField(blank=True, max_length=200)),
                ("waived_note", models.CharField(blank=True, max_length=500)),
                ("met_at", models.DateTimeField(null=True)),
                ("registration", to("learning.cmi5registration", "units")),
                ("waived_by", to(settings.AUTH_USER_MODEL, null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("registration", "key"), name="learning_cmi5_unit_once")
                ]
            },
        ),
        migrations.CreateModel(
            name="Cmi5Session",
            fields=[
                ("id", key()),
                ("uuid", uuid()),
                ("block", models.CharField(blank=True, max_length=64)),
                ("mode", models.CharField(max_length=6)),
                ("mastery_score", models.DecimalField(decimal_places=4, max_digits=5, null=True)),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("fetch_until", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("fetched_at", models.DateTimeField(null=True)),
                ("launched_at", models.DateTimeField()),
                ("initialized_at", models.DateTimeField(null=True)),
                ("terminated_at", models.DateTimeField(null=True)),
                ("last_at", models.DateTimeField(null=True)),
                ("heard_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "end",
                    models.CharField(
                        blank=True,
                        choices=[("terminated", "正常结束"), ("abandoned", "中断")],
                        max_length=10,
                    ),
                ),
                ("used", models.JSONField(default=list)),
                (
                    "credential",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="records.credential",
                    ),
                ),
                ("registration", to("learning.cmi5registration", "sessions")),
                ("lesson", to("courses.releaselesson", null=True)),
                ("rule", to("learning.cmi5rule")),
                ("unit", to("learning.cmi5unit", "sessions")),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=["launched_at"],
                        name="learning_cmi5_open",
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="Cmi5Satisfied",
            fields=[
                ("id", key()),
                ("key", models.CharField(max_length=16)),
                ("session_id", models.UUIDField()),
                ("at", models.DateTimeField()),
                ("registration", to("learning.cmi5registration", "satisfied")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("registration", "key"), name="learning_cmi5_satisfied_once"
                    )
                ]
            },
        ),
        migrations.RunPython(first_rule, migrations.RunPython.noop),
        append_only("learning_cmi5rule"),
        append_only("learning_cmi5satisfied"),
    ]
