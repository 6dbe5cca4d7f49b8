"""Certificates of completion: a number people can read out, and what is printed, kept as it was issued."""

from django.conf import settings
from django.db import models

from lms.lib.crypto import EncryptedTextField
from lms.lib.ids import uuid7


class Certificate(models.Model):
    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    number = models.CharField(max_length=20, unique=True)
    completion = models.OneToOneField(
        "learning.Completion", on_delete=models.PROTECT, related_name="certificate"
    )
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # As printed: the real name where it was verified by then, else what the person calls themselves.
    holder_name = EncryptedTextField()
    real_name = models.BooleanField()
    issuer = models.CharField(max_length=120)
    issued_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.number
