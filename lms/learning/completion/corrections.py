"""Hours that were given and are other hours now, because a person decided that some study does not count, or does after all.

Owns: CompletionCorrection. Rows are never changed: each row of hours that is worth something else gets a correction, and
one event, from which the credit bank reverses what was posted and posts what remains. Refuses: a cause that is no
decision; figures that fall by themselves change nothing that was given (services.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from lms.learning.certificates import withdrawal
from lms.learning.completion.models import Completion, CompletionCorrection, CompletionTopUp
from lms.learning.completion.queries import missing_of
from lms.learning.completion.rules import hours, redistributed, under
from lms.learning.completion.services import consider, settle
from lms.learning.enrolment.models import Enrolment
from lms.learning.study.models import LessonProgress
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import local_day, now
from lms.lib.outbox.services import emit


@dataclass(frozen=True)
class _Row:
    """A completion (top_up None) or one of its top-ups. given: its own hours; posted: under which uuid what it is worth
    now (`worth`) stands in the books."""

    top_up: CompletionTopUp | None
    day: date
    given: int
    worth: int
    posted: UUID


@transaction.atomic
def recount(enrolment_id: int, *, cause: UUID, may_fall: bool) -> None:
    """After a decision about an enrolment's study: complete it if it can be, or bring the hours given for it to what is
    counted now. may_fall False: hours only come back, whatever else has changed meanwhile. cause: the decision's step.
    """
    Enrolment.objects.select_for_update().get(pk=enrolment_id)
    completion = (
        Completion.objects.select_related("person", "release", "enrolment__course", "enrolment__release")
        .filter(enrolment=enrolment_id)
        .first()
    )
    if completion is None:
        consider(enrolment_id)
        return
    _correct(completion, cause, may_fall=may_fall)
    _stand(completion, cause, may_fall=may_fall)
    settle(enrolment_id)


def _correct(completion: Completion, cause: UUID, *, may_fall: bool) -> None:
    counted_ms = (
        LessonProgress.objects.filter(enrolment=completion.enrolment_id).aggregate(ms=Sum("counted_ms"))["ms"]
        or 0
    )
    rows = _rows(completion)
    rule = completion.rule
    total = hours(counted_ms, rule["approved_centihours"], rule["ms_per_hour"])
    if not may_fall:
        total = max(total, sum(row.worth for row in rows))
    number = completion.corrections.count()
    for row, worth in zip(rows, redistributed([row.given for row in rows], total), strict=True):
        if worth != row.worth and (may_fall or worth > row.worth):
            number += 1
            made = CompletionCorrection.objects.create(
                completion=completion,
                top_up=row.top_up,
                number=number,
                top_ups_before=len(rows) - 1,
                counted_ms=counted_ms,
                centihours=worth,
                delta_centihours=worth - row.worth,
                day=row.day,
                at=now(),
                cause=cause,
            )
            _announce(completion, made, row)


def _rows(completion: Completion) -> Sequence[_Row]:
    last: dict[int | None, CompletionCorrection] = {
        item.top_up_id: item for item in completion.corrections.order_by("number")
    }
    completed_on = local_day(completion.completed_at)
    return [
        _row(completion.uuid, None, completed_on, completion.centihours, last.get(None)),
        *(
            _row(item.uuid, item, item.day, item.centihours, last.get(item.pk))
            for item in completion.top_ups.order_by("number")
        ),
    ]


def _row(
    uuid: UUID, top_up: CompletionTopUp | None, day: date, given: int, last: CompletionCorrection | None
) -> _Row:
    if last is None:
        return _Row(top_up, day, given, given, uuid)
    return _Row(top_up, day, given, last.centihours, last.uuid)


def _announce(completion: Completion, made: CompletionCorrection, row: _Row) -> None:
    record(
        Actor.system("completion"),
        action="course.correct",
        target_type="learning.CompletionCorrection",
        target=made.uuid,
        data={
            "completion": str(completion.uuid),
            "cause": str(made.cause),
            "centihours": made.centihours,
            "delta_centihours": made.delta_centihours,
        },
    )
    emit(
        "course.corrected",
        {
            "correction": str(made.uuid),
            "completion": str(completion.uuid),
            "number": made.number,
            "person": str(completion.person.uuid),
            "course": str(completion.enrolment.course.uuid),
            "release": str(completion.release.uuid),
            "title": completion.release.title,
            "kind": completion.kind,
            "replaces": str(row.posted),
            "replaced_centihours": row.worth,
            "centihours": made.centihours,
            "total_counted_ms": made.counted_ms,
            "day": made.day.isoformat(),
            "cause": str(made.cause),
            "rule": under(completion.rule, row.top_up.plan if row.top_up else None),
        },
        key=f"course.corrected:{made.uuid}",
    )


def _stand(completion: Completion, cause: UUID, *, may_fall: bool) -> None:
    """The certificate says that the course was studied to its end; when that is not so any more, it is withdrawn."""
    met = missing_of(completion.enrolment).nothing
    if met:
        withdrawal.restore(completion, cause=cause)
    elif may_fall:
        withdrawal.withdraw(completion, cause=cause)
