"""Background jobs as rows: what is to be done, how far it is, what came of it. A restart finds and resumes them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.lib.ids import uuid7


class Job(models.Model):
    class State(models.TextChoices):
        QUEUED = "queued", _("等待中")
        RUNNING = "running", _("进行中")
        DONE = "done", _("已完成")
        FAILED = "failed", _("失败")
        CANCELLED = "cancelled", _("已取消")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    kind = models.CharField(max_length=80)
    key = models.CharField(max_length=200, unique=True)
    args = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    person = models.UUIDField(null=True)
    role = models.CharField(max_length=40, blank=True)
    body = models.CharField(max_length=60, blank=True)
    progress_done = models.PositiveBigIntegerField(default=0)
    progress_total = models.PositiveBigIntegerField(default=0)
    message = models.TextField(blank=True)
    result = models.JSONField(default=dict)
    attempts = models.PositiveIntegerField(default=0)
    cancel_asked = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    # Whoever runs the job renews the lease; past it, another worker may take over.
    lease_until = models.DateTimeField(null=True)
    # After an unexpected error: not before then. NULL: at once.
    next_try_at = models.DateTimeField(null=True)
    # The last unexpected error, for the platform's administrators only; `message` is for the job's owner.
    error = models.TextField(blank=True)
    # How many attempts there had been when a person last put the job back: `attempts` only ever grows.
    attempts_before = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["created_at"],
                name="lib_job_open",
                condition=models.Q(state__in=["queued", "running"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"

    @property
    def tries(self) -> int:
        """The attempts since the job was ordered, or put back by a person."""
        return self.attempts - self.attempts_before
