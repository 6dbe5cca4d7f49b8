"""Evidence of study for those who answer for it: sign-ins, signed packs, consents, and looks at a person's record.

Owns: who signed in when (append-only), what pack was asked for by whom and why, what was made of it, whom a person lets
read their record, and each opening of it. Refuses: addresses of devices, which no rule asks for; and any figure of its
own: what a pack says is computed from the study rows (recount.py).
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.accounts.api import Organisation
from lms.lib.appendonly import AppendOnlyModel
from lms.lib.ids import uuid7

# What verify codes of packs are filed under.
KIND = "evidence"


class SignIn(AppendOnlyModel):
    """That someone signed in or out, on what kind of device. Kept as long as the study it belongs to: the online-training
    rules want sign-ins traceable (沪人社职〔2020〕395号), the network law logs of six months at least.
    """

    class Act(models.TextChoices):
        IN = "in", _("登录")
        OUT = "out", _("退出")

    class Device(models.TextChoices):
        PHONE = "phone", _("手机")
        TABLET = "tablet", _("平板")
        COMPUTER = "computer", _("电脑")
        OTHER = "other", _("其他设备")

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    act = models.CharField(max_length=3, choices=Act)
    device = models.CharField(max_length=10, choices=Device)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["person", "at"], name="learning_sign_in_person")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.act} {self.at}"


class EvidenceOrder(AppendOnlyModel):
    """A pack that was asked for. at: the pack holds what the server knew at that moment, however late it is made.

    first, last: Shanghai days, both in, None: without that end. people: uuids of enrolments, [] for everybody of the
    release. class_run: the class they had a seat in at that moment. named: real names in the clear. own: the learner's
    own pack. The job's key is `job_key`.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=40)
    body = models.CharField(max_length=60, blank=True)
    reason = models.TextField()
    release = models.ForeignKey("courses.Release", on_delete=models.PROTECT, related_name="+")
    first = models.DateField(null=True)
    last = models.DateField(null=True)
    people = models.JSONField(default=list)
    class_run = models.UUIDField(null=True)
    named = models.BooleanField(default=False)
    own = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["person", "-at"], name="learning_evidence_asker")]

    def __str__(self) -> str:
        return str(self.uuid)

    @property
    def job_key(self) -> str:
        return f"evidence:{self.uuid}"


class EvidencePack(AppendOnlyModel):
    """What an order came to: the hashes by which a pack is known for ever, and the file for as long as it may be fetched."""

    order = models.OneToOneField(EvidenceOrder, on_delete=models.PROTECT, related_name="pack")
    file = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    manifest_sha256 = models.CharField(max_length=64)
    key_id = models.CharField(max_length=16)
    counts = models.JSONField()
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="learning_evidence_expiry")]

    def __str__(self) -> str:
        return self.sha256


class RecordConsent(models.Model):
    """A person lets an organisation read their record of study, for a purpose, until a day. Withdrawn at any time."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    organisation: Any = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=200)
    until = models.DateField()
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["person", "-given_at"], name="learning_consent_person"),
            models.Index(fields=["organisation", "until"], name="learning_consent_body"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} → {self.organisation_id} ({self.until})"


class RecordLook(models.Model):
    """One opening of a person's record by staff, with its ground: a consent, or a duty in their own words. Kept while it
    lasts; that it was opened stands in the audit rows for ever.

    provider: only what belongs to this provider's courses; None: the whole record. until: then it must be opened anew.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    viewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    consent = models.ForeignKey(RecordConsent, on_delete=models.PROTECT, null=True, related_name="+")
    provider: Any = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    role = models.CharField(max_length=40)
    body = models.CharField(max_length=60, blank=True)
    reason = models.TextField()
    at = models.DateTimeField()
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.viewer_id} → {self.person_id} {self.at}"
