"""Organisations and who does what in them."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.lib.ids import uuid7


class Role(models.TextChoices):
    """What a member may be trusted with in an organisation; learners need none."""

    EDITOR = "editor", _("课程编辑")
    # Who passes a course of the own organisation before the platform sees it, and who passes it for the platform.
    APPROVER = "approver", _("课程审批")
    CURATOR = "curator", _("课程复核")
    TEACHER = "teacher", _("教师")
    REVIEWER = "reviewer", _("学分审核")
    ASSESSOR = "assessor", _("考评员")
    HR = "hr", _("人事专员")
    OFFICER = "officer", _("主管部门人员")
    AUDITOR = "auditor", _("审计员")
    ADMIN = "admin", _("机构管理员")


class Organisation(models.Model):  # type: ignore[django-manager-missing]  # Wagtail has no types
    class Kind(models.TextChoices):
        COLLEGE = "college", _("院校")
        PROVIDER = "provider", _("培训机构")
        ENTERPRISE = "enterprise", _("企业")
        AUTHORITY = "authority", _("主管部门")
        ASSESSOR = "assessor", _("评价机构")
        UNION = "union", _("工会")

    class Status(models.TextChoices):
        ACTIVE = "active", _("正常")
        SUSPENDED = "suspended", _("暂停")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    code = models.SlugField(_("机构代码"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=120)
    kind = models.CharField(_("类别"), max_length=12, choices=Kind)
    # GB 32100; a code that fails its checksum warns and asks for proof, it does not block (RULES.md).
    uscc = models.CharField(_("统一社会信用代码"), max_length=18, blank=True)
    uscc_checked = models.BooleanField(default=False)
    # Which paper someone looked at when the check digit failed.
    uscc_proof = models.CharField(_("人工核验"), max_length=200, blank=True)
    # One of organisations/sectors, which has its list from whoever files courses; a column of codes outlives the list.
    sector = models.CharField(_("行业"), max_length=30, blank=True, default="")
    status = models.CharField(_("状态"), max_length=10, choices=Status, default=Status.ACTIVE)
    # Since when, and why; NULL: since it was registered. What was before stands in the audit.
    status_since = models.DateTimeField(null=True, blank=True, editable=False)
    status_reason = models.CharField(max_length=500, blank=True)
    # Which of its versions in accounts/branding is in force, 0 for none; pages that were kept are kept under it.
    brand_version = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("机构")
        verbose_name_plural = _("机构")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(_("角色"), max_length=12, choices=Role)
    since = models.DateField(_("自"))
    until = models.DateField(_("至"), null=True, blank=True)

    class Meta:
        verbose_name = _("任职")
        verbose_name_plural = _("任职")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "organisation", "role", "since"], name="accounts_membership_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.organisation} · {self.get_role_display()}"


class RoleInvitation(models.Model):
    """A role offered to whoever has proved a phone number or address; it points at no account before the answer."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="invitations")
    role = models.CharField(_("角色"), max_length=12, choices=Role)
    until = models.DateField(_("至"), null=True, blank=True)
    login_hash = models.CharField(max_length=64, db_index=True)
    # As much as its inviter needs to tell it from others.
    login_masked = models.CharField(max_length=80)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    accepted = models.BooleanField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "role", "login_hash"],
                condition=models.Q(answered_at__isnull=True),
                name="accounts_invitation_open_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.login_masked} · {self.organisation} · {self.get_role_display()}"
