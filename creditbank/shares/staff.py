"""Staff screens inside the Wagtail admin: what an organisation may take along, what it took, and what failed."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from creditbank.shares import exports
from lms.accounts.api import Organisation, User, organisations_for, require_role
from lms.lib.attempts import refused
from lms.lib.errors import NotFound, Refusal
from lms.lib.pages import paginate
from lms.lib.verify.rules import grouped
from lms.lib.verify.services import codes as codes_of

PER_PAGE = 30


class ExportForm(forms.Form):
    organisation = forms.ModelChoiceField(
        label=gettext_lazy("机构"), queryset=Organisation.objects.none(), to_field_name="code"
    )
    purpose = forms.CharField(
        label=gettext_lazy("用途"),
        max_length=200,
        help_text=gettext_lazy("例如：2026 年职称申报。被导出的人都能看到。"),
    )


def _user(request: HttpRequest) -> User:
    require_role(request.user, *exports.ROLES)  # type: ignore[arg-type]
    return request.user  # type: ignore[return-value]


@require_http_methods(["GET", "HEAD", "POST"])
def listing(request: HttpRequest) -> HttpResponse:
    user = _user(request)
    mine = organisations_for(user, *exports.ROLES)
    form = ExportForm(request.POST or None)
    form.fields["organisation"].queryset = mine.order_by("name")  # type: ignore[attr-defined]
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = exports.make_export(
                    user, form.cleaned_data["organisation"], form.cleaned_data["purpose"]
                )
            except Refusal as refusal:
                status = refused(request, form, refusal)
            else:
                return redirect("creditbank_export", uuid=made.uuid)
    context: dict[str, Any] = {
        "header_title": _("汇总导出"),
        "page_title": _("汇总导出"),
        "header_icon": "download",
        "form": form,
        "page": paginate(request, exports.exports_of(user, mine), PER_PAGE),
        "waiting": [(row.name, exports.candidates(row).count()) for row in mine.order_by("name")[:20]],
    }
    return render(request, "credit/staff/exports.html", context, status=status)


@require_safe
def one(request: HttpRequest, uuid: UUID) -> HttpResponse:
    export = exports.export_of(_user(request), uuid)
    page = paginate(request, exports.records_of(export), PER_PAGE)
    codes = codes_of(exports.KIND, [row.uuid for row in page])
    context: dict[str, Any] = {
        "rows": [(row, grouped(codes.get(row.uuid, ""))) for row in page],
        "header_title": _("汇总导出"),
        "page_title": _("汇总导出"),
        "header_icon": "download",
        "export": export,
        "page": page,
        "failed": export.records.filter(state=exports.State.FAILED).count(),
    }
    return render(request, "credit/staff/export.html", context)


@require_POST
def retry(request: HttpRequest, uuid: UUID) -> HttpResponse:
    user = _user(request)
    made = exports.retry(user, exports.export_of(user, uuid))
    messages.success(request, _("重试了，新导出 %(count)s 人。") % {"count": made})
    return redirect("creditbank_export", uuid=uuid)


@require_safe
def download(request: HttpRequest, uuid: UUID, form: str) -> HttpResponse:
    user = _user(request)
    export = exports.export_of(user, uuid)
    if form not in ("csv", "json"):
        raise NotFound
    if form == "csv":
        response = HttpResponse(exports.as_csv(user, export), content_type="text/csv; charset=utf-8")
    else:
        response = HttpResponse(exports.as_json(user, export), content_type="application/json")
    name = f"rongtong-export-{export.made_at:%Y%m%d-%H%M}.{form}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response
