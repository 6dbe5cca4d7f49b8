"""What learners make of a course: a rating an enrolment, and a course's sum of them.

Owns: the rating in force (its history stands in the audit, without the words) and the counts by star. Refuses: a name beside
either; who rated stands in the enrolment alone.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.lib.ids import uuid7


class Stars(models.IntegerChoices):
    VERY_BAD = 1, _("很不满意")
    BAD = 2, _("不满意")
    MIDDLING = 3, _("一般")
    GOOD = 4, _("满意")
    VERY_GOOD = 5, _("很满意")


class CourseRating(models.Model):
    """stars: None where it was taken back; then the words are gone, too. hidden_ground: why the course's staff keep the words
    from view, "" where they don't; the stars count all the same.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    enrolment = models.OneToOneField("learning.Enrolment", on_delete=models.PROTECT, related_name="rating")
    course = models.ForeignKey("courses.CoursePage", on_delete=models.PROTECT, related_name="+")
    stars = models.PositiveSmallIntegerField(null=True, choices=Stars)
    text = models.CharField(max_length=500, blank=True)
    hidden_ground = models.CharField(max_length=300, blank=True)
    given_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(stars=None) | models.Q(stars__gte=1, stars__lte=5),
                name="learning_rating_stars",
            ),
        ]
        indexes = [models.Index(fields=["course", "stars"], name="learning_rating_course")]

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.stars}"


class CourseRatings(models.Model):
    """A course's ratings counted, so that no page counts them: counts are of one star, two, … five. Can be counted anew."""

    course = models.OneToOneField("courses.CoursePage", on_delete=models.CASCADE, related_name="+")
    counts = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.course_id} {self.counts}"
