from django.db import migrations

from lms.lib.appendonly import append_only


class Migration(migrations.Migration):
    dependencies = [("courses", "0001_initial")]
    operations = [append_only("courses_release"), append_only("courses_releaselesson")]
