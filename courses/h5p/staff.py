"""Staff screens inside the Wagtail admin: the libraries of an organisation, the upgrade of its contents, export. Thin."""

from functools import partial
from tempfile import TemporaryFile
from typing import Any
from uuid import UUID

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from courses.h5p import queries
from courses.h5p.access import organisations, permit
from courses.h5p.client import LibraryName, Limits
from courses.h5p.models import H5PContent
from courses.h5p.shelf_queries import ShelfRow, contents_of, shelf_rows
from courses.h5p.upgrades import upgrade_content
from lms.accounts.api import Organisation, User, user_of
from lms.lib import json_in
from lms.lib.errors import Invalid, NotAllowed
from lms.lib.pages import paginate, staff_context

PER_PAGE = 50
PLATFORM = "-"
_context = partial(staff_context, icon="pick")


def works_with(user: User) -> bool:
    """Whether there is a shelf for them."""
    return user.is_superuser or organisations(user).exists()


def _organisation(request: HttpRequest) -> tuple[Organisation | None, list[tuple[str, str]]]:
    """The organisation asked for (None: the platform), and all that the person may ask for, as (code, name)."""
    user = user_of(request)
    found = organisations(user).order_by("name")
    # A superuser is asked to choose among those that have something, not among all.
    own = list(found.filter(pk__in=H5PContent.objects.values("organisation")) if user.is_superuser else found)
    places = [(PLATFORM, _("平台"))] if user.is_superuser else []
    places += [(organisation.code, organisation.name) for organisation in own]
    if not places:
        raise NotAllowed
    asked = request.GET.get("organisation") or places[0][0]
    if asked not in dict(places):
        raise NotAllowed
    return next((one for one in own if one.code == asked), None), places


@require_safe
def libraries(request: HttpRequest) -> HttpResponse:
    """The libraries that an organisation's contents run, and which of them have something newer."""
    organisation, places = _organisation(request)
    page = paginate(request, shelf_rows(organisation), PER_PAGE)
    context = _context(_("H5P 库"), page=page, rows=list(page), places=places, shown=_code(organisation))
    return render(request, "h5p/staff/libraries.html", context)


def _code(organisation: Organisation | None) -> str:
    return organisation.code if organisation else PLATFORM


@require_safe
def upgrade(request: HttpRequest, folder: str) -> HttpResponse:
    """The contents of one library, to be upgraded to the newest version that is installed."""
    organisation, _places = _organisation(request)
    name = LibraryName.from_folder(folder)
    row = next((one for one in shelf_rows(organisation) if one.name == name), None)
    if row is None or not row.newer:
        raise Http404
    to = _target(request, row)
    page = paginate(
        request,
        contents_of(organisation).filter(main_library=str(row.name)).order_by("title", "pk"),
        PER_PAGE,
    )
    context = _context(
        _("升级 %(library)s 的内容") % {"library": row.library.title},
        library=row,
        to=to,
        page=page,
        contents=[(content, _addresses(content, to)) for content in page],
        shown=_code(organisation),
        texts=_texts(),
    )
    return render(request, "h5p/staff/upgrade.html", context)


def _target(request: HttpRequest, row: ShelfRow) -> LibraryName:
    asked = LibraryName.from_folder(request.GET.get("to", ""))
    return asked if asked in row.newer else row.newer[-1]


def _addresses(content: H5PContent, to: LibraryName) -> dict[str, str]:
    return {
        "frame": queries.upgrade_url(content.uuid, to),
        "post": reverse("courses_h5p_upgraded", args=[content.pk, content.uuid, to.folder]),
    }


def _texts() -> dict[str, Any]:
    return {
        "frame": _("升级"),
        "running": _("正在升级…"),
        "done": _("已升级"),
        "progress": _("已升级 {done} 个，未成功 {failed} 个，共 {all} 个。"),
        "failures": {
            "missing-library": _("没有安装升级需要的库"),
            "not-loaded": _("升级需要的文件没有读到，请再试一次"),
            "script-failed": _("库自带的升级程序出错"),
            "took-too-long": _("升级用时太长，已经停止"),
            "not-a-library": _("内容里的库名写法不对"),
            "not-taken": _("新版本不再接受内容里用到的库"),
            "too-new": _("内容里用到的库比新版本要求的还新"),
            "not-saved": _("升级的结果没有保存，请再试一次"),
        },
    }


@require_POST
def upgraded(request: HttpRequest, pk: int, was: UUID, folder: str) -> HttpResponse:
    """What the sandboxed frame made of one content: judged and kept, or a sentence why not (JSON)."""
    content = get_object_or_404(H5PContent.objects.select_related("organisation"), pk=pk)
    user = user_of(request)
    permit(user, content.organisation)
    to = LibraryName.from_folder(folder)
    if to is None:
        raise Http404
    most = Limits().json_bytes * 2
    body = request.read(most + 1)
    if len(body) > most:
        raise Invalid(_("升级的结果太大，没有保存。"), code="too_large", status=413)
    made = json_in.read_object(body, _("升级的结果不是有效的 JSON，没有保存。"))
    row = upgrade_content(
        user, content, was=was, to=to, params=made.get("params"), metadata=made.get("metadata")
    )
    return JsonResponse({"uuid": str(row.uuid), "library": row.main_library})


@require_safe
def export(request: HttpRequest, pk: int) -> FileResponse:
    """A content as an .h5p file with its libraries."""
    content = get_object_or_404(H5PContent.objects.select_related("organisation"), pk=pk)
    permit(user_of(request), content.organisation)
    name = slugify(content.title, allow_unicode=True)[:80] or str(content.uuid)
    file = TemporaryFile()  # noqa: SIM115 -- the response closes it
    queries.write_export(content.uuid, file)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{name}.h5p", content_type="application/zip")
