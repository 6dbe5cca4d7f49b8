"""Pages of 双证融通: the four modes and their plans (no sign-in needed), a plan, one's own way through it, an exemption."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from creditbank.dual import exemptions, queries, rules, services, words
from creditbank.dual.models import FusedEnrolment, FusedPlan
from creditbank.outcomes.models import LearningOutcome
from creditbank.rules.facts import Kind, Mode
from creditbank.rules.models import ConversionRule
from lms.accounts.api import user_of
from lms.lib.clock import today
from lms.lib.errors import Invalid, NotFound, Refusal
from lms.lib.pages import paginate
from lms.lib.verify import services as verify

PER_PAGE = 20


@require_safe
def modes(request: HttpRequest) -> HttpResponse:
    """The four modes in words, the plans in force, and what one takes part in."""
    page = paginate(request, queries.plans_on(today()), PER_PAGE)
    mine = request.user.is_authenticated
    context = {
        "page": page,
        "modes": [
            {"name": ConversionRule.Mode(mode).label, "about": words.ABOUT[mode], "mode": mode}
            for mode in rules.MODES
        ],
        "enrolments": list(queries.enrolments_of(user_of(request))[:20]) if mine else [],
        "requests": list(queries.requests_of(user_of(request))[:20]) if mine else [],
    }
    return render(request, "credit/dual/modes.html", context)


@require_safe
def plan(request: HttpRequest, uuid: UUID) -> HttpResponse:
    found = queries.plan_by(uuid)
    return _plan(request, found)


def _plan(request: HttpRequest, found: FusedPlan, status: int = 200) -> HttpResponse:
    version = queries.version_on(found, today())
    if version is None:
        raise NotFound
    version.plan = found
    results: list[LearningOutcome] = []
    if request.user.is_authenticated and found.mode == Mode.CREDIT_RECOGNITION:
        codes = [course.code for course in queries.courses_of(version)]
        results = list(
            LearningOutcome.objects.filter(
                holder=user_of(request), kind=Kind.COURSE, course_code__in=codes
            ).exclude(status=LearningOutcome.Status.REFUSED)
        )
    context = {
        "plan": found,
        "version": version,
        "courses": queries.courses_of(version),
        "about": words.ABOUT[found.mode],
        "parts": words.parts_text(version),
        "share": words.share_text(version) if found.mode == Mode.THROUGH_TRAIN else "",
        "fused": found.mode in rules.FUSED,
        "results": results,
    }
    return render(request, "credit/dual/plan.html", context, status=status)


@login_required
@require_POST
def join(request: HttpRequest, uuid: UUID) -> HttpResponse:
    found = queries.plan_by(uuid)
    try:
        row = services.join(user_of(request), found)
    except Refusal as refusal:
        messages.error(request, str(refusal.message))
        return _plan(request, found, refusal.status)
    messages.success(request, _("已报名，学校确认后你会在这里看到。"))
    return redirect("credit:dual_enrolment", uuid=row.uuid)


@login_required
@require_safe
def enrolment(request: HttpRequest, uuid: UUID) -> HttpResponse:
    row = queries.enrolment_of(user_of(request), uuid)
    results = queries.results_of(row)
    states = queries.states_of(row, results)
    candidate = rules.is_candidate(states)
    context = {
        "enrolment": row,
        "rows": words.rows_of(row, states, results),
        "candidate": candidate,
        "next": words.next_text(row, candidate),
        "about": words.ABOUT[row.plan.mode],
        "parts": words.parts_text(row.version),
        "award": getattr(row, "award", None),
        "may_leave": row.state in (FusedEnrolment.State.APPLIED, FusedEnrolment.State.ADMITTED),
    }
    return render(request, "credit/dual/enrolment.html", context)


@login_required
@require_POST
def leave(request: HttpRequest, uuid: UUID) -> HttpResponse:
    row = queries.enrolment_of(user_of(request), uuid)
    services.leave(user_of(request), row)
    messages.success(request, _("已退出。已入账的学分仍然有效。"))
    return redirect("credit:dual_enrolment", uuid=uuid)


@login_required
@require_POST
def ask(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Ask for what a course result exempts from."""
    found = queries.plan_by(uuid)
    try:
        outcome = UUID(request.POST.get("outcome", ""))
    except ValueError as error:
        raise Invalid(_("请选择一门课程的成绩。")) from error
    try:
        row = exemptions.ask_exemption(user_of(request), found, outcome)
    except Refusal as refusal:
        messages.error(request, str(refusal.message))
        return _plan(request, found, refusal.status)
    messages.success(request, _("免考申请已提交，评价机构审核后你会在这里看到结果。"))
    return redirect("credit:dual_exemption", uuid=row.uuid)


@login_required
@require_safe
def exemption(request: HttpRequest, uuid: UUID) -> HttpResponse:
    row = queries.request_of(user_of(request), uuid)
    code = verify.issue(exemptions.KIND, row.uuid) if row.state == row.State.GRANTED else ""
    context = {"row": row, "parts": list(row.parts.all()), "code": code}
    return render(request, "credit/dual/exemption.html", context)


@login_required
@require_POST
def withdraw(request: HttpRequest, uuid: UUID) -> HttpResponse:
    row = queries.request_of(user_of(request), uuid)
    exemptions.withdraw_exemption(user_of(request), row)
    messages.success(request, _("已撤回。"))
    return redirect("credit:dual_exemption", uuid=uuid)
