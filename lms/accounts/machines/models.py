"""Machines: programs that act for an organisation, with credentials of their own and no person behind them.

Owns: which client of allauth's OpenID Connect server is whose, and what it may do. The secret is allauth's (hashed, never
readable again), and so are the tokens. Refuses: acting for a person; a machine holds no role and sees no page.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.accounts.organisations.models import Organisation
from lms.lib.ids import uuid7


class Scope(models.TextChoices):
    """What a machine may be allowed."""

    DEPOSIT = "outcomes.deposit", _("存入学习成果")
    RUN = "packages.run", _("试运行课件（cmi5）")


class Machine(models.Model):
    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="machines")
    name = models.CharField(_("名称"), max_length=60)
    # allauth's Client, which is deleted with all its tokens when the machine is revoked.
    client_id = models.CharField(max_length=100, unique=True)
    scopes = models.JSONField(default=list)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True)
    # The day is enough to see that one is forgotten.
    used_on = models.DateField(null=True)

    class Meta:
        verbose_name = _("接口凭据")
        verbose_name_plural = _("接口凭据")

    def __str__(self) -> str:
        return self.name

    @property
    def scope_names(self) -> list[str]:
        return [str(Scope(scope).label) for scope in self.scopes if scope in Scope.values]
