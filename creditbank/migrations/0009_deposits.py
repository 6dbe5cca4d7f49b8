"""Lists and requests by which issuers deposit many outcomes at once."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import creditbank.deposits.models
import lms.lib.crypto
import lms.lib.ids
import lms.lib.private


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0011_erasure"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("creditbank", "0008_outcome_kinds"),
    ]

    operations = [
        migrations.CreateModel(
            name="DepositBatch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ("source", models.CharField(choices=[("file", "文件"), ("api", "接口")], max_length=4)),
                ("machine", models.UUIDField(null=True)),
                ("key", models.CharField(max_length=200)),
                ("payload_hash", models.CharField(max_length=64)),
                ("name", models.CharField(blank=True, max_length=120)),
                (
                    "file",
                    models.FileField(
                        blank=True,
                        max_length=200,
                        storage=lms.lib.private.private_storage,
                        upload_to=creditbank.deposits.models.list_path,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("reading", "正在检查"),
                            ("faulty", "有错误，未存入"),
                            ("ready", "待确认"),
                            ("writing", "正在存入"),
                            ("done", "已存入"),
                            ("failed", "没有存入"),
                            ("discarded", "已放弃"),
                        ],
                        default="reading",
                        max_length=10,
                    ),
                ),
                ("job", models.UUIDField(null=True)),
                ("lines", models.PositiveIntegerField(default=0)),
                ("faults_found", models.PositiveIntegerField(default=0)),
                ("same", models.PositiveIntegerField(default=0)),
                ("message", models.TextField(blank=True)),
                ("made_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(null=True)),
                ("done_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "批量存入",
                "verbose_name_plural": "批量存入",
            },
        ),
        migrations.CreateModel(
            name="DepositFault",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("row", models.PositiveIntegerField()),
                ("column", models.CharField(blank=True, max_length=40)),
                ("sentence", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="DepositRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ("row", models.PositiveIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("planned", "待写入"),
                            ("waiting", "等待本人实名"),
                            ("given", "已记入"),
                            ("same", "以前已存入"),
                        ],
                        default="planned",
                        max_length=8,
                    ),
                ),
                ("content", lms.lib.crypto.EncryptedTextField(blank=True)),
                ("paper_hash", models.CharField(blank=True, max_length=64)),
                ("phone_hash", models.CharField(blank=True, max_length=64)),
                ("same_key", models.CharField(max_length=64)),
                ("given_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="depositbatch",
            name="by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="depositbatch",
            name="issuer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="deposits",
                to="accounts.organisation",
            ),
        ),
        migrations.AddField(
            model_name="depositfault",
            name="batch",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="faults",
                to="creditbank.depositbatch",
            ),
        ),
        migrations.AddField(
            model_name="depositrow",
            name="batch",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="rows", to="creditbank.depositbatch"
            ),
        ),
        migrations.AddField(
            model_name="depositrow",
            name="outcome",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="deposit_rows",
                to="creditbank.learningoutcome",
            ),
        ),
        migrations.AddIndex(
            model_name="depositbatch",
            index=models.Index(fields=["issuer", "made_at"], name="creditbank_batch_issuer"),
        ),
        migrations.AddConstraint(
            model_name="depositbatch",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["reading", "ready", "writing", "done"])),
                fields=("issuer", "source", "key"),
                name="creditbank_batch_once",
            ),
        ),
        migrations.AddIndex(
            model_name="depositfault",
            index=models.Index(fields=["batch", "row"], name="creditbank_fault_row"),
        ),
        migrations.AddIndex(
            model_name="depositrow",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["paper_hash"], name="creditbank_wait_paper"
            ),
        ),
        migrations.AddIndex(
            model_name="depositrow",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["phone_hash"], name="creditbank_wait_phone"
            ),
        ),
        migrations.AddConstraint(
            model_name="depositrow",
            constraint=models.UniqueConstraint(fields=("batch", "row"), name="creditbank_deposit_row_once"),
        ),
        migrations.AddConstraint(
            model_name="depositrow",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "waiting")),
                fields=("same_key",),
                name="creditbank_deposit_waiting_once",
            ),
        ),
    ]
