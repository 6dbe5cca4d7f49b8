"""Imports say first what will come in."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("courses", "0005_uploads")]

    operations = []
