"""Hours of public subjects come from courses of a published plan."""

import django.db.models.deletion
from django.db import migrations, models

from lms.lib.appendonly import append_only_again


class Migration(migrations.Migration):
    dependencies = [("courses", "0003_first_rule_and_pages"), ("learning", "0460_rest")]

    operations = [
        append_only_again("learning_completiontopup"),
        migrations.AddField(
            model_name="completiontopup",
            name="plan",
            field=models.JSONField(null=True),
        ),
        append_only_again("learning_completiontopup"),
        migrations.CreateModel(
            name="CoursePermit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.UUIDField(db_index=True)),
                ("first_day", models.DateField()),
                ("last_day", models.DateField()),
                ("year", models.PositiveSmallIntegerField(db_index=True)),
                ("plan", models.UUIDField()),
                ("version", models.PositiveIntegerField()),
                ("title", models.CharField(max_length=120)),
                ("number", models.CharField(blank=True, max_length=80)),
                ("authority", models.CharField(max_length=120)),
                ("published_on", models.DateField()),
                ("address", models.CharField(blank=True, max_length=200)),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="courses.coursepage",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("source", "course"), name="learning_permit_once"),
                    models.CheckConstraint(
                        condition=models.Q(("last_day__gte", models.F("first_day"))),
                        name="learning_permit_days",
                    ),
                ],
            },
        ),
    ]
