"""Uploads that go on where a lost connection ended them."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("courses", "0004_h5p_shelves")]

    operations = []
