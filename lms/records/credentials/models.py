"""Whose records a store holds, and with what programs may write and read them."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.lib.ids import uuid7


class Scope(models.TextChoices):
    """What a credential may do (Communication 4.2)."""

    WRITE = "statements/write", _("写语句")
    READ_MINE = "statements/read/mine", _("读自己写的语句")
    READ = "statements/read", _("读语句")
    STATE = "state", _("读写学习状态")
    DEFINE = "define", _("说明活动")
    PROFILE = "profile", _("读写档案")
    ALL_READ = "all/read", _("读全部")
    ALL = "all", _("全部")


class Store(models.Model):
    """One organisation's records, or the platform's own (no organisation)."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    organisation = models.OneToOneField(
        "accounts.Organisation", on_delete=models.PROTECT, null=True, related_name="+"
    )
    name = models.CharField(_("名称"), max_length=120)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Credential(models.Model):
    """A key and a secret (kept as a keyed hash). actor, registration, activity: for a launch, the one person, registration
    and activity that may be spoken of; "" and None: no such bound.
    """

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="credentials")
    key = models.CharField(max_length=40, unique=True)
    secret_hash = models.CharField(max_length=64)
    name = models.CharField(_("名称"), max_length=120)
    scopes = models.JSONField(default=list)
    actor = models.TextField(blank=True)
    registration = models.UUIDField(null=True)
    activity = models.TextField(blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True)
    # The day is enough to see that one is forgotten.
    used_on = models.DateField(null=True)

    class Meta:
        verbose_name = _("记录库凭据")
        verbose_name_plural = _("记录库凭据")
        indexes = [models.Index(fields=["expires_at"], name="records_credential_expiry")]

    def __str__(self) -> str:
        return self.name

    @property
    def scope_names(self) -> list[str]:
        return [str(Scope(scope).label) for scope in self.scopes if scope in Scope.values]
