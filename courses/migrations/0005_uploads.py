"""Uploads that go on where a lost connection ended them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import lms.lib.ids


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0004_h5p_shelves"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Upload",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ("name", models.CharField(max_length=255)),
                ("size", models.BigIntegerField()),
                ("offset", models.BigIntegerField(default=0)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "没有传完"), ("complete", "已传完")], default="open", max_length=10
                    ),
                ),
                ("metadata", models.CharField(max_length=2000)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField(db_index=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organisation",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "上传",
                "ordering": ["id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("offset__gte", 0), ("offset__lte", models.F("size"))),
                        name="courses_upload_offset_within_size",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "complete"), _negated=True),
                            ("offset", models.F("size")),
                            _connector="OR",
                        ),
                        name="courses_upload_complete_is_whole",
                    ),
                ],
            },
        ),
    ]
