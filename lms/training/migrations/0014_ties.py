"""Interests of experts in a base that come to light after they had declared that there is nothing, and scores that are void for it."""

import django.db.models.deletion
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def mark_counted(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Every mark that had been handed in went into the score of its review."""
    seats = apps.get_model("training", "ReviewSeat").objects
    seats.filter(handed_in_at__isnull=False, review__closed_on__isnull=False).update(counted=True)


class Migration(migrations.Migration):
    dependencies = [
        ("training", "0013_lists"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="basereview", name="voided_on", field=models.DateField(null=True)
        ),
        migrations.AddField(
            model_name="reviewseat", name="counted", field=models.BooleanField(default=False)
        ),
        migrations.AddField(
            model_name="reviewseat", name="tied_at", field=models.DateTimeField(null=True)
        ),
        migrations.AddField(
            model_name="reviewseat", name="tie", field=models.CharField(blank=True, default="", max_length=300),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="reviewseat",
            name="tie_found_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="basereview",
            constraint=models.CheckConstraint(
                condition=models.Q(("voided_on__isnull", True), ("closed_on__isnull", False), _connector="OR"),
                name="training_base_review_voided",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewseat",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("tie", ""), ("tie_found_by__isnull", True), ("tied_at__isnull", True)),
                    models.Q(("independent", True), ("tied_at__isnull", False)),
                    _connector="OR",
                ),
                name="training_review_seat_tied",
            ),
        ),
        migrations.RunPython(mark_counted, migrations.RunPython.noop, elidable=True),
    ]
