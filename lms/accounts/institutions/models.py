"""Organisations that ask to be registered: what they said of themselves, its papers, and what was decided.

Owns: the request and its files. The organisation itself comes into being with the approval (organisations/services).
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.accounts.organisations.models import Organisation
from lms.lib.evidence import EvidenceFile
from lms.lib.ids import uuid7
from lms.lib.private import private_storage


def file_path(instance: object, filename: str) -> str:
    """The stored name; the applicant's own file name is kept in the row only."""
    return f"institutions/{uuid7()}"


# Who may ask for themselves. An authority is entered by an authority: its officers see every organisation.
KINDS = [choice for choice in Organisation.Kind.choices if choice[0] != Organisation.Kind.AUTHORITY]


class InstitutionRequest(models.Model):
    class State(models.TextChoices):
        SUBMITTED = "submitted", _("等待审核")
        SUPPLEMENT = "supplement", _("待补充")
        APPROVED = "approved", _("已登记")
        REFUSED = "refused", _("未通过")
        WITHDRAWN = "withdrawn", _("已撤回")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    applicant = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="institution_requests"
    )
    kind = models.CharField(_("类别"), max_length=12, choices=KINDS)
    name = models.CharField(_("名称"), max_length=120)
    uscc = models.CharField(_("统一社会信用代码"), max_length=18)
    uscc_checked = models.BooleanField()
    # Which licence carries a code that does not check; the reviewer looks at that paper.
    uscc_note = models.CharField(_("代码说明"), max_length=200, blank=True)
    about = models.TextField(_("说明"), blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.SUBMITTED)
    submitted_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(_("审核意见"), blank=True)
    organisation = models.OneToOneField(
        Organisation, on_delete=models.PROTECT, null=True, related_name="request"
    )

    class Meta:
        verbose_name = _("机构登记申请")
        verbose_name_plural = _("机构登记申请")
        indexes = [
            models.Index(fields=["state", "submitted_at"], name="accounts_institution_queue"),
            models.Index(fields=["applicant", "submitted_at"], name="accounts_institution_own"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["uscc"],
                condition=models.Q(state__in=["submitted", "supplement"]),
                name="accounts_institution_open_once",
            ),
            models.CheckConstraint(
                condition=models.Q(state="approved", organisation__isnull=False)
                | models.Q(~models.Q(state="approved"), organisation__isnull=True),
                name="accounts_institution_approved_is_there",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class InstitutionFile(EvidenceFile):
    """A picture or PDF of the licence. Read through a view that checks, and logs an officer's look."""

    request = models.ForeignKey(InstitutionRequest, on_delete=models.CASCADE, related_name="files")
    file = models.FileField(storage=private_storage, upload_to=file_path, max_length=200)
