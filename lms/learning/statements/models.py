"""Statements of a year's hours, the rules for a higher title, nightly figures, packages for reviews, names put right.

Owns: what was handed out (append-only), whether its link still answers (the holder's to say), and figures that can be
rebuilt from completions, top-ups and claims at any time. Refuses: any hour of its own, and any number without a source.
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.accounts.api import Organisation
from lms.learning.statements.storage import evidence_path, private_storage
from lms.lib.appendonly import AppendOnlyModel
from lms.lib.crypto import EncryptedTextField
from lms.lib.evidence import EvidenceFile
from lms.lib.ids import uuid7

# --- a year's statement ----------------------------------------------------------------------------------


class PaperContent(models.Model):
    """What a statement or a package says: canonical JSON with the person's name, encrypted. Apart from the append-only
    row that holds its hash, so that a person's words can be erased and a changed one shows.
    """

    paper = models.UUIDField(unique=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    content = EncryptedTextField()

    def __str__(self) -> str:
        return f"{self.paper}"


class YearStatement(AppendOnlyModel):
    """That a person's year was handed out. content_hash: SHA-256 of its content in plain (PaperContent), printed on the
    paper. The newest version of a year is the one in force.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    number = models.CharField(max_length=24, unique=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    version = models.PositiveIntegerField()
    content_hash = models.CharField(max_length=64)
    issued_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "year", "version"], name="learning_year_statement_version"
            ),
            models.CheckConstraint(
                condition=models.Q(version__gte=1), name="learning_year_statement_from_one"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class StatementLink(models.Model):
    """What the public check may say of a statement; its holder's to change. ends_on: the last day it answers."""

    statement = models.OneToOneField(YearStatement, on_delete=models.PROTECT, related_name="link")
    hidden = models.BooleanField(default=False)
    ends_on = models.DateField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.statement_id}"


class StatementReissue(AppendOnlyModel):
    """That a statement is in place of another because its holder's name was corrected: the same content, the right name.
    Every statement is replaced once at most, by one statement.
    """

    statement = models.OneToOneField(YearStatement, on_delete=models.PROTECT, related_name="reissue_of")
    replaces = models.OneToOneField(YearStatement, on_delete=models.PROTECT, related_name="reissued_as")
    correction = models.ForeignKey("learning.NameRequest", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.replaces_id} → {self.statement_id}"


# --- a higher title --------------------------------------------------------------------------------------


class TitleLevel(models.TextChoices):
    ASSISTANT = "assistant", _("初级")
    MIDDLE = "middle", _("中级")
    DEPUTY = "deputy", _("副高级")
    SENIOR = "senior", _("正高级")


class TitleRule(AppendOnlyModel):
    """What continuing education a review for a title asks for, from a day on, in hundredths of a 学时.

    level and series "": for every one that has no rule of its own. Each number may be unknown: years (how many years are
    looked at), public_centihours, the share of specialty hours. centihours_per_year None takes the rule back from its
    day on.
    """

    level = models.CharField(_("职称层级"), max_length=10, choices=TitleLevel, blank=True)
    series = models.CharField(_("职称系列"), max_length=30, blank=True)
    version = models.PositiveIntegerField()
    valid_from = models.DateField()
    years = models.PositiveSmallIntegerField(null=True)
    centihours_per_year = models.PositiveIntegerField(null=True)
    public_centihours = models.PositiveIntegerField(null=True)
    specialty_numerator = models.PositiveSmallIntegerField(null=True)
    specialty_denominator = models.PositiveSmallIntegerField(null=True)
    source = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["level", "series", "version"], name="learning_title_rule_version"
            ),
            models.CheckConstraint(
                condition=models.Q(specialty_numerator__isnull=True, specialty_denominator__isnull=True)
                | models.Q(
                    specialty_numerator__isnull=False,
                    specialty_denominator__gte=1,
                    specialty_numerator__lte=models.F("specialty_denominator"),
                ),
                name="learning_title_rule_share",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"

    @property
    def code(self) -> str:
        return ":".join(part for part in ("title", self.level, self.series) if part)


# --- figures of years ------------------------------------------------------------------------------------


class YearFigure(models.Model):
    """A person's hours of a year and category, reckoned by the nightly job; rebuilt from their sources at any time.

    records: how many completions, top-ups and claims gave them.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    category = models.CharField(max_length=12)
    centihours = models.PositiveIntegerField()
    records = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["year", "person", "category"], name="learning_year_figure_once")
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.year} {self.category} {self.centihours}"


class YearReckoning(models.Model):
    """How far the figures of a year are: people up to `cursor` (their row's id) are reckoned as of `as_of`, those behind
    it as of `before` (None: never). cursor None: everybody is reckoned as of `as_of`. first, last: the days of the year
    that was reckoned, both in; None: the calendar's.
    """

    year = models.PositiveSmallIntegerField(unique=True)
    as_of = models.DateTimeField()
    before = models.DateTimeField(null=True)
    cursor = models.BigIntegerField(null=True)
    finished_at = models.DateTimeField(null=True)
    first = models.DateField(null=True)
    last = models.DateField(null=True)

    def __str__(self) -> str:
        return f"{self.year} {self.as_of}"


# --- packages for reviews --------------------------------------------------------------------------------


class Use(models.TextChoices):
    """What study hours are an important condition for (沪人社专〔2022〕372号, 四(四); 人社部令第 25 号)."""

    ASSESSMENT = "assessment", _("工作考核")
    TITLE = "title", _("职称评审")
    APPOINTMENT = "appointment", _("岗位聘任（聘用）")
    REGISTRATION = "registration", _("职业资格注册")


class ItemState(models.TextChoices):
    WAITING = "waiting", _("等待写入")
    TAKEN = "taken", _("已写入")
    REFUSED = "refused", _("未接收")
    FAILED = "failed", _("没有写成，可重试")


class ReviewPackage(AppendOnlyModel):
    """That years were handed over for a use. content_hash: SHA-256 of its content in plain (PaperContent).

    key: from the form, so that two clicks make one. sender: which sender takes the records.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    key = models.UUIDField()
    number = models.CharField(max_length=24, unique=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    use = models.CharField(max_length=12, choices=Use)
    years = models.JSONField()
    sender = models.CharField(max_length=20)
    content_hash = models.CharField(max_length=64)
    ordered_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="learning_review_package_once")]

    def __str__(self) -> str:
        return self.number


class PackageItem(models.Model):
    """Where one record of a package is; what it says stands in the package's content, at the same position."""

    package = models.ForeignKey(ReviewPackage, on_delete=models.PROTECT, related_name="items")
    position = models.PositiveIntegerField()
    record = models.UUIDField()
    state = models.CharField(max_length=8, choices=ItemState, default=ItemState.WAITING)
    attempts = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["package", "position"], name="learning_package_item_once")
        ]

    def __str__(self) -> str:
        return f"{self.package_id} {self.position} {self.state}"


class PackageReceipt(AppendOnlyModel):
    """What came of one attempt to hand a record over: taken, refused or failed, why, and the receiver's reference."""

    item = models.ForeignKey(PackageItem, on_delete=models.PROTECT, related_name="receipts")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=ItemState)
    reason = models.TextField(blank=True)
    reference = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["item", "number"]
        constraints = [
            models.UniqueConstraint(fields=["item", "number"], name="learning_package_receipt_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=["taken", "refused", "failed"]),
                name="learning_package_receipt_says",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.number} {self.state}"


# --- a wrong name put right ------------------------------------------------------------------------------


class RequestState(models.TextChoices):
    ASKED = "asked", _("等待审核")
    ACCEPTED = "accepted", _("已更正")
    REFUSED = "refused", _("未通过")
    WITHDRAWN = "withdrawn", _("已撤回")


class NameRequest(models.Model):
    """A verified name that is wrong or has changed: what it is to be, why, and who decided. Papers stay as issued."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    old_name = EncryptedTextField(_("原来的姓名"))
    new_name = EncryptedTextField(_("正确的姓名"))
    why = models.TextField(_("情况说明"))
    state = models.CharField(max_length=10, choices=RequestState, default=RequestState.ASKED)
    asked_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    body = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "asked_at"], name="learning_name_queue")]
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                condition=models.Q(state=RequestState.ASKED),
                name="learning_name_request_open_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.uuid} {self.state}"


class NameFile(EvidenceFile):
    """A picture or PDF that proves the name. Read only through a view that checks and logs."""

    request = models.ForeignKey(NameRequest, on_delete=models.PROTECT, related_name="files")
    file: Any = models.FileField(storage=private_storage, upload_to=evidence_path, max_length=200)
