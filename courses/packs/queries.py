"""Reading imports of packs: the last good one of a course, and those a person may see."""

from collections import Counter
from typing import IO
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Max, Min, Q, QuerySet
from django.db.models.functions import Coalesce

from lms.accounts.api import Organisation, Role, User, organisations_for
from lms.lib.errors import NotFound
from lms.lib.jobs.models import Job
from lms.lib.jobs.turns import fairest

from .contents import Difference, differences, differences_in_words
from .kept import open_questions
from .models import PackImport
from .opening import NATIVE
from .report import FINAL, ImportReport, State


def last_import(code: str) -> PackImport | None:
    """The newest import of a course that wrote or recognised it."""
    return (
        PackImport.objects.filter(course__code=code, state__in=[State.DONE, State.UNCHANGED])
        .select_related("course")
        .first()
    )


def earlier_of(row: PackImport) -> PackImport | None:
    """The import of the same foreign pack before this one: the same file, or the same name or title at the same place."""
    found = PackImport.objects.filter(
        organisation=row.organisation, format=row.format, state__in=[State.DONE, State.UNCHANGED]
    ).exclude(pk=row.pk)
    title = row.report.get("suggested", {}).get("title")
    same = found.filter(
        Q(file_hash=row.file_hash) | Q(file_name=row.file_name) | Q(report__suggested__title=title or "-")
    )
    return same.first()


def differences_of(row: PackImport, report: ImportReport) -> list[Difference] | None:
    """How a plan differs from what the course has now; None where it is a new one."""
    earlier = last_import(report.code) if row.format == NATIVE else earlier_of(row)
    if earlier is None or earlier.course is None:
        return None
    current = last_import(earlier.course.code) or earlier
    before = ImportReport.from_json(current.report)
    lessons = differences(before.contents, report.contents)
    return lessons + differences_in_words(before.translations, report.translations)


def open_count(organisation: Organisation) -> int:
    """How many imports of an organisation are waiting or under way."""
    over = [Job.State.FAILED, Job.State.CANCELLED]
    found = PackImport.objects.filter(organisation=organisation, state__in=[State.QUEUED, State.RUNNING])
    return found.exclude(job__state__in=over).count()


def state_of(row: PackImport) -> State:
    """The state to show: a job that was given up (too many crashes) or cancelled ends its import too."""
    if row.state not in FINAL and row.job is not None:
        if row.job.state == Job.State.FAILED:
            return State.FAILED
        if row.job.state == Job.State.CANCELLED:
            return State.CANCELLED
    return State(row.state)


def whose_turn(job_id: int) -> int:
    """Of the imports that wait, the oldest of the organisation that has waited longest for its turn: one that hands in
    fifty packs does not keep another's one waiting. `job_id` itself where nothing else waits."""
    kind = Job.objects.filter(pk=job_id).values_list("kind", flat=True).first()
    jobs = PackImport.objects.filter(job__kind=kind).order_by()
    waiting = jobs.filter(job__state=Job.State.QUEUED).values("organisation").annotate(first=Min("job_id"))
    first = dict(waiting.values_list("organisation", "first"))
    served = jobs.filter(organisation__in=first, job__attempts__gt=0).values("organisation")
    when = Max(Coalesce("job__finished_at", "job__lease_until"))
    last = dict(served.annotate(last=when).values_list("organisation", "last"))
    running = Counter(
        jobs.filter(organisation__in=first, job__state=Job.State.RUNNING).values_list(
            "organisation", flat=True
        )
    )
    return fairest(first, last, running) or job_id


def imports_for(user: User | AnonymousUser) -> QuerySet[PackImport]:
    """The imports of the organisations a person edits for, newest first."""
    found = PackImport.objects.select_related("organisation", "course", "job")
    if isinstance(user, AnonymousUser):
        return found.none()
    return found.filter(organisation__in=organisations_for(user, Role.EDITOR))


def import_for(user: User | AnonymousUser, uuid: UUID) -> PackImport:
    """One of them; NotFound where there is none this person may see."""
    row = imports_for(user).filter(uuid=uuid).first()
    if row is None:
        raise NotFound
    return row


def questions_of(row: PackImport) -> IO[bytes]:
    """The questions an import found no place for, as one JSON file that the caller closes. Raises NotFound where it
    brought nothing in, or found a place for all."""
    found = open_questions(row.uuid) if row.state in (State.DONE, State.UNCHANGED) else None
    if found is None:
        raise NotFound
    return found
