"""The staff screens of imports: hand in a pack, follow it, read the report. Thin."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lms.accounts.api import Organisation, Role, User, organisations_for, require_role
from lms.lib.errors import NotAllowed, Refusal
from lms.lib.pages import paginate

from .http_api import as_out
from .models import PackImport
from .queries import import_for, imports_for, state_of
from .report import FINAL, ImportReport, State
from .services import cancel_import, start_import

REFRESH_SECONDS = 2


def _user(request: HttpRequest) -> User:
    # Wagtail's admin lets nobody in who is not signed in.
    return cast(User, request.user)


def imports_packs(user: User) -> bool:
    """Whether the person edits for any organisation."""
    return organisations_for(user, Role.EDITOR).exists()


def _require_some(request: HttpRequest) -> None:
    if not imports_packs(_user(request)):
        raise NotAllowed


class PackForm(forms.Form):
    """The file and for whom; only organisations one edits for are offered."""

    organisation = forms.ModelChoiceField(
        Organisation.objects.none(), label=gettext_lazy("开课单位"), empty_label=None
    )
    file = forms.FileField(
        label=gettext_lazy("课程包（zip）"),
        widget=forms.FileInput(attrs={"accept": ".zip,application/zip"}),
        help_text=gettext_lazy(
            "里面有 manifest.json、media/ 和 h5p/。同一课程代码再次导入，就是新的一次发布。"
        ),
    )
    draft = forms.BooleanField(
        label=gettext_lazy("只存为草稿"),
        required=False,
        help_text=gettext_lazy("不发布，学员看不到；检查以后可以逐页发布。"),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = organisations_for(user, Role.EDITOR).order_by("name")
        cast(forms.ModelChoiceField, self.fields["organisation"]).queryset = offered


def import_list(request: HttpRequest) -> HttpResponse:
    """Every import of the organisations the person edits for, newest first."""
    _require_some(request)
    page = paginate(request, imports_for(_user(request)))
    rows = [(row, ImportReport.from_json(row.report), state_of(row).label) for row in page]
    context = {"page": page, "rows": rows, "page_title": _("课程包"), "header_icon": "upload"}
    return render(request, "courses/packs/list.html", context)


def import_new(request: HttpRequest) -> HttpResponse:
    """The form, and what comes of sending it."""
    _require_some(request)
    form = PackForm(_user(request), request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        organisation = form.cleaned_data["organisation"]
        upload = form.cleaned_data["file"]
        try:
            actor = require_role(_user(request), Role.EDITOR, organisation=organisation)
            row = start_import(
                upload,
                name=upload.name or "",
                organisation=organisation,
                actor=actor,
                publish=not form.cleaned_data["draft"],
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal.message))
        else:
            return redirect("courses_pack_import", uuid=row.uuid)
    context = {"form": form, "page_title": _("导入课程包"), "header_icon": "upload"}
    return render(request, "courses/packs/new.html", context, status=422 if form.errors else 200)


def import_one(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """How far an import is (the page asks again by itself), and in the end its report."""
    row = import_for(_user(request), uuid)
    if request.method == "POST":
        return _cancel(request, row)
    state = state_of(row)
    context = {
        "row": row,
        "state": state,
        "out": as_out(row),
        "report": ImportReport.from_json(row.report),
        "finished": state in FINAL,
        "good": state in (State.DONE, State.UNCHANGED),
        "failed_message": row.job.message if row.job and state == State.FAILED else "",
        "page_title": row.file_name,
        "header_icon": "upload",
    }
    response = render(request, "courses/packs/import.html", context)
    if state not in FINAL:
        # Works without script, and stops by itself when the import is over.
        response["Refresh"] = str(REFRESH_SECONDS)
    return response


def _cancel(request: HttpRequest, row: PackImport) -> HttpResponse:
    actor = require_role(_user(request), Role.EDITOR, organisation=row.organisation)
    cancel_import(row, actor)
    messages.info(request, _("已请求停止。写入前停止的，不会留下任何内容。"))
    return redirect("courses_pack_import", uuid=row.uuid)
