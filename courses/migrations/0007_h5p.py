"""What H5P contents were before they were upgraded to newer libraries."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("courses", "0006_plans")]

    operations = [
        migrations.CreateModel(
            name="H5PFormerVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(editable=False, unique=True)),
                ("main_library", models.CharField(max_length=140)),
                ("replaced_at", models.DateTimeField(auto_now_add=True)),
                (
                    "content",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="former",
                        to="courses.h5pcontent",
                    ),
                ),
            ],
            options={"verbose_name": "H5P 内容的旧版本"},
        ),
    ]
