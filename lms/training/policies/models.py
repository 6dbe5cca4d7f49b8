"""The policy library (S3 14): documents with number, bodies, dates, and whether they are in force.

Owns: `PolicyDocument`, whose rows are versions that only grow; the last one of a series is what the library says now. Refuses: a
second series for a number. What is not written in a document (a first day, a last one) stays NULL and is shown so.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.lib.appendonly import AppendOnlyModel
from lms.lib.ids import uuid7

LONGEST_TEXT = 100_000


class PolicyDocument(AppendOnlyModel):
    """A version of what is kept of a document.

    number: 文号 as it is printed; plain: the same without spaces and with one sort of brackets, by which it is found. bodies: who
    issued it, one a line. issued_on: its date; first_day, last_day: in force from and to, both in, NULL where no document says.
    superseded_by: the number of the document that replaced it. summary: the keeper's own words; text: the document's own, or url:
    the official page. keeper: the authority that keeps the entry, NULL: the platform. note: what this version changed.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    series = models.UUIDField(db_index=True)
    version = models.PositiveIntegerField()
    number = models.CharField(max_length=80)
    plain = models.CharField(max_length=80)
    title = models.CharField(max_length=200)
    bodies = models.TextField()
    issued_on = models.DateField()
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)
    superseded_by = models.CharField(max_length=80, blank=True)
    summary = models.TextField(blank=True)
    text = models.TextField(blank=True)
    url = models.URLField(max_length=300, blank=True)
    keeper = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("政策文件")
        ordering = ["-issued_on", "-pk"]
        indexes = [models.Index(fields=["issued_on", "id"], name="training_policy_issued")]
        constraints = [
            models.UniqueConstraint(fields=["plain", "version"], name="training_policy_version"),
            models.UniqueConstraint(fields=["series", "version"], name="training_policy_series"),
            models.CheckConstraint(
                condition=models.Q(first_day__isnull=True)
                | models.Q(last_day__isnull=True)
                | models.Q(last_day__gte=models.F("first_day")),
                name="training_policy_days",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} v{self.version}"
