"""Foreign packages (SCORM, cmi5) as rows, a kind of block for lessons and a kind of stored things."""

import django.db.models.deletion
import lms.lib.ids
import wagtail.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0017_branding"),
        ("courses", "0016_matching"),
    ]

    operations = [
        migrations.AlterField(
            model_name="lessonpage",
            name="body",
            field=wagtail.fields.StreamField(
                [
                    ("text", 0),
                    ("html", 1),
                    ("image", 5),
                    ("video", 8),
                    ("h5p", 12),
                    ("package", 15),
                    ("quiz", 20),
                    ("file", 23),
                ],
                blank=True,
                block_lookup={
                    0: (
                        "wagtail.blocks.RichTextBlock",
                        (),
                        {
                            "features": [
                                "h2",
                                "h3",
                                "h4",
                                "bold",
                                "italic",
                                "ol",
                                "ul",
                                "hr",
                                "link",
                                "blockquote",
                            ],
                            "label": "文字",
                        },
                    ),
                    1: ("wagtail.blocks.RawHTMLBlock", (), {"icon": "code", "label": "HTML 文字"}),
                    2: ("wagtail.images.blocks.ImageChooserBlock", (), {"label": "图片"}),
                    3: (
                        "wagtail.blocks.CharBlock",
                        (),
                        {"help_text": "看不到图的人靠它理解内容。", "label": "替代文字"},
                    ),
                    4: ("wagtail.blocks.CharBlock", (), {"label": "说明", "required": False}),
                    5: ("wagtail.blocks.StructBlock", [[("image", 2), ("alt", 3), ("caption", 4)]], {}),
                    6: (
                        "wagtail.snippets.blocks.SnippetChooserBlock",
                        ("courses.CourseVideo",),
                        {"label": "视频"},
                    ),
                    7: ("wagtail.blocks.CharBlock", (), {"label": "标题", "required": False}),
                    8: ("wagtail.blocks.StructBlock", [[("video", 6), ("title", 7)]], {}),
                    9: (
                        "wagtail.snippets.blocks.SnippetChooserBlock",
                        ("courses.H5PContent",),
                        {"label": "H5P 内容"},
                    ),
                    10: ("wagtail.blocks.CharBlock", (), {"label": "标题"}),
                    11: (
                        "wagtail.blocks.IntegerBlock",
                        (),
                        {"label": "预计分钟", "max_value": 240, "min_value": 1},
                    ),
                    12: (
                        "wagtail.blocks.StructBlock",
                        [[("content", 9), ("title", 10), ("minutes", 11)]],
                        {},
                    ),
                    13: (
                        "wagtail.snippets.blocks.SnippetChooserBlock",
                        ("courses.ContentPackage",),
                        {"label": "外来课件"},
                    ),
                    14: (
                        "wagtail.blocks.CharBlock",
                        (),
                        {
                            "help_text": "课件清单里这一部分的标识，导入时已填好。",
                            "label": "课件的部分",
                            "max_length": 300,
                        },
                    ),
                    15: (
                        "wagtail.blocks.StructBlock",
                        [[("package", 13), ("part", 14), ("title", 10), ("minutes", 11)]],
                        {},
                    ),
                    16: (
                        "wagtail.blocks.IntegerBlock",
                        (),
                        {"default": 60, "label": "及格线（%）", "max_value": 100, "min_value": 0},
                    ),
                    17: (
                        "wagtail.blocks.IntegerBlock",
                        (),
                        {"label": "预计分钟", "max_value": 240, "min_value": 1, "required": False},
                    ),
                    18: ("wagtail.snippets.blocks.SnippetChooserBlock", ("courses.Question",), {}),
                    19: ("wagtail.blocks.ListBlock", (18,), {"label": "题目", "min_num": 1}),
                    20: (
                        "wagtail.blocks.StructBlock",
                        [[("title", 10), ("pass_percent", 16), ("minutes", 17), ("questions", 19)]],
                        {},
                    ),
                    21: ("wagtail.documents.blocks.DocumentChooserBlock", (), {"label": "文件"}),
                    22: ("wagtail.blocks.CharBlock", (), {"label": "名称", "required": False}),
                    23: ("wagtail.blocks.StructBlock", [[("document", 21), ("name", 22)]], {}),
                },
                verbose_name="内容",
            ),
        ),
        migrations.AlterField(
            model_name="storeditem",
            name="kind",
            field=models.CharField(
                choices=[
                    ("image", "图片"),
                    ("sizes", "图片的各种尺寸"),
                    ("document", "文件"),
                    ("video", "视频与音频"),
                    ("ladder", "视频的播放版本"),
                    ("caption", "字幕"),
                    ("h5p", "H5P 练习"),
                    ("former", "H5P 练习的旧版本"),
                    ("library", "本单位的 H5P 库"),
                    ("package", "外来课件"),
                    ("source", "留存的课程包原文件"),
                ],
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="ContentPackage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("scorm12", "SCORM 1.2"), ("scorm2004", "SCORM 2004"), ("cmi5", "cmi5")],
                        max_length=10,
                    ),
                ),
                ("version", models.CharField(blank=True, max_length=40)),
                ("title", models.CharField(max_length=200, verbose_name="标题")),
                ("manifest", models.JSONField()),
                ("digest", models.CharField(max_length=64)),
                ("bytes", models.PositiveBigIntegerField()),
                ("installed_at", models.DateTimeField(auto_now_add=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organisation",
                    ),
                ),
            ],
            options={
                "verbose_name": "外来课件",
                "verbose_name_plural": "外来课件",
                "indexes": [models.Index(fields=["organisation", "digest"], name="courses_package_digest")],
            },
        ),
    ]
