from django.db import migrations, models

# What SQLite counts and ranks by, without the texts that lie in the same rows (search/engines/sqlite.py).
NARROW = (
    "CREATE INDEX search_entry_narrow ON search_entry (id, type, generation, hidden, public, expires_at, boost, "
    "published_at, centihours, doc_id, counted)"
)
# As the engine writes it.
FILL = (
    "UPDATE search_entry SET counted = (SELECT group_concat(name || '=' || value, char(31)) FROM search_entryfacet "
    "WHERE entry_id = search_entry.id AND name <> '@audience')"
)


def forwards(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(FILL, params=None)
        schema_editor.execute(NARROW, params=None)


def backwards(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP INDEX search_entry_narrow", params=None)


class Migration(migrations.Migration):
    dependencies = [("search", "0005_pages")]

    operations = [
        migrations.AddField("owed", "version", models.BigIntegerField(default=0)),
        migrations.AddField("owed", "missed", models.BooleanField(default=True)),
        migrations.AddField("entry", "counted", models.TextField(null=True)),
        migrations.RunPython(forwards, backwards),
    ]
