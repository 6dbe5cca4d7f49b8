"""Importing packs: all or nothing, recognised when it comes again, a new release when it has changed.

Owns every write of an import (handing_in.py: how it begins, planning.py: what is asked before, undoing.py: what is taken back).
Refuses broken packs with all their defects, codes of other organisations, hours the content cannot fill, and people who do not
edit for the organisation.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.storage import Storage, default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from courses.activities.api import ContentPackage
from courses.activities.api import install_package as install_activity
from courses.h5p.api import H5PContent, install_package, judge_package
from courses.pages.models import CoursePage
from courses.releases.rules import Pace, approvable_centihours
from courses.releases.services import content_rule
from courses.review.services import is_open, publishes_at_once, submit
from courses.storage.api import hold, note, release, shrink
from lms.accounts.api import Organisation
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.errors import Refusal
from lms.lib.jobs.registry import JobContext
from lms.lib.jobs.services import JobLost, enqueue
from lms.lib.outbox.services import emit
from lms.lib.private import private_storage
from lms.lib.units import format_centi

from .archive import Archive
from .handing_in import CLOSED, closed_already, closing, permit, refuse
from .kept import (
    HashBeside,
    drop_waiting,
    hash_beside,
    incoming,
    keep_questions,
    workspace,
    written_out,
)
from .materials import Folders, Materials
from .models import PackImport
from .opening import NATIVE, Opened, opened_pack
from .plan import H5PBlock, PackPlan
from .problems import Problem
from .queries import last_import
from .report import ImportReport, State
from .undoing import ORIGINAL, as_holder, note_installed, note_made, take_back, writing_room
from .writer import CourseWriter

FILMS_JOB = "courses.films_of_pack"


def run_import(ctx: JobContext) -> ImportReport:
    """The job's work: import the kept file. Begun again after a crash, it begins anew without doubling."""
    row = PackImport.objects.select_related("organisation").get(uuid=ctx.args["import"])
    path = incoming(row.uuid)
    if row.state in (State.DONE, State.UNCHANGED):
        # Killed between the import's commit and the job's end: all is in place, its files above all.
        release(writing_room(row))
        drop_waiting(row.uuid)
        return ImportReport.from_json(row.report)
    if row.state in CLOSED:
        return closed_already(row)
    # Looking through a large pack tells of no progress for minutes.
    with ctx.held(), closing(row, ctx):
        # What a worker killed half way has left.
        take_back(row, ctx)
        report = import_pack(
            path,
            organisation=row.organisation,
            actor=ctx.actor,
            publish=bool(ctx.args.get("publish", True)),
            ctx=ctx,
            row=row,
            details=row.details or None,
        )
    drop_waiting(row.uuid)
    return report


class _Steps:
    """Progress of one import for whoever waits: also the moments at which a request to stop is heard."""

    def __init__(self, ctx: JobContext | None, file_hash: HashBeside | None = None) -> None:
        self.ctx, self.done, self.total = ctx, 0, 3
        self.file_hash = file_hash

    @property
    def attempt(self) -> int:
        return self.ctx.attempt if self.ctx is not None else 1

    def require_lease(self) -> None:
        """In a transaction: nobody takes the import over before its end. Raises JobLost where somebody has."""
        if self.ctx is not None:
            self.ctx.require_lease()

    def read(self) -> None:
        """The file has been read through: there is time for its hash."""
        if self.file_hash is not None:
            self.file_hash.begin()

    def settle(self, row: PackImport) -> None:
        """Before an import's last word: the hash of its file, where it was not known when it began."""
        if self.file_hash is not None:
            row.file_hash = self.file_hash()

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

    Editors' imports end in review where their organisation does not publish in one step (courses/review): drafts that are
    handed in at once, or nothing at all. `details` are the native manifest's fields of the course where a foreign pack has none; the pack's own words
    stand where they say nothing.

    state "done": pages written, and with `publish` a release cut. "unchanged": the course's last import had the
    same content. "refused": `report.problems` says everything that is wrong and nothing was written. Raises
    NotAllowed, JobCancelled, and what is nobody's fault (a full disk), after cleaning up.
    """
    permit(actor, organisation)
    with ExitStack() as open_until_done:
        open_until_done.enter_context(_collecting_only_its_own())
        file_hash: HashBeside | None = None
        if row is None:
            # A job's file was hashed as it came in. This one is while rows are written: reading keeps both cores busy.
            file_hash = open_until_done.enter_context(hash_beside(Path(path)))
            row = PackImport(organisation=organisation, file_name=Path(path).name[:255])
        row.state = State.RUNNING
        row.details = details or {}
        with as_holder(ctx):
            row.save()
        steps = _Steps(ctx, file_hash)
        steps.next(_("检查课程包"))
        hand_in = publish and not publishes_at_once(actor, organisation)
        folder = open_until_done.enter_context(workspace(row.uuid, steps.attempt))
        opened = open_until_done.enter_context(opened_for(Path(path), row, details, keep_in=folder))
        report = _import(
            opened, row, organisation, Path(path), actor, publish and not hand_in, steps, hand_in=hand_in
        )
    release(writing_room(row))
    return report


@contextmanager
def _collecting_only_its_own() -> Iterator[None]:
    """Python's collector of cycles looks at what is made from now on alone: an import makes some hundred thousand objects
    that stay till its end, and every round for them would walk through all of the platform's, too."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _import(
    opened: Opened,
    row: PackImport,
    organisation: Organisation,
    path: Path,
    actor: Actor,
    publish: bool,
    steps: _Steps,
    *,
    hand_in: bool = False,
) -> ImportReport:
    steps.read()
    plan, report = opened.plan, ImportReport(published=publish, submitted=hand_in)
    row.format = opened.format
    if opened.format not in ("", NATIVE) and not row.details:
        plan.problems.append(Problem("details_missing"))
    if plan.ok:
        plan.problems += _house_rules(plan, organisation, publish=publish or hand_in)
    report.look(opened, pace_now())
    if not plan.ok or opened.archive is None:
        return _refused(row, report, steps)
    earlier = last_import(report.code)
    before = ImportReport.from_json(earlier.report) if earlier else ImportReport()
    if opened.unplaced:
        # Before the writing, so that no import that is done lacks them.
        questions = [question.as_json() for question in opened.unplaced]
        with as_holder(steps.ctx):
            keep_questions(row.uuid, file=row.file_name, format=row.format, questions=questions)
    if earlier and before.content_hash == report.content_hash and _as_far(before, report):
        steps.settle(row)
        return _unchanged(row, report, earlier, before, steps.ctx)
    try:
        _write(plan, row, path, report, before, opened.archive, actor, publish, steps)
    except ValidationError as error:
        report.problems.append(
            Problem("page_invalid", "", {"name": report.title, "reason": " ".join(error.messages)})
        )
        return _refused(row, report, steps)
    except Refusal as refusal:
        report.problems.append(Problem("refused", "", {"reason": str(refusal.message)}))
        return _refused(row, report, steps)
    return report


def _refused(row: PackImport, report: ImportReport, steps: _Steps) -> ImportReport:
    steps.settle(row)
    return refuse(row, report, steps.ctx)


def _as_far(before: ImportReport, report: ImportReport) -> bool:
    """Whether the same content was brought at least as far towards learners the last time."""
    return before.published or ((before.submitted or not report.submitted) and not report.published)


def opened_for(
    path: Path, row: PackImport, details: dict[str, Any] | None, *, keep_in: Path | None = None
) -> AbstractContextManager[Opened]:
    """The file of an import, looked into, with the organisation's own H5P libraries known."""
    check = partial(judge_package, organisation=row.organisation)
    return opened_pack(path, row.file_name, pace_now(), details=details, h5p_check=check, keep_in=keep_in)


def pace_now() -> Pace:
    """How long text and questions take, by the rule in force."""
    rule = content_rule()
    return Pace(rule.ms_per_character, rule.ms_per_question)


def _keep_original(row: PackImport, path: Path, steps: _Steps) -> str:
    """The file of a foreign pack stays, for editors only: in it is what has no place here yet. Its name in the private
    storage. Before the course is written: none is there without its original."""
    name = _original_name(row, steps)
    with transaction.atomic():
        # First: a disk that fills up leaves half a file.
        note_made(row, steps.ctx, ORIGINAL, name)
    with open(path, "rb") as content:
        return private_storage().save(name, File(content))


def _original_name(row: PackImport, steps: _Steps) -> str:
    """Each try's own."""
    return f"packs/{row.uuid}.{steps.attempt}"


def _write(
    plan: PackPlan,
    row: PackImport,
    path: Path,
    report: ImportReport,
    before: ImportReport,
    pack: Archive,
    actor: Actor,
    publish: bool,
    steps: _Steps,
) -> None:
    folders = Folders.of(row.uuid, attempt=steps.attempt)
    materials = Materials(plan, row.organisation, folders, before.made)
    foreign = row.format != NATIVE
    steps.total += len(plan.h5p) + len(plan.packages) + len(materials.wanted()) + foreign
    try:
        # Before anything is stored. Raises where it is more than the organisation may store.
        needed = needed_bytes(plan, materials, row)
        with as_holder(steps.ctx):
            hold(row.organisation, writing_room(row), needed, instead_of=row.bytes or 0)
        contents = _install_h5p(plan, pack, row, actor, steps)
        packages = _install_packages(plan, pack, row, actor, steps)
        storing = _("保存 %(name)s")  # Looked up once for thousands.
        materials.store(pack, lambda name: steps.next(storing % {"name": name}))
        original = ""
        if foreign:
            steps.next(_("保存 %(name)s") % {"name": row.file_name})
            original = _keep_original(row, path, steps)
        steps.next(_("写入课程页面"))
        with written_out(_stored(materials, original)) as on_disk, transaction.atomic():
            writer = CourseWriter(
                plan,
                materials,
                contents,
                packages,
                organisation=row.organisation,
                actor=actor,
                publish=publish,
            )
            writer.write()
            if report.submitted and writer.user is not None:
                submit(writer.course, writer.user, actor)
            steps.settle(row)
            # Who is told that it is done has it after a power failure, too: the file it came in goes.
            on_disk()
            # A worker that slept through its lease comes here late, and no further. Before the import's own row, as everywhere.
            steps.require_lease()
            row.original = original
            _record_success(row, report, writer, materials, actor)
    except BaseException as error:
        row.original = ""
        try:
            if isinstance(error, JobLost):
                raise
            take_back(row, steps.ctx)
        except JobLost:
            # Another worker has begun the import anew: all there is by now is its, but for what this one stored since.
            materials.drop()
            private_storage().delete(_original_name(row, steps))
            raise
        raise
    if steps.ctx is not None:
        steps.ctx.progress(steps.total, steps.total, _("完成"))


def _stored(materials: Materials, original: str) -> list[tuple[Storage, str]]:
    """The files an import has stored itself; exercises and packages are their rooms'."""
    found: list[tuple[Storage, str]] = [(default_storage, name) for name in materials.stored.values()]
    return [*found, (private_storage(), original)] if original else found


def needed_bytes(plan: PackPlan, materials: Materials, row: PackImport) -> int:
    """What an import will store, said by its plan and promised to its job: files that no earlier import of the course has
    stored, exercises and packages as large as they are unpacked, with the libraries they bring (each once, whichever
    exercise brings it first), and the file of a foreign pack, which stays. What turns out to be there already was promised
    for nothing.
    """
    libraries = {name: size for file in plan.h5p.values() for name, size in file.libraries}
    own = sum(file.unpacked for file in (*plan.h5p.values(), *plan.packages.values()))
    original = 0 if row.format in ("", NATIVE) else row.bytes or 0
    return materials.bytes() + own + sum(libraries.values()) + original


def _install_h5p(
    plan: PackPlan,
    pack: Archive,
    row: PackImport,
    actor: Actor,
    steps: _Steps,
) -> dict[str, H5PContent]:
    """Install every H5P package; those that were not there before are noted with the import (`_installed`).

    Before the transaction: the store of libraries is files, and finding the same content again is its own
    business, so an import that is begun anew uses what the first one installed.
    """
    titles = {block.file: block.title for block in plan.blocks if isinstance(block, H5PBlock)}
    organisation = row.organisation
    contents = {}
    libraries: dict[str, int] = {}
    for path, file in plan.h5p.items():
        steps.next(_("安装 %(name)s") % {"name": path})
        with pack.seekable(path) as package:
            contents[path] = install_package(
                package,
                actor=actor,
                title=titles.get(path),
                organisation=organisation,
                noting=partial(note_installed, row, steps.ctx),
                promised=True,
            )
        # Counted by itself from now on.
        brought = {name: size for name, size in file.libraries if name not in libraries}
        libraries |= brought
        shrink(writing_room(row), file.unpacked + sum(brought.values()))
    return contents


def _install_packages(
    plan: PackPlan,
    pack: Archive,
    row: PackImport,
    actor: Actor,
    steps: _Steps,
) -> dict[str, ContentPackage]:
    """Unpack every foreign package (SCORM, cmi5); those that were not there before are noted with the import."""
    installed = {}
    for path in plan.packages:
        steps.next(_("安装 %(name)s") % {"name": path})
        with pack.seekable(path) as package:
            installed[path] = install_activity(
                package,
                actor=actor,
                organisation=row.organisation,
                noting=partial(note_installed, row, steps.ctx),
                promised=True,
            )
        shrink(writing_room(row), plan.packages[path].unpacked)
    return installed


def _house_rules(plan: PackPlan, organisation: Organisation, *, publish: bool) -> list[Problem]:
    """What a sound pack may still be refused for: a code of somebody else, and hours its content cannot fill; a draft
    may still get that content, and is not published before."""
    found = []
    course = plan.course
    if course is None:
        return []
    ceiling = approvable_centihours(plan.nominal_ms(pace_now()))
    if publish and course.centihours > ceiling:
        asked, nominal = format_centi(course.centihours), format_centi(ceiling)
        found.append(Problem("hours_high", "/centihours", {"asked": asked, "nominal": nominal}))
    if publish:
        found += [
            Problem("translation_spoils", "", {"language": made.language, "reason": reason})
            for made in plan.translations
            for reason in made.faults[:20]
        ]
    there = CoursePage.objects.select_related("provider").filter(code=course.code).first()
    if there is not None and there.provider_id != organisation.pk:
        found.append(Problem("code_taken", "/code", {"value": course.code}))
    elif there is not None and not is_open(there):
        found.append(Problem("in_review", "/code"))
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
    if row.original:
        note(row, row.organisation)
    if materials.films:
        # One job for all: asking for two hundred films one by one takes longer than bringing them.
        args = {"films": materials.films}
        enqueue(FILMS_JOB, args, Actor.system("media"), key=f"{FILMS_JOB}:{row.uuid}")
    record(
        actor,
        action="course.import",
        target_type="courses.CoursePage",
        target=writer.course.uuid,
        data={"import": str(row.uuid), "file_hash": row.file_hash, "release": report.release_number},
    )
    emit("pack.imported", {"pack": str(row.uuid)}, key=f"pack.imported:{row.uuid}")


def _unchanged(
    row: PackImport,
    report: ImportReport,
    earlier: PackImport,
    before: ImportReport,
    ctx: JobContext | None,
) -> ImportReport:
    report.state = State.UNCHANGED
    report.course, report.release = before.course, before.release
    report.release_number, report.made = before.release_number, before.made
    report.published, report.submitted = before.published, before.submitted
    row.course = earlier.course
    row.state, row.report = State.UNCHANGED, report.as_json()
    with as_holder(ctx):
        row.save()
    return report
