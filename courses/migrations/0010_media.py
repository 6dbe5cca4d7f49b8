"""Videos in several sizes, pictures in several formats."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("courses", "0009_workflow"), ("lib", "0003_job_retries")]

    operations = [
        migrations.AddField(
            model_name="coursevideo",
            name="sound",
            field=models.BooleanField(default=False, editable=False, verbose_name="只有声音"),
        ),
        migrations.AddField(
            model_name="coursevideo",
            name="chapters",
            field=models.JSONField(blank=True, default=list, verbose_name="章节"),
        ),
        migrations.AddField(
            model_name="coursevideo",
            name="offline",
            field=models.CharField(
                choices=[("licence", "按课程的许可"), ("yes", "允许"), ("no", "不允许")],
                default="licence",
                max_length=8,
                verbose_name="下载离线学习",
            ),
        ),
        migrations.CreateModel(
            name="VideoLadder",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("source", models.CharField(max_length=255, unique=True)),
                ("folder", models.CharField(blank=True, max_length=255)),
                ("made", models.JSONField(default=dict)),
                ("bytes", models.PositiveBigIntegerField(default=0)),
                ("ready_at", models.DateTimeField(null=True)),
                (
                    "job",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="lib.job",
                    ),
                ),
                (
                    "video",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="ladders",
                        to="courses.coursevideo",
                    ),
                ),
            ],
        ),
    ]
