"""Installed foreign packages as rows; their files stand below `files.root()`."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.lib.ids import uuid7


class ContentPackage(models.Model):
    """One package, unpacked. `manifest` is what its reader (kinds.py) found, in its kind's own shape; it never changes."""

    class Kind(models.TextChoices):
        SCORM12 = "scorm12", "SCORM 1.2"
        SCORM2004 = "scorm2004", "SCORM 2004"
        CMI5 = "cmi5", "cmi5"

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    # None: the platform's own.
    organisation = models.ForeignKey(
        "accounts.Organisation", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(max_length=10, choices=Kind)
    # Which edition the manifest says: "1.2", "2004 3rd Edition".
    version = models.CharField(max_length=40, blank=True)
    title = models.CharField(_("标题"), max_length=200)
    manifest = models.JSONField()
    # SHA-256 over the names and contents of its files.
    digest = models.CharField(max_length=64)
    bytes = models.PositiveBigIntegerField()
    installed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("外来课件")
        verbose_name_plural = _("外来课件")
        indexes = [models.Index(fields=["organisation", "digest"], name="courses_package_digest")]

    def __str__(self) -> str:
        return self.title
