"""Study without a line as rows: the ticket it needs, and what a device handed in under it.

Owns: the dated rule, tickets, offline sessions and their parts; all append-only, but for the study session that an
offline session becomes when it is confirmed. Refuses: deciding what counts (study/rules.py).
"""

from django.conf import settings
from django.db import models

from lms.learning.study.models import StudyRule, StudySession
from lms.lib.appendonly import AppendOnlyModel, ErasableModel
from lms.lib.ids import uuid7


class OfflineRule(AppendOnlyModel):
    """For how long a ticket is good, and how much a lesson may put on a device, from a day on. Empty is not set."""

    version = models.PositiveIntegerField(unique=True)
    valid_from = models.DateField()
    valid_ms = models.PositiveBigIntegerField(null=True)
    media_bytes = models.PositiveBigIntegerField(null=True)
    source = models.TextField()

    def __str__(self) -> str:
        return f"v{self.version} ({self.valid_from})"


class StudyTicket(ErasableModel):
    """One lesson, taken along on one device: sessions under it lie between `issued_ms` and `until_ms` (wall, server's).

    rule: the study rule of the day of issue, under which its sessions are counted.
    """

    blank = {"device": ""}

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    enrolment = models.ForeignKey("learning.Enrolment", on_delete=models.PROTECT, related_name="+")
    lesson = models.ForeignKey("courses.ReleaseLesson", on_delete=models.PROTECT, related_name="+")
    rule = models.ForeignKey(StudyRule, on_delete=models.PROTECT, related_name="+")
    offline_rule = models.ForeignKey(OfflineRule, on_delete=models.PROTECT, related_name="+")
    device = models.CharField(max_length=40)
    device_kind = models.CharField(max_length=10, choices=StudySession.DeviceKind)
    issued_ms = models.PositiveBigIntegerField()
    until_ms = models.PositiveBigIntegerField()

    def __str__(self) -> str:
        return f"{self.uuid} {self.device_kind}"


class OfflineSession(models.Model):
    """One page of a ticket's lesson, opened without a line. `opened_ms`: where the server placed it (rules.place).

    session: empty as long as it is not confirmed; then the study session its parts were counted in.
    """

    ticket = models.ForeignKey(StudyTicket, on_delete=models.PROTECT, related_name="sessions")
    key = models.UUIDField()
    opened_ms = models.PositiveBigIntegerField()
    session = models.OneToOneField(StudySession, null=True, on_delete=models.PROTECT, related_name="offline")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket", "key"], name="learning_offline_session_once")
        ]

    def __str__(self) -> str:
        return f"{self.key} {'pending' if self.session_id is None else self.session_id}"


class OfflinePart(AppendOnlyModel):
    """What such a page said under one number, exactly, and when the server heard it."""

    offline = models.ForeignKey(OfflineSession, on_delete=models.PROTECT, related_name="parts")
    seq = models.PositiveIntegerField()
    payload_hash = models.CharField(max_length=64)
    received_ms = models.PositiveBigIntegerField()
    # The report's own figures, as reports.Report has them.
    facts = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["offline", "seq"], name="learning_offline_part_once")]

    def __str__(self) -> str:
        return f"{self.offline_id}#{self.seq}"
