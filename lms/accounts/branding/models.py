"""How an organisation shows itself: each change is a new row, so that a paper printed again looks as it did."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.accounts.organisations.models import Organisation


class Brand(models.Model):
    """One version; what `Organisation.brand_version` names is in force, 0 is none. Rows only come.

    accent: what was chosen; light, dark: the colours made of it (rules.py), all "#rrggbb", "" for none.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="brands")
    version = models.PositiveIntegerField()
    name = models.CharField(_("显示的名称"), max_length=60, blank=True)
    introduction = models.TextField(_("简介"), max_length=400, blank=True)
    website = models.URLField(_("网址"), max_length=200, blank=True)
    accent = models.CharField(max_length=7, blank=True)
    light = models.CharField(max_length=7, blank=True)
    dark = models.CharField(max_length=7, blank=True)
    # The stored name of a judged picture, PNG or SVG; "" for none.
    logo = models.CharField(max_length=160, blank=True)
    logo_width = models.PositiveIntegerField(default=0)
    logo_height = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("单位形象")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "version"], name="accounts_brand_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} v{self.version}"
