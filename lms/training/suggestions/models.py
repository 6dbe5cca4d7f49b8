"""Suggestions (S2 下一步一: 认真听取企业、产业工人以及有关各方的意见建议): from anybody, each with number, owner and reply date.

Owns: `SuggestionRule` (by when an authority replies, dated), `Suggestion` and its history `SuggestionAct`. Refuses: a suggestion
without an authority that has said by when it replies. Names, contacts and words are the sender's: encrypted where they say who it
is, read by those in charge only, and gone when the person is erased.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.lib.appendonly import AppendOnlyModel, ErasableModel
from lms.lib.crypto import EncryptedTextField
from lms.lib.ids import uuid7

LONGEST_TITLE = 80
LONGEST_TEXT = 3000
LONGEST_REPLY = 3000
LONGEST_CONTACT = 120


class SuggestionRule(AppendOnlyModel):
    """From a day on: within how many working days an authority replies. Without one nothing is handed in to it."""

    authority = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField()
    valid_from = models.DateField()
    reply_days = models.PositiveSmallIntegerField()
    source = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["authority", "version"], name="training_suggestion_rule_version"),
            models.CheckConstraint(
                condition=models.Q(reply_days__range=(1, 120)), name="training_suggestion_rule_days"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.authority_id} v{self.version}"


class State(models.TextChoices):
    OPEN = "open", pgettext_lazy("建议", "办理中")
    REPLIED = "replied", pgettext_lazy("建议", "已答复")
    CLOSED = "closed", pgettext_lazy("建议", "已办结")


class Suggestion(models.Model):
    """person: NULL for a visitor, who follows it by number and `code` (a hash of what was shown once). authority: who owns it now;
    owner: the officer there, NULL where there is none at the moment. due_on: the reply date that the sender was told, NULL while the
    calendar of that year is not there. reply_days: the rule's, of the day. satisfied: what the sender said of the reply. revision: the number of its last act.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    number = models.CharField(max_length=20, unique=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    code = models.CharField(max_length=64, blank=True)
    contact = EncryptedTextField(blank=True, default="")
    title = models.CharField(max_length=LONGEST_TITLE)
    text = models.TextField()
    authority = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    reply = models.TextField(blank=True)
    reply_days = models.PositiveSmallIntegerField()
    handed_in_on = models.DateField()
    due_on = models.DateField(null=True)
    replied_on = models.DateField(null=True)
    satisfied = models.BooleanField(null=True)
    revision = models.PositiveIntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("建议")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["authority", "state", "due_on", "id"], name="training_suggestion_queue"),
            models.Index(fields=["owner", "state", "due_on", "id"], name="training_suggestion_owner"),
            models.Index(fields=["person", "id"], name="training_suggestion_person"),
            models.Index(
                fields=["id"],
                name="training_suggestion_undated",
                condition=models.Q(due_on__isnull=True),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="open", replied_on__isnull=True)
                | models.Q(state="replied", replied_on__isnull=False)
                | models.Q(state="closed"),
                name="training_suggestion_replied",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class SuggestionAct(ErasableModel):
    """What was done with it: handed in, given to another owner or body, replied, closed. body: for whom whoever did it acted; to: the
    body it was handed to. text: what the sender reads of it."""

    blank = {"text": ""}

    suggestion = models.ForeignKey(Suggestion, on_delete=models.PROTECT, related_name="acts")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=12)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    role = models.CharField(max_length=40)
    body = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, null=True, related_name="+")
    to = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, null=True, related_name="+")
    text = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["suggestion", "number"]
        constraints = [
            models.UniqueConstraint(fields=["suggestion", "number"], name="training_suggestion_act_once")
        ]

    def __str__(self) -> str:
        return f"{self.suggestion_id} {self.number} {self.name}"
