"""Staff screens inside the Wagtail admin, for officers of the authority: organisations that ask, and one of them."""

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lms.accounts.identity.http import show_faults
from lms.accounts.institutions import queries, services
from lms.accounts.institutions.forms import VerdictForm
from lms.accounts.institutions.http import step_text
from lms.accounts.institutions.models import InstitutionRequest
from lms.accounts.people.http import signed_in
from lms.accounts.people.models import User
from lms.lib.errors import Refusal
from lms.lib.pages import paginate, staff_context, tabs_of

PER_PAGE = 30
State = InstitutionRequest.State
TABS = (State.SUBMITTED, State.SUPPLEMENT, State.APPROVED, State.REFUSED)


_context = partial(staff_context, icon="group")


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    asked = request.GET.get("state", "")
    shown = next((tab for tab in TABS if tab == asked), TABS[0])
    page = paginate(request, queries.queue(signed_in(request), shown), PER_PAGE)
    tabs = tabs_of({tab: tab.label for tab in TABS}, shown)
    context = _context(_("机构登记申请"), page=page, tabs=tabs, state=shown)
    return render(request, "accounts/admin/institution_requests.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, uuid: UUID) -> HttpResponse:
    officer = signed_in(request)
    shown = queries.request_for(officer, uuid)
    form, status = VerdictForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                _act(officer, shown, request.POST.get("action", ""), form.cleaned_data)
            except Refusal as refusal:
                status = refusal.status
                show_faults(form, refusal)
            else:
                messages.success(request, _("已记下，申请人能看到结果。"))
                return redirect("rongtong_institution_requests")
        shown = queries.request_for(officer, uuid)
    context = _context(
        shown.name,
        row=shown,
        form=form,
        files=list(shown.files.order_by("id")),
        others=queries.others_with_code(shown),
        steps=[
            {"at": row.at, "text": step_text(row), "reason": row.reason} for row in queries.steps_of(shown)
        ],
        may_judge=shown.state == State.SUBMITTED and shown.applicant_id != officer.pk,
    )
    return render(request, "accounts/admin/institution_request.html", context, status=status)


def _act(officer: User, shown: InstitutionRequest, action: str, data: dict[str, Any]) -> None:
    if action == "approve":
        services.approve(officer, shown, data["reason"], code=data["code"], proof=data["proof"])
    elif action == "ask":
        services.ask(officer, shown, data["reason"])
    elif action == "refuse":
        services.refuse(officer, shown, data["reason"])
    else:
        raise Refusal(_("请用页面上的按钮操作。"))
