"""A person's wish that the account be erased: when it was said, when it is carried out, how far that is."""

from django.conf import settings
from django.db import models

from lms.lib.ids import uuid7


class Erasure(models.Model):
    """due_at: not before then. begun_at: from here on it can't be taken back. parts: names of what is done already."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="erasures")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True)
    begun_at = models.DateTimeField(null=True)
    parts = models.JSONField(default=list)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(cancelled_at__isnull=True),
                name="accounts_erasure_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="accounts_erasure_due",
                condition=models.Q(cancelled_at__isnull=True, done_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.uuid}"
