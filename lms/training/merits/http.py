"""/merits/: one's own contributions as an expert, statements of them, and taking both away. Thin."""

import json
from collections.abc import Sequence
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from lms.accounts.api import User, user_of
from lms.lib.attempts import DONE, attempt, attempt_form
from lms.lib.pages import paginate
from lms.lib.verify.rules import grouped
from lms.training.board.data import csv_line
from lms.training.merits import queries, services
from lms.training.merits.forms import StatementForm
from lms.training.merits.models import MeritStatement

PER_PAGE = 50
# What one page offers to choose from; the longer one where it is asked for, earlier years have pages of their own.
CHOICES, MOST_CHOICES = 50, 200
COLUMNS = ("key", "day", "kind", "what", "body", "number")


def _year(request: HttpRequest) -> int | None:
    """The year that the address asks for; nonsense is none."""
    asked = request.GET.get("year", "")
    # Of the last year of the calendar no day comes after the last.
    known = asked.isascii() and asked.isdecimal() and len(asked) == 4 and "1000" <= asked < "9999"
    return int(asked) if known else None


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: HttpRequest) -> HttpResponse:
    """Everything the platform knows, one's statements, and the form of a new one."""
    user = user_of(request)
    long = request.GET.get("long") == "1"
    found = queries.latest(user, _year(request), MOST_CHOICES if long else CHOICES)
    form, status = StatementForm(found.entries), 200
    if request.method == "POST":
        form = StatementForm(found.entries, request.POST)
        made: list[MeritStatement] = []
        status = attempt_form(
            request, form, lambda: made.append(_handed_in(user, form)), _("已提交，确认以后可以下载。")
        )
        if status == DONE:
            return redirect("merits:statement", made[0].uuid)
    page = paginate(request, queries.statements_of(user), PER_PAGE)
    context = {
        "entries": found.entries,
        "more": found.more,
        "longer": bool(found.more) and not long,
        "most": MOST_CHOICES,
        "years": list(found.years),
        "year": found.year,
        "form": form,
        "chosen": frozenset(request.POST.getlist("lines")),
        "page": page,
        "page_obj": page,
    }
    return render(request, "training/merits/own.html", context, status=status)


def _handed_in(user: User, form: StatementForm) -> MeritStatement:
    data = form.cleaned_data
    return services.hand_in(user, data["authority"], data["purpose"], data["lines"])


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def statement(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One of one's own statements; its owner may take it back."""
    user = user_of(request)
    found, status = queries.own(user, uuid), 200
    if request.method == "POST":
        status = attempt(request, lambda: services.withdraw(user, found), _("已收回。"))
        if status == DONE:
            return redirect("merits:statement", uuid)
        found = queries.own(user, uuid)
    code = queries.code_of(found)
    context = {
        "statement": found,
        "content": queries.content_of(found),
        "code": grouped(code) if code else "",
    }
    return render(request, "training/merits/statement.html", context, status=status)


@never_cache
@login_required
@require_safe
def pdf(request: HttpRequest, uuid: UUID) -> HttpResponse:
    found = queries.own(user_of(request), uuid)
    response = HttpResponse(queries.pdf(found), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{found.number}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response


def _rows(entries: Sequence[queries.Entry]) -> list[dict[str, str]]:
    return [
        {
            "key": entry.key,
            "day": entry.line.day.isoformat(),
            "kind": str(entry.label),
            "what": entry.line.what,
            "body": entry.line.body,
            "number": entry.line.number,
        }
        for entry in entries
    ]


@never_cache
@login_required
@require_safe
def export(request: HttpRequest, form: str) -> HttpResponse:
    """All of one's own lines (of a year, where the address asks for one) as CSV or JSON."""
    user, year = user_of(request), _year(request)
    whole = queries.entries(user)
    of_year = [entry for entry in whole if entry.line.day.year == year]
    rows, year = (_rows(of_year), year) if of_year else (_rows(whole), None)
    if form == "json":
        body = json.dumps({"columns": COLUMNS, "rows": rows}, ensure_ascii=False).encode()
        response = HttpResponse(body, content_type="application/json")
    else:
        lines = [csv_line(COLUMNS), *(csv_line([row[name] for name in COLUMNS]) for row in rows)]
        # The sign by which spreadsheets know UTF-8.
        response = HttpResponse(b"\xef\xbb\xbf" + b"".join(lines), content_type="text/csv; charset=utf-8")
    name = f"merits-{year}" if year else "merits"
    response["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    response["Cache-Control"] = "private, no-store"
    return response
