"""Uploads under way as rows: whose, for which organisation, how far. The bytes are a file (store.py)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.lib.ids import uuid7


class Upload(models.Model):
    """offset: bytes that lie on the disk for certain, never more than that. sha256: of the whole, once complete.

    The row goes when the file is taken, given up or too old; what became of it stands in the audit.
    """

    class State(models.TextChoices):
        OPEN = "open", _("没有传完")
        COMPLETE = "complete", _("已传完")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    size = models.BigIntegerField()
    offset = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    # Upload-Metadata as the client wrote it, which a HEAD gives back; checked to be ASCII.
    metadata = models.CharField(max_length=2000)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("上传")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(offset__gte=0, offset__lte=models.F("size")),
                name="courses_upload_offset_within_size",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="complete") | models.Q(offset=models.F("size")),
                name="courses_upload_complete_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.name
