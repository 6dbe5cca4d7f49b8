"""Roles are offered to a number or address and begin with the person's own yes."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import lms.lib.ids

ROLES = [
    ("editor", "课程编辑"),
    ("teacher", "教师"),
    ("reviewer", "学分审核"),
    ("assessor", "考评员"),
    ("hr", "人事专员"),
    ("officer", "主管部门人员"),
    ("auditor", "审计员"),
    ("admin", "机构管理员"),
]


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_employment")]

    operations = [
        migrations.CreateModel(
            name="RoleInvitation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ("role", models.CharField(choices=ROLES, max_length=12, verbose_name="角色")),
                ("until", models.DateField(blank=True, null=True, verbose_name="至")),
                ("login_hash", models.CharField(db_index=True, max_length=64)),
                ("login_masked", models.CharField(max_length=80)),
                ("invited_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(null=True)),
                ("accepted", models.BooleanField(null=True)),
                (
                    "invited_by",
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
                        related_name="invitations",
                        to="accounts.organisation",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("answered_at__isnull", True)),
                        fields=("organisation", "role", "login_hash"),
                        name="accounts_invitation_open_once",
                    )
                ],
            },
        ),
    ]
