"""Conversion rules as dated data: a college's programmes, its rules, and versions that never change once published.

Owns: the tables. The fields of a version are those of `facts.RuleFact`, in its units; NULL says that no source sets the
number. Which version holds on a day and what it gives is the engine's part (`rules.py`, `engine.py`).
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from creditbank.outcomes.models import LearningOutcome, Level
from creditbank.rules import facts
from lms.accounts.api import Organisation
from lms.lib.appendonly import AppendOnlyModel
from lms.lib.ids import uuid7


class Programme(models.Model):
    """What a college awards a diploma for. centicredits: hundredths of a credit the diploma takes; NULL: not set."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="programmes")
    code = models.SlugField(_("专业代码"), max_length=40)
    name = models.CharField(_("专业名称"), max_length=120)
    award = models.CharField(_("学历层次"), max_length=40, blank=True)
    centicredits = models.PositiveIntegerField(_("毕业总学分（百分之一）"), null=True, blank=True)
    source = models.CharField(_("依据"), max_length=200, blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("专业")
        verbose_name_plural = _("专业")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "code"], name="creditbank_programme_code")
        ]

    def __str__(self) -> str:
        return self.name


class ConversionRule(models.Model):
    """code: its number (规则编号), given once, when the first version is published. mode "": no 双证融通 mode."""

    class Mode(models.TextChoices):
        # S2 二 gives the names and for whom; the first two are for students, the others, since 2014, for trainees.
        COURSE_RECOMBINATION = facts.Mode.COURSE_RECOMBINATION.value, _("课程重组型")
        CREDIT_RECOGNITION = facts.Mode.CREDIT_RECOGNITION.value, _("学分认可型")
        THROUGH_TRAIN = facts.Mode.THROUGH_TRAIN.value, _("直通车式")
        CERTIFICATE_RECOGNITION = facts.Mode.CERTIFICATE_RECOGNITION.value, _("证书认可型")

    class Direction(models.TextChoices):
        CERTIFICATE_TO_CREDITS = facts.Direction.CERTIFICATE_TO_CREDITS.value, _("证书 → 课程学分")
        CREDITS_TO_EXEMPTION = facts.Direction.CREDITS_TO_EXEMPTION.value, _("课程学分 → 证书考核免考")
        HOURS_TO_CREDITS = facts.Direction.HOURS_TO_CREDITS.value, _("学时 → 学分")
        CREDITS_TO_CREDITS = facts.Direction.CREDITS_TO_CREDITS.value, _("他校学分 → 本校学分")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    code = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=160)
    mode = models.CharField(max_length=40, choices=Mode, blank=True)
    direction = models.CharField(max_length=40, choices=Direction)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="rules")

    class Meta:
        verbose_name = _("转换规则")
        verbose_name_plural = _("转换规则")

    def __str__(self) -> str:
        return self.title


class ConversionRuleVersion(AppendOnlyModel):
    """One published version. courses: [{"code", "name", "centicredits"}]; exemptions: [{"code", "name"}]; both as in
    `facts.RuleFact`, where every field is explained. centicredits: of the courses and `free` together. Columns after
    max_age_days came later; rows of before have the defaults under which they go on meaning the same.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    rule = models.ForeignKey(ConversionRule, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    # A value of LearningOutcome.Kind and one of Level; "" and NULL: none is asked.
    outcome_kind = models.CharField(max_length=40)
    occupation_code = models.CharField(max_length=16, blank=True)
    occupation_name = models.CharField(max_length=80, blank=True)
    level = models.PositiveSmallIntegerField(null=True)
    or_higher = models.BooleanField(default=False)
    courses = models.JSONField()
    centicredits = models.PositiveIntegerField()
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    source_document = models.CharField(max_length=200)
    # Most credits a programme takes by recognition, in hundredths.
    programme_cap_centicredits = models.PositiveIntegerField(null=True)
    # How old, in days, the certificate may be.
    max_age_days = models.PositiveIntegerField(null=True)
    min_score = models.PositiveIntegerField(null=True)
    min_amount = models.PositiveIntegerField(null=True)
    # [{"code", "name"}] of organisations (the name twice, of bodies that are not registered here); NULL: everybody's.
    issuers = models.JSONField(null=True)
    awards = models.JSONField(null=True)
    # The other college's course that is asked; "": any.
    course_code = models.CharField(max_length=40, blank=True, default="")
    course_name = models.CharField(max_length=120, blank=True, default="")
    free = models.PositiveIntegerField(default=0)
    exemptions = models.JSONField(null=True)
    # facts.Rate: NULL in rate_per says that there is none.
    rate_per = models.PositiveIntegerField(null=True)
    rate_centicredits = models.PositiveIntegerField(null=True)
    rate_step = models.PositiveIntegerField(null=True)
    rate_of = models.CharField(max_length=12, blank=True, default="")
    rate_unit = models.CharField(max_length=40, blank=True, default="")
    cap_permille = models.PositiveSmallIntegerField(null=True)
    cap_per_year = models.PositiveIntegerField(null=True)
    cap_per_institution = models.PositiveIntegerField(null=True)
    cap_per_rule = models.PositiveIntegerField(null=True)
    group = models.CharField(max_length=40, blank=True, default="")
    stackable = models.BooleanField(default=True)
    shares_outcome = models.BooleanField(default=False)
    # The rule ends on valid_from: this version and all before it give nothing from that day on.
    ends = models.BooleanField(default=False)
    published_at = models.DateTimeField()
    published_by = models.UUIDField(null=True)

    class Meta:
        verbose_name = _("规则版本")
        constraints = [
            models.UniqueConstraint(fields=["rule", "number"], name="creditbank_rule_number"),
            models.CheckConstraint(
                condition=models.Q(valid_until__isnull=True)
                | models.Q(valid_until__gte=models.F("valid_from")),
                name="creditbank_rule_dates",
            ),
            models.CheckConstraint(
                condition=models.Q(centicredits__gt=0)
                | models.Q(rate_per__gt=0, rate_centicredits__gt=0)
                | models.Q(exemptions__isnull=False)
                | models.Q(ends=True),
                name="creditbank_rule_gives",
            ),
            models.CheckConstraint(
                condition=models.Q(cap_permille__isnull=True) | models.Q(cap_permille__range=(1, 1000)),
                name="creditbank_rule_ratio",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} v{self.number}"

    @property
    def bears_cap(self) -> bool:
        """Whether what it gives depends on what was recognised before."""
        caps = (self.programme_cap_centicredits, self.cap_permille, self.cap_per_year)
        return any(cap is not None for cap in (*caps, self.cap_per_institution, self.cap_per_rule))

    def get_outcome_kind_display(self) -> str:
        return str(dict(LearningOutcome.Kind.choices).get(self.outcome_kind, self.outcome_kind))

    def get_level_display(self) -> str:
        """ "" where no level is asked."""
        return "" if self.level is None else str(dict(Level.choices).get(self.level, self.level))
