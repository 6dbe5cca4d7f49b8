"""The index of tokens keeps few new entries waiting (PostgreSQL).

A GIN index puts new rows on a list first, of up to 4 MB unless told otherwise, and every search reads that list from end to end
until a vacuum clears it. With a list so long the planner would rather read all entries: 40 ms and more for a question that takes 4.
With 256 kB writing is as fast, and a search reads 32 pages at the most.
"""

from django.db import migrations

KB = 256


def forwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            f"ALTER INDEX search_entry_tokens SET (gin_pending_list_limit = {KB})", params=None
        )
        # What waits already: the next write would clear it, and a search might come before.
        schema_editor.execute("SELECT gin_clean_pending_list('search_entry_tokens')", params=None)


def backwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER INDEX search_entry_tokens RESET (gin_pending_list_limit)", params=None)


class Migration(migrations.Migration):
    dependencies = [("search", "0006_more")]

    operations = [migrations.RunPython(forwards, backwards)]
