"""What courses show beside text: pictures, documents, videos with captions.

Own image and document models from the first migration, so that a field can be added without moving everyone's files.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.documents.models import AbstractDocument, Document
from wagtail.images.models import AbstractImage, AbstractRendition, Image

from lms.lib.ids import uuid7


class CourseImage(AbstractImage):
    alt_text = models.CharField(_("替代文字"), max_length=255, blank=True)
    admin_form_fields = (*Image.admin_form_fields, "alt_text")

    class Meta(AbstractImage.Meta):
        verbose_name = _("图片")

    @property
    def default_alt_text(self) -> str:
        return self.alt_text or self.title


class CourseRendition(AbstractRendition):
    image = models.ForeignKey(CourseImage, on_delete=models.CASCADE, related_name="renditions")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["image", "filter_spec", "focal_point_key"], name="courses_rendition_once"
            )
        ]


class CourseDocument(AbstractDocument):
    admin_form_fields = Document.admin_form_fields
    # Its file's name before it is saved (documents.py).
    file_before = ""

    class Meta(AbstractDocument.Meta):
        verbose_name = _("文件")


class FormerDocument(models.Model):
    """A file that was a document's until another took its place. It stays: releases made with it offer it on, at the address
    it had (fetching.py)."""

    document = models.ForeignKey(CourseDocument, on_delete=models.CASCADE, related_name="former")
    # In the storage, and the last part of that, by which it is asked for.
    file = models.FileField(max_length=255)
    filename = models.CharField(max_length=255)
    replaced_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("文件的旧版本")
        constraints = [
            models.UniqueConstraint(fields=["document", "file"], name="courses_former_document_once")
        ]

    def __str__(self) -> str:
        return self.filename


class CourseVideo(models.Model):
    """A film, or a recording without a picture (`sound`); the file as it came stays, encoding.py says what is made of it."""

    class Offline(models.TextChoices):
        LICENCE = "licence", _("按课程的许可")
        YES = "yes", _("允许")
        NO = "no", _("不允许")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    title = models.CharField(_("标题"), max_length=200)
    file = models.FileField(_("视频文件"), upload_to="videos/%Y/")
    poster = models.FileField(_("封面"), upload_to="videos/%Y/", blank=True)
    duration_ms = models.PositiveBigIntegerField(_("时长（毫秒）"))
    transcript = models.TextField(_("文字稿"), blank=True)
    # Without a picture: an MP3.
    sound = models.BooleanField(_("只有声音"), default=False, editable=False)
    # [{"ms", "title"}], in order.
    chapters = models.JSONField(_("章节"), default=list, blank=True)
    offline = models.CharField(_("下载离线学习"), max_length=8, choices=Offline, default=Offline.LICENCE)
    organisation = models.ForeignKey("accounts.Organisation", null=True, blank=True, on_delete=models.PROTECT)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("视频")
        verbose_name_plural = _("视频")

    def __str__(self) -> str:
        return self.title


class VideoCaption(models.Model):
    video = models.ForeignKey(CourseVideo, on_delete=models.CASCADE, related_name="captions")
    language = models.CharField(_("语言"), max_length=12)
    label = models.CharField(_("名称"), max_length=40)
    file = models.FileField(_("字幕（WebVTT）"), upload_to="videos/%Y/")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["video", "language"], name="courses_caption_language_once")
        ]

    def __str__(self) -> str:
        return f"{self.video} · {self.label}"


class VideoLadder(models.Model):
    """What the worker made of one file of a film: sizes, sound alone, a still picture. Shown once `ready_at` says so.

    A film whose file is replaced gets a further one: releases go on with the file they pinned.
    """

    video = models.ForeignKey(CourseVideo, on_delete=models.CASCADE, related_name="ladders")
    job = models.ForeignKey("lib.Job", null=True, on_delete=models.SET_NULL, related_name="+")
    # The stored name of the file it is, or will be, made of.
    source = models.CharField(max_length=255, unique=True)
    folder = models.CharField(max_length=255, blank=True)
    # encoding.Made as JSON: file names inside the folder, sizes in bytes.
    made = models.JSONField(default=dict)
    # Of all files in the folder.
    bytes = models.PositiveBigIntegerField(default=0)
    ready_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.source} {'ready' if self.ready_at else 'waiting'}"
