"""Taking over a published plan, and giving the hours that waited for it.

Owns: writing CoursePermit. Refuses: judging a plan (training does, before it is published), and taking hours back: a
completion keeps the plan it earned by, whatever a later version says.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Min

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
    found = give(UUID(context.args["source"]), context.progress)
    if found["failed"]:
        # Put back and tried again: nobody else would look at somebody who studied long ago.
        raise NotSettled(f"{found['failed']} could not be settled")
    return found


def give(source: UUID, progress: Callable[[int, int], None] = lambda done, total: None) -> dict[str, int]:
    """The hours that the plan's courses earn and that were not given yet: how many completions and class places had some, and
    how many of both failed. progress: told after each batch (done, total).
    """
    found = {"completions": 0, "classes": 0, "failed": 0}
    batches: list[tuple[str, Callable[[int], bool], Iterator[list[int]]]] = [
        ("completions", _settled, _completed(source)),
        ("classes", settle_class, _in_batches(_attended(source))),
    ]
    done = 0
    for name, settled, rows in batches:
        for batch in rows:
            for pk in batch:
                try:
                    found[name] += settled(pk)
                except Exception:  # one that cannot be settled must not keep those behind it waiting
                    logger.exception("%s: %s could not be settled", name, pk)
                    found["failed"] += 1
            done += len(batch)
            progress(done, done)
    return found


class NotSettled(Exception):
    """Some hours could not be given this time."""


def _in_batches(rows: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]


def _completed(source: UUID) -> Iterator[list[int]]:
    """Enrolments completed since the plan's first day to which hours are owed, in batches by the completions' ids: what was
    done in its days may have been completed after them.
    """
    rows = CoursePermit.objects.filter(source=source)
    first = rows.aggregate(first=Min("first_day"))["first"]
    if first is None:
        return
    found = Completion.objects.filter(
        kind=Kind.PUBLIC,
        release__course__in=rows.values("course"),
        completed_at__gte=day_bounds(first)[0],
    ).order_by("pk")
    batch = list(found.values_list("pk", "enrolment_id")[:BATCH])
    while batch:
        yield [due.enrolment for due in owed_to([enrolment for _pk, enrolment in batch])]
        batch = list(found.filter(pk__gt=batch[-1][0]).values_list("pk", "enrolment_id")[:BATCH])


def _attended(source: UUID) -> list[int]:
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
    return settle(enrolment_id) is not None
