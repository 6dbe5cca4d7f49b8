from django.db import migrations

from lms.lib.appendonly import append_only


class Migration(migrations.Migration):
    dependencies = [("lib", "0001_initial")]
    operations = [append_only("lib_auditrow")]
