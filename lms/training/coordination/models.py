"""The coordination group of an authority: who sits in it for which body, since when and until when, and what each said of a case.

Owns: `GroupMember`, `GroupOpinion`. Refuses: two open seats of a person in one group; two leads at once. Opinions only grow: the last one of a
member counts.
"""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.lib.appendonly import ErasableModel
from lms.lib.ids import uuid7
from lms.training.coordination.rules import Stand

PERSON = settings.AUTH_USER_MODEL
BODY = "accounts.Organisation"
LONGEST_WORDS = 200
LONGEST_REASON = 300


class GroupMember(models.Model):
    """A seat. body: for which 成员单位 the person sits there; basis: the letter by which they were named; since: the first day; ended_on: the day
    from which they sit there no more."""

    class Position(models.TextChoices):
        LEAD = "lead", pgettext_lazy("协调小组", "组长")
        MEMBER = "member", pgettext_lazy("协调小组", "成员")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    authority = models.ForeignKey(BODY, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    body = models.ForeignKey(BODY, on_delete=models.PROTECT, related_name="+")
    position = models.CharField(max_length=6, choices=Position, default=Position.MEMBER)
    basis = models.CharField(max_length=LONGEST_WORDS)
    since = models.DateField()
    ended_on = models.DateField(null=True)
    reason = models.CharField(max_length=LONGEST_REASON, blank=True)
    named_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    named_at = models.DateTimeField()
    ended_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("协调小组成员")
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["authority", "ended_on", "id"], name="training_group_members"),
            models.Index(fields=["person", "-id"], name="training_group_person"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "person"],
                condition=models.Q(ended_on__isnull=True),
                name="training_group_once",
            ),
            models.UniqueConstraint(
                fields=["authority"],
                condition=models.Q(ended_on__isnull=True, position="lead"),
                name="training_group_lead",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_on__isnull=True) | models.Q(ended_on__gte=models.F("since")),
                name="training_group_days",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.authority_id} {self.person_id}"


class GroupOpinion(ErasableModel):
    """What a member said of a case that waits for the group. The words go when the member is erased; what they were for stays."""

    STANDS: ClassVar = [
        (Stand.AGREE.value, pgettext_lazy("协调小组", "同意")),
        (Stand.AGAINST.value, pgettext_lazy("协调小组", "不同意")),
        (Stand.ABSTAIN.value, pgettext_lazy("协调小组", "弃权")),
        (Stand.RECUSED.value, pgettext_lazy("协调小组", "回避")),
    ]
    blank: ClassVar[dict[str, Any]] = {"reason": ""}

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    case = models.ForeignKey("training.Case", on_delete=models.PROTECT, related_name="opinions")
    member = models.ForeignKey(GroupMember, on_delete=models.PROTECT, related_name="opinions")
    stand = models.CharField(max_length=8, choices=STANDS)
    reason = models.CharField(max_length=LONGEST_REASON, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["case", "member", "-id"], name="training_group_opinions")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.member_id} {self.stand}"
