"""Staff screens of programmes inside the Wagtail admin, for officers of the authority in charge: calls, the choice of hosts, the yearly
plan, and one programme with its evaluation."""

from functools import partial
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lms.lib.attempts import DONE, attempt, attempt_form
from lms.lib.clock import today
from lms.lib.pages import paginate, staff_context
from lms.training.access import authorities, officer
from lms.training.programmes import queries, results, services, sign_in, words
from lms.training.programmes.forms import CallForm, EvaluationForm, HostForm, PlanForm
from lms.training.programmes.models import TopicCall
from lms.training.programmes.rules import load
from lms.training.programmes.standings import checked_all
from lms.training.supervision.queries import findings_of

PER_PAGE = 30
# Of more authorities than these the page names nothing missing; each one's list of topics does.
MOST_AUTHORITIES = 50
_context = partial(staff_context, icon="group")


@require_http_methods(["GET", "HEAD", "POST"])
def calls(request: HttpRequest) -> HttpResponse:
    """The calls of the user's authorities, and the form of the next one."""
    user = officer(request)
    form, status = CallForm(user), 200
    if request.method == "POST":
        form = CallForm(user, request.POST)
        made: list[TopicCall] = []
        status = attempt_form(
            request, form, lambda: made.append(services.call(user, form.new())), _("征集已发布在公告栏。")
        )
        if status == DONE:
            return redirect("training_call", made[0].uuid)
    page = paginate(request, queries.calls_of(authorities(user)), PER_PAGE)
    mine = list(authorities(user)[:MOST_AUTHORITIES])
    missing = [
        {"authority": row, "text": words.call_due_text(due)}
        for row, due in queries.calls_missing(mine, today())
    ]
    context = _context(_("研修项目"), form=form, page=page, missing=missing)
    return render(request, "training/programmes/staff/calls.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def call(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One call: topics that wait with their candidates, what was approved, and the plan."""
    user = officer(request)
    found = queries.call_for(user, uuid)
    form, status, refused = PlanForm(), 200, None
    topics = {str(row.uuid): row for row in queries.topics_waiting(found)}
    said = dict(zip(topics, checked_all([load(row.facts) for row in topics.values()], today()), strict=True))
    if request.method == "POST":
        if request.POST.get("act") == "plan":
            form = PlanForm(request.POST)
            status = attempt_form(
                request,
                form,
                lambda: services.publish_plan(user, found, **form.cleaned_data),
                _("年度项目计划已公布。"),
            )
        elif (case := topics.get(request.POST.get("topic", ""))) is not None:
            refused = HostForm(said[str(case.uuid)], request.POST)
            chosen = refused
            status = attempt_form(
                request,
                chosen,
                lambda: services.choose_host(
                    user, case, chosen.cleaned_data["host"], chosen.cleaned_data["reason"]
                ),
                _("承办单位已选定。"),
            )
        if status == DONE:
            return redirect("training_call", uuid)
    page = paginate(request, queries.of_call(found), PER_PAGE)
    known = queries.figures(list(page))
    context = _context(
        found.title,
        call=found,
        topics=[
            {
                "case": row,
                "title": said[key].title,
                "candidates": words.candidate_lines(said[key]),
                "form": refused
                if refused is not None and request.POST.get("topic") == key
                else HostForm(said[key]),
                "chosen": queries.choices_of(row),
            }
            for key, row in topics.items()
        ],
        page=page,
        rows=[{"row": row, "figures": known[row.pk]} for row in page],
        plans=found.plans.all(),
        form=form,
    )
    return render(request, "training/programmes/staff/call.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def programme(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One programme: its figures, accounts and hours, and the evaluation."""
    user = officer(request)
    found = queries.programme_for(user, uuid)
    weights = results.weights_of(found)
    form, status = EvaluationForm(weights), 200
    if request.method == "POST":
        if request.POST.get("act") == "hours":
            status = attempt(request, lambda: results.give_again(user, found), _("已核对，学时只记一次。"))
        else:
            form = EvaluationForm(weights, request.POST)
            status = attempt_form(
                request,
                form,
                lambda: results.evaluate(user, found, form.scores(), form.cleaned_data["remark"]),
                _("评估已登记，请到办理页作出结论。"),
            )
        if status == DONE:
            return redirect("training_programme", uuid)
    account = found.accounts.last()
    context = _context(
        found.title,
        programme=found,
        figures=queries.figures([found])[found.pk],
        lines=queries.progress_lines(found),
        findings=findings_of(found.host_id, today()),
        total=words.yuan(account.total_fen) if account else "",
        budget=words.yuan(found.budget_fen),
        evaluations=found.evaluations.all(),
        meetings=sign_in.held(found),
        hours_ruled=results.hours_ruled(found),
        form=form if found.case.state == "reported" else None,
    )
    return render(request, "training/programmes/staff/programme.html", context, status=status)
