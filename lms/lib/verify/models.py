"""Verify codes: what is printed on a paper and typed or scanned by someone who trusts nobody."""

from django.db import models

from lms.lib.ids import uuid7


class VerifyCode(models.Model):
    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    code = models.CharField(max_length=16, unique=True)
    kind = models.CharField(max_length=40)
    target = models.UUIDField()
    issued_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_reason = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "target"], name="lib_verify_target")]

    def __str__(self) -> str:
        return self.code
