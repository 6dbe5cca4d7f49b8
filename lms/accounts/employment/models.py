"""Who works where: an organisation's roster, its lines as invitations, and employments that the people confirmed.

Owns: the roster's files (drafts until they are applied), their lines, encrypted and found by keyed hashes, and the
employment. Refuses: any employment without the person's own yes, and any tie from an unconfirmed line to a person:
whether someone has an account is nowhere in it.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lms.accounts.organisations.models import Organisation
from lms.lib.crypto import EncryptedTextField
from lms.lib.ids import uuid7


class Roster(models.Model):
    """One file of an organisation. content: its rows as JSON while it is a draft, "" afterwards; digest: a keyed hash of
    them. joined, left, changed: what applying it did, in lines.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="rosters")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    uploaded_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    digest = models.CharField(max_length=64)
    content = EncryptedTextField(blank=True)
    lines = models.PositiveIntegerField()
    joined = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            # A new upload takes the place of one's last draft.
            models.UniqueConstraint(
                fields=["organisation", "by"],
                condition=Q(applied_at__isnull=True),
                name="accounts_roster_one_draft",
            ),
            models.CheckConstraint(
                condition=Q(applied_at__isnull=True) | Q(content=""), name="accounts_roster_emptied"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.uploaded_at:%Y-%m-%d}"


class RosterLine(models.Model):
    """Someone the employer says works there. removed_at: the employer took the line off. The hashes are of purpose
    "employment"; "" where the line does not give the value.
    """

    class State(models.TextChoices):
        INVITED = "invited", _("待本人确认")
        DECLINED = "declined", _("本人已拒绝")
        CONFIRMED = "confirmed", _("已确认")
        ENDED = "ended", _("本人已结束")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="roster_lines")
    name = EncryptedTextField(_("姓名"))
    phone = EncryptedTextField(_("手机号"), blank=True)
    phone_hash = models.CharField(max_length=64, blank=True)
    email = EncryptedTextField(_("邮箱"), blank=True)
    email_hash = models.CharField(max_length=64, blank=True)
    number = EncryptedTextField(_("证件号"), blank=True)
    number_hash = models.CharField(max_length=64, blank=True)
    department = models.CharField(_("部门"), max_length=60, blank=True)
    post = models.CharField(_("岗位"), max_length=60, blank=True)
    since = models.DateField(_("入职日期"))
    state = models.CharField(max_length=10, choices=State, default=State.INVITED)
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "removed_at", "id"], name="accounts_line_organisation"),
            *(
                models.Index(
                    fields=[f"{name}_hash"],
                    condition=~Q(**{f"{name}_hash": ""}) & Q(removed_at__isnull=True),
                    name=f"accounts_line_{name}",
                )
                for name in ("phone", "email", "number")
            ),
        ]

    def __str__(self) -> str:
        return str(self.uuid)


class Employment(models.Model):
    """Confirmed by the person. since, until: first and last day; in force while ended_at is empty."""

    class EndedBy(models.TextChoices):
        PERSON = "person", _("本人")
        EMPLOYER = "employer", _("单位")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="employments")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="employments")
    line = models.ForeignKey(RosterLine, on_delete=models.PROTECT, related_name="employments")
    department = models.CharField(_("部门"), max_length=60, blank=True)
    post = models.CharField(_("岗位"), max_length=60, blank=True)
    since = models.DateField()
    until = models.DateField(null=True)
    confirmed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=10, choices=EndedBy, blank=True)

    class Meta:
        indexes = [models.Index(fields=["organisation", "since"], name="accounts_employment_since")]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "organisation"],
                condition=Q(ended_at__isnull=True),
                name="accounts_employment_once",
            ),
            models.UniqueConstraint(
                fields=["line"], condition=Q(ended_at__isnull=True), name="accounts_employment_line"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, until__isnull=True, ended_by="")
                | (Q(ended_at__isnull=False, until__gte=models.F("since")) & ~Q(ended_by="")),
                name="accounts_employment_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} · {self.organisation_id}"
