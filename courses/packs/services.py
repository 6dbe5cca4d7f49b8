"""Importing packs: all or nothing, recognised when it comes again, a new release when it has changed.

Owns PackImport rows and every write of an import: first a plan of what would come in, then, once somebody has said
yes, everything or nothing. Refuses broken packs with all their defects, codes of other organisations, hours the
content cannot fill, and people who do not edit for the organisation.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from courses.h5p.api import H5PContent, check_package, install_package, remove_content
from courses.pages.models import CoursePage
from courses.releases.rules import Pace, approvable_centihours
from courses.releases.services import content_rule
from lms.accounts.api import Organisation, Role
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now
from lms.lib.errors import Conflict, Invalid, NotAllowed, Refusal, TooMany
from lms.lib.jobs.models import Job
from lms.lib.jobs.registry import JobContext
from lms.lib.jobs.services import JobCancelled, cancel, enqueue
from lms.lib.private import private_storage
from lms.lib.units import format_centi

from .archive import Archive
from .materials import Materials, remove_stored
from .models import PackImport
from .opening import NATIVE, Opened, opened_pack
from .plan import H5PBlock, PackPlan
from .problems import Problem, short
from .queries import last_import, open_count
from .report import FINAL, ImportReport, State
from .uploads.models import Upload
from .uploads.services import take
from .writer import CourseWriter

JOB = "courses.import_pack"
PLAN_JOB = "courses.plan_pack"
MAX_UPLOAD_BYTES = 4 * 1024**3
KEEP_PLANS_DAYS = 30
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
    upload: IO[bytes],
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
    row = _kept(upload, name=name, organisation=organisation, actor=actor)
    row.details = details or {}
    return _begin(row, JOB, {"import": str(row.uuid), "publish": publish}, actor)


def plan_import(
    upload: IO[bytes] | Upload, *, name: str, organisation: Organisation, actor: Actor
) -> PackImport:
    """Keep a pack's file and start the job that says what would come in. Raises as `start_import`."""
    row = _kept(upload, name=name, organisation=organisation, actor=actor)
    return _begin(row, PLAN_JOB, {"import": str(row.uuid)}, actor)


def confirm_import(
    row: PackImport, actor: Actor, *, publish: bool, details: dict[str, Any] | None = None
) -> PackImport:
    """Say yes to a plan: the job that imports it is started. Raises NotAllowed, Conflict (no plan waits any more)."""
    _permit(actor, row.organisation)
    with transaction.atomic():
        row = PackImport.objects.select_for_update().get(pk=row.pk)
        if row.state != State.PLANNED:
            raise Conflict(_("这次导入已经不在等待确认。"))
        row.state, row.details = State.QUEUED, details or {}
        row.job = enqueue(JOB, {"import": str(row.uuid), "publish": publish}, actor, key=f"{JOB}:{row.uuid}")
        row.save(update_fields=["state", "details", "job"])
    return row


def _kept(upload: IO[bytes] | Upload, *, name: str, organisation: Organisation, actor: Actor) -> PackImport:
    _permit(actor, organisation)
    open_imports = open_count(organisation)
    if open_imports >= MAX_OPEN_IMPORTS:
        raise TooMany(_("还有 %(count)d 个课程包在导入，请等它们完成。") % {"count": open_imports})
    row = PackImport(organisation=organisation, file_name=short(name, 255), state=State.QUEUED)
    path = incoming(row.uuid)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        if isinstance(upload, Upload):
            # Whole and hashed already: it only changes its place.
            os.replace(take(upload, actor), path)
            row.file_hash = upload.sha256
        else:
            row.file_hash = _keep(upload, path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return row


def _begin(row: PackImport, job: str, args: dict[str, Any], actor: Actor) -> PackImport:
    try:
        with transaction.atomic():
            row.save()
            row.job = enqueue(job, args, actor, key=f"{job}:{row.uuid}")
            row.save(update_fields=["job"])
    except BaseException:
        incoming(row.uuid).unlink(missing_ok=True)
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


def plan_of(path: str | os.PathLike[str], *, organisation: Organisation, actor: Actor) -> ImportReport:
    """What would come in of a file that lies here: a report in state "planned" or "refused". Writes nothing."""
    _permit(actor, organisation)
    if not Path(path).is_file():
        raise Invalid(_("没有这个文件：%(name)s") % {"name": Path(path).name}, code="no_file")
    report = ImportReport(published=False)
    with _opened(
        Path(path), PackImport(organisation=organisation, file_name=Path(path).name), None
    ) as opened:
        report.look(opened, _pace())
    report.state = State.REFUSED if report.problems else State.PLANNED
    return report


def run_plan(ctx: JobContext) -> ImportReport:
    """The job's work: look into the kept file and say what would come in. Writes nothing but the row."""
    row = PackImport.objects.select_related("organisation").get(uuid=ctx.args["import"])
    report = ImportReport(published=False)
    if row.state != State.QUEUED:
        return ImportReport.from_json(row.report)
    ctx.progress(0, 1, _("检查课程包"))
    with _closing(row):
        with _opened(incoming(row.uuid), row, None) as opened:
            report.look(opened, _pace())
        ctx.check_cancelled()
    row.format = report.format
    if report.problems:
        incoming(row.uuid).unlink(missing_ok=True)
        return _refuse(row, report)
    if report.format != NATIVE:
        report.code = ""
    report.state = row.state = State.PLANNED
    row.report = report.as_json()
    # A stop that came in the meantime stands.
    PackImport.objects.filter(pk=row.pk, state=State.QUEUED).update(
        state=row.state, report=row.report, format=row.format
    )
    ctx.progress(1, 1, _("完成"))
    return report


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
    with _closing(row):
        report = import_pack(
            path,
            organisation=row.organisation,
            actor=ctx.actor,
            publish=bool(ctx.args.get("publish", True)),
            ctx=ctx,
            row=row,
            details=row.details or None,
        )
    path.unlink(missing_ok=True)
    return report


def cancel_import(row: PackImport, actor: Actor) -> None:
    """Ask an import to stop. One that has not begun ends here; one under way at its next step, if that comes
    before the writing; one that is over stays what it is."""
    _permit(actor, row.organisation)
    if PackImport.objects.filter(pk=row.pk, state=State.PLANNED).update(state=State.CANCELLED):
        incoming(row.uuid).unlink(missing_ok=True)
        return
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
    details: dict[str, Any] | None = None,
) -> ImportReport:
    """Import a pack for an organisation, all or nothing, and return the report (also kept as a row).

    `details` are the native manifest's fields of the course where a foreign pack has none; the pack's own words
    stand where they say nothing.

    state "done": pages written, and with `publish` a release cut. "unchanged": the course's last import had the
    same content. "refused": `report.problems` says everything that is wrong and nothing was written. Raises
    NotAllowed, JobCancelled, and what is nobody's fault (a full disk), after cleaning up.
    """
    _permit(actor, organisation)
    if row is None:
        file_hash = _hash_file(Path(path))
        row = PackImport(organisation=organisation, file_name=Path(path).name[:255], file_hash=file_hash)
    row.state = State.RUNNING
    row.details = details or {}
    row.save()
    steps = _Steps(ctx)
    steps.next(_("检查课程包"))
    with _opened(Path(path), row, details) as opened:
        report = _import(opened, row, organisation, Path(path), actor, publish, steps)
    if report.state == State.DONE and opened.format != NATIVE:
        _keep_original(row, Path(path))
    return report


def _import(
    opened: Opened,
    row: PackImport,
    organisation: Organisation,
    path: Path,
    actor: Actor,
    publish: bool,
    steps: _Steps,
) -> ImportReport:
    plan, report = opened.plan, ImportReport(published=publish)
    row.format = opened.format
    if opened.format not in ("", NATIVE) and not row.details:
        plan.problems.append(Problem("details_missing"))
    if plan.ok:
        plan.problems += _house_rules(plan, organisation, publish=publish)
    report.look(opened, _pace())
    if not plan.ok or opened.archive is None:
        return _refuse(row, report)
    earlier = last_import(report.code)
    before = ImportReport.from_json(earlier.report) if earlier else ImportReport()
    if earlier and before.content_hash == report.content_hash and (before.published or not publish):
        return _unchanged(row, report, earlier, before)
    try:
        _write(plan, row, report, before, opened.archive, actor, publish, steps)
    except ValidationError as error:
        report.problems.append(
            Problem("page_invalid", "", {"name": report.title, "reason": " ".join(error.messages)})
        )
        return _refuse(row, report)
    except Refusal as refusal:
        report.problems.append(Problem("refused", "", {"reason": str(refusal.message)}))
        return _refuse(row, report)
    return report


def _opened(path: Path, row: PackImport, details: dict[str, Any] | None) -> AbstractContextManager[Opened]:
    check = partial(check_package, organisation=row.organisation)
    return opened_pack(path, row.file_name, _pace(), details=details, h5p_check=check)


def _pace() -> Pace:
    rule = content_rule()
    return Pace(rule.ms_per_character, rule.ms_per_question)


def sweep_plans(*, days: int = KEEP_PLANS_DAYS) -> int:
    """Drop plans nobody said yes to for so many days, with their files. Returns how many."""
    old = PackImport.objects.filter(state=State.PLANNED, created_at__lt=now() - timedelta(days=days))
    dropped = 0
    for row in old.order_by("pk")[:500]:
        if PackImport.objects.filter(pk=row.pk, state=State.PLANNED).update(state=State.CANCELLED):
            incoming(row.uuid).unlink(missing_ok=True)
            dropped += 1
    return dropped


def _keep_original(row: PackImport, path: Path) -> None:
    """The file of a foreign pack stays, for editors only: in it is what has no place here yet."""
    with open(path, "rb") as content:
        row.original = private_storage().save(f"packs/{row.uuid}", File(content))
    row.save(update_fields=["original"])


def _write(
    plan: PackPlan,
    row: PackImport,
    report: ImportReport,
    before: ImportReport,
    pack: Archive,
    actor: Actor,
    publish: bool,
    steps: _Steps,
) -> None:
    materials = Materials(plan, row.organisation, _folder(row), before.made)
    steps.total += len(plan.h5p) + len(materials.wanted())
    fresh: list[H5PContent] = []
    try:
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


def _house_rules(plan: PackPlan, organisation: Organisation, *, publish: bool) -> list[Problem]:
    """What a sound pack may still be refused for: a code of somebody else, and hours its content cannot fill; a draft
    may still get that content, and is not published before."""
    found = []
    course = plan.course
    if course is None:
        return []
    ceiling = approvable_centihours(plan.nominal_ms(_pace()))
    if publish and course.centihours > ceiling:
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


@contextmanager
def _closing(row: PackImport) -> Iterator[None]:
    """A job's work that is stopped or fails leaves its row closed and no file."""
    try:
        yield
    except JobCancelled:
        _close(row, State.CANCELLED)
        raise
    except Exception:
        _close(row, State.FAILED)
        raise


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
