"""A college's storage, look and use."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("courses", "0011_packs")]

    operations = []
