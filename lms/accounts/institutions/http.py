"""/institutions/: the public list, without signing in. /me/institutions/: one's own requests. Thin."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.accounts.identity.http import show_faults
from lms.accounts.identity.models import Identity
from lms.accounts.institutions import queries, services
from lms.accounts.institutions.forms import InstitutionForm
from lms.accounts.institutions.models import InstitutionRequest
from lms.accounts.organisations.models import Organisation, Role
from lms.accounts.people.http import signed_in
from lms.lib.audit.models import AuditRow
from lms.lib.errors import Refusal
from lms.lib.evidence import handed_out
from lms.lib.pages import paginate

PER_PAGE = 30


@require_safe
def public_list(request: HttpRequest) -> HttpResponse:
    words, kind = request.GET.get("q", "")[:80], request.GET.get("kind", "")
    page = paginate(request, queries.public_list(words, kind), PER_PAGE)
    rows = [{"organisation": row, "since": queries.state_since(row)} for row in page]
    context = {"page": page, "rows": rows, "q": words, "kind": kind, "kinds": Organisation.Kind.choices}
    return render(request, "accounts/institutions/public.html", context)


@never_cache
@login_required
@require_safe
def own(request: HttpRequest) -> HttpResponse:
    page = paginate(request, queries.requests_of(signed_in(request)))
    return render(request, "accounts/institutions/own.html", {"page": page})


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    form = InstitutionForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = services.submit(user, form.said(), form.cleaned_data["evidence"])
            except Refusal as refusal:
                status = refusal.status
                show_faults(form, refusal)
            else:
                messages.success(request, _("已提交。主管部门审核以后，你会在这里看到结果。"))
                return redirect("accounts_pages:institution", made.uuid)
    context = {"form": form, "nameless": not Identity.objects.filter(user=user).exists()}
    return render(request, "accounts/institutions/ask.html", context, status=status)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One request: its state and steps; a POST answers what was asked for."""
    user = signed_in(request)
    shown = queries.request_of(user, uuid)
    wanted = shown.state == InstitutionRequest.State.SUPPLEMENT
    form = InstitutionForm(request.POST or None, request.FILES or None, request=shown)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.supplement(user, shown, form.said(), form.cleaned_data["evidence"])
            except Refusal as refusal:
                status = refusal.status
                show_faults(form, refusal)
            else:
                messages.success(request, _("已补充，重新等待审核。"))
                return redirect("accounts_pages:institution", uuid)
    context = {
        "request_row": shown,
        "wanted": wanted,
        "form": form if wanted else None,
        "files": list(shown.files.order_by("id")),
        "steps": [
            {"at": row.at, "text": step_text(row), "reason": row.reason} for row in queries.steps_of(shown)
        ],
    }
    return render(request, "accounts/institutions/one.html", context, status=status)


def step_text(row: AuditRow) -> str:
    """What was done, in words; staff are named by role, as everywhere."""
    words = {
        "institution.submit": _("提交登记"),
        "institution.supplement": _("补充后重新提交"),
        "institution.ask": _("要求补充"),
        "institution.approve": _("登记"),
        "institution.refuse": _("未通过"),
        "institution.withdraw": _("撤回"),
    }
    who = dict(Role.choices).get(row.role)
    said = words.get(row.action, row.action)
    return f"{said} · {who}" if who else said


@login_required
@require_POST
def withdraw(request: HttpRequest, uuid: UUID) -> HttpResponse:
    user = signed_in(request)
    services.withdraw(user, queries.request_of(user, uuid))
    messages.success(request, _("已撤回。"))
    return redirect("accounts_pages:institutions")


@login_required
@require_safe
def file(request: HttpRequest, uuid: UUID) -> FileResponse:
    return handed_out(queries.file_for(signed_in(request), uuid))
