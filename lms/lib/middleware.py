"""Turns a service's refusal into an answer: a page for people, JSON for programs, with its status."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

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


def refusal_json(refusal: Refusal) -> dict[str, object]:
    """The shape every refusal has in JSON."""
    return {"code": refusal.code, "message": str(refusal.message), "details": refusal.details}
