"""Learner numbers, the merging of two accounts of one person, and the postings that carry one out."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import lms.lib.ids
from lms.lib.appendonly import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0013_institutions"),
        ("creditbank", "0015_shares"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AccountMerge",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "等待另一个账号确认"),
                            ("requested", "等待核准"),
                            ("merged", "已合并"),
                            ("refused", "未核准"),
                            ("withdrawn", "已撤回"),
                            ("undone", "合并已撤销"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                (
                    "way",
                    models.CharField(
                        choices=[("signed_in", "本人登录过两个账号"), ("papers", "工作人员核对过证件")],
                        max_length=10,
                        verbose_name="证明方式",
                    ),
                ),
                ("code_hash", models.CharField(blank=True, max_length=64)),
                ("code_until", models.DateTimeField(null=True)),
                ("evidence", models.TextField(blank=True, verbose_name="证明材料")),
                ("requested_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("reason", models.TextField(blank=True, verbose_name="理由")),
                ("moved", models.JSONField(default=dict)),
                ("undone_at", models.DateTimeField(null=True)),
                ("undone_reason", models.TextField(blank=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "other",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merges_left",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "survivor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merges_kept",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "账号合并",
                "verbose_name_plural": "账号合并",
            },
        ),
        migrations.CreateModel(
            name="LearningAccount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=12, unique=True, verbose_name="学习账号")),
                ("opened_at", models.DateTimeField()),
                (
                    "holder",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="learning_account",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "学习账号",
            },
        ),
        migrations.CreateModel(
            name="MergePosting",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "merge",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="postings",
                        to="creditbank.accountmerge",
                    ),
                ),
                (
                    "moves",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="moved_by",
                        to="creditbank.transaction",
                    ),
                ),
                (
                    "transaction",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merge_posting",
                        to="creditbank.transaction",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddIndex(
            model_name="accountmerge",
            index=models.Index(fields=["state", "requested_at"], name="creditbank_merge_queue"),
        ),
        migrations.AddIndex(
            model_name="accountmerge",
            index=models.Index(fields=["code_hash"], name="creditbank_merge_code"),
        ),
        migrations.AddConstraint(
            model_name="accountmerge",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["requested", "merged"])),
                fields=("other",),
                name="creditbank_merge_other_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="accountmerge",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["open", "requested"])),
                fields=("survivor",),
                name="creditbank_merge_waiting_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="accountmerge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("other__isnull", True),
                    models.Q(("survivor", models.F("other")), _negated=True),
                    _connector="OR",
                ),
                name="creditbank_merge_two",
            ),
        ),
        migrations.AddConstraint(
            model_name="accountmerge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by__isnull", True),
                    models.Q(("decided_by", models.F("requested_by")), _negated=True),
                    _connector="OR",
                ),
                name="creditbank_merge_two_pairs_of_eyes",
            ),
        ),
        migrations.AddConstraint(
            model_name="accountmerge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["merged", "undone"]), _negated=True),
                    models.Q(
                        ("decided_at__isnull", False), ("decided_by__isnull", False), ("other__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="creditbank_merge_decided",
            ),
        ),
        append_only("creditbank_learningaccount"),
        append_only("creditbank_mergeposting"),
    ]
