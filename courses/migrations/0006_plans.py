"""Imports say first what will come in; a foreign pack's details and its original stay with it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("courses", "0005_uploads")]

    operations = [
        migrations.AddField("packimport", "format", models.CharField(blank=True, max_length=30)),
        migrations.AddField("packimport", "details", models.JSONField(default=dict)),
        migrations.AddField("packimport", "original", models.CharField(blank=True, max_length=255)),
    ]
