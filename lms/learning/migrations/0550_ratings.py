"""What learners make of a course: their ratings, and the sum of a course's."""

import django.db.models.deletion
from django.db import migrations, models

import lms.lib.ids


class Migration(migrations.Migration):
    dependencies = [("courses", "0003_first_rule_and_pages"), ("learning", "0540_reissue")]

    operations = [
        migrations.CreateModel(
            name="CourseRating",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                (
                    "stars",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "很不满意"), (2, "不满意"), (3, "一般"), (4, "满意"), (5, "很满意")],
                        null=True,
                    ),
                ),
                ("text", models.CharField(blank=True, max_length=500)),
                ("hidden_ground", models.CharField(blank=True, max_length=300)),
                ("given_at", models.DateTimeField()),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="courses.coursepage",
                    ),
                ),
                (
                    "enrolment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rating",
                        to="learning.enrolment",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["course", "stars"], name="learning_rating_course")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("stars", None))
                        | models.Q(("stars__gte", 1), ("stars__lte", 5)),
                        name="learning_rating_stars",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CourseRatings",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("counts", models.JSONField(default=list)),
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
