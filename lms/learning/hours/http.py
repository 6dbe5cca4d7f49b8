"""/hours/: the year, and a day explained."""

import re
from datetime import date

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lms.learning.holds.refused import refused_on
from lms.learning.hours import queries, years
from lms.learning.hours.years import FIRST_YEAR
from lms.learning.signed_in import Asked, signed_in
from lms.learning.study.offline.queries import pending_on
from lms.lib.clock import today
from lms.lib.errors import NotFound


def reachable(day: date) -> date:
    """The day, or NotFound when nobody can have studied on it: long before us, or after this year."""
    if not FIRST_YEAR <= day.year <= today().year:
        raise NotFound
    return day


class DayConverter:
    """2026-03-02 in an address; a day that does not exist is no address."""

    regex = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        return value.isoformat()


@require_safe
@signed_in
def year(request: Asked) -> HttpResponse:
    number = years.asked(request.GET.get("year", ""), years.years())
    month = request.GET.get("month", "")
    # Anything else than a month is no choice: the newest days then.
    month = month if re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", month, re.ASCII) else ""
    return render(request, "learning/hours.html", queries.year(request.user, number, month))


@require_safe
@signed_in
def day(request: Asked, day: date) -> HttpResponse:
    found = queries.day(request.user, reachable(day))
    pending = pending_on(request.user, day)
    refused = refused_on(request.user, day)
    context = {"found": found, "pending": pending, "refused": refused, "is_today": day == today()}
    return render(request, "learning/day.html", context)
