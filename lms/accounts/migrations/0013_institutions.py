"""Organisations ask to be registered; since when and why an organisation has the state it has."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import lms.accounts.institutions.models
import lms.lib.ids
import lms.lib.private


class Migration(migrations.Migration):
    dependencies = [("accounts", "0012_identity_papers")]

    operations = [
        migrations.AddField(
            model_name="organisation",
            name="status_reason",
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AddField(
            model_name="organisation",
            name="status_since",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.CreateModel(
            name="InstitutionRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("college", "院校"),
                            ("provider", "培训机构"),
                            ("enterprise", "企业"),
                            ("assessor", "评价机构"),
                            ("union", "工会"),
                        ],
                        max_length=12,
                        verbose_name="类别",
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="名称")),
                ("uscc", models.CharField(max_length=18, verbose_name="统一社会信用代码")),
                ("uscc_checked", models.BooleanField()),
                ("uscc_note", models.CharField(blank=True, max_length=200, verbose_name="代码说明")),
                ("about", models.TextField(blank=True, verbose_name="说明")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("submitted", "等待审核"),
                            ("supplement", "待补充"),
                            ("approved", "已登记"),
                            ("refused", "未通过"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="submitted",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("submitted_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("reason", models.TextField(blank=True, verbose_name="审核意见")),
                (
                    "applicant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="institution_requests",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
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
                    "organisation",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="request",
                        to="accounts.organisation",
                    ),
                ),
            ],
            options={
                "verbose_name": "机构登记申请",
                "verbose_name_plural": "机构登记申请",
            },
        ),
        migrations.CreateModel(
            name="InstitutionFile",
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
                        upload_to=lms.accounts.institutions.models.file_path,
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
                        to="accounts.institutionrequest",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddIndex(
            model_name="institutionrequest",
            index=models.Index(fields=["state", "submitted_at"], name="accounts_institution_queue"),
        ),
        migrations.AddIndex(
            model_name="institutionrequest",
            index=models.Index(fields=["applicant", "submitted_at"], name="accounts_institution_own"),
        ),
        migrations.AddConstraint(
            model_name="institutionrequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["submitted", "supplement"])),
                fields=("uscc",),
                name="accounts_institution_open_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="institutionrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("organisation__isnull", False), ("state", "approved")),
                    models.Q(models.Q(("state", "approved"), _negated=True), ("organisation__isnull", True)),
                    _connector="OR",
                ),
                name="accounts_institution_approved_is_there",
            ),
        ),
    ]
