"""/hours/declare/ and /hours/declarations/: the learner's pages of claims, working without scripts."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.learning.declarations import queries, services
from lms.learning.declarations.forms import AppealForm, DeclareForm, SupplementForm
from lms.learning.declarations.models import OPEN, HoursDeclaration, State
from lms.learning.signed_in import Asked, signed_in
from lms.lib.clock import today
from lms.lib.errors import Conflict, Invalid
from lms.lib.evidence import handed_out
from lms.lib.pages import paginate

# What the service calls a field → where the form has it.
FIELDS = {"activity": "sort"}


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def declare(request: Asked) -> HttpResponse:
    form = DeclareForm(request.user, request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.declare(request.user, form.declared(), form.cleaned_data["evidence"])
        except Invalid as refusal:
            _show(form, refusal)
        except Conflict as refusal:
            # A double click lands here: show the claim that the first click made.
            if "declaration" not in refusal.details:
                raise
            messages.info(request, str(refusal.message))
            return redirect("hours:declaration", uuid=refusal.details["declaration"])
        else:
            messages.success(request, _("申报已提交，先由单位审核。进展在这里查看。"))
            return redirect("hours:declaration", uuid=made.uuid)
    context = {
        "form": form,
        "rules": [{"rule": rule, "line": queries.rule_sentence(rule)} for rule in queries.rules_on(today())],
        "no_employer": not queries.employers_of(request.user).exists(),
        "nav_key": "hours",
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "learning/declarations/declare.html", context, status=status)


def _show(form: forms.Form, refusal: Invalid) -> None:
    name = refusal.details.get("field", "")
    name = FIELDS.get(name, name)
    form.add_error(name if name in form.fields else None, str(refusal.message))


@require_safe
@signed_in
def listing(request: Asked) -> HttpResponse:
    page = paginate(request, queries.own_all(request.user))
    rows = [{"declaration": row, "next": queries.next_sentence(row)} for row in page]
    context = {"page": page, "rows": rows, "nav_key": "hours"}
    return render(request, "learning/declarations/list.html", context)


@require_safe
@signed_in
def detail(request: Asked, uuid: UUID) -> HttpResponse:
    return _detail(request, queries.own(request.user, uuid))


def _detail(request: Asked, found: HoursDeclaration, status: int = 200, **bound: Any) -> HttpResponse:
    following = queries.next_sentence(found)
    context = {
        "declaration": found,
        "steps": queries.timeline(found, queries.steps_of(found)),
        "files": list(found.files.order_by("id")),
        "explanation": queries.explanation(found),
        "next": following,
        "overdue": queries.overdue(found),
        "may_withdraw": found.state in OPEN,
        "supplement_form": bound.get("supplement_form") or SupplementForm(),
        "appeal_form": bound.get("appeal_form") or AppealForm(),
        "may_supplement": found.state == State.SUPPLEMENT and not queries.overdue(found),
        "may_appeal": queries.may_appeal(found),
        "nav_key": "hours",
    }
    return render(request, "learning/declarations/detail.html", context, status=status)


@require_POST
@signed_in
def withdraw(request: Asked, uuid: UUID) -> HttpResponse:
    services.withdraw(request.user, queries.own(request.user, uuid))
    messages.success(request, _("申报已撤回，没有记入学时；可以修改后重新申报。"))
    return redirect("hours:declaration", uuid=uuid)


@require_POST
@signed_in
def supplement(request: Asked, uuid: UUID) -> HttpResponse:
    found = queries.own(request.user, uuid)
    form = SupplementForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            services.supplement(
                request.user, found, text=form.cleaned_data["text"], files=form.cleaned_data["evidence"]
            )
        except Invalid as refusal:
            form.add_error(
                "evidence" if refusal.details["field"] == "evidence" else "text", str(refusal.message)
            )
        else:
            messages.success(request, _("补充已提交，继续审核。"))
            return redirect("hours:declaration", uuid=uuid)
    return _detail(request, found, 422, supplement_form=form)


@require_POST
@signed_in
def appeal(request: Asked, uuid: UUID) -> HttpResponse:
    found = queries.own(request.user, uuid)
    form = AppealForm(request.POST)
    if form.is_valid():
        services.appeal(request.user, found, reason=form.cleaned_data["reason"])
        messages.success(request, _("申诉已提交，由另一位审核人员复核。"))
        return redirect("hours:declaration", uuid=uuid)
    return _detail(request, found, 422, appeal_form=form)


@require_safe
@login_required
def evidence(request: HttpRequest, uuid: UUID) -> FileResponse:
    return handed_out(queries.evidence_for(request.user, uuid))  # type: ignore[arg-type]
