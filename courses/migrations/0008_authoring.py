"""H5P contents written in the browser."""

import django.db.models.deletion
from django.db import migrations, models

import lms.lib.ids


class Migration(migrations.Migration):
    dependencies = [("courses", "0007_h5p")]

    operations = [
        migrations.CreateModel(
            name="H5PDraft",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ("was", models.UUIDField(blank=True, null=True)),
                ("title", models.CharField(max_length=200, verbose_name="标题")),
                ("library", models.CharField(max_length=140)),
                ("service_id", models.CharField(max_length=64)),
                ("opened_at", models.DateTimeField(auto_now_add=True)),
                (
                    "content",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="courses.h5pcontent",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organisation",
                    ),
                ),
            ],
            options={
                "verbose_name": "H5P 草稿",
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(fields=("content",), name="courses_h5p_draft_one_each"),
                    models.CheckConstraint(
                        condition=models.Q(("content__isnull", True), ("was__isnull", False), _connector="OR"),
                        name="courses_h5p_draft_of_a_version",
                    ),
                ],
            },
        ),
    ]
