"""An authority's register of experts: who may be asked to judge bids and bases, in which fields, since when and until when; what ties
them to bodies, as they say themselves; and which panels they refused.

Owns: `Expert`, `ExpertInterest`, `ExpertRefusal`. Refuses: two open entries of a person in one register, an entry that ends before it
begins. An entry counts once the person has agreed to it; nobody becomes an expert by somebody else's word alone.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.lib.ids import uuid7

PERSON = settings.AUTH_USER_MODEL
BODY = "accounts.Organisation"
LONGEST_WORDS = 120
LONGEST_REASON = 300


class Expert(models.Model):
    """A person in an authority's register. fields: codes of the sectors that 372号 三(一) names; since, until: the first and the last
    day, both in, None without end. It counts from the day they agreed, never before `since`."""

    class State(models.TextChoices):
        ASKED = "asked", pgettext_lazy("专家库", "待本人同意")
        LISTED = "listed", pgettext_lazy("专家库", "在库")
        DECLINED = "declined", pgettext_lazy("专家库", "本人不同意")
        LEFT = "left", pgettext_lazy("专家库", "已出库")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    authority = models.ForeignKey(BODY, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    fields = models.JSONField(default=list)
    specialty = models.CharField(max_length=LONGEST_WORDS, blank=True)
    basis = models.CharField(max_length=LONGEST_REASON)
    since = models.DateField()
    until = models.DateField(null=True)
    state = models.CharField(max_length=8, choices=State, default=State.ASKED)
    entered_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    entered_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=LONGEST_REASON, blank=True)

    class Meta:
        verbose_name = _("专家")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["authority", "state", "-id"], name="training_expert_register"),
            models.Index(fields=["person", "-id"], name="training_expert_person"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "person"],
                condition=models.Q(state__in=["asked", "listed"]),
                name="training_expert_once",
            ),
            models.CheckConstraint(
                condition=models.Q(until__isnull=True) | models.Q(until__gte=models.F("since")),
                name="training_expert_days",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.authority_id} {self.person_id} {self.state}"


class ExpertInterest(models.Model):
    """What ties an expert to a body, in their own words; it bars them from every panel that judges the body, until they say that it is
    over. The row stays."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    body = models.ForeignKey(BODY, on_delete=models.PROTECT, related_name="+")
    text = models.CharField(max_length=LONGEST_REASON, blank=True)
    declared_at = models.DateTimeField()
    over_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["person", "body"], name="training_expert_interest")]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "body"],
                condition=models.Q(over_at__isnull=True),
                name="training_expert_interest_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.body_id}"


class ExpertRefusal(models.Model):
    """A panel that an expert was named for and refused. about: the number of the case."""

    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    authority = models.ForeignKey(BODY, on_delete=models.PROTECT, related_name="+")
    about = models.CharField(max_length=LONGEST_WORDS)
    reason = models.CharField(max_length=LONGEST_REASON, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["authority", "person"], name="training_expert_refusal")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.about}"
