"""Keys that sign, credentials that were signed, and where each stands on a status list."""

import django.db.models.deletion
import lms.lib.crypto
import lms.lib.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("creditbank", "0013_dual"),
    ]

    operations = [
        migrations.CreateModel(
            name="StatusList",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(unique=True)),
                ("size", models.PositiveIntegerField(default=131072)),
                ("taken", models.PositiveIntegerField(default=0)),
                ("changes", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="IssuerKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                (
                    "algorithm",
                    models.CharField(choices=[("ed25519", "Ed25519"), ("rs256", "RS256")], max_length=12),
                ),
                ("fragment", models.CharField(max_length=80, unique=True)),
                ("public", models.TextField()),
                ("secret", lms.lib.crypto.EncryptedTextField(blank=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("current", "使用中"),
                            ("retired", "已更换"),
                            ("compromised", "已泄露，作废"),
                        ],
                        default="current",
                        max_length=12,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "签发密钥",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "current")),
                        fields=("algorithm",),
                        name="creditbank_one_current_key",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("state", "current")),
                            models.Q(
                                models.Q(("state", "current"), _negated=True),
                                ("ended_at__isnull", False),
                                ("secret", ""),
                            ),
                            _connector="OR",
                        ),
                        name="creditbank_ended_key_has_no_secret",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CredentialSet",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
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
                ("days", models.PositiveSmallIntegerField(default=0, verbose_name="有效期")),
                ("subject", models.UUIDField(default=lms.lib.ids.uuid7)),
                ("issued_at", models.DateTimeField()),
                ("content", lms.lib.crypto.EncryptedTextField()),
                (
                    "holder",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "snapshot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credential_sets",
                        to="creditbank.transcriptsnapshot",
                    ),
                ),
                (
                    "jwt_key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="creditbank.issuerkey",
                    ),
                ),
                (
                    "proof_key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="creditbank.issuerkey",
                    ),
                ),
            ],
            options={
                "verbose_name": "可验证凭证",
            },
        ),
        migrations.CreateModel(
            name="IssuedCredential",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ("source", models.UUIDField(db_index=True, null=True)),
                ("line", models.CharField(blank=True, max_length=80)),
                ("index", models.PositiveIntegerField()),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("holder", "持有人已收回"),
                            ("reversed", "依据的记账已被冲正"),
                            ("outcome", "依据的证书不再有效"),
                            ("erased", "持有人已注销"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "set",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credentials",
                        to="creditbank.credentialset",
                    ),
                ),
                (
                    "status_list",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credentials",
                        to="creditbank.statuslist",
                    ),
                ),
            ],
            options={
                "verbose_name": "凭证",
            },
        ),
        migrations.AddConstraint(
            model_name="credentialset",
            constraint=models.UniqueConstraint(
                fields=("snapshot", "name_form", "days"), name="creditbank_one_set_of_a_form"
            ),
        ),
        migrations.AddIndex(
            model_name="issuedcredential",
            index=models.Index(
                condition=models.Q(("revoked_at__isnull", False)),
                fields=["status_list", "index"],
                name="creditbank_revoked_places",
            ),
        ),
        migrations.AddConstraint(
            model_name="issuedcredential",
            constraint=models.UniqueConstraint(
                fields=("status_list", "index"), name="creditbank_status_place_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="issuedcredential",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reason", ""), ("revoked_at__isnull", True)),
                    models.Q(("revoked_at__isnull", False), models.Q(("reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="creditbank_revoked_for_a_reason",
            ),
        ),
    ]
