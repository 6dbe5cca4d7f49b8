"""专业科目培训规划 (372号 三(一)): what a department in charge of an industry plans for a year, and what it finds of it afterwards.

A draft may be edited and thrown away. A published version is never changed: an update is the next version, and the last one is in
force. Nobody's hours hang on it: courses of specialty subjects earn them in any case, so the next version may take back what it likes.
"""

from django.db import models

from lms.lib.appendonly import AppendOnlyModel
from lms.lib.ids import uuid7


class SpecialtyWords(models.Model):
    """What a plan says of itself. sector: one of the nine that the document names, "" for several; note: what is to be reached, and for
    whom; guidance: how the department guides the training; assessing: how it supervises and assesses it. All plain text.
    """

    sector = models.CharField(max_length=30, blank=True)
    title = models.CharField(max_length=120)
    number = models.CharField(max_length=80, blank=True)
    note = models.TextField(blank=True)
    guidance = models.TextField(blank=True)
    assessing = models.TextField(blank=True)

    class Meta:
        abstract = True


class SpecialtyDraft(SpecialtyWords):
    """What the department works on: the first version of a year's plan, or the next one. One a year."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    authority = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["authority", "year"], name="training_specialty_draft_once"),
        ]

    def __str__(self) -> str:
        return self.title


class SpecialtyDraftCourse(models.Model):
    """first_day, last_day: when it is taught, both in."""

    draft = models.ForeignKey(SpecialtyDraft, on_delete=models.CASCADE, related_name="courses")
    course = models.ForeignKey("courses.CoursePage", on_delete=models.CASCADE, related_name="+")
    first_day = models.DateField()
    last_day = models.DateField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["draft", "course"], name="training_specialty_draft_course_once"),
            models.CheckConstraint(
                condition=models.Q(last_day__gte=models.F("first_day")),
                name="training_specialty_draft_days",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.draft_id} {self.course_id}"


class SpecialtyDraftBundle(models.Model):
    draft = models.ForeignKey(SpecialtyDraft, on_delete=models.CASCADE, related_name="bundles")
    bundle = models.ForeignKey("training.Bundle", on_delete=models.CASCADE, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["draft", "bundle"], name="training_specialty_draft_bundle_once"),
        ]

    def __str__(self) -> str:
        return f"{self.draft_id} {self.bundle_id}"


class SpecialtyPlan(SpecialtyWords, AppendOnlyModel):
    """A published version. series: the same for all versions of one plan. targets: the department's targets of specialty subjects and
    those below them as they stood on that day: [[level, body's code, its name, by whom, 人次, centihours or null], …].
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    series = models.UUIDField(db_index=True)
    authority = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    version = models.PositiveIntegerField()
    targets = models.JSONField(default=list)
    published_on = models.DateField()
    published_at = models.DateTimeField()

    class Meta:
        ordering = ["-year", "authority", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "year", "version"], name="training_specialty_version_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.version}"


class SpecialtyCourse(AppendOnlyModel):
    """A course of a published version. code, title: as they were on that day; first_day, last_day: both in."""

    plan = models.ForeignKey(SpecialtyPlan, on_delete=models.PROTECT, related_name="courses")
    course = models.ForeignKey("courses.CoursePage", on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=60)
    title = models.CharField(max_length=255)
    first_day = models.DateField()
    last_day = models.DateField()

    class Meta:
        ordering = ["plan", "title", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "course"], name="training_specialty_course_once"),
            models.CheckConstraint(
                condition=models.Q(last_day__gte=models.F("first_day")),
                name="training_specialty_course_days",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.code}"


class SpecialtyBundle(AppendOnlyModel):
    """A bundle that a published version names. title: as it was on that day."""

    plan = models.ForeignKey(SpecialtyPlan, on_delete=models.PROTECT, related_name="bundles")
    bundle = models.ForeignKey("training.Bundle", on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=120)

    class Meta:
        ordering = ["plan", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "bundle"], name="training_specialty_bundle_once"),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.bundle_id}"


class SpecialtyReview(AppendOnlyModel):
    """What the department found of a year's training (监督考核培训情况). plan: the version in force on that day; lines: its targets with what had
    come of each: [[level, body's name, 人次 to bring, 人次 brought, percent or null, centihours given], …].
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    plan = models.ForeignKey(SpecialtyPlan, on_delete=models.PROTECT, related_name="reviews")
    text = models.TextField()
    lines = models.JSONField(default=list)
    day = models.DateField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.plan_id} ({self.day})"
