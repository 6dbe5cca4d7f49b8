"""A college's limits."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0016_review")]

    operations = []
