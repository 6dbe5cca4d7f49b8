from datetime import date

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from lms.lib.appendonly import append_only
from lms.lib.ids import uuid7

DAY = 24 * 3600 * 1000


def first_rule(apps, schema_editor):
    apps.get_model("learning", "OfflineRule").objects.create(
        version=1,
        valid_from=date(2020, 1, 1),
        valid_ms=14 * DAY,
        media_bytes=300_000_000,
        source="平台规则第 1 版：下载凭证 14 天有效；一课下载到本机的内容最多 300 MB。政策未作规定，可由主管部门另行设定。",
    )


def key():
    return models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


def to(model):
    return models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=model)


class Migration(migrations.Migration):
    dependencies = [
        ("learning", "0330_evidence"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="OpenTurn",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("from_ms", models.PositiveBigIntegerField()),
                ("until_ms", models.PositiveBigIntegerField(default=100000000000000)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["person", "until_ms"], name="learning_open_turn")]},
        ),
        migrations.AlterField(
            model_name="streamclaim",
            name="kind",
            field=models.CharField(
                choices=[
                    ("open", "打开时没有别处在计时"),
                    ("resume", "别处已停止，自动接着计时"),
                    ("takeover", "改为在这里计时"),
                    ("handed", "别处离开，交回计时"),
                    ("free", "别处已离开，没有联网时的学习计在这里"),
                ],
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="OfflineRule",
            fields=[
                ("id", key()),
                ("version", models.PositiveIntegerField(unique=True)),
                ("valid_from", models.DateField()),
                ("valid_ms", models.PositiveBigIntegerField(null=True)),
                ("media_bytes", models.PositiveBigIntegerField(null=True)),
                ("source", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="StudyTicket",
            fields=[
                ("id", key()),
                ("uuid", models.UUIDField(default=uuid7, editable=False, unique=True)),
                ("device", models.CharField(max_length=40)),
                (
                    "device_kind",
                    models.CharField(
                        choices=[("phone", "手机"), ("tablet", "平板"), ("computer", "电脑")], max_length=10
                    ),
                ),
                ("issued_ms", models.PositiveBigIntegerField()),
                ("until_ms", models.PositiveBigIntegerField()),
                ("enrolment", to("learning.enrolment")),
                ("lesson", to("courses.releaselesson")),
                ("offline_rule", to("learning.offlinerule")),
                ("person", to(settings.AUTH_USER_MODEL)),
                ("rule", to("learning.studyrule")),
            ],
        ),
        migrations.CreateModel(
            name="OfflineSession",
            fields=[
                ("id", key()),
                ("key", models.UUIDField()),
                ("opened_ms", models.PositiveBigIntegerField()),
                (
                    "session",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="offline",
                        to="learning.studysession",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sessions",
                        to="learning.studyticket",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["ticket", "key"], name="learning_offline_session_once")
                ]
            },
        ),
        migrations.CreateModel(
            name="OfflinePart",
            fields=[
                ("id", key()),
                ("seq", models.PositiveIntegerField()),
                ("payload_hash", models.CharField(max_length=64)),
                ("received_ms", models.PositiveBigIntegerField()),
                ("facts", models.JSONField()),
                (
                    "offline",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parts",
                        to="learning.offlinesession",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["offline", "seq"], name="learning_offline_part_once")
                ]
            },
        ),
        # Going back drops the tables whole; the rows themselves can't be taken out of them.
        migrations.RunPython(first_rule, migrations.RunPython.noop),
        append_only("learning_offlinerule"),
        append_only("learning_studyticket"),
        append_only("learning_offlinepart"),
    ]
