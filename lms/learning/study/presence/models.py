"""Presence prompts as rows: what was asked of a session, until when, and what was answered; only ever added to.

Owns: prompts and answers. Refuses: deciding when to ask (presence/rules.py) and what does not count (study/barred.py).
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.learning.study.models import StudySession
from lms.lib.appendonly import AppendOnlyModel
from lms.lib.ids import uuid7


class PresencePrompt(AppendOnlyModel):
    """Announced at `issued_ms`, asked from `due_ms` on, to be answered before `expires_ms` (wall, the server's).

    Unanswered, nothing of the session counts from `expires_ms` on until it is answered.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    session = models.ForeignKey(StudySession, on_delete=models.PROTECT, related_name="prompts")
    issued_ms = models.PositiveBigIntegerField()
    due_ms = models.PositiveBigIntegerField()
    expires_ms = models.PositiveBigIntegerField()

    def __str__(self) -> str:
        return f"{self.session_id} {self.due_ms}–{self.expires_ms}"


class PresenceAnswer(AppendOnlyModel):
    """One prompt, answered at `at_ms` (wall, not after `received_ms`, when the server heard of it)."""

    class How(models.TextChoices):
        BUTTON = "button", _("点了“我在学习”")
        QUIZ = "quiz", _("做了测验")
        EXERCISE = "exercise", _("做了练习")
        TAKEOVER = "takeover", _("改为在这里计时")

    prompt = models.OneToOneField(PresencePrompt, on_delete=models.PROTECT, related_name="answer")
    at_ms = models.PositiveBigIntegerField()
    received_ms = models.PositiveBigIntegerField()
    how = models.CharField(max_length=10, choices=How)

    def __str__(self) -> str:
        return f"{self.prompt_id} {self.how}"
