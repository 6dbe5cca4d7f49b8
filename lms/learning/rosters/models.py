"""What an employer asks of its confirmed employees: courses with a day, and reminders. Rows that only grow.

Owns: the assignment, its people (each course once a person and employer) and the reminders, numbered so that two at once
are one. Refuses: study itself, which is the person's, and anything about people who have not confirmed.
"""

from django.conf import settings
from django.db import models

from lms.accounts.api import Employment, Organisation
from lms.lib.appendonly import AppendOnlyModel
from lms.lib.ids import uuid7


class CourseAssignment(AppendOnlyModel):
    """A course asked of several employees at once. due_on: the last day, a request and no deadline of the course's."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    course = models.ForeignKey("courses.CoursePage", on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["organisation", "-at"], name="learning_assignment_recent")]

    def __str__(self) -> str:
        return f"{self.uuid} {self.due_on}"


class AssignedCourse(AppendOnlyModel):
    """One person of an assignment, with the enrolment that was there or was made."""

    assignment = models.ForeignKey(CourseAssignment, on_delete=models.PROTECT, related_name="people")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    course = models.ForeignKey("courses.CoursePage", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    employment = models.ForeignKey(Employment, on_delete=models.PROTECT, related_name="+")
    enrolment = models.ForeignKey("learning.Enrolment", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "course", "organisation"], name="learning_assigned_course_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.assignment_id} {self.person_id}"


class StudyReminder(AppendOnlyModel):
    """The employer reminded the person of a course. A person's reminders of a course are numbered from 1."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    assigned = models.ForeignKey(AssignedCourse, on_delete=models.PROTECT, related_name="reminders")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    course = models.ForeignKey("courses.CoursePage", on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "course", "number"], name="learning_study_reminder_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.assigned_id} #{self.number}"
