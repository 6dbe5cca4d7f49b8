"""LTI: tools and platforms, launches, scores; only scores grow for good."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import lms.lib.crypto
import lms.lib.ids
from lms.lib.appendonly import append_only_but_erasable


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0017_branding"),
        ("courses", "0018_lti_block"),
        ("learning", "0520_cmi5"),
    ]

    operations = [
        migrations.CreateModel(
            name="LtiOnce",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("used", models.CharField(max_length=64, unique=True)),
                ("expires_at", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="LtiInvitation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "made_by",
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
        ),
        migrations.CreateModel(
            name="LtiKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kid", models.CharField(max_length=40, unique=True)),
                ("private", lms.lib.crypto.EncryptedTextField(blank=True)),
                ("public", models.JSONField()),
                ("made_at", models.DateTimeField()),
                ("retires_at", models.DateTimeField(null=True)),
                ("signs", models.BooleanField(default=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("signs", True)),
                        fields=("signs",),
                        name="learning_lti_one_signing_key",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LtiTool",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ("name", models.CharField(max_length=120, verbose_name="名称")),
                ("client_id", models.CharField(max_length=40, unique=True)),
                ("deployment_id", models.CharField(max_length=40)),
                ("login_url", models.CharField(max_length=500)),
                ("target_url", models.CharField(max_length=500)),
                ("deep_link_url", models.CharField(blank=True, max_length=500)),
                ("redirect_uris", models.JSONField(default=list)),
                ("jwks_url", models.CharField(blank=True, max_length=500)),
                ("public_keys", models.JSONField(default=dict)),
                ("scopes", models.JSONField(default=list)),
                ("asks_names", models.BooleanField(default=False)),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "待启用"), ("on", "使用中"), ("off", "已停用")],
                        default="on",
                        max_length=8,
                    ),
                ),
                ("state_reason", models.CharField(blank=True, max_length=200)),
                ("made_at", models.DateTimeField()),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
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
                "verbose_name": "外部工具",
                "verbose_name_plural": "外部工具",
            },
        ),
        migrations.CreateModel(
            name="LtiToken",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("scopes", models.JSONField()),
                ("expires_at", models.DateTimeField(db_index=True)),
                (
                    "tool",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="learning.ltitool"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LtiLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ("block", models.CharField(max_length=64)),
                ("made_at", models.DateTimeField()),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="courses.coursepage"
                    ),
                ),
                (
                    "tool",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="learning.ltitool"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LtiLineItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ("label", models.CharField(max_length=255)),
                ("maximum", models.DecimalField(decimal_places=4, max_digits=12)),
                ("resource_id", models.CharField(blank=True, max_length=255)),
                ("tag", models.CharField(blank=True, max_length=255)),
                ("made_at", models.DateTimeField()),
                ("removed_at", models.DateTimeField(null=True)),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="courses.coursepage"
                    ),
                ),
                (
                    "link",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="learning.ltilink",
                    ),
                ),
                (
                    "of_link",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="learning.ltilink",
                    ),
                ),
                (
                    "tool",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="learning.ltitool"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LtiLaunch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ("hint", models.CharField(max_length=64, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("resource", "Resource"), ("deep", "Deep Linking")], max_length=8
                    ),
                ),
                ("content", models.JSONField(default=dict)),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(db_index=True)),
                ("used_at", models.DateTimeField(null=True)),
                ("answered_at", models.DateTimeField(null=True)),
                ("items", models.JSONField(default=list)),
                ("taken_at", models.DateTimeField(null=True)),
                (
                    "lesson",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="courses.lessonpage",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "link",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="learning.ltilink",
                    ),
                ),
                (
                    "tool",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="learning.ltitool"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LtiScore",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("erased", models.BooleanField(db_default=False, default=False, editable=False)),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ("at", models.DateTimeField()),
                ("given", models.DecimalField(decimal_places=4, max_digits=12, null=True)),
                ("maximum", models.DecimalField(decimal_places=4, max_digits=12, null=True)),
                ("activity", models.CharField(max_length=20)),
                ("grading", models.CharField(max_length=20)),
                ("comment", models.TextField(blank=True)),
                ("stored_at", models.DateTimeField()),
                (
                    "enrolment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="learning.enrolment"
                    ),
                ),
                (
                    "line_item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="scores",
                        to="learning.ltilineitem",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("line_item", "person", "at"), name="learning_lti_score_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LtiSubject",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sub", models.CharField(max_length=40)),
                ("named", models.BooleanField(null=True)),
                ("answered_at", models.DateTimeField(null=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "tool",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="learning.ltitool"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("tool", "person"), name="learning_lti_subject_once"),
                    models.UniqueConstraint(fields=("tool", "sub"), name="learning_lti_sub_once"),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="ltilink",
            constraint=models.UniqueConstraint(
                fields=("tool", "course", "block"), name="learning_lti_link_once"
            ),
        ),
        migrations.AddIndex(
            model_name="ltilineitem",
            index=models.Index(fields=["tool", "course"], name="learning_lti_line_items"),
        ),
        migrations.CreateModel(
            name="LtiPlatform",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ("name", models.CharField(max_length=120, verbose_name="名称")),
                ("issuer", models.CharField(max_length=500)),
                ("client_id", models.CharField(max_length=255)),
                ("login_url", models.CharField(max_length=500)),
                ("token_url", models.CharField(max_length=500)),
                ("jwks_url", models.CharField(max_length=500)),
                ("deployments", models.JSONField(default=list)),
                ("is_on", models.BooleanField(default=True)),
                ("off_reason", models.CharField(blank=True, max_length=200)),
                ("made_at", models.DateTimeField()),
                (
                    "made_by",
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
                "verbose_name": "教学平台",
                "verbose_name_plural": "教学平台",
            },
        ),
        migrations.CreateModel(
            name="LtiLogin",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("state", models.CharField(max_length=64, unique=True)),
                ("browser", models.CharField(max_length=64)),
                ("nonce", models.CharField(max_length=64)),
                ("expires_at", models.DateTimeField(db_index=True)),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "platform",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="learning.ltiplatform",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LtiArrival",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("ticket", models.CharField(max_length=64, unique=True)),
                ("kind", models.CharField(max_length=8)),
                ("sub", models.CharField(max_length=255)),
                ("content", models.JSONField(default=dict)),
                ("expires_at", models.DateTimeField(db_index=True)),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "platform",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="learning.ltiplatform",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LtiAccount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sub", models.CharField(max_length=255)),
                ("made_at", models.DateTimeField()),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "platform",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="learning.ltiplatform",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LtiPassback",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ("line_item", models.CharField(max_length=500)),
                ("made_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="learning.ltiaccount",
                    ),
                ),
                (
                    "enrolment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="learning.enrolment"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account", "enrolment", "line_item"), name="learning_lti_passback_once"
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="ltiplatform",
            constraint=models.UniqueConstraint(
                fields=("issuer", "client_id"), name="learning_lti_platform_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="ltiaccount",
            constraint=models.UniqueConstraint(
                fields=("platform", "sub"), name="learning_lti_account_sub_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="ltiaccount",
            constraint=models.UniqueConstraint(
                fields=("platform", "person"), name="learning_lti_account_person_once"
            ),
        ),
        append_only_but_erasable("learning_ltiscore", "comment"),
    ]
