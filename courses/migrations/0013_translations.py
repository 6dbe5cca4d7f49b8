"""Translations of courses: the working copy, and published versions that only grow."""

import django.db.models.deletion
from django.db import migrations, models

import lms.lib.ids
from lms.lib.appendonly import append_only


class Migration(migrations.Migration):
    dependencies = [("courses", "0012_pack_documents")]
    operations = [
        migrations.CreateModel(
            name="CourseTranslation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ("language", models.CharField(max_length=12)),
                ("begun_at", models.DateTimeField()),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="translations",
                        to="courses.coursepage",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("course", "language"), name="courses_translation_language_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TranslationVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ("number", models.PositiveIntegerField()),
                ("published_at", models.DateTimeField()),
                ("withdrawn", models.BooleanField(default=False)),
                ("title", models.CharField(blank=True, max_length=255)),
                ("summary", models.TextField(blank=True)),
                ("done", models.PositiveIntegerField()),
                ("total", models.PositiveIntegerField()),
                ("texts", models.JSONField(default=dict)),
                (
                    "release",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="courses.release"
                    ),
                ),
                (
                    "translation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="courses.coursetranslation",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("translation", "number"), name="courses_translation_version_once"
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="coursetranslation",
            name="current",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="courses.translationversion",
            ),
        ),
        migrations.CreateModel(
            name="TranslatedText",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(max_length=40)),
                ("role", models.CharField(max_length=12)),
                ("source", models.TextField()),
                ("part", models.CharField(max_length=80)),
                ("text", models.TextField()),
                ("written_by", models.UUIDField(null=True)),
                ("written_at", models.DateTimeField()),
                (
                    "translation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="texts",
                        to="courses.coursetranslation",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("translation", "digest"), name="courses_translated_text_digest_once"
                    )
                ],
            },
        ),
        append_only("courses_translationversion"),
    ]
