"""The blocks a lesson is made of. What a learner sees comes from the release (releases/), not from these."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageChooserBlock
from wagtail.snippets.blocks import SnippetChooserBlock

TEXT_FEATURES = ["h2", "h3", "h4", "bold", "italic", "ol", "ul", "hr", "link", "blockquote"]


class ImageBlock(blocks.StructBlock):
    image = ImageChooserBlock(label=_("图片"))
    alt = blocks.CharBlock(label=_("替代文字"), help_text=_("看不到图的人靠它理解内容。"))
    caption = blocks.CharBlock(label=_("说明"), required=False)

    class Meta:
        icon = "image"
        label = _("图片")


class VideoBlock(blocks.StructBlock):
    video = SnippetChooserBlock("courses.CourseVideo", label=_("视频"))
    title = blocks.CharBlock(label=_("标题"), required=False)

    class Meta:
        icon = "media"
        label = _("视频")


class H5PBlock(blocks.StructBlock):
    content = SnippetChooserBlock("courses.H5PContent", label=_("H5P 内容"))
    title = blocks.CharBlock(label=_("标题"))
    minutes = blocks.IntegerBlock(label=_("预计分钟"), min_value=1, max_value=240)

    class Meta:
        icon = "pick"
        label = _("H5P 互动")


class PackageBlock(blocks.StructBlock):
    """A part of a foreign package (SCORM, cmi5): a program of its own."""

    package = SnippetChooserBlock("courses.ContentPackage", label=_("外来课件"))
    part = blocks.CharBlock(
        label=_("课件的部分"), help_text=_("课件清单里这一部分的标识，导入时已填好。"), max_length=300
    )
    title = blocks.CharBlock(label=_("标题"))
    minutes = blocks.IntegerBlock(label=_("预计分钟"), min_value=1, max_value=240)

    class Meta:
        icon = "media"
        label = _("外来课件（SCORM、cmi5）")


class QuizBlock(blocks.StructBlock):
    title = blocks.CharBlock(label=_("标题"))
    pass_percent = blocks.IntegerBlock(label=_("及格线（%）"), min_value=0, max_value=100, default=60)
    minutes = blocks.IntegerBlock(label=_("预计分钟"), min_value=1, max_value=240, required=False)
    questions = blocks.ListBlock(SnippetChooserBlock("courses.Question"), label=_("题目"), min_num=1)

    class Meta:
        icon = "help"
        label = _("测验")


class LtiBlock(blocks.StructBlock):
    """A place that opens a tool of the organisation's (LTI). Filled by the page that adds what a tool offers."""

    title = blocks.CharBlock(label=_("标题"), max_length=200)
    tool = blocks.RegexBlock(
        regex=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        label=_("外部工具"),
        help_text=_("工具的编号，用课时页上的“外部工具”添加时已填好。"),
        error_messages={"invalid": _("这不是外部工具的编号。")},
    )
    url = blocks.CharBlock(label=_("打开的地址"), required=False, max_length=500)
    details = blocks.TextBlock(
        label=_("工具的设置"), required=False, help_text=_("由工具填写，请不要改动。"), rows=2
    )

    class Meta:
        icon = "link-external"
        label = _("外部工具（LTI）")


class FileBlock(blocks.StructBlock):
    document = DocumentChooserBlock(label=_("文件"))
    name = blocks.CharBlock(label=_("名称"), required=False)

    class Meta:
        icon = "doc-full"
        label = _("附件")


class LessonBody(blocks.StreamBlock):
    text = blocks.RichTextBlock(label=_("文字"), features=TEXT_FEATURES)
    # Tables and the like, which the rich text editor would lose; cleaned when the release is cut.
    html = blocks.RawHTMLBlock(label=_("HTML 文字"), icon="code")
    image = ImageBlock()
    video = VideoBlock()
    h5p = H5PBlock()
    package = PackageBlock()
    lti = LtiBlock()
    quiz = QuizBlock()
    file = FileBlock()

    def __init__(self, local_blocks: Any = None, **kwargs: Any) -> None:
        super().__init__(local_blocks, **kwargs)
