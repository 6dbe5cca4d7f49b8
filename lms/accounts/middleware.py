"""What every request goes through because of people: roles are read once while a page is only looked at; and allauth's
uncaught "too many" becomes an answer, 429 with a sentence, for people and for programs.

allauth answers its own views' limits itself (template 429.html); limits met deeper inside, e.g. a second
code to one number within half a minute, are raised and would end as a 500.
"""

from collections.abc import Callable

from allauth.core.exceptions import RateLimited
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from lms.accounts.organisations.queries import reading_once
from lms.lib.errors import TooMany
from lms.lib.middleware import refusal_json

RETRY_AFTER_S = 60


class RolesOnceMiddleware:
    """What changes something asks anew each time, so that a role that has ended meanwhile is not used."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        with reading_once():
            return self.get_response(request)


class TooManyMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 429 and not response.has_header("Retry-After"):
            response["Retry-After"] = str(RETRY_AFTER_S)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return too_many(request) if isinstance(exception, RateLimited) else None


def too_many(request: HttpRequest) -> HttpResponse:
    """The 429 answer; also what `handler429` of the root address table may point to."""
    refusal = TooMany(_("操作太频繁了。请等一分钟再试。"))
    if request.path.startswith("/api/") or "application/json" in request.headers.get("Accept", ""):
        return JsonResponse(refusal_json(refusal), status=429)
    return render(request, "429.html", {"refusal": refusal}, status=429)
