"""Importing packs: all or nothing, recognised when it comes again, a new release when it has changed.

Owns PackImport rows and every write of an import. Refuses broken packs with all their defects, codes of other
organisations, hours the content cannot fill, and people who do not edit for the organisation.
"""

from __future__ import annotations

import hashlib
import os
from functools import partial
from pathlib import Path
from typing import IO
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from courses.h5p.api import H5PContent, check_package, install_package, remove_content
from courses.pages.models import CoursePage
from courses.releases.rules import Pace, approvable_centihours
from courses.releases.services import content_rule
from lms.accounts.api import Organisation, Role
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.errors import Conflict, Invalid, NotAllowed, Refusal, TooMany
from lms.lib.jobs.models import Job
from lms.lib.jobs.registry import JobContext
from lms.lib.jobs.services import JobCancelled, cancel, enqueue
from lms.lib.units import format_centi

from .archive import Archive, open_archive
from .materials import Materials, remove_stored
from .models import PackImport
from .native import read_pack
from .plan import H5PBlock, PackPlan
from .problems import Problem, short
from .queries import last_import, open_count
from .report import FINAL, ImportReport, State
from .writer import CourseWriter

JOB = "courses.import_pack"
MAX_UPLOAD_BYTES = 4 * 1024**3
MAX_OPEN_IMPORTS = 20  # of one organisation; a script gone wild must not fill the disk


def _permit(actor: Actor, organisation: Organisation) -> None:
    if actor.role.startswith("system"):
        return
    if actor.role != Role.EDITOR or actor.body != organisation.code:
        raise NotAllowed(_("只有本单位的课程编辑可以导入课程包。"))


# -- the file that came ------------------------------------------------------------------------------------


def incoming(uuid: UUID) -> Path:
    """Where an uploaded pack waits for its job: outside the public media, since packs hold the answers."""
    return Path(settings.HOME) / "packs" / f"{uuid}.zip"


def start_import(
    upload: IO[bytes], *, name: str, organisation: Organisation, actor: Actor, publish: bool = True
) -> PackImport:
    """Keep an uploaded file and start the job that imports it. Returns the row to follow.

    Raises NotAllowed, TooMany (too many imports of the organisation are open), Invalid (too large a file).
    """
    _permit(actor, organisation)
    open_imports = open_count(organisation)
    if open_imports >= MAX_OPEN_IMPORTS:
        raise TooMany(_("还有 %(count)d 个课程包在导入，请等它们完成。") % {"count": open_imports})
    row = PackImport(organisation=organisation, file_name=short(name, 255), state=State.QUEUED)
    path = incoming(row.uuid)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        row.file_hash = _keep(upload, path)
        with transaction.atomic():
            row.save()
            row.job = enqueue(
                JOB,
                {"import": str(row.uuid), "publish": publish},
                actor,
                key=f"{JOB}:{row.uuid}",
            )
            row.save(update_fields=["job"])
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return row


def _keep(upload: IO[bytes], path: Path) -> str:
    total, size = hashlib.sha256(), 0
    with open(path, "wb") as out:
        os.chmod(path, 0o600)
        while chunk := upload.read(1024 * 1024):
            size += len(chunk)
            if size > MAX_UPLOAD_BYTES:
                raise Invalid(_("文件超过 %(limit)d MB。") % {"limit": MAX_UPLOAD_BYTES // 1024**2})
            total.update(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    return total.hexdigest()


def run_import(ctx: JobContext) -> ImportReport:
    """The job's work: import the kept file. Begun again after a crash, it begins anew without doubling."""
    row = PackImport.objects.select_related("organisation").get(uuid=ctx.args["import"])
    path = incoming(row.uuid)
    if row.state in (State.DONE, State.UNCHANGED):
        # Killed between the import's commit and the job's end: all is in place, its files above all.
        path.unlink(missing_ok=True)
        return ImportReport.from_json(row.report)
    # A worker killed half way leaves files of its own folder, and nothing else.
    remove_stored(_folder(row))
    try:
        report = import_pack(
            path,
            organisation=row.organisation,
            actor=ctx.actor,
            publish=bool(ctx.args.get("publish", True)),
            ctx=ctx,
            row=row,
        )
    except JobCancelled:
        _close(row, State.CANCELLED)
        raise
    except Exception:
        _close(row, State.FAILED)
        raise
    path.unlink(missing_ok=True)
    return report


def cancel_import(row: PackImport, actor: Actor) -> None:
    """Ask an import to stop. One that has not begun ends here; one under way at its next step, if that comes
    before the writing; one that is over stays what it is."""
    _permit(actor, row.organisation)
    if row.job is None or row.state in FINAL:
        return
    cancel(row.job)
    row.job.refresh_from_db()
    if row.job.state == Job.State.CANCELLED:
        _close(row, State.CANCELLED)


# -- importing ---------------------------------------------------------------------------------------------


class _Steps:
    """Progress of one import for whoever waits: also the moments at which a request to stop is heard."""

    def __init__(self, ctx: JobContext | None) -> None:
        self.ctx, self.done, self.total = ctx, 0, 3

    def next(self, message: str) -> None:
        if self.ctx is not None:
            self.ctx.check_cancelled()
            self.ctx.progress(self.done, max(self.total, self.done), message)
        self.done += 1


def import_pack(
    path: str | os.PathLike[str],
    *,
    organisation: Organisation,
    actor: Actor,
    publish: bool = True,
    ctx: JobContext | None = None,
    row: PackImport | None = None,
) -> ImportReport:
    """Import a native pack for an organisation, all or nothing, and return the report (also kept as a row).

    state "done": pages written, and with `publish` a release cut. "unchanged": the course's last import had the
    same content. "refused": `report.problems` says everything that is wrong and nothing was written. Raises
    NotAllowed, JobCancelled, and what is nobody's fault (a full disk), after cleaning up.
    """
    _permit(actor, organisation)
    if row is None:
        file_hash = _hash_file(Path(path))
        row = PackImport(organisation=organisation, file_name=Path(path).name[:255], file_hash=file_hash)
    row.state = State.RUNNING
    row.save()
    steps = _Steps(ctx)
    steps.next(_("检查课程包"))
    plan = read_pack(Path(path), h5p_check=partial(check_package, organisation=organisation))
    report = ImportReport(published=publish)
    if plan.ok:
        plan.problems += _house_rules(plan, organisation)
    report.take(plan)
    if not plan.ok:
        return _refuse(row, report)
    earlier = last_import(report.code)
    before = ImportReport.from_json(earlier.report) if earlier else ImportReport()
    if earlier and before.content_hash == report.content_hash and (before.published or not publish):
        return _unchanged(row, report, earlier, before)
    try:
        _write(plan, row, report, before, path, actor, publish, steps)
    except ValidationError as error:
        report.problems.append(
            Problem("page_invalid", "", {"name": report.title, "reason": " ".join(error.messages)})
        )
        return _refuse(row, report)
    except Refusal as refusal:
        report.problems.append(Problem("refused", "", {"reason": str(refusal.message)}))
        return _refuse(row, report)
    return report


def _write(
    plan: PackPlan,
    row: PackImport,
    report: ImportReport,
    before: ImportReport,
    path: str | os.PathLike[str],
    actor: Actor,
    publish: bool,
    steps: _Steps,
) -> None:
    materials = Materials(plan, row.organisation, _folder(row), before.made)
    steps.total += len(plan.h5p) + len(materials.wanted())
    fresh: list[H5PContent] = []
    try:
        pack, refused = open_archive(Path(path))
        if pack is None:
            raise Conflict(refused[0].message)
        with pack:
            contents = _install_h5p(plan, pack, row.organisation, actor, steps, fresh)
            materials.store(pack, lambda name: steps.next(_("保存 %(name)s") % {"name": name}))
        steps.next(_("写入课程页面"))
        with transaction.atomic():
            writer = CourseWriter(
                plan, materials, contents, organisation=row.organisation, actor=actor, publish=publish
            )
            writer.write()
            _record_success(row, report, writer, materials, actor)
    except BaseException:
        remove_stored(_folder(row))
        for content in fresh:
            remove_content(content.uuid, actor=Actor.system("packs"), reason=_("导入没有完成"))
        raise
    if steps.ctx is not None:
        steps.ctx.progress(steps.total, steps.total, _("完成"))


def _install_h5p(
    plan: PackPlan,
    pack: Archive,
    organisation: Organisation,
    actor: Actor,
    steps: _Steps,
    fresh: list[H5PContent],
) -> dict[str, H5PContent]:
    """Install every H5P package; those that were not there before are added to `fresh`.

    Before the transaction: the store of libraries is files, and finding the same content again is its own
    business, so an import that is begun anew uses what the first one installed.
    """
    titles = {block.file: block.title for block in plan.blocks if isinstance(block, H5PBlock)}
    known = set(H5PContent.objects.filter(organisation=organisation).values_list("pk", flat=True))
    contents = {}
    for path in plan.h5p:
        steps.next(_("安装 %(name)s") % {"name": path})
        with pack.seekable(path) as package:
            content = install_package(package, actor=actor, title=titles.get(path), organisation=organisation)
        if content.pk not in known:
            fresh.append(content)
        contents[path] = content
    return contents


def _house_rules(plan: PackPlan, organisation: Organisation) -> list[Problem]:
    """What a sound pack may still be refused for: hours its content cannot fill, a code of somebody else."""
    found = []
    course = plan.course
    if course is None:
        return []
    rule = content_rule()
    ceiling = approvable_centihours(plan.nominal_ms(Pace(rule.ms_per_character, rule.ms_per_question)))
    if course.centihours > ceiling:
        asked, nominal = format_centi(course.centihours), format_centi(ceiling)
        found.append(Problem("hours_high", "/centihours", {"asked": asked, "nominal": nominal}))
    if CoursePage.objects.filter(code=course.code).exclude(provider=organisation).exists():
        found.append(Problem("code_taken", "/code", {"value": course.code}))
    return found


# -- what came of it ---------------------------------------------------------------------------------------


def _record_success(
    row: PackImport, report: ImportReport, writer: CourseWriter, materials: Materials, actor: Actor
) -> None:
    report.state = State.DONE
    report.course = str(writer.course.uuid)
    report.retired = writer.retired
    report.made = materials.made
    if writer.release is not None:
        report.release, report.release_number = str(writer.release.uuid), writer.release.number
    row.course = writer.course
    row.state, row.report = State.DONE, report.as_json()
    row.save()
    record(
        actor,
        action="course.import",
        target_type="courses.CoursePage",
        target=writer.course.uuid,
        data={"import": str(row.uuid), "file_hash": row.file_hash, "release": report.release_number},
    )


def _unchanged(
    row: PackImport, report: ImportReport, earlier: PackImport, before: ImportReport
) -> ImportReport:
    report.state = State.UNCHANGED
    report.course, report.release = before.course, before.release
    report.release_number, report.made = before.release_number, before.made
    report.published = before.published
    row.course = earlier.course
    row.state, row.report = State.UNCHANGED, report.as_json()
    row.save()
    return report


def _refuse(row: PackImport, report: ImportReport) -> ImportReport:
    report.state, report.published = State.REFUSED, False
    row.state, row.report = State.REFUSED, report.as_json()
    row.save()
    return report


def _close(row: PackImport, state: State) -> None:
    PackImport.objects.filter(pk=row.pk).update(state=state)
    incoming(row.uuid).unlink(missing_ok=True)


def _folder(row: PackImport) -> str:
    return f"packs/{row.uuid}"


def _hash_file(path: Path) -> str:
    if not path.is_file():
        raise Invalid(_("没有这个文件：%(name)s") % {"name": path.name}, code="no_file")
    total = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(1024 * 1024):
            total.update(chunk)
    return total.hexdigest()
