"""What was doubled or mistaken is struck: a payment of a post, whose month is recorded anew, and a report of training."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from lms.lib.appendonly import append_only, append_only_again, append_only_but_erasable


class Migration(migrations.Migration):
    dependencies = [
        ("training", "0019_specialty_plans"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        append_only_again("training_postpayment"),
        migrations.RemoveConstraint("postpayment", "training_post_month_once"),
        migrations.AddField(
            "postpayment", "again", models.PositiveSmallIntegerField(default=0, db_default=0)
        ),
        migrations.AddConstraint(
            "postpayment",
            models.UniqueConstraint(fields=["post", "month", "again"], name="training_post_month_once"),
        ),
        append_only_again("training_postpayment"),
        migrations.CreateModel(
            name="PaymentStrike",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("erased", models.BooleanField(db_default=False, default=False, editable=False)),
                ("reason", models.CharField(max_length=300)),
                ("at", models.DateTimeField()),
                (
                    "payment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="strike",
                        to="training.postpayment",
                    ),
                ),
                (
                    "set_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"ordering": ["-pk"]},
        ),
        append_only_but_erasable("training_paymentstrike", "reason"),
        migrations.CreateModel(
            name="ReportStrike",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=300)),
                ("at", models.DateTimeField()),
                (
                    "report",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="strike",
                        to="training.trainingreport",
                    ),
                ),
                (
                    "set_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"ordering": ["-pk"]},
        ),
        append_only("training_reportstrike"),
    ]
