"""Beginning a course; one with nothing to study and nothing to pass is completed by that."""

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext as _

from courses.api import CoursePage, current_release
from lms.accounts.api import User
from lms.learning.completion.services import consider
from lms.learning.enrolment.models import Enrolment
from lms.lib.actor import Actor
from lms.lib.audit.services import record, record_each
from lms.lib.clock import now
from lms.lib.errors import Conflict, NotAllowed
from lms.lib.ids import uuid7
from lms.lib.outbox.services import emit, emit_many

TOLD_AT_ONCE = 200


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
        raise _not_live(course)
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
        said = {"people": [str(user.uuid)], "course": str(course.uuid)}
        emit("enrolment.begun", said, key=f"enrolment.begun:{fresh.uuid}")
        # Elsewhere the first report tells; here none will ever come.
        if not release.lessons.filter(nominal_ms__gt=0).exists():
            consider(fresh.pk)
            fresh.refresh_from_db(fields=["state"])
    return fresh


def _not_live(course: CoursePage) -> Conflict:
    return Conflict(_("课程「%(title)s」目前没有开放报名。") % {"title": course.title}, code="not_live")


@transaction.atomic
def enrol_people(person_ids: Collection[int], course: CoursePage, actor: Actor) -> dict[int, Enrolment]:
    """Enrol many people for somebody who may (the caller has checked that); person id → enrolment, old or new.

    A fixed number of statements a thousand people, one audit row an enrolment made. Raises Conflict (course not live).
    """
    release = current_release(course)
    if release is None:
        raise _not_live(course)
    moment = now()
    there = Enrolment.objects.filter(course=course, person_id__in=person_ids)
    known = set(there.values_list("person_id", flat=True))
    fresh = [
        Enrolment(person_id=pk, course=course, release=release, started_at=moment, studied_at=moment)
        # In one order, so that two who enrol the same people wait for each other and never both.
        for pk in sorted(set(person_ids))
        if pk not in known
    ]
    Enrolment.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=1000)
    found = {item.person_id: item for item in there.all()}
    # Who began it themselves in the meantime keeps their own.
    made = {item.uuid for item in fresh} & {item.uuid for item in found.values()}
    record_each(
        actor,
        sorted(made),
        key=uuid7(),
        action="enrolment.begin",
        target_type="learning.Enrolment",
        data={"course": str(course.uuid), "release": str(release.uuid)},
    )
    _tell(course, [item for item in found.values() if item.uuid in made])
    if made and not release.lessons.filter(nominal_ms__gt=0).exists():
        for item in found.values():
            if item.uuid in made:
                consider(item.pk)
    return found


def _tell(course: CoursePage, begun: list[Enrolment]) -> None:
    """One event for so many people at a time, however large the class is."""
    people = dict(User.objects.filter(pk__in=[row.person_id for row in begun]).values_list("pk", "uuid"))
    emit_many(
        (
            "enrolment.begun",
            f"enrolment.begun:{begun[start].uuid}",
            {
                "people": [str(people[row.person_id]) for row in begun[start : start + TOLD_AT_ONCE]],
                "course": str(course.uuid),
            },
        )
        for start in range(0, len(begun), TOLD_AT_ONCE)
    )
