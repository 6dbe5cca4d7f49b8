"""Attempts at SCORM packages as rows. State is the content's own; ours to keep, not to read more than rules.py says."""

from django.conf import settings
from django.db import models

from lms.lib.ids import uuid7


class ScormAttempt(models.Model):
    """One attempt at a block of a lesson: it goes on, over sessions and devices, until it was ended as finished.

    What it claims is told here in figures: scores in hundredths of a percent, times in milliseconds. completed_after_ms: how
    long after its opening, by the server's clock, it first said that it is completed.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    enrolment = models.ForeignKey("learning.Enrolment", on_delete=models.PROTECT, related_name="+")
    lesson = models.ForeignKey("courses.ReleaseLesson", on_delete=models.PROTECT, related_name="+")
    block = models.CharField(max_length=64)
    package = models.UUIDField()
    part = models.CharField(max_length=300)
    kind = models.CharField(max_length=10)
    number = models.PositiveIntegerField()
    nominal_ms = models.PositiveBigIntegerField()
    opened_at = models.DateTimeField()
    heard_at = models.DateTimeField()
    ended = models.BooleanField(default=False)
    completion = models.CharField(max_length=20, blank=True)
    success = models.CharField(max_length=20, blank=True)
    score_scaled = models.IntegerField(null=True)
    claimed_ms = models.PositiveBigIntegerField(default=0)
    completed_after_ms = models.PositiveBigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "lesson", "block", "number"], name="learning_scorm_attempt_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.block} #{self.number}"


class ScormSession(models.Model):
    """One opening of an attempt in one page. `state` is what it said last, whole: {"items": {item: cmi}, "shared": text}.

    seq: the number of the last commit taken; a lower one changes nothing. claims: item → what was heard and told of it.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    attempt = models.ForeignKey(ScormAttempt, on_delete=models.PROTECT, related_name="sessions")
    number = models.PositiveIntegerField()
    opened_at = models.DateTimeField()
    heard_at = models.DateTimeField()
    seq = models.PositiveBigIntegerField(default=0)
    state = models.JSONField(default=dict)
    claims = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["attempt", "number"], name="learning_scorm_session_once")
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id}/{self.number}"
