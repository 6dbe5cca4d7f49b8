"""What an employer sets aside for training its people (372号 四(二): 各用人单位按规定比例提取职工培训费，保障本单位开展人才培养培训支出), year by year.

The ratio stands in other documents, which change: it is a rule with a day. A statement is never changed; a correction is its next version.
"""

from django.db import models

from lms.lib.appendonly import AppendOnlyModel
from lms.lib.ids import uuid7


class FundRatio(AppendOnlyModel):
    """An authority's rule from a day on. rate: of the wages of a year to set aside, in hundredths of a percent (150: 1.5%); frontline_rate: the
    least share of what is used that goes to the front line, in hundredths of a percent. NULL: the documents set none."""

    authority = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField()
    valid_from = models.DateField()
    rate = models.PositiveSmallIntegerField(null=True)
    frontline_rate = models.PositiveSmallIntegerField(null=True)
    source = models.TextField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["-valid_from", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["authority", "version"], name="training_fund_ratio_version"),
            models.CheckConstraint(
                condition=(models.Q(rate__isnull=True) | models.Q(rate__lte=10_000))
                & (models.Q(frontline_rate__isnull=True) | models.Q(frontline_rate__lte=10_000)),
                name="training_fund_ratio_range",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.authority_id} v{self.version} ({self.valid_from})"


class FundStatement(AppendOnlyModel):
    """What an employer states of a calendar year to an authority, in fen: wages, what was set aside for training, what of it was used, and
    what of that for the front line. version: 1, and one more with each correction, which says why. rule: the authority's in force on the
    year's last day when it was stated, NULL where none was set; a later rule changes nothing about it.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    body = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    authority = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    version = models.PositiveIntegerField()
    rule = models.ForeignKey(FundRatio, on_delete=models.PROTECT, null=True, related_name="+")
    wages_fen = models.PositiveBigIntegerField()
    set_aside_fen = models.PositiveBigIntegerField()
    used_fen = models.PositiveBigIntegerField()
    frontline_fen = models.PositiveBigIntegerField()
    note = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-year", "-version"]
        indexes = [models.Index(fields=["authority", "-year", "id"], name="training_fund_statement_list")]
        constraints = [
            models.UniqueConstraint(
                fields=["body", "year", "version"], name="training_fund_statement_version"
            ),
            models.CheckConstraint(
                condition=models.Q(frontline_fen__lte=models.F("used_fen"))
                & models.Q(set_aside_fen__lte=models.F("wages_fen")),
                name="training_fund_statement_sums",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.body_id} {self.year} v{self.version}"
