"""Years of working days that staff loaded. Rows only grow: a notice that is changed is the next version of its year."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.lib.appendonly import AppendOnlyModel
from lms.lib.ids import uuid7


class CalendarYear(AppendOnlyModel):
    """off, work: days as ISO text. Who loaded it stands as a uuid, as in audit rows."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    year = models.PositiveSmallIntegerField(_("年份"))
    version = models.PositiveSmallIntegerField(_("版本"))
    off = models.JSONField(_("放假的日子"))
    work = models.JSONField(_("上班的休息日"))
    source = models.CharField(_("依据"), max_length=1000)
    loaded_by = models.UUIDField(null=True)
    role = models.CharField(max_length=40)
    body = models.CharField(max_length=60, blank=True)
    loaded_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["year", "version"], name="lib_calendar_version")]

    def __str__(self) -> str:
        return f"{self.year} v{self.version}"
