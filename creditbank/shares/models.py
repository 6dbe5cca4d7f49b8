"""Shares: what a holder lets somebody see, until when, and who looked. Exports: what an organisation took along of them.

Owns: the tables. A share is a consent: it names what is in it, for whom, what for and until when, and ends when its holder
says so. Looks only grow.
"""

from datetime import date, timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from creditbank.credentials.models import CredentialSet
from creditbank.transcripts.models import TranscriptSnapshot
from lms.accounts.api import Organisation
from lms.lib.appendonly import AppendOnlyModel
from lms.lib.clock import local_day
from lms.lib.crypto import EncryptedTextField
from lms.lib.ids import uuid7


class Share(models.Model):
    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    holder = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    snapshot = models.ForeignKey(TranscriptSnapshot, on_delete=models.PROTECT, related_name="shares")
    # Keys of the chosen lines (rules.line_key); NULL: all of the transcript, with its sums.
    lines = models.JSONField(null=True)
    name_form = models.CharField(_("姓名"), max_length=8, choices=CredentialSet.NameForm)
    recipient = models.CharField(_("给谁看"), max_length=120, blank=True)
    # Where one is named, only its people see anything, signed in.
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("机构")
    )
    # The organisation may take it along in its exports for personnel and title systems.
    for_export = models.BooleanField(_("可以汇总导出"), default=False)
    purpose = models.CharField(_("用途"), max_length=200)
    until = models.DateTimeField(_("看到哪天"))
    hidden = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    # The link's secret: encrypted for its holder, found by keyed hash.
    token = EncryptedTextField(blank=True)
    token_hash = models.CharField(max_length=64, unique=True)

    class Meta:
        verbose_name = _("分享")
        indexes = [
            models.Index(fields=["holder", "created_at"], name="creditbank_share_holder"),
            models.Index(fields=["organisation", "until"], name="creditbank_share_organisation"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(for_export=False) | models.Q(organisation__isnull=False),
                name="creditbank_share_export_names_one",
            ),
            models.CheckConstraint(
                condition=models.Q(until__gt=models.F("created_at")), name="creditbank_share_ends_later"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.uuid}"

    @property
    def last_day(self) -> date:
        """The last Shanghai day on which it can be seen."""
        return local_day(self.until - timedelta(microseconds=1))


class ShareLook(AppendOnlyModel):
    """Somebody opened a share. network: the address without its last parts; no browser, no whole address is kept."""

    class Device(models.TextChoices):
        PHONE = "phone", _("手机")
        COMPUTER = "computer", _("电脑")
        OTHER = "other", _("其他")

    share = models.ForeignKey(Share, on_delete=models.PROTECT, related_name="looks")
    at = models.DateTimeField()
    network = models.CharField(max_length=40)
    device = models.CharField(max_length=10, choices=Device)
    # The organisation of whoever was signed in; NULL: nobody was, or nobody's.
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("查看记录")
        indexes = [models.Index(fields=["share", "at"], name="creditbank_share_look")]

    def __str__(self) -> str:
        return f"{self.share_id} {self.at}"


class ShareExport(models.Model):
    """What an organisation took along at once."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    ordered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(_("用途"), max_length=200)
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("汇总导出")
        indexes = [models.Index(fields=["organisation", "made_at"], name="creditbank_export_list")]

    def __str__(self) -> str:
        return f"{self.uuid}"


class ShareExportRecord(models.Model):
    """One person's part of an export: what was handed over and the receipt's target, or why it could not be."""

    class State(models.TextChoices):
        MADE = "made", _("已导出")
        FAILED = "failed", _("未导出")

    class Reason(models.TextChoices):
        ENDED = "ended", _("本人已收回、隐藏，或已到期")
        STALE = "stale", _("清单里的记账后来有变动，请本人重新分享")
        GONE = "gone", _("本人已停用这份清单")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    export = models.ForeignKey(ShareExport, on_delete=models.PROTECT, related_name="records")
    share = models.ForeignKey(Share, on_delete=models.PROTECT, related_name="exported")
    state = models.CharField(max_length=8, choices=State)
    reason = models.CharField(max_length=8, choices=Reason, blank=True)
    content = EncryptedTextField(blank=True)
    content_hash = models.CharField(max_length=64, blank=True)
    tries = models.PositiveSmallIntegerField(default=1)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("导出记录")
        constraints = [
            models.UniqueConstraint(fields=["export", "share"], name="creditbank_export_record_once"),
            models.CheckConstraint(
                condition=models.Q(state="made", reason="") & ~models.Q(content_hash="")
                | models.Q(state="failed") & ~models.Q(reason=""),
                name="creditbank_export_record_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.uuid}"
