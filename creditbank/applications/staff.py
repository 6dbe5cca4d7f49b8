"""Staff screens inside the Wagtail admin: a college's queue and one case with its decision, for reviewers; what it has
recognised and the taking back of it, for its administrators.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from creditbank.applications import services
from creditbank.applications.models import Application
from creditbank.applications.queries import (
    application_for_review,
    holds_for,
    recognition_for,
    recognitions,
    review_queue,
)
from creditbank.applications.words import number_form_text, reason_sentence
from creditbank.outcomes.models import LearningOutcome
from creditbank.outcomes.queries import claimed_by_others
from creditbank.outcomes.services import refuse_outcome, verify_outcome
from lms.accounts.api import Role, User, holds, real_name, real_name_status
from lms.lib.errors import NotAllowed, Refusal
from lms.lib.pages import paginate, tabs_of

PER_PAGE = 30
STATES = (Application.State.SUBMITTED, Application.State.APPROVED, Application.State.REFUSED)
POSTED = (Application.State.APPROVED, Application.State.REVERSED)
# Why somebody decided: needed, which the service says, so that what else was typed is not lost.
REASON: dict[str, Any] = {
    "widget": forms.Textarea(attrs={"rows": 3}),
    "max_length": 1000,
    "required": False,
    "help_text": gettext_lazy("必填，申请人会看到。"),
}


class VerifyForm(forms.Form):
    method = forms.ChoiceField(
        label=gettext_lazy("核实方式"), choices=[("", "—"), *LearningOutcome.Method.choices], required=False
    )
    note = forms.CharField(
        label=gettext_lazy("核实说明"),
        widget=forms.Textarea(attrs={"rows": 2}),
        required=False,
        max_length=500,
        help_text=gettext_lazy("未通过时必填，申请人会看到。"),
    )


class DecisionForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("理由"), **REASON)


class ReversalForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("撤销原因"), **REASON)


def reviews(user: Any) -> bool:
    """Whether there is a queue for them."""
    return holds(user, Role.REVIEWER)


def _reviewer(request: HttpRequest) -> User:
    if not reviews(request.user):
        raise NotAllowed
    return request.user  # type: ignore[return-value]


def _context(title: str, **more: Any) -> dict[str, Any]:
    return {"header_title": title, "page_title": title, "header_icon": "clipboard-list", **more}


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    user = _reviewer(request)
    state = _asked(request, STATES)
    context = _listed(request, _("学分审核"), review_queue(user, state), STATES, state)
    return render(request, "credit/staff/queue.html", context)


def _asked(request: HttpRequest, states: Sequence[Application.State]) -> Application.State:
    """The state that `?state=` names; nonsense gives the first."""
    asked = request.GET.get("state", "")
    return next((state for state in states if state == asked), states[0])


def _listed(
    request: HttpRequest,
    title: str,
    found: QuerySet[Application],
    states: Sequence[Application.State],
    state: Application.State,
) -> dict[str, Any]:
    """A page of applications in one state, and the tabs that lead to the others."""
    tabs = tabs_of({item: item.label for item in states}, state)
    return _context(title, page=paginate(request, found, PER_PAGE), tabs=tabs, state=state)


@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One application: its certificate, its rule, the computation, the two forms."""
    user = _reviewer(request)
    application = application_for_review(user, uuid)
    verify_form, decision_form = VerifyForm(), DecisionForm()
    status = 200
    if request.method == "POST":
        verify_form, decision_form, refusal = _act(request, user, application)
        if refusal is None:
            return redirect("creditbank_case", uuid)
        messages.error(request, str(refusal.message))
        status = refusal.status
        application = application_for_review(user, uuid)
    kept = application.decision or application.worth
    context = _context(
        str(application.outcome.title),
        application=application,
        outcome=application.outcome,
        evidence=list(application.outcome.evidence.all()),
        contested=claimed_by_others(application.outcome),
        name=real_name(application.applicant),
        name_status=real_name_status(application.applicant),
        form_text=number_form_text(application.outcome.number_form),
        sentence=reason_sentence(kept["lines"][0]["reason"]),
        recomputed=holds_for(application),
        own=application.applicant_id == user.pk,
        verify_form=verify_form,
        decision_form=decision_form,
    )
    return render(request, "credit/staff/case.html", context, status=status)


def _act(
    request: HttpRequest, user: User, application: Application
) -> tuple[VerifyForm, DecisionForm, Refusal | None]:
    """Carry out the pressed button; the forms come back as typed when the service refuses."""
    action = request.POST.get("action", "")
    verify_form, decision_form = VerifyForm(), DecisionForm()
    try:
        if action in {"verify", "refuse_outcome"}:
            verify_form = VerifyForm(request.POST)
            verify_form.is_valid()
            note = verify_form.cleaned_data.get("note", "")
            if action == "verify":
                method = verify_form.cleaned_data.get("method", "")
                verify_outcome(user, application.outcome, method=method, note=note)
                messages.success(request, _("已记为核实。现在可以认定学分。"))
            else:
                refuse_outcome(user, application.outcome, note=note)
                messages.success(request, _("已记为未通过核实。"))
        elif action in {"approve", "refuse"}:
            decision_form = DecisionForm(request.POST)
            decision_form.is_valid()
            reason = decision_form.cleaned_data.get("reason", "")
            services.decide(user, application, approve=action == "approve", reason=reason)
            messages.success(
                request, _("已认定，学分已入账。") if action == "approve" else _("已记为未认定。")
            )
        else:
            raise Refusal(_("请用页面上的按钮操作。"))
    except Refusal as refusal:
        return verify_form, decision_form, refusal
    return verify_form, decision_form, None


# --- taking a recognition back ---------------------------------------------------------------------------


def administers(user: Any) -> bool:
    """Whether they may reverse recognitions somewhere."""
    return holds(user, Role.ADMIN)


def _administrator(request: HttpRequest) -> User:
    if not administers(request.user):
        raise NotAllowed
    return request.user  # type: ignore[return-value]


@require_safe
def recognised(request: HttpRequest) -> HttpResponse:
    user = _administrator(request)
    state = _asked(request, POSTED)
    context = _listed(request, _("已认定学分"), recognitions(user, state), POSTED, state)
    return render(request, "credit/staff/recognised.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def recognition(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One recognition: what was posted, and the form that takes it back."""
    user = _administrator(request)
    application = recognition_for(user, uuid)
    form, status = ReversalForm(), 200
    if request.method == "POST":
        form = ReversalForm(request.POST)
        form.is_valid()
        try:
            services.reverse_recognition(user, application, reason=form.cleaned_data.get("reason", ""))
        except Refusal as refusal:
            messages.error(request, str(refusal.message))
            status = refusal.status
            application = recognition_for(user, uuid)
        else:
            messages.success(request, _("认定已撤销，学分已冲正；这张证书可以再次申请。"))
            return redirect("creditbank_recognition", uuid)
    context = _context(
        str(application.outcome.title),
        application=application,
        name=real_name(application.applicant),
        own=application.applicant_id == user.pk,
        form=form,
    )
    return render(request, "credit/staff/recognition.html", context, status=status)
