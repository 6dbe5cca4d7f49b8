"""Exercises that are being written: which organisation's, of which content, and where the service keeps it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.lib.ids import uuid7


class H5PDraft(models.Model):
    """content: what is being edited, None for a new exercise; was: its version when editing began.

    The row goes when the draft is taken over or given up; what became of it stands in the audit. A draft is its
    organisation's: no person is named here.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    content = models.ForeignKey(
        "courses.H5PContent", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    was = models.UUIDField(null=True, blank=True)
    title = models.CharField(_("标题"), max_length=200)
    library = models.CharField(max_length=140)
    service_id = models.CharField(max_length=64)
    opened_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("H5P 草稿")
        ordering = ["-id"]
        constraints = [
            # Two editors of one exercise meet in one draft, or the later would take back what the earlier wrote.
            models.UniqueConstraint(fields=["content"], name="courses_h5p_draft_one_each"),
            models.CheckConstraint(
                condition=models.Q(content__isnull=True) | models.Q(was__isnull=False),
                name="courses_h5p_draft_of_a_version",
            ),
        ]

    def __str__(self) -> str:
        return self.title
