"""What exercises told: xAPI statements, which only grow, and where someone was in an exercise.

Owns: the raw records. Refuses: trusting an actor or a time that a browser names; the server sets both.
"""

from django.conf import settings
from django.db import models

from lms.lib.appendonly import ErasableModel
from lms.lib.ids import uuid7


class Statement(ErasableModel):
    """One xAPI statement as received (`raw`), with what the server found in it. Scores in hundredths of a percent."""

    blank = {"raw": {}}

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    enrolment = models.ForeignKey("learning.Enrolment", on_delete=models.PROTECT, related_name="+")
    lesson = models.ForeignKey("courses.ReleaseLesson", on_delete=models.PROTECT, related_name="+")
    block = models.CharField(max_length=64)
    content = models.UUIDField()
    # The statement's own id where the sender chose one, else ours: the same id again is the same statement.
    statement_id = models.UUIDField()
    verb = models.CharField(max_length=40)
    whole = models.BooleanField()
    score_scaled = models.IntegerField(null=True)
    success = models.BooleanField(null=True)
    stored_at = models.DateTimeField()
    raw = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "statement_id"], name="learning_statement_once")
        ]
        indexes = [models.Index(fields=["enrolment", "lesson", "block"], name="learning_statement_block")]

    def __str__(self) -> str:
        return f"{self.verb} {self.block}"


class H5PState(models.Model):
    """Where a person was in an exercise, as its own code wrote it; ours to keep, not to read."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    content = models.UUIDField()
    state = models.JSONField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "content"], name="learning_h5p_state_once")]

    def __str__(self) -> str:
        return str(self.content)
