"""The staff screens of imports: hand in a pack, follow it, read the report. Thin."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from courses.pages.models import CoursePage
from courses.review.queries import one_step
from lms.accounts.api import Role, User, organisations_for, require_role, user_of
from lms.lib.errors import Invalid, NotAllowed, NotFound, Refusal
from lms.lib.files import serve_file
from lms.lib.pages import paginate, tabs_of
from lms.lib.private import private_storage
from lms.lib.units import format_centi

from .contents import labelled
from .forms import DetailsForm, PackForm, filled_from
from .handing_in import cancel_import
from .http_api import as_download, as_out, packed, questions_download
from .lost import FIRST, counted, grouped, heading_of, in_order
from .models import PackImport
from .opening import NATIVE, format_label
from .planning import confirm_import, plan_import, plan_room
from .preview import preview_file, preview_index, preview_lesson
from .queries import differences_of, earlier_of, import_for, imports_for, state_of
from .report import FINAL, ImportReport, State
from .uploads.queries import finished, page_data
from .waiting_exports import keep, kept

REFRESH_SECONDS = 2
LOST_PER_PAGE = 50
# What an export leaves out is read once, before the file is taken.
LEFT_OUT_SHOWN = 500
# What a foreign pack says is shown, also by its own address: nothing runs, no form is sent, no link leads away.
SEALED = (
    "sandbox allow-same-origin; default-src 'none'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "font-src 'self'; form-action 'none'; frame-ancestors 'self'"
)


def imports_packs(user: User) -> bool:
    """Whether the person edits for any organisation."""
    return organisations_for(user, Role.EDITOR).exists()


def _require_some(request: HttpRequest) -> None:
    if not imports_packs(user_of(request)):
        raise NotAllowed


def import_list(request: HttpRequest) -> HttpResponse:
    """Every import of the organisations the person edits for, newest first."""
    _require_some(request)
    page = paginate(request, imports_for(user_of(request)))
    rows = [(row, ImportReport.from_json(row.report), state_of(row).label) for row in page]
    context = {"page": page, "rows": rows, "page_title": _("课程包"), "header_icon": "upload"}
    return render(request, "courses/packs/list.html", context)


def import_new(request: HttpRequest) -> HttpResponse:
    """The form, and what comes of sending it: each file gets its plan."""
    _require_some(request)
    form = PackForm(user_of(request), request.POST or None, request.FILES or None)
    uploads = request.POST.getlist("uploads")
    # Sent before the form was: see themes/src/js/uploads.js.
    form.fields["file"].required = not uploads
    if request.method == "POST" and form.is_valid():
        organisation = form.cleaned_data["organisation"]
        try:
            actor = require_role(user_of(request), Role.EDITOR, organisation=organisation)
            came = finished(user_of(request), uploads, organisation) or form.cleaned_data["file"]
            rows = [
                plan_import(upload, name=upload.name or "", organisation=organisation, actor=actor)
                for upload in came
            ]
        except Refusal as refusal:
            form.add_error(None, str(refusal.message))
        else:
            if len(rows) == 1:
                return redirect("courses_pack_import", uuid=rows[0].uuid)
            return redirect("courses_packs")
    context = {
        "form": form,
        "uploads": page_data(user_of(request)),
        "page_title": _("导入课程包"),
        "header_icon": "upload",
    }
    return render(request, "courses/packs/new.html", context, status=422 if form.errors else 200)


def import_one(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """How far an import is (the page asks again by itself), its plan to say yes to, and in the end its report."""
    row = import_for(user_of(request), uuid)
    form = _details(request, row)
    if request.method == "POST":
        if "confirm" not in request.POST:
            return _cancel(request, row)
        if form is None or form.is_valid():
            return _confirm(request, row, form)
    state = state_of(row)
    report = ImportReport.from_json(row.report)
    at_once = user_of(request).is_superuser or one_step(row.organisation)
    context = {
        "row": row,
        "state": state,
        "out": as_out(row),
        "report": report,
        "form": form,
        "format": format_label(row.format),
        "hours": format_centi(report.centihours),
        # Of now, not of when the plan was made: something may have been cleared away since.
        "room": plan_room(row) if state == State.PLANNED else None,
        "chapters": labelled(report.contents),
        "groups": grouped(report.lost, first=FIRST),
        "unnamed": report.lost_count - len(report.lost),
        "preview": state == State.PLANNED and preview_index(row.uuid) is not None,
        "finished": state in FINAL,
        "planned": state == State.PLANNED,
        "at_once": at_once,
        "good": state in (State.DONE, State.UNCHANGED),
        "differences": differences_of(row, report) if state == State.PLANNED else None,
        "failed_message": row.job.message if row.job and state == State.FAILED else "",
        "page_title": row.file_name,
        "header_icon": "upload",
    }
    bad = form is not None and form.is_bound
    response = render(request, "courses/packs/import.html", context, status=422 if bad else 200)
    if state not in FINAL and state != State.PLANNED:
        # Works without script, and stops by itself when the import is over.
        response["Refresh"] = str(REFRESH_SECONDS)
    return response


def import_lesson(request: HttpRequest, uuid: UUID, number: int) -> HttpResponse:
    """A lesson of a plan as its learners will see it, on a phone or (`?width=pc`) on a computer, and the ways to the next."""
    row = _planned(request, uuid)
    index = preview_index(row.uuid)
    if index is None or not 0 < number <= len(index["titles"]):
        raise NotFound
    context = {
        "row": row,
        "title": index["titles"][number - 1],
        "number": number,
        "count": len(index["titles"]),
        "previous": number - 1,
        "next": number + 1 if number < len(index["titles"]) else 0,
        "width": "pc" if request.GET.get("width") == "pc" else "phone",
        "page_title": _("预览课时"),
        "header_icon": "view",
    }
    return render(request, "courses/packs/lesson.html", context)


def import_lesson_shown(request: HttpRequest, uuid: UUID, number: int) -> HttpResponse:
    """The same without the admin around it. Nothing in it runs, leads anywhere or writes."""
    row = _planned(request, uuid)
    found = preview_lesson(
        row.uuid, number, lambda name: reverse("courses_pack_lesson_file", args=[row.uuid, name])
    )
    index = preview_index(row.uuid)
    if found is None or index is None:
        raise NotFound
    context = {"lesson": found, "course": index["course"]}
    response = render(request, "courses/packs/lesson_shown.html", context)
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = SEALED
    return response


def import_lesson_file(request: HttpRequest, uuid: UUID, name: str) -> HttpResponseBase:
    """A picture or film of a plan's lessons."""
    folder = preview_file(_planned(request, uuid).uuid, name)
    if folder is None:
        raise NotFound
    response = serve_file(request, folder, name)
    response["Cache-Control"] = "private, max-age=600"
    return response


def _planned(request: HttpRequest, uuid: UUID) -> PackImport:
    """The import, while its plan waits. Raises NotFound, also for those who do not edit for its organisation."""
    row = import_for(user_of(request), uuid)
    if state_of(row) != State.PLANNED:
        raise NotFound
    return row


def import_lost(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """All that an import leaves outside, by what is to be done about it: `?state=` shows one heading alone."""
    row = import_for(user_of(request), uuid)
    report = ImportReport.from_json(row.report)
    there = in_order(report.lost)
    numbers = counted(there)
    shown = next((heading for heading in numbers if heading == request.GET.get("state")), None)
    page = paginate(
        request, [item for item in there if shown in (None, heading_of(item))], per_page=LOST_PER_PAGE
    )
    labels = {"": f"{_('全部')} {len(there)}"} | {
        str(heading): f"{heading.label} {number}" for heading, number in numbers.items()
    }
    context = {
        "row": row,
        "page": page,
        "groups": grouped(list(page.object_list), numbers),
        "unnamed": report.lost_count - len(there),
        "tabs": tabs_of(labels, shown or ""),
        "state": shown or "",
        "page_title": _("没有导入的内容"),
        "header_icon": "upload",
    }
    return render(request, "courses/packs/lost_all.html", context)


def import_original(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """The file of a foreign pack as it came: in it is what has no place here yet."""
    row = import_for(user_of(request), uuid)
    if not row.original:
        raise NotFound
    return FileResponse(
        private_storage().open(row.original),
        as_attachment=True,
        filename=row.file_name,
        content_type="application/octet-stream",
    )


def import_questions(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """The questions of a foreign pack that have no place here yet, each as its own system wrote it."""
    return questions_download(import_for(user_of(request), uuid))


def export(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """A course as a file: its live pages, or the drafts with `?drafts=1`, as a native pack or with `?format=cartridge` as a
    Common Cartridge. Where that leaves something out, a page says what before; `?take=` is its button, with the ticket of the
    file that the page is about."""
    course = CoursePage.objects.select_related("provider").filter(uuid=uuid).first()
    if (
        course is None
        or not organisations_for(user_of(request), Role.EDITOR).filter(pk=course.provider_id).exists()
    ):
        raise NotFound
    actor = require_role(user_of(request), Role.EDITOR, organisation=course.provider)
    user, ticket = user_of(request), request.GET.get("take", "")
    if waiting := kept(user, course, ticket) if ticket else None:
        return as_download(*waiting)
    format, drafts = request.GET.get("format", ""), request.GET.get("drafts") == "1"
    try:
        pack, name, lost = packed(course, actor, format, drafts=drafts)
    except Invalid as refusal:
        messages.error(request, str(refusal.message))
        return redirect("wagtailadmin_explore", course.pk)
    if not lost:
        return as_download(pack, name, 0)
    with pack:
        form = f"{'cartridge' if format == 'cartridge' else 'native'}-{'drafts' if drafts else 'live'}"
        again = keep(user, course, pack, name=name, form=form, left_out=len(lost))
    if ticket:
        messages.info(request, _("刚才的文件已经过期。下面是重新做的一份，请再下载一次。"))
    context = {
        "course": course,
        "ticket": again,
        "format": format,
        "drafts": drafts,
        "report": {"lost": lost[:LEFT_OUT_SHOWN], "lost_count": len(lost)},
        "page_title": _("导出 Common Cartridge") if format == "cartridge" else _("导出课程包"),
        "header_icon": "download",
    }
    return render(request, "courses/packs/export.html", context)


def _details(request: HttpRequest, row: PackImport) -> DetailsForm | None:
    """The form of a foreign pack's plan, None where the pack says everything or nothing is asked."""
    if row.state != State.PLANNED or row.format == NATIVE:
        return None
    report = ImportReport.from_json(row.report)
    earlier = earlier_of(row)
    known = report.suggested | (earlier.details if earlier else {})
    first = filled_from(known, limit=report.centihours, quizzes=bool(report.counts.get("quizzes")))
    data = request.POST if "confirm" in request.POST else None
    return DetailsForm(data, initial=first, limit=report.centihours)


def _confirm(request: HttpRequest, row: PackImport, form: DetailsForm | None) -> HttpResponse:
    actor = require_role(user_of(request), Role.EDITOR, organisation=row.organisation)
    publish = request.POST["confirm"] == "publish"
    try:
        confirm_import(row, actor, publish=publish, details=form.details() if form else None)
    except Refusal as refusal:
        messages.error(request, str(refusal.message))
    return redirect("courses_pack_import", uuid=row.uuid)


def _cancel(request: HttpRequest, row: PackImport) -> HttpResponse:
    actor = require_role(user_of(request), Role.EDITOR, organisation=row.organisation)
    cancel_import(row, actor)
    if state_of(import_for(user_of(request), row.uuid)) in (State.DONE, State.UNCHANGED):
        messages.warning(request, _("停得晚了：导入已经完成，结果在下面。"))
    else:
        messages.info(request, _("已请求停止。写入前停止的，不会留下任何内容。"))
    return redirect("courses_pack_import", uuid=row.uuid)
