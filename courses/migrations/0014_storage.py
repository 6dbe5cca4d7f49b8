"""What is stored for whom, limits, and room promised. New tables and one column that may be empty: nothing is rewritten; the
rows come from the job storage.fill, in batches (courses/storage/filling.py).
"""

import django.db.models.deletion
from django.db import migrations, models

KINDS = [
    ("image", "图片"),
    ("sizes", "图片的各种尺寸"),
    ("document", "文件"),
    ("video", "视频与音频"),
    ("ladder", "视频的播放版本"),
    ("caption", "字幕"),
    ("h5p", "H5P 练习"),
    ("former", "H5P 练习的旧版本"),
    ("library", "本单位的 H5P 库"),
    ("source", "留存的课程包原文件"),
]


def _id():
    return (
        "id",
        models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
    )


def _organisation(**options):
    target = {"on_delete": django.db.models.deletion.PROTECT, "related_name": "+"}
    return ("organisation", models.ForeignKey(to="accounts.organisation", **target, **options))


class Migration(migrations.Migration):
    dependencies = [("courses", "0013_translations"), ("accounts", "0016_review")]
    operations = [
        migrations.AddField(
            model_name="packimport", name="bytes", field=models.PositiveBigIntegerField(null=True)
        ),
        migrations.CreateModel(
            name="StorageLimit",
            fields=[
                _id(),
                ("bytes", models.PositiveBigIntegerField()),
                ("since", models.DateField()),
                ("reason", models.CharField(max_length=300)),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                _organisation(),
            ],
            options={"ordering": ["-since", "-id"]},
        ),
        migrations.CreateModel(
            name="StorageNotice",
            fields=[
                _id(),
                ("percent", models.PositiveSmallIntegerField(default=0)),
                ("at", models.DateTimeField()),
                (
                    "organisation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organisation",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="StorageHold",
            fields=[
                _id(),
                ("key", models.CharField(max_length=80, unique=True)),
                ("bytes", models.PositiveBigIntegerField()),
                ("until", models.DateTimeField()),
                _organisation(),
            ],
            options={"indexes": [models.Index(fields=["organisation", "until"], name="courses_hold_until")]},
        ),
        migrations.CreateModel(
            name="StoredItem",
            fields=[
                _id(),
                ("kind", models.CharField(choices=KINDS, max_length=10)),
                ("key", models.CharField(max_length=200, unique=True)),
                ("name", models.CharField(blank=True, max_length=255)),
                ("bytes", models.PositiveBigIntegerField()),
                ("at", models.DateTimeField(auto_now_add=True)),
                _organisation(null=True),
            ],
            options={
                "indexes": [
                    models.Index(fields=["organisation", "-bytes"], name="courses_stored_biggest"),
                    models.Index(fields=["organisation", "kind"], name="courses_stored_kind"),
                ]
            },
        ),
    ]
