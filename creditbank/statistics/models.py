"""Published figures (公开统计), one statement for each period. Rows are added and never changed.

Owns: what was said, as it was said: hidden groups are not in it, and every figure is rounded already.
"""

from django.db import models

from lms.lib.appendonly import AppendOnlyModel


class StatisticsRelease(AppendOnlyModel):
    """day: the Shanghai day on which it was counted; it is what everybody is shown until the next one."""

    day = models.DateField(primary_key=True)
    at = models.DateTimeField()
    # As `queries.Statistics`.
    content = models.JSONField()

    def __str__(self) -> str:
        return self.day.isoformat()
