"""/hours/readiness/: a higher title, year by year, and courses that fill what this year lacks."""

from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lms.learning.signed_in import Asked, signed_in
from lms.learning.statements import readiness
from lms.learning.statements.forms import TargetForm
from lms.lib.clock import today
from search.api import SearchUnavailable

# Shown where neither the rule nor the person says how many: this year and the one before.
YEARS_SHOWN = 2


@require_safe
@signed_in
def page(request: Asked) -> HttpResponse:
    form = TargetForm(request.GET)
    # What makes no sense in an address is left out; there is nothing to refuse.
    form.is_valid()
    said: dict[str, Any] = {"level": "", "series": ""} | form.cleaned_data
    day: date = said.get("day") or today()
    rule = readiness.rule_on(day, said["level"], said["series"])
    years: int = said.get("years") or (rule.years if rule else None) or YEARS_SHOWN
    found = readiness.readiness(
        request.user, level=said["level"], series=said["series"], years=years, day=day
    )
    context: dict[str, Any] = {
        "form": form if form.errors else TargetForm(initial=said | {"years": years, "day": day}),
        "found": found,
        "is_today": day == today(),
        "rule": found.rule,
        "nav_key": "hours",
    } | _courses(request, found)
    return render(request, "learning/statements/readiness.html", context)


def _courses(request: Asked, found: readiness.Readiness) -> dict[str, Any]:
    if found.this_year is None:
        return {}
    number = request.GET.get("page", "")
    asked = int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 1
    wanted = request.GET.get("kind", "")
    kind = wanted if wanted in found.this_year.kinds() else ""
    try:
        answer = readiness.courses_for(request.user, found.this_year, page=asked, kind=kind)
    except SearchUnavailable:
        return {"unavailable": True}
    return {"page": answer[0], "offers": answer[1], "kind": kind} if answer else {}
