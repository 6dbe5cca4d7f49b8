"""Certificates of completion: a number people can read out, and what is printed, kept as it was issued; and the papers
that replace one after its holder's name was verified or corrected. A completion has one certificate, however many papers
it had.
"""

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
    # While the course's requirements are not met any more, after a person's decision; may be lifted again.
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_reason = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return self.number


class CertificateReissue(models.Model):
    """A paper in place of the one numbered `replaces`, because the name was corrected or, correction NULL, because the
    certificate was issued before anybody had verified the name: same completion, same hours, the right name, a number and
    a code of its own. ordinal: 1, 2 …; the last one is in force. One for a correction, one for the verification.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    number = models.CharField(max_length=20, unique=True)
    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="reissues")
    ordinal = models.PositiveSmallIntegerField()
    correction = models.ForeignKey(
        "learning.NameRequest", on_delete=models.PROTECT, null=True, related_name="+"
    )
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    holder_name = EncryptedTextField()
    replaces = models.CharField(max_length=20, unique=True)
    issued_at = models.DateTimeField()

    class Meta:
        ordering = ["certificate", "ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["certificate", "ordinal"], name="learning_reissue_ordinal"),
            models.UniqueConstraint(fields=["certificate", "correction"], name="learning_reissue_once"),
            models.UniqueConstraint(
                fields=["certificate"],
                condition=models.Q(correction=None),
                name="learning_reissue_verified_once",
            ),
        ]

    def __str__(self) -> str:
        return self.number
