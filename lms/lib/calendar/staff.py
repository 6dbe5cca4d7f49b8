"""The staff screen of working days inside the Wagtail admin: which years are there, and loading the next one.

What the text was read as is shown first; a second button loads it.
"""

from itertools import count
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lms.lib.calendar import services
from lms.lib.calendar.forms import YearForm
from lms.lib.calendar.models import CalendarYear
from lms.lib.clock import today
from lms.lib.errors import Conflict, Invalid
from lms.lib.pages import paginate
from lms.lib.workdays import calendar, packaged


@require_http_methods(["GET", "HEAD", "POST"])
def years(request: HttpRequest) -> HttpResponse:
    """Every loaded version, newest first, and the form; POST shows what was read, with `load` it loads it."""
    services.loader(request.user)
    known = calendar().years
    read, status = None, 200
    if request.method == "POST":
        form = YearForm(request.POST, request.FILES)
        read, status = _read(request, form)
        if status == 302:
            return redirect("rongtong_calendar")
    else:
        # The first that is not there.
        following = next(year for year in count(today().year) if year not in known)
        form = YearForm(initial={"year": following})
    title = _("工作日历")
    context: dict[str, Any] = {
        "header_title": title,
        "page_title": title,
        "header_icon": "date",
        "page": paginate(request, CalendarYear.objects.order_by("-id")),
        "form": form,
        "read": read,
        "missing": [year for year in (today().year, today().year + 1) if year not in known],
        "first": min(packaged()),
        "last": max(packaged()),
    }
    return render(request, "lib/staff/calendar.html", context, status=status)


def _read(request: HttpRequest, form: YearForm) -> tuple[services.NewYear | None, int]:
    """What the form's text says, and the page's status: 302 once it is loaded."""
    if not form.is_valid():
        return None, 422
    try:
        new = form.new()
        if "load" in request.POST:
            services.load_year(request.user, new)
            messages.success(request, _("%(year)s 年已载入，工作日现在按它计算。") % {"year": new.year})
            return None, 302
        services.check(new)
    except Invalid as refusal:
        form.take(refusal)
        return None, refusal.status
    except Conflict as refusal:
        messages.error(request, str(refusal.message))
        return None, refusal.status
    return new, 200
