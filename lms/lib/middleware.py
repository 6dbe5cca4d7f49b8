"""Turns a service's refusal into an answer: a page for people, JSON for programs, with its status; and refuses at the
door the one character that no form, no address and no database of ours has a use for.
"""

import re
from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve

from lms.lib.errors import Refusal


class RefusalMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refusal):
            return None
        wants_json = "application/json" in request.headers.get("Accept", "") or request.path.startswith(
            "/api/"
        )
        if wants_json:
            return JsonResponse(refusal_json(exception), status=exception.status)
        return render(request, "rt/refused.html", {"refusal": exception}, status=exception.status)


# The words of a search in a query string, as forms send them.
_WORDS = re.compile("(?<![^&])q=[^&]*")


class NulMiddleware:
    """400 for a NUL in the address or in a form: PostgreSQL would raise on it wherever it is looked up or kept.

    What somebody looks for (`q`) only loses it: a search finds something or nothing, whatever is typed or pasted into it.
    JSON is read by lms.lib.json_in and the API's forms by its parser, which refuse it there. A view that `refuses_nul` itself, in
    words of its own, gets the request; what it is given to read may hold one.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = request.META.get("QUERY_STRING", "")
        if "%00" in asked:
            asked = request.META["QUERY_STRING"] = _WORDS.sub(
                lambda part: part.group().replace("%00", ""), asked
            )
        found = "\0" in request.path_info or "%00" in asked
        if found and not _refuses_nul(request.path_info):
            raise BadRequest("a NUL in the address")
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        # A view without the CSRF check (the API, study reports) may have to read the body itself, and checks it there.
        if request.method != "POST" or getattr(view, "csrf_exempt", False):
            return
        if any("\0" in text for name, values in request.POST.lists() for text in (name, *values)):
            raise BadRequest("a NUL in a form")


def _refuses_nul(path: str) -> bool:
    """Whether the view at this address does it. Asked for NULs only."""
    try:
        return getattr(resolve(path).func, "refuses_nul", False)
    except Resolver404:
        return False


def refusal_json(refusal: Refusal) -> dict[str, object]:
    """The shape every refusal has in JSON."""
    return {"code": refusal.code, "message": str(refusal.message), "details": refusal.details}
