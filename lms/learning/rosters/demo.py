"""Demo data of a firm's training: a course that its personnel officer asked the confirmed employees to study."""

from collections.abc import Mapping
from datetime import timedelta

from lms.accounts.api import Organisation, User
from lms.learning.rosters.models import CourseAssignment
from lms.learning.rosters.queries import courses
from lms.learning.rosters.services import Whom, assign
from lms.lib.clock import today

EMPLOYER = "qsjx"
DUE_IN_DAYS = 30


def load_demo_assignment(people: Mapping[str, User], organisations: Mapping[str, Organisation]) -> int:
    """people: "hr" of the demo's enterprise. Once; returns how many assignments there are."""
    employer = organisations[EMPLOYER]
    course = courses().filter(kind="specialty").first() or courses().first()
    found = CourseAssignment.objects.filter(organisation=employer)
    if course is not None and not found.exists():
        assign(people["hr"], employer, course, due_on=today() + timedelta(days=DUE_IN_DAYS), whom=Whom())
    return found.count()
