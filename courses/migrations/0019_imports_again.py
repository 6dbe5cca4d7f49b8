import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """One more kind of question, items to be put in order; and the files that documents had before."""

    dependencies = [("courses", "0018_lti_block")]

    operations = [
        migrations.AlterField(
            model_name="question",
            name="kind",
            field=models.CharField(
                choices=[
                    ("single", "单选题"),
                    ("multiple", "多选题"),
                    ("true_false", "判断题"),
                    ("fill", "填空题"),
                    ("numeric", "数值题"),
                    ("matching", "配对题"),
                    ("ordering", "排序题"),
                ],
                max_length=12,
                verbose_name="题型",
            ),
        ),
        migrations.CreateModel(
            name="FormerDocument",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("file", models.FileField(max_length=255, upload_to="")),
                ("filename", models.CharField(max_length=255)),
                ("replaced_at", models.DateTimeField(auto_now_add=True)),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="former",
                        to="courses.coursedocument",
                    ),
                ),
            ],
            options={
                "verbose_name": "文件的旧版本",
                "constraints": [
                    models.UniqueConstraint(fields=("document", "file"), name="courses_former_document_once")
                ],
            },
        ),
    ]
