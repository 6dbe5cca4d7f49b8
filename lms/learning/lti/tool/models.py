"""Our side as a tool: the platforms (LMSs) in which our courses open, who arrived from there, and what is reported back."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.lib.ids import uuid7


class LtiPlatform(models.Model):
    """A college's LMS: who issues, what we are called there, where it signs people in and keeps its keys."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("名称"), max_length=120)
    issuer = models.CharField(max_length=500)
    client_id = models.CharField(max_length=255)
    login_url = models.CharField(max_length=500)
    token_url = models.CharField(max_length=500)
    jwks_url = models.CharField(max_length=500)
    deployments = models.JSONField(default=list)
    is_on = models.BooleanField(default=True)
    off_reason = models.CharField(max_length=200, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("教学平台")
        verbose_name_plural = _("教学平台")
        constraints = [
            models.UniqueConstraint(fields=["issuer", "client_id"], name="learning_lti_platform_once")
        ]

    def __str__(self) -> str:
        return self.name


class LtiLogin(models.Model):
    """A login that a platform began here: its state and its nonce, one time, some minutes, one browser."""

    platform = models.ForeignKey(LtiPlatform, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=64, unique=True)
    browser = models.CharField(max_length=64)
    nonce = models.CharField(max_length=64)
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.state[:12]


class LtiArrival(models.Model):
    """A launch that was checked and waits for its person: sub as the platform calls them, and what we need of its claims."""

    platform = models.ForeignKey(LtiPlatform, on_delete=models.PROTECT, related_name="+")
    ticket = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=8)
    sub = models.CharField(max_length=255)
    content = models.JSONField(default=dict)
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.ticket[:12]


class LtiAccount(models.Model):
    """Who a platform's user is here: the person said so themselves, signed in here by our own means."""

    platform = models.ForeignKey(LtiPlatform, on_delete=models.PROTECT, related_name="+")
    sub = models.CharField(max_length=255)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["platform", "sub"], name="learning_lti_account_sub_once"),
            models.UniqueConstraint(fields=["platform", "person"], name="learning_lti_account_person_once"),
        ]

    def __str__(self) -> str:
        return f"{self.platform_id} {self.person_id}"


class LtiPassback(models.Model):
    """Where a completed course is reported: the platform's column for this person."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    account = models.ForeignKey(LtiAccount, on_delete=models.CASCADE, related_name="+")
    enrolment = models.ForeignKey("learning.Enrolment", on_delete=models.PROTECT, related_name="+")
    line_item = models.CharField(max_length=500)
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "enrolment", "line_item"], name="learning_lti_passback_once"
            )
        ]

    def __str__(self) -> str:
        return str(self.uuid)
