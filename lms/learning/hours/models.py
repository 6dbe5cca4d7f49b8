"""Yearly goals of study hours, and when a learning year begins: data with dates, never code."""

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


class LearningYear(AppendOnlyModel):
    """From when on learning years begin on which day: `valid_from` is the first day of the year named `first_year`, and
    its day of the calendar is that of every year after it. The year before ends the day before, shorter or longer than
    others. No row: calendar years (人社部令第 25 号). The day is at most a 28th, which every year has.
    """

    version = models.PositiveIntegerField(unique=True)
    valid_from = models.DateField()
    first_year = models.PositiveSmallIntegerField()
    source = models.TextField()

    def __str__(self) -> str:
        return f"v{self.version} ({self.valid_from})"

    @property
    def code(self) -> str:
        return "learning_year"
