"""What an institution prepares before it publishes: the draft of a rule version, its panel's votes, the panel's size.

Owns: the draft (changes until it is published or discarded), votes and panel terms (only grow). A vote is for one round:
what the panel has before it does not change in that round, and a draft that comes back starts the next one. Two votes of
one person in one round, two open drafts of one rule, and a published draft without its version the database refuses.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from creditbank.rules.models import ConversionRule, ConversionRuleVersion, Programme
from lms.accounts.api import Organisation
from lms.lib.appendonly import AppendOnlyModel
from lms.lib.ids import uuid7


class State(models.TextChoices):
    DRAFT = "draft", _("起草中")
    REVIEW = "review", _("评审中")
    RETURNED = "returned", _("已退回，待修改")
    APPROVED = "approved", _("评审通过，待公布")
    PUBLISHED = "published", _("已公布")
    DISCARDED = "discarded", _("已作废")


OPEN = (State.DRAFT, State.REVIEW, State.RETURNED, State.APPROVED)


class RuleDraft(models.Model):
    """rule NULL: a new rule, which gets its number when it is published. content: see rules/content.py. approvals: how
    many of the panel have to agree, as it stood when the draft was submitted. fingerprint: of what the panel has before it.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="rule_drafts")
    rule = models.ForeignKey(ConversionRule, on_delete=models.PROTECT, null=True, related_name="drafts")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="rule_drafts")
    title = models.CharField(_("规则名称"), max_length=160)
    mode = models.CharField(_("双证融通模式"), max_length=40, choices=ConversionRule.Mode, blank=True)
    direction = models.CharField(_("转换方向"), max_length=40, choices=ConversionRule.Direction)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="rule_drafts")
    content = models.JSONField()
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.DRAFT)
    round = models.PositiveSmallIntegerField(default=0)
    approvals = models.PositiveSmallIntegerField(null=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    version = models.OneToOneField(
        ConversionRuleVersion, on_delete=models.PROTECT, null=True, related_name="draft"
    )
    # The last count of whom this draft would reach (lms.lib.jobs).
    effect_job = models.UUIDField(null=True)

    class Meta:
        verbose_name = _("规则草案")
        verbose_name_plural = _("规则草案")
        indexes = [
            models.Index(fields=["organisation", "state", "changed_at"], name="creditbank_draft_queue")
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["rule"], condition=models.Q(state__in=OPEN), name="creditbank_draft_open_once"
            ),
            models.CheckConstraint(
                condition=models.Q(state="published", version__isnull=False)
                | models.Q(~models.Q(state="published"), version__isnull=True),
                name="creditbank_draft_published",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class RuleVote(AppendOnlyModel):
    """What a member of the panel says about a draft in one round. reason: always there when it is a no."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    draft = models.ForeignKey(RuleDraft, on_delete=models.PROTECT, related_name="votes")
    round = models.PositiveSmallIntegerField()
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    approve = models.BooleanField()
    reason = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["draft", "round", "person"], name="creditbank_vote_once"),
            models.CheckConstraint(
                condition=models.Q(approve=True) | ~models.Q(reason=""), name="creditbank_no_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.draft_id} {self.round} {self.approve}"


class PanelTerms(AppendOnlyModel):
    """How many people other than the author must agree to a draft of an institution's, from a day on; two at the least."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField()
    valid_from = models.DateField()
    approvals = models.PositiveSmallIntegerField()
    source = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "version"], name="creditbank_panel_version"),
            models.CheckConstraint(condition=models.Q(approvals__gte=2), name="creditbank_panel_two_pairs"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} v{self.version}: {self.approvals}"
