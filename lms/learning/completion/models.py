"""That someone completed a course: once per enrolment, with the rule and the evidence of the day."""

from django.conf import settings
from django.db import models

from lms.lib.appendonly import AppendOnlyModel
from lms.lib.ids import uuid7


class Completion(AppendOnlyModel):
    """counted_ms: study time counted when the rule was met; centihours: what it is worth, hundredths of a 学时,
    at most the release's approved hours, rounded down once. rule and evidence are copies that explain both.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    enrolment = models.OneToOneField(
        "learning.Enrolment", on_delete=models.PROTECT, related_name="completion"
    )
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    release = models.ForeignKey("courses.Release", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12)
    counted_ms = models.PositiveBigIntegerField()
    centihours = models.PositiveIntegerField()
    rule = models.JSONField()
    evidence = models.JSONField()
    completed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["person", "completed_at"], name="learning_completion_year")]

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.centihours}"
