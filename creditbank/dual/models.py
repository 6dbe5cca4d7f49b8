"""双证融通: published plans of the four modes, who takes part, what was assessed, and what came of it.

Owns: the tables. A plan's versions never change; results, credits, awards and exemptions are rows that only grow: a
wrong result is corrected by a further one that names it. Credits themselves stand in the ledger, by way of an
application (`applications.standing`), so that every invariant of recognition holds here too.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from creditbank.applications.models import Application
from creditbank.outcomes.models import LearningOutcome, Level
from creditbank.rules.models import ConversionRule, ConversionRuleVersion, Programme
from lms.accounts.api import Organisation
from lms.lib.appendonly import AppendOnlyModel, ErasableModel
from lms.lib.ids import uuid7


class FusedPlan(models.Model):
    """A college's plan of one mode for one programme, with the body that assesses."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="fused_plans")
    code = models.SlugField(_("方案编号"), max_length=80, unique=True)
    mode = models.CharField(_("模式"), max_length=40, choices=ConversionRule.Mode)
    assessor = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="fused_plans")

    class Meta:
        verbose_name = _("融通方案")

    def __str__(self) -> str:
        return self.code


class FusedPlanVersion(AppendOnlyModel):
    """courses: [{"code", "name", "centicredits", "rule"}]; parts: [{"code", "name", "pass_score"}], scores in hundredths.
    certificate: the title of what is aimed at. share_min/max_permille: bounds of the fused share; NULL: no source sets one.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    plan = models.ForeignKey(FusedPlan, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=120)
    certificate = models.CharField(max_length=120)
    occupation_code = models.CharField(max_length=16)
    level = models.PositiveSmallIntegerField(choices=Level)
    courses = models.JSONField()
    parts = models.JSONField(default=list)
    share_min_permille = models.PositiveSmallIntegerField(null=True)
    share_max_permille = models.PositiveSmallIntegerField(null=True)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    source = models.CharField(max_length=200)
    published_at = models.DateTimeField()
    published_by = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="creditbank_fused_version"),
            models.CheckConstraint(
                condition=models.Q(valid_until__isnull=True)
                | models.Q(valid_until__gte=models.F("valid_from")),
                name="creditbank_fused_dates",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} v{self.number}"


class FusedEnrolment(models.Model):
    """A person in a plan of the modes with a fused assessment, under the version of the day they were admitted."""

    class State(models.TextChoices):
        APPLIED = "applied", _("待学校确认")
        ADMITTED = "admitted", _("学习中")
        AWARDED = "awarded", _("已发证")
        REFUSED = "refused", _("未录取")
        LEFT = "left", _("已退出")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="fused_enrolments"
    )
    plan = models.ForeignKey(FusedPlan, on_delete=models.PROTECT, related_name="enrolments")
    version = models.ForeignKey(FusedPlanVersion, on_delete=models.PROTECT, related_name="enrolments")
    state = models.CharField(max_length=10, choices=State, default=State.APPLIED)
    applied_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name = _("融通学员")
        indexes = [
            models.Index(fields=["plan", "state", "applied_at"], name="creditbank_fused_queue"),
            models.Index(fields=["person", "applied_at"], name="creditbank_fused_person"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "plan"],
                condition=models.Q(state__in=["applied", "admitted", "awarded"]),
                name="creditbank_fused_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.person_id}"


class FusedResult(ErasableModel):
    """One assessment of one course by the plan's assessor. corrects: the wrong row that this one replaces; scores {}
    there: nothing takes its place. passed is what the version's pass marks make of the scores."""

    blank = {"reason": ""}

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    enrolment = models.ForeignKey(FusedEnrolment, on_delete=models.PROTECT, related_name="results")
    course_code = models.CharField(max_length=40)
    attempt = models.PositiveIntegerField()
    scores = models.JSONField()
    passed = models.BooleanField()
    assessed_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    body = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    corrects = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="corrected_by")
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "course_code", "attempt"], name="creditbank_fused_attempt"
            )
        ]

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.course_code} {self.attempt}"


class FusedCredit(AppendOnlyModel):
    """A passed course that the college confirmed: the outcome the assessor vouches for, and the application that posted
    its credits."""

    result = models.OneToOneField(FusedResult, on_delete=models.PROTECT, related_name="credit")
    # Of one course assessed anew after a reversal, or in a second plan, there is still one outcome.
    outcome = models.ForeignKey(LearningOutcome, on_delete=models.PROTECT, related_name="fused_credits")
    application = models.OneToOneField(Application, on_delete=models.PROTECT, related_name="fused_credit")

    def __str__(self) -> str:
        return f"{self.result_id}"


class FusedAward(AppendOnlyModel):
    """The certificate at the end. application: in 直通车式 the degree credits, written in the same transaction."""

    enrolment = models.OneToOneField(FusedEnrolment, on_delete=models.PROTECT, related_name="award")
    outcome = models.OneToOneField(LearningOutcome, on_delete=models.PROTECT, related_name="fused_award")
    application = models.OneToOneField(
        Application, on_delete=models.PROTECT, null=True, related_name="fused_award"
    )
    awarded_at = models.DateTimeField()
    awarded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.enrolment_id}"


class ExemptionRequest(models.Model):
    """学分认可型: a course result of a student against parts of the skill assessment, under one rule version."""

    class State(models.TextChoices):
        SUBMITTED = "submitted", _("待评价机构审核")
        GRANTED = "granted", _("已同意免考")
        REFUSED = "refused", _("未同意")
        WITHDRAWN = "withdrawn", _("已撤回")
        REVOKED = "revoked", _("已撤销免考")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="exemptions")
    plan_version = models.ForeignKey(FusedPlanVersion, on_delete=models.PROTECT, related_name="exemptions")
    rule = models.ForeignKey(ConversionRule, on_delete=models.PROTECT, related_name="+")
    rule_version = models.ForeignKey(ConversionRuleVersion, on_delete=models.PROTECT, related_name="+")
    outcome = models.ForeignKey(LearningOutcome, on_delete=models.PROTECT, related_name="exemptions")
    state = models.CharField(max_length=10, choices=State, default=State.SUBMITTED)
    evaluated_on = models.DateField()
    # Inputs and answer of the engine, as of the request and as of the decision.
    worth = models.JSONField()
    decision = models.JSONField(null=True)
    asked_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name = _("免考申请")
        indexes = [
            models.Index(fields=["person", "asked_at"], name="creditbank_exempt_person"),
            models.Index(fields=["state", "asked_at"], name="creditbank_exempt_queue"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["outcome", "rule"],
                condition=models.Q(state__in=["submitted", "granted"]),
                name="creditbank_exempt_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.person_id}"


class ExemptionRevocation(ErasableModel):
    """An exemption that was granted wrongly is taken back, with the reason that its holder sees; what was granted stays on
    record. The course result may be asked with again."""

    blank = {"reason": ""}

    request = models.OneToOneField(ExemptionRequest, on_delete=models.PROTECT, related_name="revocation")
    reason = models.TextField(blank=True)
    revoked_at = models.DateTimeField()
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.request_id}"


class Exemption(AppendOnlyModel):
    """A part of the skill assessment that a person need not take, once, or again after it was taken back. grade:
    hundredths, as cited. follows: what had taken the same part back before; NULL: nothing had."""

    request = models.ForeignKey(ExemptionRequest, on_delete=models.PROTECT, related_name="parts")
    holder = models.UUIDField()
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=80)
    name = models.CharField(max_length=120)
    course_code = models.CharField(max_length=40)
    course_name = models.CharField(max_length=120)
    grade = models.PositiveIntegerField(null=True)
    granted_at = models.DateTimeField()
    follows = models.ForeignKey(
        ExemptionRevocation, on_delete=models.PROTECT, null=True, related_name="parts_again"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["holder", "programme", "code"],
                condition=models.Q(follows__isnull=True),
                name="creditbank_exemption_part_once",
            ),
            models.UniqueConstraint(
                fields=["holder", "programme", "code", "follows"], name="creditbank_exemption_again_once"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class FusedSubsidy(AppendOnlyModel):
    """That a subsidy of 直通车式 is claimed: for developing the plan, or for training one person. Amounts are the
    authority's (A51–A63): none is set here."""

    class Kind(models.TextChoices):
        DEVELOPMENT = "development", _("培训项目开发费补贴")
        TRAINING = "training", _("培训费补贴")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    kind = models.CharField(max_length=12, choices=Kind)
    plan = models.ForeignKey(FusedPlan, on_delete=models.PROTECT, related_name="subsidies")
    enrolment = models.ForeignKey(
        FusedEnrolment, on_delete=models.PROTECT, null=True, related_name="subsidies"
    )
    claimed_at = models.DateTimeField()
    claimed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["plan"], condition=models.Q(enrolment__isnull=True), name="creditbank_subsidy_plan"
            ),
            models.UniqueConstraint(fields=["enrolment"], name="creditbank_subsidy_person"),
            models.CheckConstraint(
                condition=models.Q(kind="development", enrolment__isnull=True)
                | models.Q(kind="training", enrolment__isnull=False),
                name="creditbank_subsidy_of_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.plan_id}"
