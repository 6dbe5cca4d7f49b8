"""Installed H5P contents and libraries as rows; their files stand in the H5P store (settings.H5P_ROOT)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.lib.ids import uuid7


class H5PLibrary(models.Model):
    # The code of the provider in whose contents alone it runs; "" for the platform's, which run in everybody's.
    shelf = models.CharField(max_length=64, blank=True, default="")
    machine_name = models.CharField(max_length=120)
    major = models.PositiveIntegerField()
    minor = models.PositiveIntegerField()
    patch = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    runnable = models.BooleanField(default=False)
    licence = models.CharField(max_length=60, blank=True)
    installed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("H5P 库")
        constraints = [
            models.UniqueConstraint(
                fields=["shelf", "machine_name", "major", "minor"], name="courses_h5p_library_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.machine_name} {self.major}.{self.minor}.{self.patch}"


class H5PContent(models.Model):
    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    title = models.CharField(_("标题"), max_length=200)
    main_library = models.CharField(max_length=140)
    content_hash = models.CharField(max_length=64, db_index=True)
    organisation = models.ForeignKey("accounts.Organisation", null=True, blank=True, on_delete=models.PROTECT)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("H5P 内容")
        verbose_name_plural = _("H5P 内容")

    def __str__(self) -> str:
        return self.title


class H5PFormerVersion(models.Model):
    """What a content was before it was upgraded. Its files stay: releases made with it play it on, with its libraries."""

    content = models.ForeignKey(H5PContent, on_delete=models.CASCADE, related_name="former")
    uuid = models.UUIDField(unique=True, editable=False)
    main_library = models.CharField(max_length=140)
    replaced_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("H5P 内容的旧版本")

    def __str__(self) -> str:
        return f"{self.main_library} {self.uuid}"
