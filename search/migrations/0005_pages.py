from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("search", "0004_words")]

    operations = [
        migrations.CreateModel(
            name="FileText",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("key", models.CharField(max_length=120, unique=True)),
                ("text", models.TextField(blank=True)),
                ("read_at", models.DateTimeField()),
            ],
        ),
    ]
