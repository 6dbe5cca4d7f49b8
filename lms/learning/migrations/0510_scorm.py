"""Attempts at SCORM packages and their sessions. New tables alone."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import lms.lib.ids


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0017_activities"),
        ("learning", "0500_plans_again"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ScormAttempt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ("block", models.CharField(max_length=64)),
                ("package", models.UUIDField()),
                ("part", models.CharField(max_length=300)),
                ("kind", models.CharField(max_length=10)),
                ("number", models.PositiveIntegerField()),
                ("nominal_ms", models.PositiveBigIntegerField()),
                ("opened_at", models.DateTimeField()),
                ("heard_at", models.DateTimeField()),
                ("ended", models.BooleanField(default=False)),
                ("completion", models.CharField(blank=True, max_length=20)),
                ("success", models.CharField(blank=True, max_length=20)),
                ("score_scaled", models.IntegerField(null=True)),
                ("claimed_ms", models.PositiveBigIntegerField(default=0)),
                ("completed_after_ms", models.PositiveBigIntegerField(null=True)),
                (
                    "enrolment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="learning.enrolment"
                    ),
                ),
                (
                    "lesson",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="courses.releaselesson",
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
        ),
        migrations.CreateModel(
            name="ScormSession",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ("number", models.PositiveIntegerField()),
                ("opened_at", models.DateTimeField()),
                ("heard_at", models.DateTimeField()),
                ("seq", models.PositiveBigIntegerField(default=0)),
                ("state", models.JSONField(default=dict)),
                ("claims", models.JSONField(default=dict)),
                (
                    "attempt",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sessions",
                        to="learning.scormattempt",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="scormattempt",
            constraint=models.UniqueConstraint(
                fields=("enrolment", "lesson", "block", "number"), name="learning_scorm_attempt_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="scormsession",
            constraint=models.UniqueConstraint(
                fields=("attempt", "number"), name="learning_scorm_session_once"
            ),
        ),
    ]
