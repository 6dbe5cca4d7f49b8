"""Conversion rules as dated data: a college's programmes, its rules, and versions that never change once published.

Owns: the tables. Which version holds on a day and what it gives is `rules.py`'s part.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from creditbank.outcomes.models import LearningOutcome, Level
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
    class Mode(models.TextChoices):
        # S2 二: for trainees, since 2014; a held certificate gives credits of degree courses.
        CERTIFICATE_RECOGNITION = "certificate_recognition", _("证书认可型")

    class Direction(models.TextChoices):
        CERTIFICATE_TO_CREDITS = "certificate_to_credits", _("证书 → 课程学分")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    code = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=160)
    mode = models.CharField(max_length=40, choices=Mode)
    direction = models.CharField(max_length=40, choices=Direction)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="rules")

    class Meta:
        verbose_name = _("转换规则")
        verbose_name_plural = _("转换规则")

    def __str__(self) -> str:
        return self.title


class ConversionRuleVersion(AppendOnlyModel):
    """One published version. courses: [{"code", "name", "centicredits"}]; NULL numbers are "not set", never zero."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    rule = models.ForeignKey(ConversionRule, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    outcome_kind = models.CharField(max_length=40, choices=LearningOutcome.Kind)
    occupation_code = models.CharField(max_length=16)
    occupation_name = models.CharField(max_length=80)
    level = models.PositiveSmallIntegerField(choices=Level)
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
            models.CheckConstraint(condition=models.Q(centicredits__gt=0), name="creditbank_rule_gives"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} v{self.number}"
