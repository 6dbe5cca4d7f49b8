"""Which documents an enrolment opens: those that its release offers, also when the course's newest has them no more."""

from django.db.models import TextField
from django.db.models.functions import Cast

from courses.api import ReleaseLesson
from lms.accounts.api import User
from lms.learning.enrolment.models import Enrolment


def offers(user: User, address: str) -> bool:
    """Whether a release the person is enrolled in has a block with this document's address (`src`).

    One query over the lessons of the person's own releases. `"src": "…"` stands so in JSON's own text alone: within
    somebody's words its quotation marks are escaped.
    """
    own = Enrolment.objects.filter(person=user).values("release_id")
    lessons = ReleaseLesson.objects.filter(release_id__in=own).annotate(text=Cast("blocks", TextField()))
    return lessons.filter(text__contains=f'"src": "{address}"').exists()
