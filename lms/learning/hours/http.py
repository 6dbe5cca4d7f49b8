"""/hours/: the year, and a day explained."""

from datetime import date

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lms.learning.hours import queries
from lms.learning.signed_in import Asked, signed_in
from lms.lib.clock import today


class DayConverter:
    """2026-03-02 in an address; a day that does not exist is no address."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        return value.isoformat()


@require_safe
@signed_in
def year(request: Asked) -> HttpResponse:
    asked = request.GET.get("year", "")
    this = today().year
    number = int(asked) if asked.isascii() and asked.isdigit() and 2000 <= int(asked) <= this else this
    return render(request, "learning/hours.html", queries.year(request.user, number))


@require_safe
@signed_in
def day(request: Asked, day: date) -> HttpResponse:
    return render(
        request, "learning/day.html", {"found": queries.day(request.user, day), "is_today": day == today()}
    )
