"""Cases of a college: more states, their steps, files and terms; transfers, redemptions and the expiry of credits."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import creditbank.applications.storage
import lms.lib.ids
import lms.lib.private
from lms.lib.appendonly import append_only, append_only_again, append_only_but_erasable


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0011_erasure"),
        ("creditbank", "0011_rules_append_only"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # SQLite builds the changed table anew; its triggers are put back, whichever way this goes.
        append_only_again("creditbank_outcomeuse"),
        migrations.CreateModel(
            name="ApplicationFile",
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
                        upload_to=creditbank.applications.storage.file_path,
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ApplicationStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("erased", models.BooleanField(db_default=False, default=False, editable=False)),
                ("number", models.PositiveIntegerField()),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("submit", "submit"),
                            ("propose", "propose"),
                            ("endorse", "endorse"),
                            ("send_back", "send_back"),
                            ("approve", "approve"),
                            ("refuse", "refuse"),
                            ("ask", "ask"),
                            ("supplement", "supplement"),
                            ("expire", "expire"),
                            ("withdraw", "withdraw"),
                            ("appeal", "appeal"),
                            ("uphold", "uphold"),
                            ("overturn", "overturn"),
                            ("reverse", "reverse"),
                            ("escalate", "escalate"),
                        ],
                        max_length=10,
                    ),
                ),
                ("approve", models.BooleanField(null=True)),
                ("role", models.CharField(max_length=40)),
                ("at", models.DateTimeField()),
                ("reason", models.TextField(blank=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("submitted", "审核中"),
                            ("proposed", "待复核"),
                            ("supplement", "待补充材料"),
                            ("approved", "已认定"),
                            ("refused", "未认定"),
                            ("appealed", "申诉复核中"),
                            ("upheld", "申诉后维持未认定"),
                            ("withdrawn", "已撤回"),
                            ("expired", "逾期未补充，已关闭"),
                            ("reversed", "认定已撤销"),
                        ],
                        max_length=10,
                    ),
                ),
                ("due_on", models.DateField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="CaseTerms",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ("version", models.PositiveIntegerField()),
                ("valid_from", models.DateField(verbose_name="生效日期")),
                ("reviewers", models.PositiveSmallIntegerField(default=2, verbose_name="审核人数")),
                ("evidence_required", models.BooleanField(default=True, verbose_name="须有证明材料")),
                (
                    "review_days",
                    models.PositiveSmallIntegerField(null=True, verbose_name="审核期限（工作日）"),
                ),
                (
                    "supplement_days",
                    models.PositiveSmallIntegerField(null=True, verbose_name="补充期限（工作日）"),
                ),
                (
                    "appeal_days",
                    models.PositiveSmallIntegerField(null=True, verbose_name="申诉期限（工作日）"),
                ),
                (
                    "shelf_life_months",
                    models.PositiveSmallIntegerField(null=True, verbose_name="学分有效期（月）"),
                ),
                ("notice_days", models.JSONField(default=list, verbose_name="到期前几天通知")),
                ("source", models.TextField(verbose_name="依据")),
                ("published_at", models.DateTimeField()),
                ("published_by", models.UUIDField(null=True)),
            ],
            options={
                "verbose_name": "审核期限",
            },
        ),
        migrations.CreateModel(
            name="ExpiryNotice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("days_before", models.PositiveSmallIntegerField()),
                ("expires_on", models.DateField()),
                ("given_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Redemption",
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
                            ("requested", "等待学校办理"),
                            ("redeemed", "已兑换"),
                            ("declined", "未兑换"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="requested",
                        max_length=10,
                    ),
                ),
                ("centicredits", models.PositiveIntegerField()),
                ("requested_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("reason", models.TextField(blank=True)),
            ],
            options={
                "verbose_name": "学分兑换",
            },
        ),
        migrations.CreateModel(
            name="UseDraw",
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
                            ("redemption", "兑换学历"),
                            ("transfer", "转到其他学校"),
                            ("expiry", "到期"),
                        ],
                        max_length=10,
                    ),
                ),
                ("centicredits", models.PositiveIntegerField()),
                ("drawn_at", models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="application",
            name="creditbank_application_open_once",
        ),
        migrations.AddField(
            model_name="application",
            name="course",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="transfers",
                to="creditbank.coursecredit",
            ),
        ),
        migrations.AddField(
            model_name="application",
            name="due_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="application",
            name="escalated_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="application",
            name="reviewers",
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AddField(
            model_name="application",
            name="revision",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="outcomeuse",
            name="expires_on",
            field=models.DateField(null=True),
        ),
        migrations.AlterField(
            model_name="application",
            name="outcome",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="applications",
                to="creditbank.learningoutcome",
            ),
        ),
        migrations.AlterField(
            model_name="application",
            name="state",
            field=models.CharField(
                choices=[
                    ("submitted", "审核中"),
                    ("proposed", "待复核"),
                    ("supplement", "待补充材料"),
                    ("approved", "已认定"),
                    ("refused", "未认定"),
                    ("appealed", "申诉复核中"),
                    ("upheld", "申诉后维持未认定"),
                    ("withdrawn", "已撤回"),
                    ("expired", "逾期未补充，已关闭"),
                    ("reversed", "认定已撤销"),
                ],
                default="submitted",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="outcomeuse",
            name="outcome",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="uses",
                to="creditbank.learningoutcome",
            ),
        ),
        migrations.AddIndex(
            model_name="outcomeuse",
            index=models.Index(
                condition=models.Q(("expires_on__isnull", False)),
                fields=["expires_on"],
                name="creditbank_use_expires",
            ),
        ),
        migrations.AddField(
            model_name="applicationfile",
            name="application",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="files", to="creditbank.application"
            ),
        ),
        migrations.AddField(
            model_name="applicationstep",
            name="application",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="creditbank.application"
            ),
        ),
        migrations.AddField(
            model_name="applicationstep",
            name="body",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.organisation",
            ),
        ),
        migrations.AddField(
            model_name="applicationstep",
            name="person",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="caseterms",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="case_terms",
                to="accounts.organisation",
            ),
        ),
        migrations.AddField(
            model_name="caseterms",
            name="programme",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="case_terms",
                to="creditbank.programme",
            ),
        ),
        migrations.AddField(
            model_name="application",
            name="terms",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="creditbank.caseterms",
            ),
        ),
        migrations.AddIndex(
            model_name="application",
            index=models.Index(
                condition=models.Q(("state__in", ["appealed", "proposed", "submitted", "supplement"])),
                fields=["due_on"],
                name="creditbank_app_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("state__in", ["appealed", "approved", "proposed", "submitted", "supplement"])
                ),
                fields=("outcome", "programme"),
                name="creditbank_application_open_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("state__in", ["appealed", "approved", "proposed", "submitted", "supplement"])
                ),
                fields=("course", "programme"),
                name="creditbank_transfer_open_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("course__isnull", True), ("outcome__isnull", False)),
                    models.Q(("course__isnull", False), ("outcome__isnull", True)),
                    _connector="OR",
                ),
                name="creditbank_application_of_one",
            ),
        ),
        migrations.AddField(
            model_name="expirynotice",
            name="use",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="notices",
                to="creditbank.outcomeuse",
            ),
        ),
        migrations.AddField(
            model_name="redemption",
            name="decided_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="redemption",
            name="holder",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="redemptions",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="redemption",
            name="programme",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="redemptions",
                to="creditbank.programme",
            ),
        ),
        migrations.AddField(
            model_name="redemption",
            name="transaction",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="redemption",
                to="creditbank.transaction",
            ),
        ),
        migrations.AddField(
            model_name="usedraw",
            name="course",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="draw",
                to="creditbank.coursecredit",
            ),
        ),
        migrations.AddField(
            model_name="usedraw",
            name="transaction",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="draws", to="creditbank.transaction"
            ),
        ),
        migrations.AddField(
            model_name="usedraw",
            name="use",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="draws", to="creditbank.outcomeuse"
            ),
        ),
        migrations.AddConstraint(
            model_name="applicationstep",
            constraint=models.UniqueConstraint(fields=("application", "number"), name="creditbank_step_once"),
        ),
        migrations.AddConstraint(
            model_name="caseterms",
            constraint=models.UniqueConstraint(
                condition=models.Q(("programme__isnull", True)),
                fields=("organisation", "version"),
                name="creditbank_terms_college_version",
            ),
        ),
        migrations.AddConstraint(
            model_name="caseterms",
            constraint=models.UniqueConstraint(
                fields=("programme", "version"), name="creditbank_terms_version"
            ),
        ),
        migrations.AddConstraint(
            model_name="caseterms",
            constraint=models.CheckConstraint(
                condition=models.Q(("reviewers__gte", 1), ("reviewers__lte", 5)),
                name="creditbank_terms_reviewers",
            ),
        ),
        migrations.AddConstraint(
            model_name="expirynotice",
            constraint=models.UniqueConstraint(fields=("use", "days_before"), name="creditbank_notice_once"),
        ),
        migrations.AddConstraint(
            model_name="redemption",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["requested", "redeemed"])),
                fields=("holder", "programme"),
                name="creditbank_redemption_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="redemption",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("decided_by__isnull", False), ("state", "redeemed"), ("transaction__isnull", False)
                    ),
                    models.Q(models.Q(("state", "redeemed"), _negated=True), ("transaction__isnull", True)),
                    _connector="OR",
                ),
                name="creditbank_redeemed_is_posted",
            ),
        ),
        migrations.AddConstraint(
            model_name="usedraw",
            constraint=models.UniqueConstraint(fields=("use", "transaction"), name="creditbank_draw_once"),
        ),
        migrations.AddConstraint(
            model_name="usedraw",
            constraint=models.CheckConstraint(
                condition=models.Q(("centicredits__gt", 0)), name="creditbank_draw_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="usedraw",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind__in", ["redemption", "expiry"])),
                fields=("use",),
                name="creditbank_drawn_to_the_end_once",
            ),
        ),
        append_only_again("creditbank_outcomeuse"),
        append_only("creditbank_caseterms"),
        append_only("creditbank_usedraw"),
        append_only("creditbank_expirynotice"),
        append_only_but_erasable("creditbank_applicationstep", "reason"),
    ]
