"""公需科目年度培训实施计划 (372号 三(一)): what an authority publishes for a year, and what it still works on.

A draft may be edited and thrown away. A published version is never changed: an update is the next version of the same
plan, and the last version is the one in force. Which authority may publish is data too, with a day.
"""

from django.db import models

from lms.lib.appendonly import AppendOnlyModel
from lms.lib.ids import uuid7


class PlanRight(AppendOnlyModel):
    """Which authority publishes the plans of public subjects for a region (市人社局 in 372号), from a day on; without one
    nobody does from that day on. Set by the platform's administrators; what was published before stays.
    """

    region = models.CharField(max_length=60)
    version = models.PositiveIntegerField()
    valid_from = models.DateField()
    authority = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, null=True, related_name="+"
    )
    source = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["region", "version"], name="training_plan_right_version"),
        ]

    def __str__(self) -> str:
        return f"{self.region} v{self.version} ({self.valid_from})"


class PlanDraft(models.Model):
    """What the authority works on: the first version of a year's plan, or the next one. One a year."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    authority = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=120)
    number = models.CharField(max_length=80, blank=True)
    note = models.TextField(blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["authority", "year"], name="training_draft_once"),
        ]

    def __str__(self) -> str:
        return self.title


class DraftCourse(models.Model):
    """first_day, last_day: both in."""

    draft = models.ForeignKey(PlanDraft, on_delete=models.CASCADE, related_name="courses")
    course = models.ForeignKey("courses.CoursePage", on_delete=models.CASCADE, related_name="+")
    first_day = models.DateField()
    last_day = models.DateField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["draft", "course"], name="training_draft_course_once"),
            models.CheckConstraint(
                condition=models.Q(last_day__gte=models.F("first_day")), name="training_draft_course_days"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.draft_id} {self.course_id}"


class YearlyPlan(AppendOnlyModel):
    """A published version. series: the same for all versions of one plan; number: of the document, "" where it has none;
    note: what the authority says of the plan or of the update.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    series = models.UUIDField(db_index=True)
    authority = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=120)
    number = models.CharField(max_length=80, blank=True)
    note = models.TextField(blank=True)
    published_on = models.DateField()
    published_at = models.DateTimeField()

    class Meta:
        ordering = ["-year", "authority", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "year", "version"], name="training_plan_version_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.version}"


class PlanCourse(AppendOnlyModel):
    """A course of a published version. code, title: as they were on that day; first_day, last_day: both in."""

    plan = models.ForeignKey(YearlyPlan, on_delete=models.PROTECT, related_name="courses")
    course = models.ForeignKey("courses.CoursePage", on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=60)
    title = models.CharField(max_length=255)
    first_day = models.DateField()
    last_day = models.DateField()

    class Meta:
        ordering = ["plan", "title", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "course"], name="training_plan_course_once"),
            models.CheckConstraint(
                condition=models.Q(last_day__gte=models.F("first_day")), name="training_plan_course_days"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.code}"
