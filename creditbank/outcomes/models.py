"""Learning outcomes (学习成果): certificates that people deposit, with their evidence, until someone verifies them.

Owns: the outcome and its files. Numbers are encrypted and found by keyed hash; files never have a public address.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from creditbank.outcomes.storage import evidence_path, private_storage
from lms.accounts.api import Organisation
from lms.lib.crypto import EncryptedTextField
from lms.lib.evidence import EvidenceFile
from lms.lib.ids import uuid7


class Level(models.IntegerChoices):
    """Vocational skill levels; the smaller number is the higher level (RULES.md, "Levels")."""

    FIVE = 5, _("五级/初级工")
    FOUR = 4, _("四级/中级工")
    THREE = 3, _("三级/高级工")
    TWO = 2, _("二级/技师")
    ONE = 1, _("一级/高级技师")


class LearningOutcome(models.Model):
    class Kind(models.TextChoices):
        SKILL = "vocational_skill_certificate", _("职业技能等级证书")
        QUALIFICATION = "vocational_qualification", _("职业资格证书")
        ABILITY = "special_ability_certificate", _("专项职业能力证书")
        X = "x_certificate", _("1+X 证书")

    class Status(models.TextChoices):
        SUBMITTED = "submitted", _("待核实")
        VERIFIED = "verified", _("已核实")
        REFUSED = "refused", _("未通过核实")

    class Method(models.TextChoices):
        ISSUER = "issuer", _("向发证机构核实")
        REGISTER = "register", _("在官方查询系统核实")
        ORIGINAL = "original", _("查验证书原件")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    holder = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="outcomes")
    kind = models.CharField(_("证书类型"), max_length=40, choices=Kind)
    title = models.CharField(_("证书名称"), max_length=120)
    occupation_code = models.CharField(_("职业编码"), max_length=16, blank=True)
    level = models.PositiveSmallIntegerField(_("等级"), choices=Level, null=True, blank=True)
    issuer_name = models.CharField(_("发证机构"), max_length=120)
    issuer = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    number = EncryptedTextField(_("证书编号"))
    # kind and number, keyed: what makes the achievement the same one, whoever registers it.
    achievement = models.CharField(max_length=64, db_index=True)
    number_form = models.CharField(max_length=20)
    issued_on = models.DateField(_("发证日期"))
    expires_on = models.DateField(_("有效期至"), null=True, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.SUBMITTED)
    deposited_at = models.DateTimeField()
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
        indexes = [models.Index(fields=["holder", "deposited_at"], name="creditbank_outcome_holder")]
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
                | models.Q(verified_by__isnull=False, verified_at__isnull=False),
                name="creditbank_verified_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class OutcomeEvidence(EvidenceFile):
    """A picture or PDF of the certificate. Read only through a view that checks and logs."""

    outcome = models.ForeignKey(LearningOutcome, on_delete=models.CASCADE, related_name="evidence")
    file = models.FileField(storage=private_storage, upload_to=evidence_path, max_length=200)
