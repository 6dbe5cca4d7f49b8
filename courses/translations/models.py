"""Translations of a course's texts: one course, one release, one achievement, and its words in several languages.

Owns: the working copy of a translation (a text by the digest of what it translates) and its published versions, which
only grow. Refuses: pages, releases, units or questions of its own; right answers, which belong to the source.
"""

from django.db import models

from lms.lib.appendonly import AppendOnlyModel
from lms.lib.ids import uuid7


class CourseTranslation(models.Model):
    """One course in one language."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    course = models.ForeignKey("courses.CoursePage", on_delete=models.CASCADE, related_name="translations")
    language = models.CharField(max_length=12)
    begun_at = models.DateTimeField()
    # What readers have; none before the first, and after one was taken back.
    current = models.ForeignKey(
        "courses.TranslationVersion", null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["course", "language"], name="courses_translation_language_once")
        ]

    def __str__(self) -> str:
        return f"{self.course_id} · {self.language}"


class TranslatedText(models.Model):
    """A text of the working copy, for every place in the course that says the same in the same role (rules.py)."""

    translation = models.ForeignKey(CourseTranslation, on_delete=models.CASCADE, related_name="texts")
    digest = models.CharField(max_length=40)
    role = models.CharField(max_length=12)
    # What was translated, and where it stood: how a text is found again when its source was changed a little.
    source = models.TextField()
    part = models.CharField(max_length=80)
    text = models.TextField()
    # A person's uuid as the audit keeps it; none: the platform itself.
    written_by = models.UUIDField(null=True)
    written_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["translation", "digest"], name="courses_translated_text_digest_once"
            )
        ]

    def __str__(self) -> str:
        return self.text[:60]


class TranslationVersion(AppendOnlyModel):
    """The texts as published at a moment. `release`: the newest one then, against which they were judged."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    translation = models.ForeignKey(CourseTranslation, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    release = models.ForeignKey("courses.Release", on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField()
    # Nothing is shown from here on, until the next version.
    withdrawn = models.BooleanField(default=False)
    # For cards and search, which show many courses: "" where not translated.
    title = models.CharField(max_length=255, blank=True)
    summary = models.TextField(blank=True)
    done = models.PositiveIntegerField()
    total = models.PositiveIntegerField()
    # digest → text
    texts = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["translation", "number"], name="courses_translation_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.translation_id} · {self.number}"
