"""The classes' part of a person's own data (PIPL art. 45): places, attendance, hours and practice.

Moments in UTC. Owns: the shape. Photos are named; they are shown on the class's page.
"""

from typing import Any

from lms.accounts.api import User
from lms.learning.classes.models import ClassPlace


def part(user: User) -> list[dict[str, Any]]:
    """In a fixed number of queries."""
    rows = ClassPlace.objects.filter(person=user).select_related("run__course", "run__provider")
    rows = rows.prefetch_related(
        "attendance__meeting", "results__body", "results__photos", "walk_ins__meeting", "hours__taken"
    ).order_by("id")
    return [
        {
            "uuid": place.uuid,
            "class": place.run.title,
            "course": place.run.course.title,
            "provider": place.run.provider.name,
            "state": place.state,
            "joined_at": place.joined_at,
            "attendance": [
                {
                    "meeting": event.meeting.title,
                    "act": event.act,
                    "way": event.way,
                    "at": event.at,
                    "recorded_at": event.recorded_at,
                    "reason": event.reason,
                }
                for event in place.attendance.all()
            ],
            "walk_ins": [
                {
                    "meeting": walk_in.meeting.title,
                    "at": walk_in.at,
                    "confirmed": walk_in.confirmed,
                    "reason": walk_in.reason,
                }
                for walk_in in place.walk_ins.all()
            ],
            "hours": [
                {
                    "uuid": given.uuid,
                    "centihours": given.centihours,
                    "day": given.day,
                    "at": given.at,
                    "evidence": given.evidence,
                    "taken_back": given.taken.reason if hasattr(given, "taken") else None,
                }
                for given in place.hours.all()
            ],
            "practice": [
                {
                    "at": result.at,
                    "passed": result.passed,
                    "marks": result.marks,
                    "remark": result.remark,
                    "body": result.body.name if result.body else "",
                    "photos": [{"name": photo.name, "sha256": photo.sha256} for photo in result.photos.all()],
                }
                for result in place.results.all()
            ],
        }
        for place in rows
    ]
