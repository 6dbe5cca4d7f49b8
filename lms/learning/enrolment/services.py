"""Beginning a course; one with nothing to study and nothing to pass is completed by that."""

from django.db import transaction
from django.utils.translation import gettext as _

from courses.api import CoursePage, current_release
from lms.accounts.api import User
from lms.learning.completion.services import consider
from lms.learning.enrolment.models import Enrolment
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now
from lms.lib.errors import Conflict, NotAllowed


@transaction.atomic
def enrol(user: User, course: CoursePage, actor: Actor) -> Enrolment:
    """Enrol a person in a course's current release; enrolled already, the same enrolment comes back.

    Raises NotAllowed (for someone else without being staff: not built yet, so always), Conflict (course not live).
    """
    if actor.person is not None and actor.person != user.uuid:
        raise NotAllowed
    found = Enrolment.objects.filter(person=user, course=course).first()
    if found is not None:
        return found
    release = current_release(course)
    if release is None:
        raise Conflict(_("课程「%(title)s」目前没有开放报名。") % {"title": course.title}, code="not_live")
    moment = now()
    fresh, made = Enrolment.objects.get_or_create(
        person=user, course=course, defaults={"release": release, "started_at": moment, "studied_at": moment}
    )
    if made:
        record(
            actor,
            action="enrolment.begin",
            target_type="learning.Enrolment",
            target=fresh.uuid,
            data={"course": str(course.uuid), "release": str(release.uuid)},
        )
        # Elsewhere the first report tells; here none will ever come.
        if not release.lessons.filter(nominal_ms__gt=0).exists():
            consider(fresh.pk)
            fresh.refresh_from_db(fields=["state"])
    return fresh
