"""The employers' part of a person's own data (PIPL art. 45): the courses they were asked to study, and the reminders."""

from typing import Any

from lms.accounts.api import User
from lms.learning.rosters.models import AssignedCourse


def part(user: User) -> list[dict[str, Any]]:
    """In two queries. Moments in UTC."""
    rows = AssignedCourse.objects.filter(person=user).order_by("pk").prefetch_related("reminders")
    return [
        {
            "organisation": row.organisation.name,
            "course": row.enrolment.release.title,
            "enrolment": str(row.enrolment.uuid),
            "asked_at": row.assignment.at,
            "due_on": row.assignment.due_on,
            "reminders": [reminder.at for reminder in row.reminders.all()],
        }
        for row in rows.select_related("organisation", "assignment", "enrolment__release")
    ]
