"""Imports of packs as rows: which file, by whom, what came of it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.lib.ids import uuid7


class PackImport(models.Model):
    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=255)
    file_hash = models.CharField(max_length=64, db_index=True)
    # Of the file while it waits; None for imports of before this was kept, which storage/filling.py fills in.
    bytes = models.PositiveBigIntegerField(null=True)
    course = models.ForeignKey(
        "courses.CoursePage", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    job = models.ForeignKey("lib.Job", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    # Of the file: a name of packs.foreign.formats, "native", "" before anybody has looked.
    format = models.CharField(max_length=30, blank=True)
    # What an editor said of the course where a foreign pack does not: fields of the native manifest.
    details = models.JSONField(default=dict)
    # Where the file of a foreign pack is kept: it holds what has no place here yet.
    original = models.CharField(max_length=255, blank=True)
    state = models.CharField(max_length=12)
    report = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("课程包导入")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.file_name
