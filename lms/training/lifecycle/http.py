"""/cases/: a body's own applications; /cases/notices/: public notices with objections. Thin."""

from collections.abc import Callable
from typing import Any, Protocol
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from lms.accounts.api import User, user_of
from lms.lib.attempts import DONE, attempt, attempt_form
from lms.lib.clock import today
from lms.lib.errors import NotFound
from lms.lib.evidence import handed_out
from lms.lib.ids import sent_uuid
from lms.training.lifecycle import queries, reading, services
from lms.training.lifecycle.conduct import conduct_of
from lms.training.lifecycle.declaration import Process, Side, process_of
from lms.training.lifecycle.forms import ActForm, AttachForm, BeginForm, ObjectionForm
from lms.training.lifecycle.models import Case

# Who has more than these finds the others on their notices' own pages.
MOST_OWN_OBJECTIONS = 20


class FactsOf(Protocol):
    """A form, or several, that give what a case says."""

    def is_valid(self) -> bool: ...

    def facts(self) -> Any: ...


def _process(code: str) -> Process:
    try:
        return process_of(code)
    except KeyError:
        raise NotFound from None


@never_cache
@login_required
@require_safe
def own(request: HttpRequest) -> HttpResponse:
    """The applications of the bodies the user acts for, and what they may begin."""
    user = user_of(request)
    context = {
        "page": queries.own(user, request.GET.get("after", "")),
        "processes": queries.open_to(user),
        "today": today(),
    }
    return render(request, "training/cases/own.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest, code: str) -> HttpResponse:
    """For which body and at which authority; what will be asked for stands below."""
    user, process = user_of(request), _process(code)
    form, status = BeginForm(user, process), 200
    if request.method == "POST":
        form = BeginForm(user, process, request.POST)
        made: list[Case] = []
        status = attempt_form(
            request,
            form,
            lambda: made.append(
                services.begin(user, code, form.cleaned_data["body"], form.cleaned_data["authority"])
            ),
            _("草稿已建立。缺什么列在下面，随时可以接着填。"),
        )
        if status == DONE:
            return redirect("cases:case", made[0].uuid)
    context = {"process": process, "form": form, "kinds": _asked_for(process)}
    return render(request, "training/cases/begin.html", context, status=status)


def _asked_for(process: Process) -> list[object]:
    return [
        kind
        for kind in process.evidence
        if kind.side == Side.APPLICANT and not process.comes_with_act(kind.code)
    ]


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One application as its body sees it. Every button does one thing: evidence in or out, or one act."""
    user = user_of(request)
    found = queries.own_case(user, uuid)
    status, refused_form = 200, None
    if request.method == "POST":
        status, refused_form = _post(request, user, found)
        if status == DONE:
            return redirect("cases:case", uuid)
        found = queries.own_case(user, uuid)
    sheet = queries.sheet(user, found)
    context = {"sheet": sheet, "case": found, "forms": act_forms(sheet, refused_form), "attach": AttachForm()}
    return render(request, "training/cases/case.html", context, status=status)


def _post(request: HttpRequest, user: User, found: Case) -> tuple[int, object]:
    press = request.POST.get("act", "")
    as_seen(request, found)
    if press == "attach":
        form = AttachForm(request.POST, request.FILES)
        status = attempt_form(
            request,
            form,
            lambda: services.attach(user, found, request.POST.get("kind", ""), form.cleaned_data["evidence"]),
            _("材料已上传。"),
        )
        if status == 422 and form.errors:
            messages.error(request, " ".join(str(text) for errors in form.errors.values() for text in errors))
        return status, None
    if press == "detach":
        file = request.POST.get("file", "")
        return attempt(request, lambda: services.detach(user, found, sent_uuid(file)), _("已撤下。")), None
    return act_from(request, user, found, press)


def act_forms(sheet: queries.Sheet, refused: object) -> list[ActForm]:
    """A form for each act that is open; the one that was refused as it was filled in."""
    return [
        refused
        if isinstance(refused, ActForm) and refused.row.name == choice.transition.name
        else ActForm(choice.transition, sheet.case)
        for choice in sheet.choices
        if choice.open
    ]


def as_seen(request: HttpRequest, found: Case) -> None:
    """Give the case the revision that the page showed: an act that another has overtaken is told so."""
    seen = request.POST.get("revision", "")
    if seen.isascii() and seen.isdecimal() and len(seen) < 9:
        found.revision = int(seen)


def act_from(request: HttpRequest, user: User, found: Case, press: str) -> tuple[int, object]:
    """Carry out the act that was pressed: the status, and its form for showing it again."""
    row = found.declared.transition(press)
    if row is None:
        return attempt(request, lambda: services.act(user, found, press[:40]), ""), None
    form = ActForm(row, found, request.POST, request.FILES)
    said = _("已办理：%(act)s。") % {"act": row.label}
    return attempt_form(request, form, lambda: services.act(user, found, press, form.said()), said), form


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def facts(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The form of the process's own room."""
    found = queries.own_case(user_of(request), uuid)
    if not found.stands.editable:
        return redirect("cases:case", uuid)
    return conduct_of(found).facts_page(request, found)


def facts_page(
    request: HttpRequest,
    case: Case,
    form_of: Callable[..., FactsOf],
    dump: Callable[[Any], dict[str, Any]],
    template: str,
) -> HttpResponse:
    """The form of what a case says, for a process's own page; "一行" more is a save that stays here. form_of: called with what was
    sent, if anything was; dump: its facts as the case keeps them. Who may was checked."""
    form, status = form_of(), 200
    if request.method == "POST":
        form, status = form_of(request.POST), 422
        if form.is_valid():
            services.describe(user_of(request), case, dump(form.facts()))
            if request.POST.get("press") == "more":
                return redirect("cases:facts", case.uuid)
            messages.success(request, _("已保存。"))
            return redirect("cases:case", case.uuid)
    return render(request, template, {"case": case, "form": form}, status=status)


@never_cache
@login_required
@require_safe
def file(request: HttpRequest, uuid: UUID) -> FileResponse:
    return handed_out(queries.evidence_for(user_of(request), uuid))


# --- public notices ----------------------------------------------------------------------------------------


@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    page = queries.notices_page(request.GET.get("after", ""))
    user = request.user if isinstance(request.user, User) else None
    context = {
        "page": page,
        "rows": [(row, reading.notice_state(row, today(), newest=not row.replaced)) for row in page.rows],
        "mine": list(queries.objections_by(user)[:MOST_OWN_OBJECTIONS]) if user else [],
    }
    return render(request, "training/cases/notices.html", context)


@require_safe
def notice(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What is public, until when, how to object; objections as numbers and results."""
    found = queries.notice(uuid)
    objections = list(found.objections.order_by("pk"))
    context = {
        "notice": found,
        "case": found.case,
        "objections": objections,
        "state": reading.notice_state(found, today()),
        "mine": next((row for row in objections if row.person_id == request.user.pk), None),
        "process": found.case.declared,
    }
    return render(request, "training/cases/notice.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def objection(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The form for an objection, for whoever is signed in."""
    found = queries.notice(uuid)
    form, status = ObjectionForm(), 200
    if request.method == "POST":
        form = ObjectionForm(request.POST)
        status = attempt_form(
            request,
            form,
            lambda: services.object_to(user_of(request), found, form.cleaned_data["text"]),
            _("异议已登记，答复以后你会在这里看到。"),
        )
        if status == DONE:
            return redirect("cases:objection", uuid)
    mine = found.objections.filter(person=user_of(request)).first()
    context = {"notice": found, "form": None if mine else form, "mine": mine}
    return render(request, "training/cases/objection.html", context, status=status)
