"""Who was commissioned to develop or update a course of public subjects (372号 三(一): 委托相关部门组织开发及更新公需科目课程).

A commission is never changed: what was handed in, and that it was taken back, are rows of their own.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.lib.appendonly import AppendOnlyModel
from lms.lib.ids import uuid7


class Work(models.TextChoices):
    DEVELOP = "develop", _("开发")
    UPDATE = "update", _("更新")


class Commission(AppendOnlyModel):
    """body: who is commissioned, a department or a provider; course: the one to update, NULL for a new one; subject: of what it is to be;
    number: of the document, "" where it has none; commissioned_on, due_on: given out, and to be handed in by that day."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    authority = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    body = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    work = models.CharField(max_length=8, choices=Work)
    course = models.ForeignKey("courses.CoursePage", on_delete=models.PROTECT, null=True, related_name="+")
    subject = models.CharField(max_length=200)
    number = models.CharField(max_length=80, blank=True)
    note = models.TextField(blank=True)
    commissioned_on = models.DateField()
    due_on = models.DateField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["-commissioned_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(due_on__gte=models.F("commissioned_on")), name="training_commission_days"
            ),
            models.CheckConstraint(
                condition=models.Q(work="develop", course__isnull=True)
                | models.Q(work="update", course__isnull=False),
                name="training_commission_work",
            ),
        ]

    def __str__(self) -> str:
        return self.subject


class CommissionDelivery(AppendOnlyModel):
    """A course that the body handed in; the last one of a commission counts."""

    commission = models.ForeignKey(Commission, on_delete=models.PROTECT, related_name="deliveries")
    course = models.ForeignKey("courses.CoursePage", on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=500, blank=True)
    day = models.DateField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.commission_id} {self.course_id}"


class CommissionEnd(AppendOnlyModel):
    """The authority took the commission back before anything was handed in."""

    commission = models.OneToOneField(Commission, on_delete=models.PROTECT, related_name="end")
    reason = models.CharField(max_length=500)
    day = models.DateField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.commission_id} ({self.day})"
