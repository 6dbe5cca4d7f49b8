"""Packs handed in: their file kept, their job begun or asked to stop, and the ends of imports that made nothing.

Owns who may hand in, how many imports of an organisation are open at once, and the closing of rows. Refuses to know what is in a pack
(services.py, planning.py).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from django.db import transaction
from django.utils.translation import gettext as _

from courses.storage.api import FORM, hold, release
from lms.accounts.api import Organisation, Role
from lms.lib.actor import Actor
from lms.lib.errors import Conflict, NotAllowed, TooMany
from lms.lib.jobs.models import Job
from lms.lib.jobs.registry import JobContext
from lms.lib.jobs.services import JobCancelled, JobLost, cancel, enqueue

from .kept import drop_waiting, incoming, keep
from .models import PackImport
from .problems import short
from .queries import open_count
from .report import FINAL, ImportReport, State
from .undoing import as_holder, take_back
from .uploads.models import Upload
from .uploads.services import take

JOB = "courses.import_pack"
# Closed with nothing written.
CLOSED = (State.REFUSED, State.CANCELLED, State.FAILED)
# Of jobs: nobody will work on them any more.
_OVER = (Job.State.FAILED, Job.State.CANCELLED)
MAX_OPEN_IMPORTS = 20  # of one organisation; a script gone wild must not fill the disk


def permit(actor: Actor, organisation: Organisation) -> None:
    """Raises NotAllowed unless the actor edits for the organisation."""
    if actor.role.startswith("system"):
        return
    if actor.role != Role.EDITOR or actor.body != organisation.code:
        raise NotAllowed(_("只有本单位的课程编辑可以导入课程包。"))


def start_import(
    upload: IO[bytes] | Upload,
    *,
    name: str,
    organisation: Organisation,
    actor: Actor,
    publish: bool = True,
    details: dict[str, Any] | None = None,
) -> PackImport:
    """Keep a pack's file and start the job that imports it, without asking first. Returns the row to follow.

    `details`: what a foreign pack does not say of the course (fields of the native manifest). Raises NotAllowed, TooMany
    (too many imports of the organisation are open), Invalid (too large a file).
    """
    row = keep_import(upload, name=name, organisation=organisation, actor=actor)
    row.details = details or {}
    return begin(row, JOB, {"import": str(row.uuid), "publish": publish}, actor)


def keep_import(
    upload: IO[bytes] | Upload, *, name: str, organisation: Organisation, actor: Actor
) -> PackImport:
    """Keep the file of an import that is to begin: a row that is not saved yet. Raises as `start_import`."""
    permit(actor, organisation)
    open_imports = open_count(organisation)
    if open_imports >= MAX_OPEN_IMPORTS:
        raise TooMany(_("还有 %(count)d 个课程包在导入，请等它们完成。") % {"count": open_imports})
    row = PackImport(organisation=organisation, file_name=short(name, 255), state=State.QUEUED)
    path = incoming(row.uuid)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        if isinstance(upload, Upload):
            # Whole, hashed and counted already: it only changes its place.
            os.replace(take(upload, actor), path)
            row.file_hash = upload.sha256
        else:
            hold(organisation, _waiting(row), _size_of(upload), lasting=FORM)
            row.file_hash = keep(upload, path)
        row.bytes = path.stat().st_size
    except BaseException:
        path.unlink(missing_ok=True)
        release(_waiting(row))
        raise
    return row


def _waiting(row: PackImport) -> str:
    """The name of the room promised to a pack's file until its row is there, which is counted itself."""
    return f"pack:{row.uuid}"


def _size_of(upload: IO[bytes]) -> int:
    """The bytes of a file that somebody sends; 0 where it does not say, and `keep` sets the bounds."""
    return getattr(upload, "size", None) or 0


def begin(row: PackImport, job: str, args: dict[str, Any], actor: Actor) -> PackImport:
    """Save the row of a kept file with the job that works on it, or neither."""
    try:
        with transaction.atomic():
            row.save()
            row.job = enqueue(job, args, actor, key=f"{job}:{row.uuid}")
            row.save(update_fields=["job"])
            release(_waiting(row))
    except BaseException:
        drop_waiting(row.uuid)
        release(_waiting(row))
        raise
    return row


def cancel_import(row: PackImport, actor: Actor) -> None:
    """Ask an import to stop. One that has not begun ends here; one under way at its next step, if that comes
    before the writing; one whose job is over without a word (its workers were killed, and its tries are spent) ends
    here, too; one that is over stays what it is."""
    permit(actor, row.organisation)
    if PackImport.objects.filter(pk=row.pk, state=State.PLANNED).update(state=State.CANCELLED):
        drop_waiting(row.uuid)
        return
    if row.job is None or row.state in FINAL:
        return
    cancel(row.job)
    row.job.refresh_from_db()
    if row.job.state in _OVER:
        _end(row, State.CANCELLED)


def end_abandoned() -> int:
    """Close imports whose job ended without closing them, which only a killed worker's does. Returns how many."""
    open_ones = PackImport.objects.filter(state__in=(State.QUEUED, State.RUNNING), job__state__in=_OVER)
    ended = 0
    # Each is ended by a removal of its files: no more than a sweep has time for.
    for row in open_ones.select_related("organisation", "job").order_by("pk")[:100]:
        ended += _end(row, State.FAILED)
    return ended


def _end(row: PackImport, state: State) -> bool:
    """Close an import nobody works on, and take away what its killed workers left: files, exercises and packages that it
    installed, and the room it was promised. False where it has been closed meanwhile."""
    open_now = PackImport.objects.filter(pk=row.pk, state__in=(State.QUEUED, State.RUNNING))
    if not open_now.update(state=state):
        return False
    take_back(row, None)
    drop_waiting(row.uuid)
    return True


def closed_already(row: PackImport) -> ImportReport:
    """What a worker said that was killed between closing an import and ending its job: it is the job's end, too."""
    drop_waiting(row.uuid)
    if row.state == State.CANCELLED:
        raise JobCancelled
    if row.state == State.FAILED:
        raise Conflict(_("这次导入没有完成，没有写入任何内容，请重新提交。"), code="pack_failed")
    return ImportReport.from_json(row.report)


def refuse(row: PackImport, report: ImportReport, ctx: JobContext | None) -> ImportReport:
    """Close an import with its report and nothing else written. Raises JobLost where another worker has it."""
    report.state, report.published, report.submitted = State.REFUSED, False, False
    row.state, row.report = State.REFUSED, report.as_json()
    with as_holder(ctx):
        row.save()
    return report


@contextmanager
def closing(row: PackImport, ctx: JobContext) -> Iterator[None]:
    """A job's work that is stopped or fails leaves its row closed and no file; one that another worker has taken over leaves
    both to that one."""
    try:
        yield
    except JobLost:
        raise
    except JobCancelled:
        _close(row, State.CANCELLED, ctx)
        raise
    except Exception:
        _close(row, State.FAILED, ctx)
        raise


def _close(row: PackImport, state: State, ctx: JobContext) -> None:
    with as_holder(ctx):
        # What is done stays done, whatever befell the worker afterwards.
        PackImport.objects.filter(pk=row.pk, state__in=(State.QUEUED, State.RUNNING)).update(state=state)
    drop_waiting(row.uuid)
