"""Taking over a published plan, and giving the hours that waited for it.

Owns: writing CoursePermit. Refuses: judging a plan (training does, before it is published), and taking hours back: a
completion keeps the plan it earned by, whatever a later version says.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Min

from courses.api import Kind
from lms.learning.classes.hours import settle as settle_class
from lms.learning.classes.models import ClassPlace, RunState
from lms.learning.completion.models import Completion
from lms.learning.completion.queries import owed_to
from lms.learning.completion.services import settle
from lms.learning.permits.models import CoursePermit
from lms.lib.actor import Actor
from lms.lib.clock import day_bounds
from lms.lib.jobs.registry import JobContext, job
from lms.lib.jobs.services import enqueue

logger = logging.getLogger(__name__)
JOB = "learning.permits"
BATCH = 500


@dataclass(frozen=True)
class Plan:
    """A version of a yearly plan as it comes into force. source: the plan through all its versions; uuid: this one."""

    source: UUID
    uuid: UUID
    version: int
    year: int
    title: str
    number: str
    authority: str
    published_on: date
    address: str


@transaction.atomic
def permit(plan: Plan, courses: Iterable[tuple[int, date, date]], actor: Actor) -> None:
    """The plan's courses (id, first and last day, both in) stand in force from now on in place of those of its version
    before; a job gives the hours of whoever completed one of them in those days and had waited. The caller has judged
    the plan, has its audit row and calls once a version.
    """
    CoursePermit.objects.filter(source=plan.source).delete()
    CoursePermit.objects.bulk_create(
        CoursePermit(
            source=plan.source,
            course_id=course,
            first_day=first,
            last_day=last,
            year=plan.year,
            plan=plan.uuid,
            version=plan.version,
            title=plan.title,
            number=plan.number,
            authority=plan.authority,
            published_on=plan.published_on,
            address=plan.address,
        )
        for course, first, last in courses
    )
    enqueue(JOB, {"source": str(plan.source)}, actor, key=f"permits:{plan.uuid}")


@job(JOB)
def give_waiting(context: JobContext) -> dict[str, Any]:
    """Begun anew as often as it is: what was given is not owed any more."""
    return give(UUID(context.args["source"]))


def give(source: UUID) -> dict[str, int]:
    """The hours that the plan's courses earn and that were not given yet; how many completions and places had some."""
    given = sum(
        _settled(pk) for batch in _completed(source) for pk in (due.enrolment for due in owed_to(batch))
    )
    attended = sum(_class_settled(pk) for pk in _attended(source))
    return {"completions": given, "classes": attended}


def _completed(source: UUID) -> Iterator[list[int]]:
    """Enrolments completed in the plan's days, in batches by the completions' ids."""
    rows = CoursePermit.objects.filter(source=source)
    span = rows.aggregate(first=Min("first_day"), last=Max("last_day"))
    if span["first"] is None:
        return
    found = Completion.objects.filter(
        kind=Kind.PUBLIC,
        release__course__in=rows.values("course"),
        completed_at__gte=day_bounds(span["first"])[0],
        completed_at__lt=day_bounds(span["last"])[1],
    ).order_by("pk")
    batch = list(found.values_list("pk", "enrolment_id")[:BATCH])
    while batch:
        yield [enrolment for _pk, enrolment in batch]
        batch = list(found.filter(pk__gt=batch[-1][0]).values_list("pk", "enrolment_id")[:BATCH])


def _attended(source: UUID) -> Iterable[int]:
    """Places of ended classes of the plan's courses that have no hours yet."""
    rows = CoursePermit.objects.filter(source=source)
    found = ClassPlace.objects.filter(
        run__course__in=rows.values("course"),
        run__state=RunState.ENDED,
        attendance__isnull=False,
        hours__isnull=True,
    )
    return list(found.order_by("pk").distinct().values_list("pk", flat=True))


def _settled(enrolment_id: int) -> bool:
    try:
        return settle(enrolment_id) is not None
    except Exception:  # one that cannot be settled must not keep those behind it waiting
        logger.exception("Enrolment %s could not be settled", enrolment_id)
        return False


def _class_settled(place_id: int) -> bool:
    try:
        return settle_class(place_id)
    except Exception:
        logger.exception("Place %s could not be settled", place_id)
        return False
