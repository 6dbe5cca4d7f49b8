"""Releases: what a course was at a moment, pinned. Learners under way keep the one they began with.

Owns: immutable snapshots. Refuses: changes; a corrected course is a new release.
"""

from django.db import models

from courses.taxonomy import Kind
from lms.lib.appendonly import AppendOnlyModel
from lms.lib.ids import uuid7


class ContentRule(models.Model):
    """How long content without a duration is reckoned to take: data with dates (RULES.md, "Fair rules to build")."""

    version = models.PositiveIntegerField(unique=True)
    valid_from = models.DateField()
    ms_per_character = models.PositiveIntegerField()
    ms_per_question = models.PositiveIntegerField()
    source = models.TextField()

    def __str__(self) -> str:
        return f"v{self.version} ({self.valid_from})"


class Release(AppendOnlyModel):
    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    course = models.ForeignKey("courses.CoursePage", on_delete=models.PROTECT, related_name="releases")
    number = models.PositiveIntegerField()
    code = models.CharField(max_length=60)
    title = models.CharField(max_length=255)
    summary = models.TextField(blank=True)
    kind = models.CharField(max_length=12, choices=Kind)
    sector = models.CharField(max_length=30, blank=True)
    year = models.PositiveSmallIntegerField()
    provider = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    centihours = models.PositiveIntegerField()
    rule = models.JSONField()
    content_rule = models.ForeignKey(ContentRule, on_delete=models.PROTECT)
    lesson_count = models.PositiveIntegerField()
    nominal_ms = models.PositiveBigIntegerField()
    published_at = models.DateTimeField()
    content_hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["course", "number"], name="courses_release_number_once")
        ]

    def __str__(self) -> str:
        return f"{self.title} · {self.number}"


class ReleaseLesson(AppendOnlyModel):
    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="lessons")
    # The lesson page's own key: the same lesson in two releases.
    key = models.CharField(max_length=80)
    chapter_title = models.CharField(max_length=255)
    position = models.PositiveIntegerField()
    title = models.CharField(max_length=255)
    nominal_ms = models.PositiveBigIntegerField()
    block_kinds = models.JSONField(default=list)
    blocks = models.JSONField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["release", "position"], name="courses_release_lesson_position_once"
            ),
            models.UniqueConstraint(fields=["release", "key"], name="courses_release_lesson_key_once"),
        ]

    def __str__(self) -> str:
        return self.title
