"""Honours for those who did well (「成绩优秀的职工」, S0 四(三), A49), and three-year cohorts that study for a degree (S3 2, A66).

Owns: the dated rules of a body, the rewards that were recorded under them and taken back; cohorts, who was invited to one
and joined, and what was said of a cohort in public. Refuses: a reward without a verified outcome, a member who has not said
yes. Whose a reward is says its outcome, so that it goes where that goes.
"""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from creditbank.outcomes.models import LearningOutcome
from lms.accounts.api import Organisation
from lms.lib.appendonly import AppendOnlyModel, ErasableModel
from lms.lib.ids import uuid7


class RewardRule(AppendOnlyModel):
    """What a body gives for an achievement of `valid_from` or later: an honour, and fen (0: none).

    award ("city-1") or least (hundredths of a point): what is measured, exactly one of them. occupation_code "": every
    occupation; a row of the occupation goes before one for all. Of several for the same the latest day holds, and of that
    the last. stops: from the day on nothing is given for it any more.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="reward_rules")
    award = models.CharField(max_length=30, blank=True)
    least = models.PositiveIntegerField(_("不低于"), null=True)
    occupation_code = models.CharField(_("职业编码"), max_length=10, blank=True)
    honour = models.CharField(_("荣誉称号"), max_length=60)
    fen = models.PositiveIntegerField(_("物质奖励"), default=0)
    stops = models.BooleanField(_("不再奖励"), default=False)
    valid_from = models.DateField(_("自"))
    source = models.TextField(_("依据"))
    made_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["organisation", "valid_from"], name="creditbank_reward_rule_of")]
        constraints = [
            models.CheckConstraint(
                condition=Q(award="", least__isnull=False) | (~Q(award="") & Q(least__isnull=True)),
                name="creditbank_reward_rule_measure",
            )
        ]

    def __str__(self) -> str:
        return f"{self.honour}: {self.award or self.least} ({self.valid_from})"


class Reward(ErasableModel):
    """One reward as it was given: for which outcome, under which rule, what was measured then (award or score).

    number: the how-manieth of its body for its outcome; above 1 only after the one before was taken back.
    """

    blank: ClassVar[dict[str, Any]] = {"reason": ""}

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    outcome = models.ForeignKey(LearningOutcome, on_delete=models.PROTECT, related_name="rewards")
    rule = models.ForeignKey(RewardRule, on_delete=models.PROTECT, related_name="rewards")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="rewards")
    number = models.PositiveSmallIntegerField()
    award = models.CharField(max_length=30, blank=True)
    score = models.PositiveIntegerField(null=True)
    honour = models.CharField(_("荣誉称号"), max_length=60)
    fen = models.PositiveIntegerField(_("物质奖励"))
    reason = models.TextField(_("说明"), blank=True)
    decided_at = models.DateTimeField()
    # NULL: the platform itself (the demo).
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            # One outcome, one reward of a body; two at the same moment have the same number.
            models.UniqueConstraint(
                fields=["outcome", "organisation", "number"], name="creditbank_reward_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.honour} ({self.outcome_id})"


class RewardReversal(ErasableModel):
    """A reward was taken back. It stays, and so does this."""

    blank: ClassVar[dict[str, Any]] = {"reason": ""}

    reward = models.OneToOneField(Reward, on_delete=models.PROTECT, related_name="reversal")
    reason = models.TextField(_("理由"), blank=True)
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    def __str__(self) -> str:
        return str(self.reward_id)


class Cohort(AppendOnlyModel):
    """People whom a body helps to a degree within three years, with the number it wants to reach and who says so."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="cohorts")
    name = models.CharField(_("名称"), max_length=60)
    first_year = models.PositiveSmallIntegerField(_("起始年份"))
    target = models.PositiveIntegerField(_("目标人数"))
    source = models.TextField(_("依据"))
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "name", "first_year"], name="creditbank_cohort_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.first_year}–{self.last_year}"

    @property
    def last_year(self) -> int:
        """The third year, which still belongs to it."""
        return self.first_year + 2


class CohortMember(models.Model):
    """Someone who was invited, and their answer. joined_on, left_on: their own words; degree: the verified outcome on which
    the body noted that the degree was obtained.
    """

    class State(models.TextChoices):
        INVITED = "invited", _("待本人确认")
        DECLINED = "declined", _("本人未接受")
        JOINED = "joined", _("已加入")
        LEFT = "left", _("已退出")
        # Two accounts of one person had a place each; the other one goes on.
        MERGED = "merged", _("已并入另一份")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="members")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="cohorts")
    # As it was typed: until the person agrees, the body knows no more of them.
    number = models.CharField(_("学习账号"), max_length=40)
    college = models.CharField(_("学校"), max_length=120)
    programme = models.CharField(_("专业"), max_length=120)
    state = models.CharField(max_length=10, choices=State, default=State.INVITED)
    invited_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    joined_on = models.DateField(_("加入日期"), null=True)
    left_on = models.DateField(_("退出日期"), null=True)
    degree = models.ForeignKey(LearningOutcome, on_delete=models.PROTECT, null=True, related_name="degrees")

    class Meta:
        verbose_name = _("学历提升计划成员")
        verbose_name_plural = _("学历提升计划成员")
        indexes = [models.Index(fields=["cohort", "state", "id"], name="creditbank_member_cohort")]
        constraints = [
            models.UniqueConstraint(
                fields=["cohort", "person"],
                condition=Q(state__in=["invited", "joined"]),
                name="creditbank_member_once",
            ),
            # What proves one degree proves no second one.
            models.UniqueConstraint(fields=["cohort", "degree"], name="creditbank_member_degree"),
        ]

    def __str__(self) -> str:
        return f"{self.cohort_id}: {self.person_id} ({self.state})"


class CohortRelease(AppendOnlyModel):
    """What is said of a cohort in public from a day on, as `statistics.rules` lets it be said; a new one each month."""

    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="releases")
    day = models.DateField()
    # By counter: a `statistics.rules.Figure`.
    content = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cohort", "day"], name="creditbank_cohort_release_once")
        ]

    def __str__(self) -> str:
        return f"{self.cohort_id} {self.day}"
