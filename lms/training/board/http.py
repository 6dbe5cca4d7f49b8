"""/board/: the public notice board, its feeds and open data. Nothing here asks who reads."""

import json
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from lms.lib.clock import today
from lms.lib.verify.rules import grouped
from lms.training.board import data, feeds, printed, queries
from lms.training.board.forms import NarrowForm

# How old a copy of a feed or a table may be: a posting is with everybody within a minute.
MAX_AGE_S = 60


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Every posting that stands, the newest first; narrowed by kind, authority, state and year."""
    asked = queries.read(request.GET.dict())
    narrowed = {"kind": asked.kind, "authority": asked.authority}
    context = {
        "page": queries.page(asked, request.GET.get("after", "")),
        "form": NarrowForm(asked),
        "narrowed": asked != queries.Asked(),
        "today": today(),
        "feed_query": urlencode({name: value for name, value in narrowed.items() if value}),
    }
    return render(request, "training/board/list.html", context)


@require_safe
def posting(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One posting, also when it was replaced, withdrawn or archived; then it says so."""
    found = queries.posting(uuid)
    context = {
        "posting": found,
        "withdrawal": getattr(found, "withdrawal", None),
        "newer": getattr(found, "replaced_by", None),
        "archived": found.last_day is not None and found.last_day < today(),
        "form": printed.form_of(found),
        "code": grouped(printed.code_of(found)),
        "sha256": printed.fingerprint(found),
    }
    return render(request, "training/board/posting.html", context)


@require_safe
def pdf(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The posting as a paper; of one that was replaced or withdrawn, /verify/ says so."""
    found = queries.posting(uuid)
    response = HttpResponse(printed.pdf(found), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{found.number}.pdf"'
    return response


_public = cache_control(public=True, max_age=MAX_AGE_S)
rss = _public(conditional_page(require_safe(feeds.Rss())))
atom = _public(conditional_page(require_safe(feeds.Atom())))


@require_safe
def tables(request: HttpRequest) -> HttpResponse:
    """What open data there is, and what each column holds."""
    context = {"datasets": data.datasets(), "per_page": data.ROWS_PER_PAGE}
    return render(request, "training/board/data.html", context)


@_public
@conditional_page
@require_safe
def as_json(request: HttpRequest, code: str) -> HttpResponse:
    """{"dataset", "documentation", "rows", "next"}; next: the address of the following page, null at the end."""
    found, rows, following = _rows(request, code, "board:json")
    answer = {
        "dataset": found.code,
        "documentation": request.build_absolute_uri(reverse("board:data")),
        "rows": rows,
        "next": following,
    }
    return _answer(json.dumps(answer, ensure_ascii=False).encode(), "application/json", following)


@_public
@conditional_page
@require_safe
def as_csv(request: HttpRequest, code: str) -> HttpResponse:
    """The same rows as RFC 4180, UTF-8, with a head; the following page stands in the Link header."""
    found, rows, following = _rows(request, code, "board:csv")
    names = list(found.columns)
    lines = [data.csv_line(names), *(data.csv_line([row[name] for name in names]) for row in rows)]
    answer = _answer(b"\xef\xbb\xbf" + b"".join(lines), "text/csv; charset=utf-8", following)
    answer["Content-Disposition"] = f'attachment; filename="{found.code}.csv"'
    return answer


def _rows(
    request: HttpRequest, code: str, view: str
) -> tuple[data.Dataset, list[dict[str, Any]], str | None]:
    found = data.dataset(code)
    page = found.page(request.GET.get("after", ""))
    following = None
    if page.next:
        query = urlencode({"after": page.next})
        following = request.build_absolute_uri(f"{reverse(view, args=[code])}?{query}")
    return found, [found.write(row, request.build_absolute_uri) for row in page.rows], following


def _answer(content: bytes, content_type: str, following: str | None) -> HttpResponse:
    answer = HttpResponse(content, content_type=content_type)
    # Anybody's page may read it: there is nothing of anybody in it.
    answer["Access-Control-Allow-Origin"] = "*"
    if following:
        answer["Link"] = f'<{following}>; rel="next"'
    return answer
