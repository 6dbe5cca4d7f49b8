"""Transcripts as they were handed out: what stood on the paper, and its hash.

The content holds the legal name, so it is encrypted; the hash is of the plain canonical content and printed on it.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.lib.crypto import EncryptedTextField
from lms.lib.ids import uuid7


class TranscriptSnapshot(models.Model):
    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    holder = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="transcripts")
    made_at = models.DateTimeField()
    content = EncryptedTextField()
    content_hash = models.CharField(max_length=64)
    # Set when the holder takes the paper back; the verify page then shows nothing of its content.
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("学习成果清单")
        indexes = [models.Index(fields=["holder", "made_at"], name="creditbank_transcript_holder")]

    def __str__(self) -> str:
        return f"{self.uuid}"
