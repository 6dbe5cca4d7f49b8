"""What is read of contents' claims: one's own attempts at a block; for staff those that the player's own meter contradicts."""

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from courses.api import ReleaseLesson
from lms.accounts.api import Role, User, organisations_for
from lms.learning.enrolment.models import Enrolment
from lms.learning.scorm.models import ScormAttempt
from lms.learning.scorm.rules import QUICK_PART, TIME_FACTOR, TIME_FREE_MS
from lms.learning.study.models import LessonProgress

ROLES = (Role.TEACHER, Role.EDITOR, Role.ADMIN)


def attempts_at(enrolment: Enrolment, lesson: ReleaseLesson, block: str) -> QuerySet[ScormAttempt]:
    """The attempts of an enrolment at a block, newest first; times_opened: sessions of each."""
    rows = ScormAttempt.objects.filter(enrolment=enrolment, lesson=lesson, block=block)
    return rows.annotate(times_opened=Count("sessions")).order_by("-number")


def contradicted(user: User) -> QuerySet[ScormAttempt]:
    """The attempts, newest first, of courses of the user's organisations whose claims do not fit (rules.py);
    metered_ms: what the meter saw in the lesson."""
    progress = LessonProgress.objects.filter(enrolment=OuterRef("enrolment"), lesson=OuterRef("lesson"))
    rows = ScormAttempt.objects.annotate(metered_ms=Coalesce(Subquery(progress.values("active_ms")[:1]), 0))
    far = Q(claimed_ms__gt=F("metered_ms") * TIME_FACTOR + TIME_FREE_MS)
    quick = Q(completed_after_ms__lt=F("nominal_ms") / QUICK_PART)
    found = rows.filter(far | quick).select_related("person", "lesson", "enrolment__release__provider")
    if not user.is_superuser:
        found = found.filter(enrolment__release__provider__in=organisations_for(user, *ROLES))
    return found.order_by("-heard_at", "-pk")
