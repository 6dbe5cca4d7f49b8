"""Staff screens inside the Wagtail admin: a college's queue, several cases of it at once, and one case with the panel's
opinions, for reviewers; what it has recognised and the taking back of it, for its administrators.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from creditbank.applications import decisions, lifecycle, services, steps, timeline
from creditbank.applications.foresight import foresee
from creditbank.applications.forms import AskForm, DecisionForm, ReversalForm, VerifyForm
from creditbank.applications.models import Application
from creditbank.applications.queries import (
    application_for_review,
    holds_for,
    recognition_for,
    recognitions,
    review_queue,
    steps_of,
)
from creditbank.applications.words import number_form_text, reason_sentence
from creditbank.outcomes.queries import claimed_by_others
from creditbank.outcomes.services import refuse_outcome, verify_outcome
from lms.accounts.api import Role, User, holds, real_name, real_name_status
from lms.lib.attempts import refused
from lms.lib.errors import NotAllowed, NotFound, Refusal
from lms.lib.pages import paginate, staff_context, tabs_of

PER_PAGE = 30
State = Application.State
TABS = ("waiting", State.SUPPLEMENT, State.APPROVED, State.REFUSED, State.UPHELD, State.EXPIRED)
POSTED = (State.APPROVED, State.REVERSED)


def reviews(user: Any) -> bool:
    """Whether there is a queue for them."""
    return holds(user, Role.REVIEWER)


def _reviewer(request: HttpRequest) -> User:
    if not reviews(request.user):
        raise NotAllowed
    return request.user  # type: ignore[return-value]


_context = partial(staff_context, icon="clipboard-list")


@require_http_methods(["GET", "HEAD", "POST"])
def queue(request: HttpRequest) -> HttpResponse:
    """What waits, or stands in one state; several of one rule version may be decided here at once."""
    user = _reviewer(request)
    form, status, lines = DecisionForm(), 200, []
    ticked: set[str] = set()
    if request.method == "POST":
        form = DecisionForm(request.POST)
        form.is_valid()
        try:
            lines = decisions.decide_many(
                user,
                [_seen(item) for item in request.POST.getlist("case")],
                approve=request.POST.get("action") == "approve",
                reason=form.cleaned_data.get("reason", ""),
            )
            form = DecisionForm()
        except Refusal as refusal:
            status = refused(request, form, refusal)
            # What was chosen stays chosen. Where a case has moved on, its row is another by now: without the revision.
            ticked = {item.partition(":")[0] for item in request.POST.getlist("case")}
    asked = request.GET.get("state", "")
    shown = asked if asked in TABS else TABS[0]
    labels = {tab: _("待审核") if tab == "waiting" else State(tab).label for tab in TABS}
    page = paginate(request, review_queue(user, shown), PER_PAGE)
    rows = [
        {"application": row, "overdue": timeline.overdue(row), "own": row.applicant_id == user.pk}
        | {"ticked": str(row.uuid) in ticked}
        for row in page
    ]
    context = _context(
        _("学分审核"), page=page, rows=rows, tabs=tabs_of(labels, shown), state=shown, form=form, lines=lines
    )
    return render(request, "credit/staff/queue.html", context, status=status)


def _seen(item: str) -> tuple[UUID, int]:
    """A ticked box, "uuid:revision". Raises NotFound for anything else."""
    uuid, _colon, revision = item.partition(":")
    try:
        return UUID(uuid), int(revision)
    except ValueError as error:
        raise NotFound from error


@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One application: what is to be recognised, its rule, the computation, what the panel has said, the forms."""
    user = _reviewer(request)
    application = application_for_review(user, uuid)
    forms: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        forms, refusal = _act(request, user, application)
        if refusal is None:
            return redirect("creditbank_case", uuid)
        status = refused(request, next(iter(forms.values()), None), refusal)
        application = application_for_review(user, uuid)
    kept = application.decision or application.worth
    outcome = application.outcome
    context = _context(
        application.title,
        application=application,
        outcome=outcome,
        evidence=list(outcome.evidence.all()) if outcome else [],
        files=list(application.files.order_by("id")),
        contested=claimed_by_others(outcome) if outcome else False,
        name=real_name(application.applicant),
        name_status=real_name_status(application.applicant),
        form_text=number_form_text(outcome.number_form) if outcome else "",
        sentence=reason_sentence(kept["lines"][0]["reason"]),
        recomputed=holds_for(application),
        own=application.applicant_id == user.pk,
        steps=timeline.timeline(application, steps_of(application)),
        verify_form=forms.get("verify") or VerifyForm(),
        decision_form=forms.get("decision") or DecisionForm(),
        ask_form=forms.get("ask") or AskForm(),
        **_panel(user, application),
    )
    return render(request, "credit/staff/case.html", context, status=status)


def _panel(user: User, row: Application) -> dict[str, Any]:
    """What this reviewer's yes and no would be now, as buttons; or why there are none."""
    so_far = steps.said_so_far(row)
    panel = lifecycle.panel(so_far)
    waiting = row.state in lifecycle.AT_COLLEGE
    told = ""
    if waiting and decisions.spoken(user, panel):
        told = _("你已经对这份申请提过意见，要由另一位审核人员复核。")
    elif row.state == State.APPEALED and decisions.part_in(user, row):
        told = _("你参与过这份申请的审核，申诉要由没有参与过的审核人员复核。")
    words = {}
    if waiting and not told:
        for approve in (True, False):
            act = lifecycle.verdict(row.state, panel, approve=approve, reviewers=row.reviewers)
            words["yes" if approve else "no"] = timeline.act_title(act, approve)
    return {
        "told": told,
        "buttons": words,
        "now": foresee(row) if waiting else None,
        "may_ask": lifecycle.moved(row.state, lifecycle.Act.ASK) is not None and not told,
        "verifiable": waiting and row.outcome is not None and row.outcome.status == "submitted",
    }


def _act(request: HttpRequest, user: User, application: Application) -> tuple[dict[str, Any], Refusal | None]:
    """Carry out the pressed button; the forms come back as typed when the service refuses."""
    action = request.POST.get("action", "")
    forms: dict[str, Any] = {}
    seen = request.POST.get("revision", "")
    if seen.isdecimal():
        application.revision = int(seen)
    try:
        if action in {"verify", "refuse_outcome"} and application.outcome is not None:
            said = _typed(forms, "verify", VerifyForm(request.POST))
            note = said.get("note", "")
            if action == "verify":
                method = said.get("method", "")
                verify_outcome(user, application.outcome, method=method, note=note)
                messages.success(request, _("已记为核实。现在可以认定学分。"))
            else:
                refuse_outcome(user, application.outcome, note=note)
                messages.success(request, _("已记为未通过核实。"))
        elif action in {"approve", "refuse"}:
            reason = _typed(forms, "decision", DecisionForm(request.POST)).get("reason", "")
            shown = request.POST.get("centicredits", "")
            done = services.decide(
                user,
                application,
                approve=action == "approve",
                reason=reason,
                seen=int(shown) if shown.isdecimal() and len(shown) < 10 else None,
            )
            messages.success(request, _told(done))
        elif action == "ask":
            said = _typed(forms, "ask", AskForm(request.POST))
            services.ask(user, application, what=said.get("what", ""), until=said.get("until"))
            messages.success(request, _("已要求补充材料，申请人能看到要补什么、到哪一天。"))
        else:
            raise Refusal(_("请用页面上的按钮操作。"))
    except Refusal as refusal:
        return forms, refusal
    return forms, None


def _typed(forms: dict[str, Any], name: str, form: Form) -> dict[str, Any]:
    """What was typed, with the form kept for showing it again."""
    forms[name] = form
    form.is_valid()
    return form.cleaned_data


def _told(done: Application) -> str:
    return {
        State.APPROVED: _("已认定，学分已入账。"),
        State.PROPOSED: _("意见已记下，等待另一位审核人员复核。"),
        State.SUBMITTED: _("已退回，重新审核。"),
        State.UPHELD: _("已记为维持不予认定。"),
    }.get(State(done.state), _("已记为未认定。"))


# --- taking a recognition back ---------------------------------------------------------------------------


def administers(user: Any) -> bool:
    """Whether they may reverse recognitions somewhere."""
    return holds(user, Role.ADMIN)


def _administrator(request: HttpRequest) -> User:
    if not administers(request.user):
        raise NotAllowed
    return request.user  # type: ignore[return-value]


def _asked(request: HttpRequest, states: Sequence[Application.State]) -> Application.State:
    """The state that `?state=` names; nonsense gives the first."""
    asked = request.GET.get("state", "")
    return next((state for state in states if state == asked), states[0])


@require_safe
def recognised(request: HttpRequest) -> HttpResponse:
    user = _administrator(request)
    state = _asked(request, POSTED)
    context = _context(
        _("已认定学分"),
        page=paginate(request, recognitions(user, state), PER_PAGE),
        tabs=tabs_of({item: item.label for item in POSTED}, state),
        state=state,
    )
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
            status = refused(request, form, refusal)
            application = recognition_for(user, uuid)
        else:
            messages.success(request, _("认定已撤销，学分已冲正；这张证书可以再次申请。"))
            return redirect("creditbank_recognition", uuid)
    context = _context(
        application.title,
        application=application,
        name=real_name(application.applicant),
        own=application.applicant_id == user.pk,
        form=form,
    )
    return render(request, "credit/staff/recognition.html", context, status=status)
