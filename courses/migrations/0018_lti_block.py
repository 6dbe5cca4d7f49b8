"""A kind of block for lessons: a place that opens an outside tool (LTI)."""

import wagtail.fields
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0017_activities"),
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
                    ("lti", 20),
                    ("quiz", 25),
                    ("file", 28),
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
                    16: ("wagtail.blocks.CharBlock", (), {"label": "标题", "max_length": 200}),
                    17: (
                        "wagtail.blocks.RegexBlock",
                        (),
                        {
                            "error_messages": {"invalid": "这不是外部工具的编号。"},
                            "help_text": "工具的编号，用课时页上的“外部工具”添加时已填好。",
                            "label": "外部工具",
                            "regex": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
                        },
                    ),
                    18: (
                        "wagtail.blocks.CharBlock",
                        (),
                        {"label": "打开的地址", "max_length": 500, "required": False},
                    ),
                    19: (
                        "wagtail.blocks.TextBlock",
                        (),
                        {
                            "help_text": "由工具填写，请不要改动。",
                            "label": "工具的设置",
                            "required": False,
                            "rows": 2,
                        },
                    ),
                    20: (
                        "wagtail.blocks.StructBlock",
                        [[("title", 16), ("tool", 17), ("url", 18), ("details", 19)]],
                        {},
                    ),
                    21: (
                        "wagtail.blocks.IntegerBlock",
                        (),
                        {"default": 60, "label": "及格线（%）", "max_value": 100, "min_value": 0},
                    ),
                    22: (
                        "wagtail.blocks.IntegerBlock",
                        (),
                        {"label": "预计分钟", "max_value": 240, "min_value": 1, "required": False},
                    ),
                    23: ("wagtail.snippets.blocks.SnippetChooserBlock", ("courses.Question",), {}),
                    24: ("wagtail.blocks.ListBlock", (23,), {"label": "题目", "min_num": 1}),
                    25: (
                        "wagtail.blocks.StructBlock",
                        [[("title", 10), ("pass_percent", 21), ("minutes", 22), ("questions", 24)]],
                        {},
                    ),
                    26: ("wagtail.documents.blocks.DocumentChooserBlock", (), {"label": "文件"}),
                    27: ("wagtail.blocks.CharBlock", (), {"label": "名称", "required": False}),
                    28: ("wagtail.blocks.StructBlock", [[("document", 26), ("name", 27)]], {}),
                },
                verbose_name="内容",
            ),
        ),
    ]
