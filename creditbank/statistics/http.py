"""The public page of statistics, without login: every counter with its definition; the long lists on pages of their own."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from creditbank.planner.effect import FEWEST_TOLD
from creditbank.statistics import words
from creditbank.statistics.queries import CREDITS_STEP, HOURS_STEP, Statistics, current, next_day
from lms.lib.errors import NotFound
from lms.lib.pages import paginate
from lms.lib.units import format_centi


def _note(found: Statistics) -> dict[str, object]:
    steps = (CREDITS_STEP, HOURS_STEP)
    credits, hours = (format_centi(step) for step in steps)
    return {
        "at": found.at,
        "next_day": next_day(found),
        "fewest": FEWEST_TOLD,
        "credits_step": credits,
        "hours_step": hours,
    }


@require_safe
def statistics(request: HttpRequest) -> HttpResponse:
    found = current()
    # Anchor, heading, counters, tables.
    parts = (
        ("accounts", _("账号和成果"), ("accounts", "outcomes", "recognised"), ("standings", "kinds")),
        (
            "conversions",
            _("认定和转换"),
            ("conversions",),
            ("institutions", "occupations", "levels", "years"),
        ),
        ("hours", _("学时"), ("hours",), ("hour_kinds", "hour_years")),
        ("skills", _("技能晋升"), ("skills", "senior"), ("skill_levels",)),
    )
    sections = [
        {
            "id": anchor,
            "title": title,
            "counters": [words.counter(found, key) for key in counters],
            "tables": [words.table(found, name) for name in tables],
        }
        for anchor, title, counters, tables in parts
    ]
    context = {"sections": sections, **_note(found)}
    return render(request, "credit/statistics/page.html", context)


@require_safe
def every(request: HttpRequest, name: str) -> HttpResponse:
    """All rows of a list that may be long. Raises NotFound for any other."""
    if name not in words.LONG:
        raise NotFound
    found = current()
    shown = words.table(found, name)
    page = paginate(request, shown.lines)
    context = {"table": shown, "page": page, **_note(found)}
    return render(request, "credit/statistics/all.html", context)
