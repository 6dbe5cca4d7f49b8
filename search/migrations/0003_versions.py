"""What orders writes (versions), what is compared (digests), what an engine that was away still owes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("search", "0002_token_index")]

    operations = [
        migrations.AddField("entry", "version", models.BigIntegerField(default=0)),
        migrations.AddField("entry", "digest", models.CharField(blank=True, default="", max_length=32)),
        migrations.AddField("entry", "expires_at", models.DateTimeField(null=True)),
        migrations.AddIndex(
            "entry",
            models.Index(
                fields=["type", "generation", "version"],
                name="search_entry_hidden",
                condition=models.Q(hidden=True),
            ),
        ),
        migrations.AddField("shelf", "version", models.BigIntegerField(default=0)),
        migrations.AddField("shelf", "complete", models.BooleanField(default=True)),
        migrations.AddField("shelf", "recipe", models.CharField(blank=True, default="", max_length=32)),
        migrations.AddField("shelf", "building_version", models.BigIntegerField(null=True)),
        migrations.AddField("shelf", "building_recipe", models.CharField(blank=True, default="", max_length=32)),
        migrations.CreateModel(
            name="Owed",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("engine", models.CharField(max_length=20)),
                ("type", models.CharField(max_length=40)),
                ("doc_id", models.CharField(max_length=100)),
                ("since", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["engine", "type", "doc_id"], name="search_owed_once")
                ],
            },
        ),
    ]
