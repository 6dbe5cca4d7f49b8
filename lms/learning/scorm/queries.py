"""What is read of contents' claims: one's own attempts at a block."""

from django.db.models import Count, QuerySet

from courses.api import ReleaseLesson
from lms.learning.enrolment.models import Enrolment
from lms.learning.scorm.models import ScormAttempt


def attempts_at(enrolment: Enrolment, lesson: ReleaseLesson, block: str) -> QuerySet[ScormAttempt]:
    """The attempts of an enrolment at a block, newest first; times_opened: sessions of each."""
    rows = ScormAttempt.objects.filter(enrolment=enrolment, lesson=lesson, block=block)
    return rows.annotate(times_opened=Count("sessions")).order_by("-number")
