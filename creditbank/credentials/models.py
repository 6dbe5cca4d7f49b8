"""The issuer's keys, the credentials that were signed with them, and where each stands on a status list.

Owns: the tables. What was handed out names a person, so it is encrypted like the transcript it was made of.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from creditbank.credentials.bits import SIZE
from creditbank.transcripts.models import TranscriptSnapshot
from lms.lib.crypto import EncryptedTextField
from lms.lib.ids import uuid7


class IssuerKey(models.Model):
    """A key pair. One of each algorithm signs; the secret half of every other one is gone, its public half stays."""

    class Algorithm(models.TextChoices):
        ED25519 = "ed25519", "Ed25519"
        RS256 = "rs256", "RS256"

    class State(models.TextChoices):
        CURRENT = "current", _("使用中")
        RETIRED = "retired", _("已更换")
        COMPROMISED = "compromised", _("已泄露，作废")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    algorithm = models.CharField(max_length=12, choices=Algorithm)
    # What follows the # in the DID document: the Multikey itself, or the JWK's thumbprint.
    fragment = models.CharField(max_length=80, unique=True)
    public = models.TextField()
    secret = EncryptedTextField(blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.CURRENT)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("签发密钥")
        constraints = [
            models.UniqueConstraint(
                fields=["algorithm"],
                condition=models.Q(state="current"),
                name="creditbank_one_current_key",
            ),
            models.CheckConstraint(
                condition=models.Q(state="current", ended_at__isnull=True)
                | (~models.Q(state="current") & models.Q(secret="", ended_at__isnull=False)),
                name="creditbank_ended_key_has_no_secret",
            ),
        ]

    def __str__(self) -> str:
        return self.fragment


class StatusList(models.Model):
    """A Bitstring Status List. taken: how many places are given out. changes: how often a bit was set, for caches."""

    number = models.PositiveIntegerField(unique=True)
    size = models.PositiveIntegerField(default=SIZE)
    taken = models.PositiveIntegerField(default=0)
    changes = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.number}"


class CredentialSet(models.Model):
    """A transcript as signed credentials: one for each line and one for the whole, as they were handed out."""

    class NameForm(models.TextChoices):
        REAL = "real", _("写真实姓名")
        MASKED = "masked", _("只写姓氏（如李＊）")
        NONE = "none", _("不写姓名")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    snapshot = models.ForeignKey(TranscriptSnapshot, on_delete=models.PROTECT, related_name="credential_sets")
    holder = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    name_form = models.CharField(_("姓名"), max_length=8, choices=NameForm)
    # Days for which they hold; 0: no end of their own.
    days = models.PositiveSmallIntegerField(_("有效期"), default=0)
    # The subject's id: of this set alone, so that two sets of one person cannot be joined by it.
    subject = models.UUIDField(default=uuid7)
    issued_at = models.DateTimeField()
    content = EncryptedTextField()
    proof_key = models.ForeignKey(IssuerKey, on_delete=models.PROTECT, related_name="+")
    jwt_key = models.ForeignKey(IssuerKey, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("可验证凭证")
        constraints = [
            models.UniqueConstraint(
                fields=["snapshot", "name_form", "days"], name="creditbank_one_set_of_a_form"
            )
        ]

    def __str__(self) -> str:
        return f"{self.uuid}"


class IssuedCredential(models.Model):
    """One credential: its id is urn:uuid:<uuid>. source: the transaction or the outcome it speaks of; NULL: the whole."""

    class Reason(models.TextChoices):
        HOLDER = "holder", _("持有人已收回")
        REVERSED = "reversed", _("依据的记账已被冲正")
        OUTCOME = "outcome", _("依据的证书不再有效")
        ERASED = "erased", _("持有人已注销")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    set = models.ForeignKey(CredentialSet, on_delete=models.PROTECT, related_name="credentials")
    source = models.UUIDField(null=True, db_index=True)
    # Which of the source's lines: a posting may credit several courses.
    line = models.CharField(max_length=80, blank=True)
    status_list = models.ForeignKey(StatusList, on_delete=models.PROTECT, related_name="credentials")
    index = models.PositiveIntegerField()
    revoked_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=12, choices=Reason, blank=True)

    class Meta:
        verbose_name = _("凭证")
        constraints = [
            models.UniqueConstraint(fields=["status_list", "index"], name="creditbank_status_place_once"),
            models.CheckConstraint(
                condition=models.Q(revoked_at__isnull=True, reason="")
                | (models.Q(revoked_at__isnull=False) & ~models.Q(reason="")),
                name="creditbank_revoked_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["status_list", "index"],
                condition=models.Q(revoked_at__isnull=False),
                name="creditbank_revoked_places",
            )
        ]

    def __str__(self) -> str:
        return f"urn:uuid:{self.uuid}"
