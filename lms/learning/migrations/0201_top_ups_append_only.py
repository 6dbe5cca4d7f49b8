from django.db import migrations

from lms.lib.appendonly import append_only


class Migration(migrations.Migration):
    dependencies = [("learning", "0200_top_ups")]
    operations = [append_only("learning_completiontopup")]
