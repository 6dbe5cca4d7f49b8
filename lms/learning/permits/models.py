"""In which days a course of public subjects earns hours: what the published yearly plans say, as rows that training
writes.

Owns: CoursePermit, a copy of the plans in force that learning can ask. Refuses: being the plan; its versions and their
history stand in lms.training, and what a completion was given for is copied into the completion itself.
"""

from django.db import models


class CoursePermit(models.Model):
    """A course in a plan in force, with the days, both in, in which completing it earns hours (372号 三(一)).

    source: the plan through all its versions (an authority's plan of a year); plan, version: the version in force;
    address: where everybody can read it.
    """

    source = models.UUIDField(db_index=True)
    course = models.ForeignKey("courses.CoursePage", on_delete=models.CASCADE, related_name="+")
    first_day = models.DateField()
    last_day = models.DateField()
    year = models.PositiveSmallIntegerField(db_index=True)
    plan = models.UUIDField()
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=120)
    number = models.CharField(max_length=80, blank=True)
    authority = models.CharField(max_length=120)
    published_on = models.DateField()
    address = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "course"], name="learning_permit_once"),
            models.CheckConstraint(
                condition=models.Q(last_day__gte=models.F("first_day")), name="learning_permit_days"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.course_id} {self.first_day} — {self.last_day}"
