"""Completing a course: once, in one transaction with its audit row, its event and the order for the certificate."""

from django.db import transaction

from lms.accounts.api import actor as actor_of
from lms.learning.completion.models import Completion
from lms.learning.completion.queries import lesson_states, missing_of
from lms.learning.completion.rules import hours
from lms.learning.enrolment.models import Enrolment
from lms.learning.study.services import rule_in_force
from lms.lib.audit.services import record
from lms.lib.clock import now
from lms.lib.jobs.services import enqueue
from lms.lib.outbox.services import emit


@transaction.atomic
def consider(enrolment_id: int) -> Completion | None:
    """Complete the enrolment if its release's rule is met now; completed already, the same completion comes back.

    Called whenever a lesson has become met or a quiz was passed; two callers at once make one completion (the
    enrolment's row is locked).
    """
    # The row alone is locked: its release and its course are everybody's.
    Enrolment.objects.select_for_update().get(pk=enrolment_id)
    enrolment = Enrolment.objects.select_related("release", "course", "person").get(pk=enrolment_id)
    if enrolment.state == Enrolment.State.COMPLETED:
        return Completion.objects.get(enrolment=enrolment)
    states = lesson_states(enrolment)
    if not missing_of(enrolment, states).nothing:
        return None
    release, person = enrolment.release, enrolment.person
    rule = rule_in_force()
    counted_ms = sum(state.counted_ms for state in states)
    centihours = hours(counted_ms, release.centihours, rule.ms_per_hour)
    snapshot = {
        "code": "study",
        "version": rule.version,
        "valid_from": rule.valid_from.isoformat(),
        "ms_per_hour": rule.ms_per_hour,
        "speed_hundredths": rule.speed_hundredths,
        "approved_centihours": release.centihours,
        "course": release.rule,
    }
    completion = Completion.objects.create(
        enrolment=enrolment,
        person=person,
        release=release,
        kind=release.kind,
        counted_ms=counted_ms,
        centihours=centihours,
        rule=snapshot,
        evidence={
            "lessons": [
                {
                    "key": state.key,
                    "title": state.title,
                    "percent": state.percent,
                    "counted_ms": state.counted_ms,
                    "quizzes": [{"title": quiz.title, "passed": quiz.passed} for quiz in state.quizzes],
                }
                for state in states
            ]
        },
        completed_at=now(),
    )
    enrolment.state = Enrolment.State.COMPLETED
    enrolment.save(update_fields=["state"])
    actor = actor_of(person)
    record(
        actor,
        action="course.complete",
        target_type="learning.Completion",
        target=completion.uuid,
        data={"release": str(release.uuid), "counted_ms": counted_ms, "centihours": centihours},
    )
    emit(
        "course.completed",
        {
            "completion": str(completion.uuid),
            "person": str(person.uuid),
            "course": str(enrolment.course.uuid),
            "release": str(release.uuid),
            "title": release.title,
            "kind": release.kind,
            "centihours": centihours,
            "completed_at": completion.completed_at.isoformat(),
            "rule": snapshot,
        },
        key=f"course.completed:{completion.uuid}",
    )
    enqueue(
        "learning.certificate",
        {"completion": str(completion.uuid)},
        actor,
        key=f"certificate:{completion.uuid}",
    )
    return completion
