"""An exemption can be taken back, and granted again after that."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from lms.lib.appendonly import append_only_again, append_only_but_erasable

ONCE = "creditbank_exemption_part_once"
PART = ["holder", "programme", "code"]


class Migration(migrations.Migration):
    dependencies = [
        ("creditbank", "0018_bounds"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # SQLite builds the changed table anew; its triggers are put back, whichever way this goes.
        append_only_again("creditbank_exemption"),
        migrations.CreateModel(
            name="ExemptionRevocation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("erased", models.BooleanField(db_default=False, default=False, editable=False)),
                ("reason", models.TextField(blank=True)),
                ("revoked_at", models.DateTimeField()),
                (
                    "request",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="revocation",
                        to="creditbank.exemptionrequest",
                    ),
                ),
                (
                    "revoked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        append_only_but_erasable("creditbank_exemptionrevocation", "reason"),
        migrations.AlterField(
            "exemptionrequest",
            "state",
            models.CharField(
                choices=[
                    ("submitted", "待评价机构审核"),
                    ("granted", "已同意免考"),
                    ("refused", "未同意"),
                    ("withdrawn", "已撤回"),
                    ("revoked", "已撤销免考"),
                ],
                default="submitted",
                max_length=10,
            ),
        ),
        migrations.RemoveConstraint("exemption", ONCE),
        migrations.AddField(
            "exemption",
            "follows",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="parts_again",
                to="creditbank.exemptionrevocation",
            ),
        ),
        migrations.AddConstraint(
            "exemption",
            models.UniqueConstraint(condition=models.Q(("follows__isnull", True)), fields=PART, name=ONCE),
        ),
        migrations.AddConstraint(
            "exemption",
            models.UniqueConstraint(fields=[*PART, "follows"], name="creditbank_exemption_again_once"),
        ),
        append_only_again("creditbank_exemption"),
    ]
