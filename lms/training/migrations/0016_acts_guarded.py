"""The guards of acts once more, for an SQLite database that went through 0015 while it built the table anew without them."""

from django.db import migrations

from lms.lib.appendonly import append_only_again


class Migration(migrations.Migration):
    dependencies = [("training", "0015_acts_by_person")]

    operations = [append_only_again("training_act")]
