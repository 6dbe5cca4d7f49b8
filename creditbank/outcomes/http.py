"""Pages of one's own outcomes: registering one, its page with the four steps, the supplement, the catalogue, the files.

Evidence files are read by their owner and by whoever may judge the certificate; such a look is logged.
"""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from creditbank.honours import http as honours
from creditbank.outcomes import rules
from creditbank.outcomes.catalogue import entry_in_force, equivalent_on, equivalents, find
from creditbank.outcomes.forms import DepositForm, FilesForm, SupplementForm
from creditbank.outcomes.models import CATALOGUED, CatalogueEntry, LearningOutcome, OutcomeKind
from creditbank.outcomes.queries import evidence_for, outcome_of, outcomes_of
from creditbank.outcomes.services import add_files, deposit
from creditbank.outcomes.services import supplement as hand_in
from creditbank.outcomes.timeline import timeline
from creditbank.outcomes.words import choice_label, label_of, number_form_text, standing
from creditbank.promotion import http as promotion
from lms.accounts.api import User, user_of
from lms.lib.clock import today
from lms.lib.errors import Conflict, Invalid, NotFound
from lms.lib.evidence import handed_out
from lms.lib.limits import asked_too_often
from lms.lib.pages import paginate
from lms.lib.units import format_centi

SUGGESTIONS = 8


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def apply(request: HttpRequest) -> HttpResponse:
    """Choose an outcome that is registered, or register one: first of which kind, then the form of that kind."""
    user = user_of(request)
    asked = request.POST if request.method == "POST" else request.GET
    entry = _entry(asked.get("entry_uuid") or asked.get("entry") or "")
    kind = entry.kind if entry is not None else asked.get("kind", OutcomeKind.SKILL)
    if kind not in rules.KINDS:
        kind = OutcomeKind.SKILL
    form = DepositForm(kind, request.POST or None, request.FILES or None, entry=entry)
    if request.method == "POST" and form.is_valid():
        made = _deposit(request, user, form)
        if made is not None:
            return redirect("credit:worth", uuid=made)
    context = {
        "form": form,
        "kind": OutcomeKind(kind),
        "kinds": [
            {"value": value, "label": label, "current": value == kind} for value, label in OutcomeKind.choices
        ],
        "entry": entry,
        "catalogued": kind in CATALOGUED,
        "page": paginate(request, outcomes_of(user).exclude(status="refused")),
    }
    return render(request, "credit/apply.html", context, status=422 if request.method == "POST" else 200)


def _entry(text: str) -> CatalogueEntry | None:
    """The entry of the catalogue that a link or the form names; None for nonsense and for one that is no more."""
    try:
        return entry_in_force(UUID(text), today()) if text else None
    except (ValueError, NotFound):
        return None


def _deposit(request: HttpRequest, user: User, form: DepositForm) -> UUID | None:
    """The registered outcome, also one that had been registered before; None: the form says why not."""
    try:
        outcome = deposit(user, form.deposit(), form.cleaned_data["evidence"])
    except Invalid as refusal:
        fields = refusal.details.get("fields") or {refusal.details.get("field"): str(refusal.message)}
        for name, sentence in fields.items():
            form.add_error(name if name in form.fields else None, sentence)
        return None
    except Conflict as refusal:
        if refusal.code == "already_deposited":
            messages.info(request, str(refusal.message))
            return UUID(refusal.details["outcome"])
        form.add_error(None, str(refusal.message))
        return None
    messages.success(request, number_form_text(outcome.number_form))
    return outcome.uuid


@login_required
@require_safe
def outcomes(request: HttpRequest) -> HttpResponse:
    """All of one's outcomes, newest first."""
    page = paginate(request, outcomes_of(user_of(request)).select_related("issuer"))
    return render(request, "credit/outcomes/list.html", {"page": page})


def facts(outcome: LearningOutcome) -> list[tuple[str, str]]:
    """What an outcome says, as label and words, in the order of its kind; its number apart."""
    shown: list[tuple[str, str]] = []
    for name in rules.KINDS[outcome.kind].fields:
        value = _shown(outcome, name)
        if name not in {"number", "title"} and value:
            shown.append((label_of(outcome.kind, name), value))
    return shown


def _shown(outcome: LearningOutcome, name: str) -> str:
    if name in rules.DETAILS:
        return choice_label(name, outcome.details.get(name, ""))
    value = getattr(outcome, name)
    if value is None or value == "":
        return ""
    if name in rules.BOUNDS:
        return format_centi(value)
    if name == "level":
        return str(outcome.get_level_display())
    return choice_label(name, value.isoformat() if hasattr(value, "isoformat") else str(value))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def outcome(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One outcome: what it says, how far it is proved, its four steps; the supplement, while one is asked for; and files
    of one's own accord, while it waits."""
    user = user_of(request)
    found = outcome_of(user, uuid)
    # Who sends what is no longer asked for is told so.
    asked = found.status == LearningOutcome.Status.SUPPLEMENT or "text" in request.POST
    form, status = (SupplementForm if asked else FilesForm)(), 200
    if request.method == "POST":
        form = (SupplementForm if asked else FilesForm)(request.POST, request.FILES)
        status = _handed_in(request, user, found, form)
        if status == 302:
            return redirect("credit:outcome", uuid=uuid)
    day = today()
    context: dict[str, Any] = {
        "outcome": found,
        "facts": facts(found),
        "standing": standing(found),
        "form_text": number_form_text(found.number_form),
        "steps": [
            {"title": s.title, "at": s.at, "text": s.note, "state": s.state} for s in timeline(found, day)
        ],
        "evidence": list(found.evidence.order_by("id")),
        "form": form,
        "equivalent": equivalent_on(found.level, found.issued_on) if found.level else None,
        "expired": found.expires_on is not None and found.expires_on < day,
    }
    context |= promotion.shown(found) | honours.shown(found)
    return render(request, "credit/outcomes/outcome.html", context, status=status)


def _handed_in(request: HttpRequest, user: User, found: LearningOutcome, form: Form) -> int:
    """Take what was handed in with the form; the status of the answer, 302 when it was taken."""
    if not form.is_valid():
        return 422
    files = form.cleaned_data["evidence"]
    try:
        if "text" in form.fields:
            hand_in(user, found, text=form.cleaned_data["text"], files=files)
        else:
            add_files(user, found, files)
            messages.success(request, _("证明材料已添加。"))
    except Invalid as refusal:
        form.add_error("evidence", str(refusal.message))
        return refusal.status
    return 302


@login_required
@require_safe
def evidence(request: HttpRequest, uuid: UUID) -> FileResponse:
    return handed_out(evidence_for(user_of(request), uuid))


# --- the catalogue, for everybody -------------------------------------------------------------------------


@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """The certificates there are, by words or code; each leads to its form."""
    words = request.GET.get("q", "")[:60]
    context = {"page": paginate(request, find(words, today())), "q": words, "levels": equivalents(today())}
    return render(request, "credit/outcomes/catalogue.html", context)


@require_safe
def suggest(request: HttpRequest) -> JsonResponse:
    """As the search box asks while somebody types: {"suggestions": [{text, note, url}]}."""
    words = request.GET.get("q", "")[:60]
    if not words.strip() or asked_too_often(request, "catalogue", most=240, window_s=60):
        return JsonResponse({"suggestions": []})
    return JsonResponse(
        {
            "suggestions": [
                {
                    "text": entry.name,
                    "note": " · ".join(
                        part for part in (entry.get_kind_display(), entry.occupation_code) if part
                    ),
                    "url": f"{reverse('credit:apply')}?entry={entry.uuid}",
                }
                for entry in find(words, today())[:SUGGESTIONS]
            ]
        }
    )
