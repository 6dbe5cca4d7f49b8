"""Passports carry the country that issued them; one number of two countries is two papers."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0014_machines")]

    operations = [
        migrations.AddField(
            "identity",
            "country",
            models.CharField(blank=True, default="", max_length=3, verbose_name="签发国家或地区"),
        ),
        migrations.AlterField("identity", "number_hash", models.CharField(max_length=64)),
        migrations.AddConstraint(
            "identity",
            models.UniqueConstraint(fields=["number_hash", "country"], name="accounts_identity_paper_once"),
        ),
        migrations.AddConstraint(
            "identity",
            models.CheckConstraint(
                condition=models.Q(country="") | models.Q(kind="passport"),
                name="accounts_identity_country_of_passport",
            ),
        ),
    ]
