"""The public register of conversion rules: the list with its filters in the address, and a page for each rule."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from creditbank.rules import register
from creditbank.rules.forms import RegisterForm
from lms.lib.clock import today
from lms.lib.pages import paginate


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """One line for each rule, by the version in force on the day asked for, else by its newest."""
    form = RegisterForm(request.GET)
    wanted = form.wanted()
    page = paginate(request, register.listed(wanted), 20)
    day = wanted.day or today()
    context = {
        "form": form,
        "page": page,
        "rows": [register.row(version, day) for version in page],
        "narrowed": wanted != register.Wanted(),
        "day": wanted.day,
    }
    return render(request, "credit/rules.html", context)


@require_safe
def rule(request: HttpRequest, code: str) -> HttpResponse:
    """A rule with all its versions: dates, source, what it gives, its caps and exclusions, what each version changed."""
    found = register.rule_of(code)
    versions = register.versions_of(found, today())
    current = next((shown for shown in versions if shown.state == "in_force"), versions[0])
    context = {
        "rule": found,
        "versions": versions,
        "current": current,
        "excluded": register.excluded_by(found, current.version),
    }
    return render(request, "credit/rule.html", context)
