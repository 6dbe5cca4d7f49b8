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


class QuizBlock(blocks.StructBlock):
    title = blocks.CharBlock(label=_("标题"))
    pass_percent = blocks.IntegerBlock(label=_("及格线（%）"), min_value=0, max_value=100, default=60)
    minutes = blocks.IntegerBlock(label=_("预计分钟"), min_value=1, max_value=240, required=False)
    questions = blocks.ListBlock(SnippetChooserBlock("courses.Question"), label=_("题目"), min_num=1)

    class Meta:
        icon = "help"
        label = _("测验")


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
    quiz = QuizBlock()
    file = FileBlock()

    def __init__(self, local_blocks: Any = None, **kwargs: Any) -> None:
        super().__init__(local_blocks, **kwargs)
