"""Reading imports of packs: the last good one of a course, and those a person may see."""

from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from lms.accounts.api import Organisation, Role, User, organisations_for
from lms.lib.errors import NotFound
from lms.lib.jobs.models import Job

from .models import PackImport
from .report import FINAL, State


def last_import(code: str) -> PackImport | None:
    """The newest import of a course that wrote or recognised it."""
    return (
        PackImport.objects.filter(course__code=code, state__in=[State.DONE, State.UNCHANGED])
        .select_related("course")
        .first()
    )


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
