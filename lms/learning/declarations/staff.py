"""Staff screens inside the Wagtail admin: the queue of claims and one claim with its judgement, for personnel officers
and the department's reviewers; the table of rules and the days that each side has, for officers of the authority.
"""

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lms.accounts.api import Role, User, holds, real_name, real_name_status
from lms.learning.declarations import decisions, queries
from lms.learning.declarations.forms import RuleForm, TermsForm, VerdictForm
from lms.learning.declarations.models import DeclarationTerms, HoursActivityRule, State
from lms.learning.declarations.terms import publish_terms
from lms.learning.rule_versions import PUBLISHED, next_version
from lms.lib.attempts import refused
from lms.lib.errors import NotAllowed, Refusal
from lms.lib.pages import paginate, staff_context, tabs_of

PER_PAGE = 30
TABS = ("waiting", State.SUPPLEMENT, State.ACCEPTED, State.REFUSED, State.EXPIRED)


def reviews(user: Any) -> bool:
    """Whether there is a queue for them."""
    return queries.reviews(user)


def sets_rules(user: Any) -> bool:
    """Whether they set what activities give."""
    return holds(user, Role.OFFICER)


def _reviewer(request: HttpRequest) -> User:
    if not reviews(request.user):
        raise NotAllowed
    return request.user  # type: ignore[return-value]


_context = partial(staff_context, icon="time")


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    user = _reviewer(request)
    asked = request.GET.get("state", "")
    shown = asked if asked in TABS else TABS[0]
    page = paginate(request, queries.queue(user, shown), PER_PAGE)
    labels = {tab: _("待审核") if tab == "waiting" else State(tab).label for tab in TABS}
    rows = [{"declaration": row, "overdue": queries.overdue(row)} for row in page]
    context = _context(_("学时申报"), page=page, rows=rows, tabs=tabs_of(labels, shown), state=shown)
    return render(request, "learning/declarations/staff/queue.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One claim: what was said, its evidence, what the rule gives, claims like it, and the judgement."""
    user = _reviewer(request)
    found = queries.for_review(user, uuid)
    decides = found.state in (State.DEPARTMENT, State.APPEAL)
    form, status = VerdictForm(hours=decides), 200
    if request.method == "POST":
        form = VerdictForm(request.POST, hours=decides)
        status = 422
        if form.is_valid():
            try:
                decisions.review(user, found, form.verdict(request.POST.get("action", "")))
            except Refusal as refusal:
                status = refused(request, form, refusal)
            else:
                messages.success(request, _("已记下，申报人能看到结果。"))
                return redirect("learning_declarations")
        found = queries.for_review(user, uuid)
    context = _context(
        found.title,
        declaration=found,
        files=list(found.files.order_by("id")),
        name=real_name(found.person),
        name_status=real_name_status(found.person),
        steps=queries.timeline(found, queries.steps_of(found)),
        explanation=queries.explanation(found),
        similar=queries.similar(found),
        may_judge=_may_judge(user, found),
        barred=decisions.barred(user, found),
        decides=decides,
        form=form,
    )
    return render(request, "learning/declarations/staff/case.html", context, status=status)


def _may_judge(user: User, found: Any) -> bool:
    """Whether the claim waits for this user's level; the service checks again, and more."""
    if found.state == State.EMPLOYER:
        return holds(user, Role.HR, organisation=found.employer)
    return found.state in queries.WAITING and holds(user, Role.REVIEWER, organisation=found.department)


@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: HttpRequest) -> HttpResponse:
    """Every version of every rule, newest first, and the form that publishes the next one."""
    if not sets_rules(request.user):
        raise NotAllowed
    form, status = next_version(request, RuleForm, decisions.publish_rule)
    if status == PUBLISHED:
        return redirect("learning_hours_rules")
    page = paginate(request, HoursActivityRule.objects.order_by("-valid_from", "-id"), PER_PAGE)
    rows = [
        {"rule": row, "line": queries.rule_sentence(row) if row.centihours_per_unit else _("尚未设定")}
        for row in page
    ]
    context = _context(_("学时折算规则"), page=page, rows=rows, form=form)
    return render(request, "learning/declarations/staff/rules.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def terms(request: HttpRequest) -> HttpResponse:
    """Every version of the days that each side has, newest first, and the form that publishes the next one."""
    if not sets_rules(request.user):
        raise NotAllowed
    form, status = next_version(request, TermsForm, publish_terms)
    if status == PUBLISHED:
        return redirect("learning_declaration_terms")
    page = paginate(request, DeclarationTerms.objects.order_by("-version"), PER_PAGE)
    context = _context(_("申报期限"), page=page, form=form)
    return render(request, "learning/declarations/staff/terms.html", context, status=status)
