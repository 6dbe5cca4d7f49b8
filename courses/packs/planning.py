"""Plans: what a pack would bring, before anybody says yes. Writes nothing but the row of the import.

Owns the way from an upload to the word of an editor: asked for, looked into, confirmed, or forgotten after KEEP_PLANS_DAYS.
Refuses people who do not edit for the organisation, and a yes to what no longer waits (services.py does the importing).
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

from django.db import transaction
from django.utils.translation import gettext as _

from courses.activities.api import sweep_packages
from courses.h5p.api import sweep_contents
from courses.storage.api import require_room, room_of
from lms.accounts.api import Organisation
from lms.lib.actor import Actor
from lms.lib.clock import now
from lms.lib.errors import Conflict, Invalid
from lms.lib.jobs.registry import JobContext
from lms.lib.jobs.services import enqueue

from .handing_in import JOB, begin, closing, end_abandoned, keep_import, permit, refuse
from .kept import drop_waiting, incoming, sweep_workspaces, workspace
from .materials import Folders, Materials
from .models import PackImport
from .opening import NATIVE
from .plan import PackPlan
from .preview import keep_preview, make_preview
from .queries import last_import
from .report import FINAL, ImportReport, State
from .services import needed_bytes, opened_for, pace_now
from .undoing import as_holder
from .uploads.models import Upload

PLAN_JOB = "courses.plan_pack"
KEEP_PLANS_DAYS = 30


def plan_import(
    upload: IO[bytes] | Upload, *, name: str, organisation: Organisation, actor: Actor
) -> PackImport:
    """Keep a pack's file and start the job that says what would come in. Raises as `start_import`."""
    row = keep_import(upload, name=name, organisation=organisation, actor=actor)
    return begin(row, PLAN_JOB, {"import": str(row.uuid)}, actor)


def confirm_import(
    row: PackImport, actor: Actor, *, publish: bool, details: dict[str, Any] | None = None
) -> PackImport:
    """Say yes to a plan: the job that imports it is started. Raises NotAllowed, Conflict (no plan waits any
    more), Refusal 409 (the organisation has not the room)."""
    permit(actor, row.organisation)
    with transaction.atomic():
        row = PackImport.objects.select_for_update().get(pk=row.pk)
        if row.state != State.PLANNED:
            raise Conflict(_("这次导入已经不在等待确认。"))
        # Said now rather than by a job that fails; the job looks once more, and promises the room to itself.
        needs = ImportReport.from_json(row.report).needs
        require_room(row.organisation, needs, instead_of=row.bytes or 0, status=409)
        row.state, row.details = State.QUEUED, details or {}
        row.job = enqueue(JOB, {"import": str(row.uuid), "publish": publish}, actor, key=f"{JOB}:{row.uuid}")
        row.save(update_fields=["state", "details", "job"])
    return row


def room_for(plan: PackPlan, row: PackImport) -> tuple[int, int]:
    """(bytes the import will store, bytes its organisation has for it): the file that waits makes room when it goes."""
    earlier = last_import(plan.course.code) if plan.course else None
    made = ImportReport.from_json(earlier.report).made if earlier else {}
    materials = Materials(plan, row.organisation, Folders.of(row.uuid), made)
    room = room_of(row.organisation)
    return needed_bytes(plan, materials, row), replace(room, used=room.used - (row.bytes or 0)).left


def plan_room(row: PackImport) -> dict[str, Any]:
    """What a plan needs and what there is for it now, both in bytes, and whether it fits."""
    needs = ImportReport.from_json(row.report).needs
    room = room_of(row.organisation)
    left = replace(room, used=room.used - (row.bytes or 0)).left
    return {"needs": needs, "left": left, "fits": room.takes(needs - (row.bytes or 0))}


def plan_of(path: str | os.PathLike[str], *, organisation: Organisation, actor: Actor) -> ImportReport:
    """What would come in of a file that lies here: a report in state "planned" or "refused". Writes nothing."""
    permit(actor, organisation)
    if not Path(path).is_file():
        raise Invalid(_("没有这个文件：%(name)s") % {"name": Path(path).name}, code="no_file")
    report = ImportReport(published=False)
    with opened_for(
        Path(path), PackImport(organisation=organisation, file_name=Path(path).name), None
    ) as opened:
        report.look(opened, pace_now())
    report.state = State.REFUSED if report.problems else State.PLANNED
    return report


def run_plan(ctx: JobContext) -> ImportReport:
    """The job's work: look into the kept file and say what would come in. Writes nothing but the row, and beside the file
    what its lessons show."""
    row = PackImport.objects.select_related("organisation").get(uuid=ctx.args["import"])
    report = ImportReport(published=False)
    if row.state != State.QUEUED:
        if row.state in FINAL:
            # Of a worker killed between its last word and this.
            drop_waiting(row.uuid)
        return ImportReport.from_json(row.report)
    ctx.progress(0, 1, _("检查课程包"))
    with ctx.held(), closing(row, ctx), workspace(row.uuid, ctx.attempt) as folder:
        shown = folder / "preview"
        with opened_for(incoming(row.uuid), row, None) as opened:
            report.look(opened, pace_now())
            row.format = report.format
            if opened.plan.ok:
                report.needs, report.room = room_for(opened.plan, row)
            if opened.plan.ok and opened.archive is not None:
                make_preview(shown, opened.plan, opened.archive, pace_now())
        ctx.check_cancelled()
        if not report.problems:
            _plan(row, report, shown, ctx)
    if report.problems:
        refuse(row, report, ctx)
        drop_waiting(row.uuid)
        return report
    ctx.progress(1, 1, _("完成"))
    return report


def _plan(row: PackImport, report: ImportReport, shown: Path, ctx: JobContext) -> None:
    """Write the plan down, with what it shows, as long as it is this worker's to write."""
    if report.format != NATIVE:
        report.code = ""
    report.state = row.state = State.PLANNED
    row.report = report.as_json()
    with as_holder(ctx):
        # A stop that came in the meantime stands.
        planned = PackImport.objects.filter(pk=row.pk, state=State.QUEUED).update(
            state=row.state, report=row.report, format=row.format
        )
        if planned and shown.exists():
            keep_preview(row.uuid, shown)


def sweep_plans(*, days: int = KEEP_PLANS_DAYS) -> int:
    """Drop plans nobody said yes to for so many days, with their files. Returns how many."""
    old = PackImport.objects.filter(state=State.PLANNED, created_at__lt=now() - timedelta(days=days))
    dropped = 0
    for row in old.order_by("pk")[:500]:
        if PackImport.objects.filter(pk=row.pk, state=State.PLANNED).update(state=State.CANCELLED):
            drop_waiting(row.uuid)
            dropped += 1
    end_abandoned()
    sweep_workspaces()
    sweep_packages()
    sweep_contents()
    return dropped
