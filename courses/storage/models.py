"""What is stored for an organisation, how much it may be, and what is promised to work under way. Bytes everywhere."""

from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _


class StoredItem(models.Model):
    """One stored thing, counted once. It goes when its bytes go, which may be later than the row they belong to: a film
    that was taken out of the library still stands where releases pinned it.
    """

    class Kind(models.TextChoices):
        IMAGE = "image", _("图片")
        SIZES = "sizes", _("图片的各种尺寸")
        DOCUMENT = "document", _("文件")
        VIDEO = "video", _("视频与音频")
        LADDER = "ladder", _("视频的播放版本")
        CAPTION = "caption", _("字幕")
        H5P = "h5p", _("H5P 练习")
        FORMER = "former", _("H5P 练习的旧版本")
        LIBRARY = "library", _("本单位的 H5P 库")
        PACKAGE = "package", _("外来课件")
        SOURCE = "source", _("留存的课程包原文件")

    # None: the platform's own, which has no limit.
    organisation = models.ForeignKey(
        "accounts.Organisation", null=True, on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(max_length=10, choices=Kind)
    # What it is, in measure.py's words: "image:12", "h5p:<uuid>".
    key = models.CharField(max_length=200, unique=True)
    name = models.CharField(max_length=255, blank=True)
    bytes = models.PositiveBigIntegerField()
    at = models.DateTimeField(auto_now_add=True)
    # Of a former version of an exercise that is listed: its uuid (queries.py).
    version: UUID | None = None

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "-bytes"], name="courses_stored_biggest"),
            models.Index(fields=["organisation", "kind"], name="courses_stored_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.bytes}"


class StorageHold(models.Model):
    """Room promised to work under way: an import, a form being saved. Counted until it is over or `until` has passed."""

    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=80, unique=True)
    bytes = models.PositiveBigIntegerField()
    until = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["organisation", "until"], name="courses_hold_until")]

    def __str__(self) -> str:
        return f"{self.key} {self.bytes}"


class StorageLimit(models.Model):
    """How much an organisation may store from a day on. Rows only come; the newest that has begun is in force."""

    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    bytes = models.PositiveBigIntegerField()
    since = models.DateField()
    reason = models.CharField(max_length=300)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-since", "-id"]

    def __str__(self) -> str:
        return f"{self.organisation} {self.bytes} {self.since}"


class StorageNotice(models.Model):
    """The threshold (percent) of which an organisation's administrators were told last; 0 once it is below again."""

    organisation = models.OneToOneField("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    percent = models.PositiveSmallIntegerField(default=0)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.organisation} {self.percent}"
