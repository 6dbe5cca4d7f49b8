"""Yearly goals of study hours: data with dates, never code."""

from django.db import models

from lms.lib.appendonly import AppendOnlyModel


class HoursGoal(AppendOnlyModel):
    """What a year asks for, in hundredths of a 学时. specialty_share: numerator/denominator of 专业科目 in the goal;
    it warns and does not block. public_centihours: None where no rule is known; the page then says so.
    """

    version = models.PositiveIntegerField(unique=True)
    valid_from = models.DateField()
    goal_centihours = models.PositiveIntegerField()
    specialty_numerator = models.PositiveSmallIntegerField()
    specialty_denominator = models.PositiveSmallIntegerField()
    public_centihours = models.PositiveIntegerField(null=True)
    source = models.TextField()

    def __str__(self) -> str:
        return f"v{self.version} ({self.valid_from})"
