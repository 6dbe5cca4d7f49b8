"""Names and Role Provisioning Services 2.0: who is in a course, for a tool with a place in it.

Owns: the list. Refuses: anybody who is not enrolled or whose account is closed; names without the person's own yes.
"""

from typing import Any
from uuid import UUID

from lms.learning.enrolment.models import Enrolment
from lms.learning.lti.platform import people, rules
from lms.learning.lti.platform.grading import course_of
from lms.learning.lti.platform.models import LtiTool


def enrolled(tool: LtiTool, course: UUID, role: str) -> Any:
    """The enrolments a page of the list is cut from; only learners are told of. Raises NotFound."""
    rows = Enrolment.objects.filter(course_id=course_of(tool, course), person__is_active=True)
    if role not in ("", "Learner", rules.LEARNER):
        rows = rows.none()
    return rows.select_related("person").order_by("id")


def told(tool: LtiTool, rows: list[Enrolment]) -> list[dict[str, Any]]:
    subjects = people.subjects_of(tool, [row.person for row in rows])
    found = []
    for row in rows:
        subject = subjects[row.person_id]
        name = people.name_for(tool, subject, row.person)
        member: dict[str, Any] = {"status": "Active", "user_id": subject.sub, "roles": [rules.LEARNER]}
        found.append(member | ({"name": name} if name else {}))
    return found
