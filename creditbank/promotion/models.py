"""Promotion by an award (竞赛晋级; S3 6, 「培训、练兵、比武、晋级、激励」, A72): the rules, and who was proposed under them.

Owns: which award proposes which skill level, in dated rows with their source, and a proposal until an assessor confirms or
refuses it. Refuses: a level that no rule names. Whose a proposal is says its award, so that it goes where that goes.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from creditbank.outcomes.models import LearningOutcome, Level
from lms.accounts.api import Organisation
from lms.lib.appendonly import AppendOnlyModel
from lms.lib.ids import uuid7


class PromotionRule(AppendOnlyModel):
    """From a day on an award ("city-1") proposes a level, in one occupation or (occupation_code "") in that of the award. A
    row of the occupation goes before one for all; of several the latest day holds, and of that the last. level None: the
    award proposes nothing any more.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    award = models.CharField(max_length=30)
    occupation_code = models.CharField(_("职业编码"), max_length=10, blank=True)
    level = models.PositiveSmallIntegerField(_("等级"), choices=Level, null=True)
    valid_from = models.DateField(_("自"))
    source = models.TextField(_("依据"))
    made_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["award", "valid_from"], name="creditbank_promotion_award")]

    def __str__(self) -> str:
        return f"{self.award} {self.occupation_code or '*'} → {self.level} ({self.valid_from})"


class Promotion(models.Model):
    """A proposal: under which rule, to which level, before which assessor; and what came of it."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("待评价机构确认")
        CONFIRMED = "confirmed", _("已晋级")
        REFUSED = "refused", _("未晋级")
        WITHDRAWN = "withdrawn", _("已撤回")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    outcome = models.ForeignKey(LearningOutcome, on_delete=models.CASCADE, related_name="promotions")
    rule = models.ForeignKey(PromotionRule, on_delete=models.PROTECT, related_name="promotions")
    occupation_code = models.CharField(_("职业编码"), max_length=10)
    occupation_name = models.CharField(_("职业"), max_length=120)
    level = models.PositiveSmallIntegerField(_("等级"), choices=Level)
    assessor = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="promotions")
    state = models.CharField(max_length=10, choices=State, default=State.PROPOSED)
    proposed_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    reason = models.TextField(blank=True)
    certificate = models.ForeignKey(LearningOutcome, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("竞赛晋级")
        verbose_name_plural = _("竞赛晋级")
        indexes = [
            models.Index(fields=["assessor", "state", "proposed_at"], name="creditbank_promotion_queue")
        ]
        constraints = [
            # One award promotes once.
            models.UniqueConstraint(
                fields=["outcome"],
                condition=models.Q(state__in=["proposed", "confirmed"]),
                name="creditbank_promotion_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.occupation_name} {self.get_level_display()} ({self.state})"

    @property
    def said(self) -> str:
        """The reason for the reader: an assessor's own words, or the platform's (`closing`) in the reader's language."""
        closed = self.state == self.State.WITHDRAWN and self.reason
        return gettext(self.reason) if closed else self.reason
