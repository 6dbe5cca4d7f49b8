"""Closed days and the daily roots over the books."""

from django.db import migrations, models

from lms.lib.appendonly import append_only


class Migration(migrations.Migration):
    dependencies = [("creditbank", "0005_claims_side_by_side")]

    operations = [
        migrations.CreateModel(
            name="LedgerDay",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("ends_at", models.DateTimeField()),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="LedgerRoot",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("accounts", models.PositiveBigIntegerField()),
                ("entries", models.PositiveBigIntegerField()),
                ("root", models.CharField(max_length=64)),
                ("parts", models.JSONField()),
                ("transactions", models.PositiveBigIntegerField()),
                ("books", models.CharField(max_length=64)),
                ("previous", models.CharField(blank=True, max_length=64)),
                ("made_at", models.DateTimeField()),
                ("hash", models.CharField(max_length=64)),
            ],
            options={"verbose_name": "账本每日根"},
        ),
        append_only("creditbank_ledgerday"),
        append_only("creditbank_ledgerroot"),
    ]
