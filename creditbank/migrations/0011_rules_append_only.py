"""Votes and panel terms only grow; so do rule versions still, of which SQLite has built the table anew."""

from django.db import migrations

from lms.lib.appendonly import append_only, append_only_again


class Migration(migrations.Migration):
    dependencies = [("creditbank", "0010_rules")]

    operations = [
        append_only_again("creditbank_conversionruleversion"),
        append_only("creditbank_rulevote"),
        append_only("creditbank_panelterms"),
    ]
