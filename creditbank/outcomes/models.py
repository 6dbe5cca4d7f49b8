"""Learning outcomes (学习成果): what people have earned elsewhere, with the evidence, until someone verifies it.

Owns: the outcome and its files, the catalogue of certificates (证书目录) and the dated table that says which level equals
which (A78). Numbers are encrypted and found by keyed hash; files never have a public address. The four steps of an
outcome (deposit, verify, accumulate, convert; A64) are its audit rows and uses, read by `timeline.py`.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from creditbank.outcomes.storage import evidence_path, private_storage
from creditbank.rules.facts import rank
from lms.accounts.api import Organisation
from lms.lib.appendonly import AppendOnlyModel
from lms.lib.crypto import EncryptedTextField
from lms.lib.evidence import EvidenceFile
from lms.lib.ids import uuid7


class Level(models.IntegerChoices):
    """Vocational skill levels of both series, as facts.py numbers them; which is higher says `facts.rank`."""

    APPRENTICE = 6, _("学徒工")
    FIVE = 5, _("五级/初级工")
    FOUR = 4, _("四级/中级工")
    THREE = 3, _("三级/高级工")
    TWO = 2, _("二级/技师")
    ONE = 1, _("一级/高级技师")
    SPECIAL = 7, _("特级技师")
    CHIEF = 8, _("首席技师")


class AssessorType(models.TextChoices):
    """Who assessed: 多元评价主体 (S3 9, A77)."""

    GOVERNMENT = "government", _("政府部门评价")
    EMPLOYER = "employer", _("用人单位评价")
    SOCIAL = "social", _("社会培训评价组织评价")


class OutcomeKind(models.TextChoices):
    """The values are creditbank.rules.facts.Kind's."""

    SKILL = "vocational_skill_certificate", _("职业技能等级证书")
    QUALIFICATION = "vocational_qualification", _("职业资格证书")
    ABILITY = "special_ability_certificate", _("专项职业能力证书")
    X = "x_certificate", _("1+X 证书")
    COURSE = "degree_course", _("学历课程成绩")
    HOURS = "training_hours", _("培训学时")
    AWARD = "competition_award", _("竞赛获奖")
    FIVE_SMALL = "five_small_result", _("“五小”成果")
    PAPER = "theory_paper", _("论文替代成果")


# Of these the catalogue has entries.
CATALOGUED = (OutcomeKind.SKILL, OutcomeKind.QUALIFICATION, OutcomeKind.ABILITY, OutcomeKind.X)


class CatalogueEntry(models.Model):
    """A certificate that exists: who issues it, for which occupation, at which levels, from when to when, says who.

    validity_months: None where no source sets one. Changed by staff, each change an audit row; an outcome keeps what it
    was registered with.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    kind = models.CharField(
        _("类型"), max_length=40, choices=[(kind.value, kind.label) for kind in CATALOGUED]
    )
    # X-XX-XX-XX; the marks S (digital) and L (green) of 2022 stand apart, so that a code is found however it is marked.
    occupation_code = models.CharField(_("职业编码"), max_length=10, blank=True)
    digital = models.BooleanField(_("数字职业（S）"), default=False)
    green = models.BooleanField(_("绿色职业（L）"), default=False)
    name = models.CharField(_("名称"), max_length=120)
    # For finding and comparing: without width, case, blanks and punctuation.
    name_key = models.CharField(max_length=140)
    levels = models.JSONField(_("等级"), default=list)
    issuers = models.JSONField(_("发证机构"), default=list)
    assessor_types = models.JSONField(_("评价主体"), default=list)
    validity_months = models.PositiveSmallIntegerField(_("有效期（月）"), null=True, blank=True)
    valid_from = models.DateField(_("自"))
    valid_until = models.DateField(_("至"), null=True, blank=True)
    source = models.TextField(_("依据"))
    changed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("证书目录")
        verbose_name_plural = _("证书目录")
        indexes = [
            models.Index(fields=["occupation_code", "kind"], name="creditbank_catalogue_code"),
            models.Index(fields=["name_key"], name="creditbank_catalogue_name"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "occupation_code", "name_key", "valid_from"], name="creditbank_catalogue_once"
            ),
            models.CheckConstraint(
                condition=models.Q(valid_until__isnull=True)
                | models.Q(valid_until__gte=models.F("valid_from")),
                name="creditbank_catalogue_days",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def marks(self) -> str:
        return "/".join(mark for mark, held in (("L", self.green), ("S", self.digital)) if held)

    @property
    def level_names(self) -> list[str]:
        """From the lowest up."""
        return [str(Level(level).label) for level in sorted(self.levels, key=rank)]

    @property
    def assessor_names(self) -> list[str]:
        return [str(AssessorType(value).label) for value in self.assessor_types]


class LevelEquivalence(AppendOnlyModel):
    """Which professional level a skill level equals from a day on, and says who (S3 10, A78). professional "" takes the
    equivalence back. Of a level on a day, the row with the latest valid_from holds, and of those the last one.
    """

    class Professional(models.TextChoices):
        ASSISTANT = "assistant", _("助理级（初级职称）")
        MIDDLE = "middle", _("中级职称")
        ASSOCIATE = "associate", _("副高级职称")
        FULL = "full", _("正高级职称")

    level = models.PositiveSmallIntegerField(_("技能等级"), choices=Level)
    professional = models.CharField(_("相当于"), max_length=10, choices=Professional, blank=True)
    valid_from = models.DateField(_("自"))
    source = models.TextField(_("依据"))
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.level} = {self.professional} ({self.valid_from})"


class IssuingRight(AppendOnlyModel):
    """Which kind of outcome an institution may deposit as its issuer from a day on, and says who; allowed False takes it
    back. Of one organisation, or of all of a sort; the organisation's own row goes before that of its sort. Of several the
    row with the latest valid_from holds, and of those the last one. What no row allows is refused.
    """

    organisation_kind = models.CharField(
        _("机构类别"), max_length=12, choices=Organisation.Kind.choices, blank=True
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, related_name="issuing_rights"
    )
    kind = models.CharField(_("成果类型"), max_length=40, choices=OutcomeKind)
    allowed = models.BooleanField(_("可以存入"))
    valid_from = models.DateField(_("自"))
    source = models.TextField(_("依据"))
    made_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["organisation", "kind"], name="creditbank_right_whose")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(organisation__isnull=True, organisation_kind__gt="")
                | models.Q(organisation__isnull=False, organisation_kind=""),
                name="creditbank_right_of_one",
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation_kind or self.organisation_id}: {self.kind} ({self.valid_from})"


class LearningOutcome(models.Model):
    Kind = OutcomeKind

    class Status(models.TextChoices):
        SUBMITTED = "submitted", _("待核实")
        SUPPLEMENT = "supplement", _("待补充材料")
        VERIFIED = "verified", _("已核实")
        REFUSED = "refused", _("未通过核实")

    class Method(models.TextChoices):
        ISSUER = "issuer", _("向发证机构核实")
        REGISTER = "register", _("在官方查询系统核实")
        ORIGINAL = "original", _("查验证书原件")
        # Never chosen by a person: what the issuer itself hands in is verified by that.
        DEPOSIT = "deposit", _("由发证机构存入")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    holder = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="outcomes")
    kind = models.CharField(_("证书类型"), max_length=40, choices=Kind)
    title = models.CharField(_("证书名称"), max_length=120)
    occupation_code = models.CharField(_("职业编码"), max_length=16, blank=True)
    level = models.PositiveSmallIntegerField(_("等级"), choices=Level, null=True, blank=True)
    issuer_name = models.CharField(_("发证机构"), max_length=120)
    issuer = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    assessor_type = models.CharField(_("评价主体"), max_length=10, choices=AssessorType, blank=True)
    entry = models.ForeignKey(CatalogueEntry, on_delete=models.PROTECT, null=True, related_name="+")
    number = EncryptedTextField(_("证书编号"))
    # What makes the achievement the same one, keyed: its number, whoever registers it; without one, what it is, for its
    # holder (rules.identity).
    achievement = models.CharField(max_length=64, db_index=True)
    number_form = models.CharField(max_length=20)
    starts_on = models.DateField(_("开始日期"), null=True, blank=True)
    issued_on = models.DateField(_("发证日期"))
    expires_on = models.DateField(_("有效期至"), null=True, blank=True)
    # Hundredths, all three. unit: of the hours, as rules.HOUR_UNITS.
    score = models.PositiveIntegerField(_("成绩"), null=True, blank=True)
    centicredits = models.PositiveIntegerField(_("学分"), null=True, blank=True)
    centihours = models.PositiveIntegerField(_("学时"), null=True, blank=True)
    unit = models.CharField(max_length=12, blank=True)
    course_code = models.CharField(_("课程代码"), max_length=40, blank=True)
    # "national-1", "invention-used": see rules.Deposit.award.
    award = models.CharField(max_length=30, blank=True)
    # The words of rules.DETAILS that the kind has.
    details = models.JSONField(default=dict)
    status = models.CharField(max_length=10, choices=Status, default=Status.SUBMITTED)
    deposited_at = models.DateTimeField()
    # NULL of a verified one: the issuer's own machine or list, which verified_for names.
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="verified_outcomes"
    )
    verified_for = models.CharField(max_length=60, blank=True)
    verified_at = models.DateTimeField(null=True)
    method = models.CharField(_("核实方式"), max_length=10, choices=Method, blank=True)
    note = models.TextField(_("核实说明"), blank=True)

    class Meta:
        verbose_name = _("学习成果")
        verbose_name_plural = _("学习成果")
        indexes = [
            models.Index(fields=["holder", "deposited_at"], name="creditbank_outcome_holder"),
            models.Index(fields=["issuer", "status", "deposited_at"], name="creditbank_outcome_issuer"),
        ]
        constraints = [
            # One paper belongs to one person, from the day somebody found it genuine. Until then others may say that it
            # is theirs: a refusal at the counter would tell anyone who types numbers which of them are registered.
            models.UniqueConstraint(
                fields=["achievement"],
                condition=models.Q(status="verified"),
                name="creditbank_achievement_verified_once",
            ),
            # A refused registration frees the number again.
            models.UniqueConstraint(
                fields=["holder", "achievement"],
                condition=~models.Q(status="refused"),
                name="creditbank_achievement_once_a_holder",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="verified")
                | models.Q(verified_by__isnull=False, verified_at__isnull=False)
                | (models.Q(method="deposit", verified_at__isnull=False) & ~models.Q(verified_for="")),
                name="creditbank_verified_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class OutcomeEvidence(EvidenceFile):
    """A picture or PDF of the certificate. Read only through a view that checks and logs."""

    outcome = models.ForeignKey(LearningOutcome, on_delete=models.CASCADE, related_name="evidence")
    file = models.FileField(storage=private_storage, upload_to=evidence_path, max_length=200)
