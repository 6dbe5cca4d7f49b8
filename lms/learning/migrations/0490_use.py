"""How a college's courses are used."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("courses", "0003_first_rule_and_pages"), ("learning", "0470_plans")]

    operations = [
        migrations.CreateModel(
            name="CourseUse",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("months", models.JSONField(default=dict)),
                ("lessons", models.JSONField(default=list)),
                ("reckoned_at", models.DateTimeField()),
                (
                    "course",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="courses.coursepage",
                    ),
                ),
            ],
        ),
    ]
