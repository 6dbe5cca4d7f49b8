"""Who studies which course, in which release. A learner keeps the release they began with.

Owns: the pin. Refuses: progress (study/) and results (completion/).
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.lib.ids import uuid7


class Enrolment(models.Model):
    class State(models.TextChoices):
        ACTIVE = "active", _("学习中")
        COMPLETED = "completed", _("已完成")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="enrolments")
    course = models.ForeignKey("courses.CoursePage", on_delete=models.PROTECT, related_name="+")
    release = models.ForeignKey("courses.Release", on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE)
    # The lesson opened last: where "go on" leads.
    lesson = models.ForeignKey("courses.ReleaseLesson", null=True, on_delete=models.PROTECT, related_name="+")
    studied_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "course"], name="learning_enrolment_once")]
        indexes = [
            models.Index(fields=["person", "-studied_at"], name="learning_enrolment_recent"),
            # What was studied after completion is looked for among these (completion.queries.completed_since).
            models.Index(
                fields=["studied_at", "id"],
                condition=models.Q(state="completed"),
                name="learning_enrolment_after",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.uuid} {self.state}"
