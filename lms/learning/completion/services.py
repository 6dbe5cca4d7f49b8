"""Completing a course: once, in one transaction with its audit row, its event and the order for the certificate; and
giving hours for what is studied of it afterwards.

Refuses: changing a completion. What it was worth on its day stays, and so does its certificate; only what a person decided
corrects them (corrections.py). While an enrolment waits for a person, neither is made (waiting.py).
"""

import logging
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max

from lms.accounts.api import actor as actor_of
from lms.learning.certificates import withdrawal
from lms.learning.classes.models import PracticeResult
from lms.learning.completion.models import Completion, CompletionTopUp
from lms.learning.completion.queries import (
    Owed,
    completed_since,
    day_of,
    done_on,
    lesson_states,
    missing_of,
    owed_to,
    practice_result,
)
from lms.learning.completion.rules import at_completion, hours, under
from lms.learning.completion.waiting import waiting
from lms.learning.enrolment.models import Enrolment
from lms.learning.permits.queries import copied, is_gated, permit_on
from lms.learning.study.models import StudyRule
from lms.learning.study.services import rule_in_force
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import local_day, now
from lms.lib.jobs.services import enqueue
from lms.lib.outbox.services import emit

logger = logging.getLogger(__name__)
BATCH = 500
# Beyond the last moment at which a session's reports are accepted: a job that did not run for days misses nothing.
MARGIN = timedelta(days=7)


@transaction.atomic
def consider(enrolment_id: int) -> Completion | None:
    """Complete the enrolment if its release's rule is met now; completed already, the same completion comes back.

    Called whenever a lesson has become met, a quiz was passed or practice signed off; two callers at once make one completion (the
    enrolment's row is locked).
    """
    # The row alone is locked: its release and its course are everybody's.
    Enrolment.objects.select_for_update().get(pk=enrolment_id)
    enrolment = Enrolment.objects.select_related("release", "course", "person").get(pk=enrolment_id)
    if enrolment.state == Enrolment.State.COMPLETED:
        completion = Completion.objects.select_related("certificate").get(enrolment=enrolment)
        _give_back(completion, enrolment)
        return completion
    states = lesson_states(enrolment)
    practised = practice_result(enrolment)
    if not missing_of(enrolment, states, practised).nothing or waiting([enrolment_id]):
        return None
    release, person = enrolment.release, enrolment.person
    rule = rule_in_force()
    counted_ms = sum(state.counted_ms for state in states)
    moment = now()
    snapshot: dict[str, Any] = {
        "code": "study",
        "version": rule.version,
        "valid_from": rule.valid_from.isoformat(),
        "ms_per_hour": rule.ms_per_hour,
        "speed_hundredths": rule.speed_hundredths,
        "approved_centihours": release.centihours,
        "course": release.rule,
    }
    if is_gated(release.kind):
        snapshot |= _planned(enrolment, practised, local_day(moment))
    centihours = at_completion(counted_ms, snapshot)
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
        }
        | ({"practice": _practice(practised)} if practised else {}),
        completed_at=moment,
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


def _planned(enrolment: Enrolment, practised: PracticeResult | None, day: date) -> dict[str, Any]:
    """The plan that lets the course earn hours; None: nothing is earned until a plan has the day.

    The day of completion decides. Where no plan has it, the day on which everything had been done does: reports from a
    phone without a line, a hold that a person released and a sheet signed later must not cost anybody their hours. "plan_day"
    is the day that was asked for, and by which a plan that comes later is asked.
    """
    course = enrolment.release.course_id
    permit = permit_on(course, day)
    if permit is not None:
        return {"plan": copied(permit, day), "plan_day": day.isoformat()}
    done = done_on(enrolment, practised)
    if done is None or done >= day:
        return {"plan": None, "plan_day": day.isoformat()}
    permit = permit_on(course, done)
    return {"plan": copied(permit, done) if permit else None, "plan_day": done.isoformat()}


def _give_back(completion: Completion, enrolment: Enrolment) -> None:
    """A certificate that was withdrawn because the course was not met any more stands again when it is."""
    certificate = getattr(completion, "certificate", None)
    withdrawn = certificate is not None and certificate.withdrawn_at is not None
    if withdrawn and not waiting([enrolment.pk]) and missing_of(enrolment).nothing:
        withdrawal.restore(completion)


def _practice(result: PracticeResult) -> dict[str, object]:
    """What of the assessor's sheet explains a completion."""
    return {
        "result": str(result.uuid),
        "body": result.body.code if result.body else "",
        "checklist": result.checklist.version,
        "at": result.at.isoformat(),
    }


# --- after completion ------------------------------------------------------------------------------------


@transaction.atomic
def settle(enrolment_id: int) -> CompletionTopUp | None:
    """Give a completed enrolment the hours of what was counted since; None when less than a hundredth is owed.

    As often and from wherever it is called, all together come to what the completion's rule gives for the time counted
    in all, at most the approved hours (the enrolment's row is locked, as it is for completing).
    """
    Enrolment.objects.select_for_update().get(pk=enrolment_id)
    found = owed_to([enrolment_id])
    if not found or waiting([enrolment_id]):
        return None
    (due,) = found
    completion = Completion.objects.select_related("person", "release", "enrolment__course").get(
        enrolment=enrolment_id
    )
    completed_on = local_day(completion.completed_at)
    made = None
    if due.plan is not None and not completion.top_ups.exists():
        made = _enter(completion, due, completed_on)
        due = replace(due, centihours=due.centihours - (made.centihours if made else 0))
    if due.centihours:
        # Studied before midnight and reckoned after it, it belongs to the day, and the year, of the study.
        made = _top_up(completion, due, day_of(due, completion))
    return made


def _enter(completion: Completion, due: Owed, day: date) -> CompletionTopUp | None:
    """What the completion itself would have been worth, on its own day, now that a plan has that day."""
    rule = completion.rule
    counted_ms = min(completion.counted_ms, due.counted_ms)
    worth = hours(counted_ms, rule["approved_centihours"], rule["ms_per_hour"])
    if not worth:
        return None
    return _top_up(completion, replace(due, counted_ms=counted_ms, centihours=worth), day)


def _top_up(completion: Completion, due: Owed, day: date) -> CompletionTopUp:
    top_up = CompletionTopUp.objects.create(
        completion=completion,
        number=completion.top_ups.count() + 1,
        counted_ms=due.counted_ms,
        centihours=due.centihours,
        day=day,
        at=now(),
        plan=due.plan,
    )
    record(
        Actor.system("completion"),
        action="course.top_up",
        target_type="learning.CompletionTopUp",
        target=top_up.uuid,
        data={
            "completion": str(completion.uuid),
            "counted_ms": top_up.counted_ms,
            "centihours": top_up.centihours,
        },
    )
    _announce(completion, top_up)
    return top_up


def _announce(completion: Completion, top_up: CompletionTopUp) -> None:
    emit(
        "course.topped_up",
        {
            "top_up": str(top_up.uuid),
            "completion": str(completion.uuid),
            "number": top_up.number,
            "person": str(completion.person.uuid),
            "course": str(completion.enrolment.course.uuid),
            "release": str(completion.release.uuid),
            "title": completion.release.title,
            "kind": completion.kind,
            "centihours": top_up.centihours,
            "total_centihours": completion.total_centihours,
            "total_counted_ms": top_up.counted_ms,
            "day": top_up.day.isoformat(),
            "rule": under(completion.rule, top_up.plan),
        },
        key=f"course.topped_up:{top_up.uuid}",
    )


def settle_left(enrolment_id: int) -> None:
    """A lesson's page was left: settle where something is owed. One query where nothing is, as in most cases."""
    if owed_to([enrolment_id]):
        settle(enrolment_id)  # which looks whether the enrolment waits for somebody


def settle_recent(window: timedelta) -> int:
    """Settle what is owed in completed courses opened within the window, for pages that never said goodbye; how many."""
    return _settle_since(now() - window)


def settle_all() -> int:
    """The same for every completed course that can still have got a report since this ran last."""
    late_ms = StudyRule.objects.aggregate(most=Max("late_ms"))["most"] or 0
    return _settle_since(now() - timedelta(milliseconds=late_ms) - MARGIN)


def _settle_since(moment: datetime) -> int:
    return sum(_settled(due.enrolment) for batch in completed_since(moment, BATCH) for due in owed_to(batch))


def _settled(enrolment_id: int) -> bool:
    try:
        return settle(enrolment_id) is not None
    except Exception:  # one that cannot be settled must not keep those behind it waiting
        logger.exception("Enrolment %s could not be settled", enrolment_id)
        return False
