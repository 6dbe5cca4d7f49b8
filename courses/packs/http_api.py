"""Packs over the API: the published format, importing, and following an import. Thin."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import File, Form, Router, Schema, Status
from ninja.files import UploadedFile

from courses.packs.manifest import schema
from courses.packs.models import PackImport
from courses.packs.queries import import_for, state_of
from courses.packs.report import FINAL, ImportReport
from courses.packs.services import start_import
from lms.accounts.api import Organisation, Role, require_role
from lms.lib.errors import NotFound

router = Router()


class ProblemOut(Schema):
    code: str
    pointer: str
    message: str


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
    counts: dict[str, int]
    problems: list[ProblemOut]
    warnings: list[ProblemOut]


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
        "counts": report.counts,
        "problems": [{"code": p.code, "pointer": p.pointer, "message": p.message} for p in report.problems],
        "warnings": [{"code": p.code, "pointer": p.pointer, "message": p.message} for p in report.warnings],
    }


@router.get("/schema", auth=None, summary="The JSON Schema of a pack's manifest.json")
def pack_schema(request: HttpRequest) -> dict[str, Any]:
    return schema()


@router.post("", response={202: ImportOut}, summary="Import a pack for an organisation one edits for")
def post_pack(
    request: HttpRequest,
    organisation: Form[str],
    file: File[UploadedFile],
    publish: Form[bool] = True,
) -> Status[dict[str, Any]]:
    provider = Organisation.objects.filter(code=organisation).first()
    if provider is None:
        raise NotFound
    actor = require_role(request.user, Role.EDITOR, organisation=provider)
    row = start_import(file, name=file.name or "", organisation=provider, actor=actor, publish=publish)
    return Status(202, as_out(import_for(request.user, row.uuid)))


@router.get("/{uuid}", response=ImportOut, summary="How far an import is, and its report")
def get_import(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    return as_out(import_for(request.user, uuid))
