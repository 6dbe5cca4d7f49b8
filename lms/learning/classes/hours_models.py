"""Hours of a class: the dated rule by which attendance gives them, and what was given and taken back; all only grow.

Owns: these rows. What they came to follows from attendance, filing, rule and online study (hours.py), and each row keeps
a copy of that. Refuses: the ledger, which posts on their events.
"""

from django.db import models

from lms.learning.classes.models import ClassPlace
from lms.lib.appendonly import AppendOnlyModel
from lms.lib.ids import uuid7


class ClassHoursRule(AppendOnlyModel):
    """What attendance gives, from a day on. ms_per_hour: of one 学时, None takes the rule back from that day on.

    min_share_percent: how much of a meeting somebody must have attended for it to count at all; late_minutes: whoever
    signs in first later than that after the start gets nothing for the meeting, None: the time is not looked at.
    """

    version = models.PositiveIntegerField(unique=True)
    valid_from = models.DateField()
    ms_per_hour = models.PositiveIntegerField(null=True)
    min_share_percent = models.PositiveSmallIntegerField(default=0)
    late_minutes = models.PositiveSmallIntegerField(null=True)
    source = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(min_share_percent__lte=100), name="learning_class_rule_share"
            ),
            models.CheckConstraint(
                condition=models.Q(ms_per_hour__isnull=True) | models.Q(ms_per_hour__gte=60_000),
                name="learning_class_rule_hour",
            ),
        ]

    def __str__(self) -> str:
        return f"v{self.version} ({self.valid_from})"

    @property
    def code(self) -> str:
        return "class"


class ClassHours(AppendOnlyModel):
    """Hours given to a place: centihours is what this row adds, hundredths of a 学时; those of a place that were not taken
    back come together to what its last row's evidence says.

    counted_ms: all attendance that counted at that moment; evidence: meeting by meeting, filing and rule. day: Shanghai
    day of the last meeting that counted; at: when it was reckoned.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    place = models.ForeignKey(ClassPlace, on_delete=models.PROTECT, related_name="hours")
    number = models.PositiveIntegerField()
    rule = models.ForeignKey(ClassHoursRule, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12)
    counted_ms = models.PositiveBigIntegerField()
    centihours = models.PositiveIntegerField()
    evidence = models.JSONField()
    day = models.DateField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["place", "number"]
        constraints = [
            models.UniqueConstraint(fields=["place", "number"], name="learning_class_hours_once"),
            models.CheckConstraint(condition=models.Q(centihours__gte=1), name="learning_class_hours_adds"),
        ]
        indexes = [
            models.Index(fields=["day"], name="learning_class_hours_day"),
            models.Index(fields=["at"], name="learning_class_hours_at"),
        ]

    def __str__(self) -> str:
        return f"{self.place_id}#{self.number} +{self.centihours}"


class ClassHoursTaken(AppendOnlyModel):
    """That a row of hours was taken back, because what it stood on was corrected; once. The ledger reverses its posting."""

    hours = models.OneToOneField(ClassHours, on_delete=models.PROTECT, related_name="taken")
    reason = models.TextField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["at"], name="learning_class_taken_at")]

    def __str__(self) -> str:
        return f"−{self.hours_id}"
