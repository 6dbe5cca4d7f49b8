"""Statements of what an expert has contributed (372号 四(四), A23).

Owns: `MeritStatement`: the lines as they were when it was handed in, for one purpose, and what the authority said. Refuses: a decision
without who decided; the words go when the person is erased, that there was a statement stays.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.lib.ids import uuid7


class Purpose(models.TextChoices):
    """在其本人参加职称评聘、人才选拔、专家休假等方面给予倾斜."""

    TITLE = "title", _("职称评聘")
    SELECTION = "selection", _("人才选拔")
    LEAVE = "leave", _("专家休假")


class MeritStatement(models.Model):
    """content: everything that stands on it, as the one canonical JSON text that sha256 is the hash of; lines: how many."""

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("贡献证明", "待确认")
        CONFIRMED = "confirmed", pgettext_lazy("贡献证明", "已确认")
        RETURNED = "returned", pgettext_lazy("贡献证明", "已退回")
        WITHDRAWN = "withdrawn", pgettext_lazy("贡献证明", "已收回")
        REVOKED = "revoked", pgettext_lazy("贡献证明", "已撤销")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    number = models.CharField(max_length=24, unique=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    authority = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=10, choices=Purpose)
    template = models.CharField(max_length=12)
    version = models.PositiveSmallIntegerField()
    lines = models.PositiveIntegerField()
    content = models.TextField()
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    handed_in_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("贡献证明")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["authority", "state", "id"], name="training_merit_queue"),
            models.Index(fields=["person", "-id"], name="training_merit_person"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "authority", "purpose"],
                condition=models.Q(state="waiting"),
                name="training_merit_waits_once",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "withdrawn"])
                | models.Q(decided_by__isnull=False, decided_at__isnull=False),
                name="training_merit_decided",
            ),
        ]

    def __str__(self) -> str:
        return self.number
