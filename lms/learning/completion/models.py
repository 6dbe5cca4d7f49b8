"""That someone completed a course: once per enrolment, with the rule and the evidence of the day; and what they studied
of it afterwards, as further rows.
"""

from django.conf import settings
from django.db import models

from lms.learning.completion.rules import unplanned
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

    @property
    def own_centihours(self) -> int:
        """What the completion itself is worth now, without what was studied since: its last correction's, if any; what a
        plan that came later made of it is its own.
        """
        own = {None} | {
            item.pk for item in self.top_ups.all() if item.plan and item.counted_ms <= self.counted_ms
        }
        entered = sum(item.centihours for item in self.top_ups.all() if item.pk in own)
        changed = sum(item.delta_centihours for item in self.corrections.all() if item.top_up_id in own)
        return self.centihours + entered + changed

    @property
    def waits_for_plan(self) -> bool:
        """Whether it earned nothing because its course of public subjects stood in no published plan, and still does."""
        return unplanned(self.rule) and not self.top_ups.all()

    @property
    def total_centihours(self) -> int:
        """With what was studied since and what was corrected. Of many completions, prefetch `top_ups`, `corrections`."""
        added = sum(item.centihours for item in self.top_ups.all())
        return self.centihours + added + sum(item.delta_centihours for item in self.corrections.all())


class CompletionTopUp(AppendOnlyModel):
    """Hours of what was studied and counted after the completion, at most up to the release's approved hours.

    counted_ms: all time counted in the course at that moment; centihours: what this row adds. A completion's hours and
    those of its top-ups up to any number are together what the completion's own rule gives for that counted_ms.
    day: Shanghai day of the study in it, at the earliest that of completion; at: when it was reckoned.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    completion = models.ForeignKey(Completion, on_delete=models.PROTECT, related_name="top_ups")
    number = models.PositiveIntegerField()
    counted_ms = models.PositiveBigIntegerField()
    centihours = models.PositiveIntegerField()
    day = models.DateField()
    at = models.DateTimeField()
    # The plan that lets a completion count which earned nothing on its day (permits.queries.copied); null otherwise.
    plan = models.JSONField(null=True)

    class Meta:
        ordering = ["completion", "number"]
        constraints = [
            models.UniqueConstraint(fields=["completion", "number"], name="learning_top_up_once"),
            models.CheckConstraint(
                condition=models.Q(number__gte=1, centihours__gte=1), name="learning_top_up_adds"
            ),
        ]
        # For what was given late (statements/figures.py).
        indexes = [models.Index(fields=["at"], name="learning_top_up_at")]

    def __str__(self) -> str:
        return f"{self.completion_id}#{self.number} +{self.centihours}"


class CompletionCorrection(AppendOnlyModel):
    """The hours of a completion, or of one of its top-ups, are these from now on: a person decided that some study does
    not count, or that it does after all. The rows it corrects stay; the last correction of a row says what it is worth.

    top_ups_before: how many top-ups there were. centihours: of the row, from now on. delta_centihours: what this changed, on the row's own day. counted_ms: all time
    counted in the course at that moment. cause: the step of the decision.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    completion = models.ForeignKey(Completion, on_delete=models.PROTECT, related_name="corrections")
    top_up = models.ForeignKey(
        CompletionTopUp, null=True, on_delete=models.PROTECT, related_name="corrections"
    )
    number = models.PositiveIntegerField()
    top_ups_before = models.PositiveIntegerField()
    counted_ms = models.PositiveBigIntegerField()
    centihours = models.PositiveIntegerField()
    delta_centihours = models.IntegerField()
    day = models.DateField()
    at = models.DateTimeField()
    cause = models.UUIDField()

    class Meta:
        ordering = ["completion", "number"]
        constraints = [
            models.UniqueConstraint(fields=["completion", "number"], name="learning_correction_once"),
            models.CheckConstraint(
                condition=~models.Q(delta_centihours=0), name="learning_correction_changes"
            ),
        ]
        indexes = [
            models.Index(fields=["day"], name="learning_correction_day"),
            models.Index(fields=["at"], name="learning_correction_at"),
        ]

    def __str__(self) -> str:
        return f"{self.completion_id}#{self.number} {self.delta_centihours}"
