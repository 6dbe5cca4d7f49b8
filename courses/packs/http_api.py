"""Packs over the API: the published format, importing, and following an import. Thin."""

from enum import StrEnum
from typing import IO, Any, cast
from uuid import UUID

from django.http import FileResponse, HttpRequest
from django.utils.translation import gettext as _
from ninja import File, Form, Router, Schema, Status
from ninja.files import UploadedFile

from courses.packs.export import export_cartridge, export_course
from courses.packs.foreign.outline import Lost
from courses.packs.handing_in import cancel_import, start_import
from courses.packs.manifest import schema
from courses.packs.models import PackImport
from courses.packs.planning import confirm_import, plan_import
from courses.packs.queries import import_for, questions_of, state_of
from courses.packs.report import FINAL, ImportReport
from courses.packs.uploads.models import Upload
from courses.packs.uploads.queries import finished
from courses.pages.models import CoursePage
from lms.accounts.api import Organisation, Role, User, require_role
from lms.lib.actor import Actor
from lms.lib.errors import Invalid, NotFound

router = Router()


class ProblemOut(Schema):
    code: str
    pointer: str
    message: str


class LostOut(Schema):
    path: str
    title: str
    code: str
    message: str


class TranslationOut(Schema):
    """`done` of the course's `total` texts are translated."""

    language: str
    done: int
    total: int


class LessonOut(Schema):
    key: str
    title: str
    kinds: list[str]


class ChapterOut(Schema):
    title: str
    lessons: list[LessonOut]


class ConfirmIn(Schema):
    """`details`: fields of the native manifest that a foreign pack does not say (code, kind, year, centihours, …)."""

    publish: bool = True
    details: dict[str, Any] = {}


class ImportOut(Schema):
    uuid: UUID
    file_name: str
    organisation: str
    state: str
    finished: bool
    done: int
    total: int
    message: str
    code: str
    title: str
    course: UUID | None
    release: UUID | None
    release_number: int
    submitted: bool
    counts: dict[str, int]
    format: str
    centihours: int
    chapters: list[ChapterOut]
    suggested: dict[str, Any]
    lost: list[LostOut]
    lost_count: int
    unplaced: int
    translations: list[TranslationOut]
    needs_bytes: int
    left_bytes: int | None
    problems: list[ProblemOut]
    warnings: list[ProblemOut]


def packed(
    course: CoursePage, actor: Actor, format: str, *, drafts: bool
) -> tuple[IO[bytes], str, list[Lost]]:
    """A course as a file, which the caller closes; its name, and what the format has no place for. Raises as `export_course`."""
    if format == "cartridge":
        pack, lost = export_cartridge(course, actor, drafts=drafts)
        return pack, f"{course.code}.imscc", lost
    lost = []
    return export_course(course, actor, drafts=drafts, lost=lost), f"{course.code}.zip", lost


def as_download(pack: IO[bytes], name: str, left_out: int) -> FileResponse:
    """A course as a file to keep, which leaves out so many items."""
    answer = FileResponse(pack, as_attachment=True, filename=name, content_type="application/zip")
    # How many items the format has no place for; the command and the staff screen name them.
    answer["X-Left-Out"] = str(left_out)
    return answer


def questions_download(row: PackImport) -> FileResponse:
    """The questions an import found no place for, as a file to keep. Raises NotFound."""
    name = f"{row.file_name.rpartition('.')[0] or row.file_name}.questions.json"
    return FileResponse(questions_of(row), as_attachment=True, filename=name, content_type="application/json")


def as_out(row: PackImport) -> dict[str, Any]:
    """An import as the API and the progress page show it."""
    report = ImportReport.from_json(row.report)
    job, state = row.job, state_of(row)
    return {
        "uuid": row.uuid,
        "file_name": row.file_name,
        "organisation": row.organisation.code,
        "state": str(state),
        "finished": state in FINAL,
        "done": job.progress_done if job else 0,
        "total": job.progress_total if job else 0,
        "message": job.message if job else "",
        "code": report.code,
        "title": report.title,
        "course": report.course or None,
        "release": report.release or None,
        "release_number": report.release_number,
        "submitted": report.submitted,
        "counts": report.counts,
        "format": row.format,
        "centihours": report.centihours,
        "chapters": report.contents,
        "suggested": report.suggested,
        "lost": [
            {
                "path": item.path,
                "title": item.title,
                "code": item.reason.code,
                "message": item.reason.message,
            }
            for item in report.lost
        ],
        "lost_count": report.lost_count,
        "unplaced": report.unplaced,
        "translations": report.translations,
        "needs_bytes": report.needs,
        "left_bytes": report.room,
        "problems": [{"code": p.code, "pointer": p.pointer, "message": p.message} for p in report.problems],
        "warnings": [{"code": p.code, "pointer": p.pointer, "message": p.message} for p in report.warnings],
    }


@router.get("/schema", auth=None, summary="The JSON Schema of a pack's manifest.json")
def pack_schema(request: HttpRequest) -> dict[str, Any]:
    return schema()


class ExportFormat(StrEnum):
    NATIVE = "native"
    CARTRIDGE = "cartridge"


@router.get("/export/{course}", summary="A course one edits as a native pack or a Common Cartridge 1.3")
def get_export(
    request: HttpRequest, course: UUID, drafts: bool = False, format: ExportFormat = ExportFormat.NATIVE
) -> FileResponse:
    page = CoursePage.objects.select_related("provider").filter(uuid=course).first()
    if page is None:
        raise NotFound
    actor = require_role(request.user, Role.EDITOR, organisation=page.provider)
    pack, name, lost = packed(page, actor, format, drafts=drafts)
    return as_download(pack, name, len(lost))


@router.post("", response={202: ImportOut}, summary="Import a pack for an organisation one edits for")
def post_pack(
    request: HttpRequest,
    organisation: Form[str],
    file: File[UploadedFile | None] = None,
    upload: Form[UUID | None] = None,
    publish: Form[bool] = True,
    plan: Form[bool] = False,
) -> Status[dict[str, Any]]:
    """The file itself, or the id of an `upload` that is complete (`/packs/uploads`, tus). With `plan` nothing is written: the
    import waits in state "planned" for its confirmation. Foreign formats need one."""
    provider = Organisation.objects.filter(code=organisation).first()
    if provider is None:
        raise NotFound
    actor = require_role(request.user, Role.EDITOR, organisation=provider)
    came = _came(request, file, upload, provider)
    name = came.name or ""
    if plan:
        row = plan_import(came, name=name, organisation=provider, actor=actor)
    else:
        row = start_import(came, name=name, organisation=provider, actor=actor, publish=publish)
    return Status(202, as_out(import_for(request.user, row.uuid)))


def _came(
    request: HttpRequest, file: UploadedFile | None, upload: UUID | None, organisation: Organisation
) -> UploadedFile | Upload:
    if upload is not None and file is None:
        return finished(cast(User, request.user), [str(upload)], organisation)[0]
    if file is not None and upload is None:
        return file
    raise Invalid(_("请给出一个文件（file），或一次传完的上传（upload）。"), code="one_file")


@router.post("/{uuid}/confirm", response={202: ImportOut}, summary="Say yes to a plan")
def post_confirm(request: HttpRequest, uuid: UUID, given: ConfirmIn) -> Status[dict[str, Any]]:
    row = import_for(request.user, uuid)
    actor = require_role(request.user, Role.EDITOR, organisation=row.organisation)
    confirm_import(row, actor, publish=given.publish, details=given.details)
    return Status(202, as_out(import_for(request.user, uuid)))


@router.post("/{uuid}/cancel", response={202: ImportOut}, summary="Stop an import, or say no to a plan")
def post_cancel(request: HttpRequest, uuid: UUID) -> Status[dict[str, Any]]:
    row = import_for(request.user, uuid)
    actor = require_role(request.user, Role.EDITOR, organisation=row.organisation)
    cancel_import(row, actor)
    return Status(202, as_out(import_for(request.user, uuid)))


@router.get("/{uuid}/questions", summary="The questions an import found no place for, as they were written")
def get_questions(request: HttpRequest, uuid: UUID) -> FileResponse:
    return questions_download(import_for(request.user, uuid))


@router.get("/{uuid}", response=ImportOut, summary="How far an import is, and its report")
def get_import(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    return as_out(import_for(request.user, uuid))
