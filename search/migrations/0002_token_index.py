"""Where tokens are compared: an FTS5 table on SQLite, a GIN index on PostgreSQL."""

from django.db import migrations

FIELDS = "title, keywords, summary, body, grams, pinyin"


def forwards(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(
            f"CREATE VIRTUAL TABLE search_tokens USING fts5({FIELDS}, "
            "tokenize=\"ascii tokenchars '+#:'\", prefix='4 6')",
            params=None,
        )
    elif schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("CREATE INDEX search_entry_tokens ON search_entry USING gin (tokens)", params=None)


def backwards(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TABLE search_tokens", params=None)
    elif schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX search_entry_tokens", params=None)


class Migration(migrations.Migration):
    dependencies = [("search", "0001_initial")]

    operations = [migrations.RunPython(forwards, backwards)]
