"""Where a store's statements are sent on to, how far that has come, and what the receiver refused."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.lib.crypto import EncryptedTextField
from lms.lib.ids import uuid7


class Target(models.Model):
    """Another record store. position_ms, position: the last statement that was seen to; what is after it in the order of
    storing is still to be sent. run: the number of the job that does so.
    """

    class Version(models.TextChoices):
        ONE = "1.0.3", "1.0.3"
        TWO = "2.0.0", "2.0.0"

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    store = models.ForeignKey("records.Store", on_delete=models.PROTECT, related_name="targets")
    name = models.CharField(_("名称"), max_length=120)
    endpoint = models.URLField(_("地址"), max_length=400)
    key = models.CharField(_("密钥编号"), max_length=200)
    secret = EncryptedTextField()
    version = models.CharField(max_length=8, choices=Version, default=Version.ONE)
    on = models.BooleanField(default=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    made_at = models.DateTimeField()
    position_ms = models.BigIntegerField()
    position = models.BigIntegerField(default=0)
    run = models.PositiveIntegerField(default=0)
    sent = models.PositiveBigIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    said = models.TextField(blank=True)

    class Meta:
        verbose_name = _("语句转发")
        verbose_name_plural = _("语句转发")

    def __str__(self) -> str:
        return self.name


class Aside(models.Model):
    """A statement that the receiver does not take: said is what it answered. statement: its number in our store. asked_at:
    since when it waits to be sent again; sent_at: when the receiver took it after all.
    """

    target = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="asides")
    statement = models.BigIntegerField()
    statement_id = models.UUIDField()
    status = models.PositiveSmallIntegerField()
    said = models.TextField(blank=True)
    at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["target", "statement"], name="records_aside_once")]

    def __str__(self) -> str:
        return str(self.statement_id)
