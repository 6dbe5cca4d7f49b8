"""What holders let others see, who looked, and what organisations took along."""

import django.db.models.deletion
import lms.lib.crypto
import lms.lib.ids
from django.conf import settings
from django.db import migrations, models

from lms.lib.appendonly import append_only


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("accounts", "0013_institutions"),
        ("creditbank", "0014_credentials"),
    ]

    operations = [
        migrations.CreateModel(
            name="Share",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ("lines", models.JSONField(null=True)),
                (
                    "name_form",
                    models.CharField(
                        choices=[
                            ("real", "写真实姓名"),
                            ("masked", "只写姓氏（如李＊）"),
                            ("none", "不写姓名"),
                        ],
                        max_length=8,
                        verbose_name="姓名",
                    ),
                ),
                ("recipient", models.CharField(blank=True, max_length=120, verbose_name="给谁看")),
                ("for_export", models.BooleanField(default=False, verbose_name="可以汇总导出")),
                ("purpose", models.CharField(max_length=200, verbose_name="用途")),
                ("until", models.DateTimeField(verbose_name="看到哪天")),
                ("hidden", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                ("token", lms.lib.crypto.EncryptedTextField(blank=True)),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                (
                    "holder",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organisation",
                        verbose_name="机构",
                    ),
                ),
                (
                    "snapshot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shares",
                        to="creditbank.transcriptsnapshot",
                    ),
                ),
            ],
            options={
                "verbose_name": "分享",
            },
        ),
        migrations.CreateModel(
            name="ShareExport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ("purpose", models.CharField(max_length=200, verbose_name="用途")),
                ("made_at", models.DateTimeField()),
                (
                    "ordered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organisation",
                    ),
                ),
            ],
            options={
                "verbose_name": "汇总导出",
            },
        ),
        migrations.CreateModel(
            name="ShareExportRecord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ("state", models.CharField(choices=[("made", "已导出"), ("failed", "未导出")], max_length=8)),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("ended", "本人已收回、隐藏，或已到期"),
                            ("stale", "清单里的记账后来有变动，请本人重新分享"),
                            ("gone", "本人已停用这份清单"),
                        ],
                        max_length=8,
                    ),
                ),
                ("content", lms.lib.crypto.EncryptedTextField(blank=True)),
                ("content_hash", models.CharField(blank=True, max_length=64)),
                ("tries", models.PositiveSmallIntegerField(default=1)),
                ("at", models.DateTimeField()),
                (
                    "export",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="records",
                        to="creditbank.shareexport",
                    ),
                ),
                (
                    "share",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="exported",
                        to="creditbank.share",
                    ),
                ),
            ],
            options={
                "verbose_name": "导出记录",
            },
        ),
        migrations.CreateModel(
            name="ShareLook",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("network", models.CharField(max_length=40)),
                (
                    "device",
                    models.CharField(
                        choices=[("phone", "手机"), ("computer", "电脑"), ("other", "其他")], max_length=10
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organisation",
                    ),
                ),
                (
                    "share",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="looks",
                        to="creditbank.share",
                    ),
                ),
            ],
            options={
                "verbose_name": "查看记录",
            },
        ),
        migrations.AddIndex(
            model_name="share",
            index=models.Index(fields=["holder", "created_at"], name="creditbank_share_holder"),
        ),
        migrations.AddIndex(
            model_name="share",
            index=models.Index(fields=["organisation", "until"], name="creditbank_share_organisation"),
        ),
        migrations.AddConstraint(
            model_name="share",
            constraint=models.CheckConstraint(
                condition=models.Q(("for_export", False), ("organisation__isnull", False), _connector="OR"),
                name="creditbank_share_export_names_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="share",
            constraint=models.CheckConstraint(
                condition=models.Q(("until__gt", models.F("created_at"))), name="creditbank_share_ends_later"
            ),
        ),
        migrations.AddIndex(
            model_name="shareexport",
            index=models.Index(fields=["organisation", "made_at"], name="creditbank_export_list"),
        ),
        migrations.AddConstraint(
            model_name="shareexportrecord",
            constraint=models.UniqueConstraint(
                fields=("export", "share"), name="creditbank_export_record_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="shareexportrecord",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("reason", ""), ("state", "made"), models.Q(("content_hash", ""), _negated=True)
                    ),
                    models.Q(("state", "failed"), models.Q(("reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="creditbank_export_record_outcome",
            ),
        ),
        migrations.AddIndex(
            model_name="sharelook",
            index=models.Index(fields=["share", "at"], name="creditbank_share_look"),
        ),
        append_only("creditbank_sharelook"),
    ]
