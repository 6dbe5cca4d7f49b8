"""/programmes/: calls, plans, programmes and series for everybody, the person-times counter, applying; the host's page; the form of a
proposal. Thin."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from lms.accounts.api import Role, User, holds, user_of
from lms.lib.attempts import DONE, attempt, attempt_form
from lms.lib.evidence import handed_out
from lms.lib.ids import sent_uuid
from lms.lib.pages import paginate, tabs_of
from lms.training.lifecycle.http import facts_page
from lms.training.lifecycle.models import Case
from lms.training.programmes import enrolment, queries, results, rules, services, sign_in, words
from lms.training.programmes.forms import (
    AccountForm,
    ApplyForm,
    DecideForm,
    OutputForm,
    RunForm,
    TopicForm,
)
from lms.training.programmes.models import FUNDS, LEVELS, Programme, ProgrammeApplication
from lms.training.programmes.process import DOCUMENT

PER_PAGE = 20


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Programmes of published plans, those that enrol first, and the calls that are open."""
    labels = {"enrolling": _("招收学员"), "running": _("办班中"), "done": _("已结业")}
    state = request.GET.get("state", "")
    shown = state if state in labels else "enrolling"
    page = paginate(request, queries.listed(shown), PER_PAGE, keys_from=0)
    user = request.user
    context = {
        "page": page,
        "page_obj": page,
        "tabs": tabs_of(labels, shown),
        "calls": queries.calls_open()[:PER_PAGE],
        "plans": queries.plans()[:5],
        "series": queries.all_series()[:PER_PAGE],
        "hosts": queries.hosts_for(user)[:PER_PAGE] if isinstance(user, User) else [],
    }
    return render(request, "training/programmes/list.html", context)


@require_safe
def plan(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One published version of a year's plan."""
    found = queries.plan(uuid)
    rows = [
        row
        | {
            "level_label": words.label(row["level"], LEVELS),
            "fund_label": words.label(row["fund"], FUNDS),
        }
        for row in found.lines
    ]
    return render(request, "training/programmes/plan.html", {"plan": found, "rows": rows})


@require_safe
def series(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Editions side by side."""
    found = queries.series(uuid)
    rows = [
        row
        | {
            "mark": row["figures"].centimarks,
            "cost": words.yuan(row["figures"].per_head_fen) if row["figures"].per_head_fen else "",
        }
        for row in queries.editions(found)
    ]
    return render(request, "training/programmes/series.html", {"series": found, "rows": rows})


@require_safe
def count(request: HttpRequest) -> HttpResponse:
    """How many person-times there are, and what is counted."""
    years = queries.person_times_shown()
    total = rules.in_all(years)
    context = {
        "years": [
            {"row": row, "public": row.courses.get("public", 0), "specialty": row.courses.get("specialty", 0)}
            for row in years
        ],
        "total": total,
        "target": rules.TARGET,
        "percent": min(total * 100 // rules.TARGET, 100),
        "document": DOCUMENT,
    }
    return render(request, "training/programmes/count.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def programme(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One programme: what it is, where it stands, and for whoever is signed in their application and theory output."""
    found = queries.public(uuid)
    user = request.user if isinstance(request.user, User) else None
    form, output, status = ApplyForm(found), OutputForm(), 200
    if request.method == "POST":
        if user is None:
            return redirect("account_login")
        press = request.POST.get("act", "")
        if press == "apply":
            form = ApplyForm(found, request.POST)
            status = attempt_form(
                request,
                form,
                lambda: enrolment.apply(user, found, form.application()),
                _("已报名，承办单位审核以后你会在这里看到结果。"),
            )
        elif press == "output":
            output = OutputForm(request.POST, request.FILES)
            status = attempt_form(
                request,
                output,
                lambda: results.hand_in(user, found, output.new(), output.cleaned_data["evidence"]),
                _("已提交，评审结果会列在这里。"),
            )
        elif press == "leave":
            status = attempt(request, lambda: enrolment.leave(user, found), _("已退出。"))
        if status == DONE:
            return redirect("programmes:programme", uuid)
    mine = queries.own_application(user, found) if user else None
    seated = mine is not None and mine.state == "admitted"
    context = {
        "programme": found,
        "figures": queries.figures([found])[found.pk],
        "closed": enrolment.closed(found),
        "mine": mine,
        "form": None if mine and mine.state != "left" else form,
        "output": output
        if seated and found.case.state in ("running", "reported", "settling", "settled")
        else None,
        "outputs": queries.own_outputs(user, found) if user else [],
        "hours_ruled": results.hours_ruled(found),
        "known": user is not None,
        "in_charge": user is not None and holds(user, Role.OFFICER, organisation=found.case.authority),
        "hosts_here": user is not None and queries.hosts_for(user).filter(pk=found.pk).exists(),
    }
    return render(request, "training/programmes/programme.html", context, status=status)


# --- the host ----------------------------------------------------------------------------------------------


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def host(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What the host does for a programme: its class, who comes, theory output, accounts. Every button does one thing."""
    user = user_of(request)
    found = queries.hosted(user, uuid)
    runs = [(str(run.uuid), run.title) for run in queries.runs_for(found)]
    account, run, status = AccountForm(), RunForm(runs), 200
    if request.method == "POST":
        press = request.POST.get("act", "")
        if press == "run":
            run = RunForm(runs, request.POST)
            status = attempt_form(
                request,
                run,
                lambda: services.bind_run(user, found, sent_uuid(run.cleaned_data["run"])),
                _("班次已确定。"),
            )
        elif press == "account":
            account = AccountForm(request.POST)
            status = attempt_form(
                request,
                account,
                lambda: results.account(user, found, account.fen(), account.cleaned_data["note"]),
                _("决算已登记。"),
            )
        elif press == "hours":
            status = attempt(request, lambda: results.give_again(user, found), _("已核对，学时只记一次。"))
        else:
            status = _judge(request, user, found, press)
        if status == DONE:
            return redirect("programmes:host", uuid)
        found = queries.hosted(user, uuid)
    page = paginate(request, queries.applicants(found), PER_PAGE)
    outputs = list(queries.outputs(found))
    queries.note_seen(user, found, (row.person for row in (*page, *(each["row"] for each in outputs))))
    context = {
        "programme": found,
        "figures": queries.figures([found])[found.pk],
        "page": page,
        "page_obj": page,
        "rows": [{"row": row, "about": words.about(row), "proof": _proof(found, row)} for row in page],
        "outputs": outputs,
        "meetings": sign_in.held(found),
        "accounts": [{"row": row, "total": words.yuan(row.total_fen)} for row in found.accounts.all()],
        "account": account if found.case.state == "running" else None,
        "run": run if found.case.state == "approved" else None,
        "enrols": found.case.state == "enrolling",
    }
    return render(request, "training/programmes/host.html", context, status=status)


@never_cache
@login_required
@require_safe
def output_file(request: HttpRequest, uuid: UUID) -> FileResponse:
    """A file of theory output, for its author and those who review it."""
    return handed_out(queries.output_file(user_of(request), uuid))


def _judge(request: HttpRequest, user: User, found: Programme, press: str) -> int:
    """One application or one theory output."""
    sent = sent_uuid(request.POST.get("row", ""))
    if press in ("admit", "refuse"):
        form = DecideForm(request.POST)
        status = attempt_form(
            request,
            form,
            lambda: enrolment.decide(
                user, queries.application(found, sent), form.decision(admit=press == "admit")
            ),
            _("已录取，座位已留。") if press == "admit" else _("已告知未录取。"),
        )
        if status != DONE:
            for errors in form.errors.values():
                messages.error(request, " ".join(str(text) for text in errors))
        return status
    if press in ("output_pass", "output_refuse"):

        def review() -> None:
            output = results.review(
                user,
                queries.output(found, sent),
                passed=press == "output_pass",
                reason=request.POST.get("reason", ""),
            )
            if note := results.paper_note(user, output):
                messages.info(request, note)

        return attempt(request, review, _("已评审。"))
    return 422


# --- the proposal's form -------------------------------------------------------------------------------------


def facts(request: HttpRequest, case: Case) -> HttpResponse:
    """What a proposal says, with candidates line by line."""
    return facts_page(
        request, case, partial(TopicForm, case, case.facts), rules.dump, "training/programmes/facts.html"
    )


def _proof(programme: Programme, row: ProgrammeApplication) -> str:
    """The paper to be seen before somebody is admitted; "" where nothing they say lets them in."""
    proof = enrolment.proof_of(programme.call.kind, row)
    return words.proof_text(proof) if proof else ""
