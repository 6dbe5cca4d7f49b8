"""Staff screens in the Wagtail admin: what waits for an issuer's assessors and a college's reviewers, one outcome with its
verdict, and the catalogue that officers keep.
"""

from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from creditbank.outcomes import catalogue as entries
from creditbank.outcomes import services
from creditbank.outcomes.forms import EntryForm, EquivalentForm, JudgeForm
from creditbank.outcomes.http import facts
from creditbank.outcomes.models import CatalogueEntry, LearningOutcome, OutcomeKind
from creditbank.outcomes.queries import (
    claimed_by_others,
    outcome_for_review,
    verification_counts,
    verification_queue,
)
from creditbank.outcomes.timeline import timeline
from creditbank.outcomes.words import number_form_text, standing
from lms.accounts.api import Role, User, holds, real_name, real_name_status
from lms.lib.attempts import refused
from lms.lib.clock import today
from lms.lib.errors import NotAllowed, NotFound, Refusal
from lms.lib.pages import paginate, staff_context, tabs_of

PER_PAGE = 30
Status = LearningOutcome.Status
STATES = (Status.SUBMITTED, Status.SUPPLEMENT, Status.VERIFIED, Status.REFUSED)
VERIFIERS = (Role.ASSESSOR, Role.REVIEWER)


def _verifier(request: HttpRequest) -> User:
    if not holds(request.user, *VERIFIERS):  # type: ignore[arg-type]
        raise NotAllowed
    return request.user  # type: ignore[return-value]


_context = partial(staff_context, icon="tick-inverse")


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """What waits for the user, by state and kind, each with its number."""
    user = _verifier(request)
    asked = request.GET.get("state", "")
    state = next((item for item in STATES if item == asked), STATES[0])
    kind = request.GET.get("kind", "")
    kind = kind if kind in OutcomeKind.values else ""
    counts = verification_counts(user)
    labels = {item.value: f"{item.label}（{counts.get(item, 0)}）" for item in STATES}
    context = _context(
        _("核实学习成果"),
        page=paginate(request, verification_queue(user, state, kind), PER_PAGE),
        tabs=tabs_of(labels, state),
        state=f"{state}&kind={kind}" if kind else state,
        shown=state,
        kind=kind,
        kinds=OutcomeKind.choices,
    )
    return render(request, "credit/outcomes/staff/queue.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One outcome: what it says, who says so, its steps, and the verdict."""
    user = _verifier(request)
    found = outcome_for_review(user, uuid)
    form, status = JudgeForm(), 200
    if request.method == "POST":
        form = JudgeForm(request.POST)
        refusal = _act(request, user, found, form)
        if refusal is None:
            return redirect("creditbank_outcome", uuid)
        status = refused(request, form, refusal)
        found.refresh_from_db()
    context = _context(
        found.title,
        outcome=found,
        facts=facts(found),
        standing=standing(found),
        form_text=number_form_text(found.number_form),
        evidence=list(found.evidence.order_by("id")),
        contested=claimed_by_others(found),
        name=real_name(found.holder),
        name_status=real_name_status(found.holder),
        steps=[step for step in timeline(found, today()) if step.at],
        open=found.status in {Status.SUBMITTED, Status.SUPPLEMENT},
        no_right=services.why_not_verified(user, found),
        form=form,
    )
    return render(request, "credit/outcomes/staff/case.html", context, status=status)


def _act(request: HttpRequest, user: User, found: LearningOutcome, form: JudgeForm) -> Refusal | None:
    """Carry out the pressed button."""
    form.is_valid()
    said = {name: form.cleaned_data.get(name, "") for name in form.fields}
    action = request.POST.get("action", "")
    try:
        if action == "verify":
            services.verify_outcome(user, found, **said)
            messages.success(request, _("已记为核实，成果已记入本人的学习账户。"))
        elif action == "ask":
            services.ask_supplement(user, found, note=said["note"])
            messages.success(request, _("已请本人补充材料。"))
        elif action == "refuse":
            services.refuse_outcome(user, found, note=said["note"])
            messages.success(request, _("已记为未通过核实。"))
        else:
            raise NotFound
    except Refusal as refusal:
        return refusal
    return None


# --- the catalogue ---------------------------------------------------------------------------------------


def officer_of(request: HttpRequest) -> User:
    """Raises NotAllowed for everybody but officers."""
    if not holds(request.user, Role.OFFICER):  # type: ignore[arg-type]
        raise NotAllowed
    return request.user  # type: ignore[return-value]


@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """Every entry, also those that are no more or not yet in force; below, the levels' equivalents."""
    officer_of(request)
    words, kind = request.GET.get("q", "")[:60], request.GET.get("state", "")
    found = entries.search_all(words, kind)
    labels = {"": _("全部")} | dict(EntryForm.base_fields["kind"].choices)  # type: ignore[attr-defined]
    context = _context(
        _("证书目录"),
        page=paginate(request, found, PER_PAGE),
        q=words,
        state=f"{kind}&q={words}" if words else kind,
        tabs=tabs_of(labels, kind),
        day=today(),
        levels=entries.equivalents(today()),
    )
    return render(request, "credit/outcomes/staff/catalogue.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def entry(request: HttpRequest, uuid: UUID | None = None) -> HttpResponse:
    """A new entry, or one to be changed."""
    user = officer_of(request)
    row = CatalogueEntry.objects.filter(uuid=uuid).first() if uuid else None
    if uuid and row is None:
        raise NotFound
    form = EntryForm(request.POST or None, initial=_initial(row))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data | {"issuers": form.cleaned_data["issuers"].splitlines()}
        try:
            entries.save_entry(user, entries.Entry(**data), row)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("证书目录已保存。"))
            return redirect("creditbank_catalogue")
    title = row.name if row else _("新的目录条目")
    status = 422 if form.errors else 200
    return render(request, "credit/outcomes/staff/form.html", _context(title, form=form), status=status)


def _initial(row: CatalogueEntry | None) -> dict[str, Any]:
    if row is None:
        return {"valid_from": today()}
    return {name: getattr(row, name) for name in EntryForm.base_fields} | {"issuers": "\n".join(row.issuers)}


@require_http_methods(["GET", "HEAD", "POST"])
def equivalent(request: HttpRequest) -> HttpResponse:
    """What a level equals from a day on (A78)."""
    user = officer_of(request)
    form = EquivalentForm(request.POST or None, initial={"valid_from": today()})
    if request.method == "POST" and form.is_valid():
        try:
            entries.set_equivalent(user, **form.cleaned_data)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("等级对应关系已记下。"))
            return redirect("creditbank_catalogue")
    status = 422 if form.errors else 200
    context = _context(_("等级对应关系"), form=form)
    return render(request, "credit/outcomes/staff/form.html", context, status=status)


def show_refusal(form: forms.Form, refusal: Refusal) -> None:
    """A refusal at the field that it names."""
    field = refusal.details.get("field")
    form.add_error(field if field in form.fields else None, str(refusal.message))
