"""培训课程包 and targets (372号 三(一)): courses that a department puts together for a purpose, and how much a year is to
bring, broken down from the city to departments and districts.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.lib.ids import uuid7


class BundleState(models.TextChoices):
    DRAFT = "draft", _("草稿")
    PUBLISHED = "published", _("已发布")
    CLOSED = "closed", _("已停用")


class Bundle(models.Model):
    """owner: the department (行业主管部门) in charge; guide: what it tells learners and hosts, plain text."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    owner = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=120)
    purpose = models.CharField(max_length=300)
    guide = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=BundleState, default=BundleState.DRAFT)
    published_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["year", "owner"], name="training_bundle_year")]

    def __str__(self) -> str:
        return self.title


class BundleCourse(models.Model):
    bundle = models.ForeignKey(Bundle, on_delete=models.CASCADE, related_name="courses")
    course = models.ForeignKey("courses.CoursePage", on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["bundle", "course"], name="training_bundle_course_once"),
        ]

    def __str__(self) -> str:
        return f"{self.bundle_id} {self.course_id}"


class Target(models.Model):
    """What a body is to bring in a year. parent: the target this one is a part of; without one it is the city's.

    person_times (人次): courses completed; centihours: hundredths of a 学时 given, null where none is set. Every change
    has its audit row with what stood before.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    year = models.PositiveSmallIntegerField()
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    body = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    person_times = models.PositiveIntegerField()
    centihours = models.PositiveBigIntegerField(null=True)
    source = models.CharField(max_length=300, blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["year", "body"], name="training_target_once"),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.body_id}"
