"""/bases/: the directory, one base with its history, and the report of training by its own people. The form of an application."""

from functools import partial
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from lms.accounts.api import Role, User, holds
from lms.lib.attempts import DONE, attempt_form
from lms.lib.clock import today
from lms.lib.errors import NotFound
from lms.lib.pages import paginate
from lms.lib.verify.rules import grouped
from lms.training.bases import queries, rules, services
from lms.training.bases.forms import ApplicationForm, ReportForm, StrikeForm
from lms.training.bases.process import CODE, PROCESS
from lms.training.bases.words import project_lines
from lms.training.lifecycle.http import facts_page
from lms.training.lifecycle.models import Case
from lms.training.lifecycle.queries import authorities_with_rule
from lms.training.posts import queries as posts

PER_PAGE = 20


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Bases that stand, and with ?state=removed those taken back."""
    active = request.GET.get("state") != "removed"
    page = paginate(request, queries.directory(active), PER_PAGE)
    context = {
        "page": page,
        "page_obj": page,
        "active": active,
        "counts": queries.counts(list(authorities_with_rule(PROCESS)[:PER_PAGE])),
        "process": PROCESS,
        "code": CODE,
    }
    return render(request, "training/bases/list.html", context)


@require_safe
def base(request: HttpRequest, uuid: UUID) -> HttpResponse:
    found = queries.base(uuid)
    user = request.user
    context = {
        "base": found,
        "history": queries.history(found),
        "projects": project_lines(rules.load(found.case.facts)),
        "totals": queries.totals(found),
        "code": grouped(queries.plaque_code(found)),
        "posts": posts.running(found, today()),
        "assessing": posts.assessing(found),
        "reports_here": isinstance(user, User) and queries.reports_for(user, found),
        # Whoever hands in certificates at the credit bank: its page takes no others.
        "hands_in_levels": isinstance(user, User)
        and holds(user, Role.ASSESSOR, Role.ADMIN, organisation=found.body),
    }
    return render(request, "training/bases/base.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def training(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What the base has trained, and the form for the next group, the correction of one (?replaces=) or its strike (?strikes=)."""
    user: User = request.user  # type: ignore[assignment]
    found = queries.base(uuid)
    if not queries.reports_for(user, found):
        raise NotFound
    replaces = _asked(request.POST.get("replaces") or request.GET.get("replaces", ""))
    strikes = _asked(request.POST.get("strikes") or request.GET.get("strikes", ""))
    form, strike, status = ReportForm(found), StrikeForm(), 200
    if request.method == "POST" and strikes:
        strike = StrikeForm(request.POST)
        status = attempt_form(
            request,
            strike,
            lambda: services.strike_report(user, found, strikes, strike.cleaned_data["reason"]),
            _("已冲正。"),
        )
        if status == DONE:
            return redirect("bases:training", uuid)
    elif request.method == "POST":
        form = ReportForm(found, request.POST)
        status = attempt_form(
            request,
            form,
            lambda: services.report(user, found, form.report(), replaces=replaces),
            _("已登记。"),
        )
        if status == DONE:
            return redirect("bases:training", uuid)
    page = paginate(request, queries.reports(found), PER_PAGE)
    context = {
        "base": found,
        "form": strike if strikes else form if found.active else None,
        "active": found.active,
        "strikes": strikes,
        "page": page,
        "page_obj": page,
        "totals": queries.totals(found),
        "replaces": replaces,
    }
    return render(request, "training/bases/training.html", context, status=status)


def _asked(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise NotFound from None


def facts(request: HttpRequest, case: Case) -> HttpResponse:
    """The application's form, with projects or firms line by line."""
    return facts_page(
        request, case, partial(ApplicationForm, case.facts), rules.dump, "training/bases/facts.html"
    )
