"""Questions that are answered with a number."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("courses", "0010_media")]

    operations = [
        migrations.AlterField(
            "question",
            "kind",
            models.CharField(
                choices=[
                    ("single", "单选题"),
                    ("multiple", "多选题"),
                    ("true_false", "判断题"),
                    ("fill", "填空题"),
                    ("numeric", "数值题"),
                ],
                max_length=12,
                verbose_name="题型",
            ),
        ),
    ]
