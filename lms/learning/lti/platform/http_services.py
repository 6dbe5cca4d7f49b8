"""The doors for tools themselves: tokens, line items, scores, results, members. JSON in the specifications' media types; who
asks is said by the bearer token alone, no cookie is heard. Thin.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.learning.lti.platform import grading, members, tokens
from lms.learning.lti.platform.models import Scope
from lms.lib import json_in
from lms.lib.errors import Invalid, Refusal, TooMany
from lms.lib.limits import asked_too_often
from lms.lib.middleware import refusal_json

ITEM = "application/vnd.ims.lis.v2.lineitem+json"
ITEMS = "application/vnd.ims.lis.v2.lineitemcontainer+json"
RESULTS = "application/vnd.ims.lis.v2.resultcontainer+json"
MEMBERS = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
MOST_BYTES = 64 * 1024
PER_PAGE = 100
_READ = (Scope.LINE_ITEMS, Scope.LINE_ITEMS_READ)
View = Callable[..., HttpResponse]


def _service(view: View) -> View:
    """A refusal is JSON with its status, whatever the Accept header says."""

    @csrf_exempt
    @never_cache
    @wraps(view)
    def answer(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, **kwargs)
        except Refusal as refusal:
            # 422 is no answer that the specification knows.
            status = 400 if refusal.status == 422 else refusal.status
            response = JsonResponse(refusal_json(refusal), status=status)
            if status == 401:
                response["WWW-Authenticate"] = "Bearer"
            return response

    return answer


def _tool(request: HttpRequest, *scopes: str) -> Any:
    return tokens.tool_of(request.headers.get("Authorization", ""), *scopes)


def _body(request: HttpRequest) -> dict[str, Any]:
    if int(request.headers.get("Content-Length") or 0) > MOST_BYTES:
        raise Invalid(_("内容太长。"), code="too_long", status=413)
    return json_in.object_of(request, _("内容应是一个 JSON 对象。"))


def _paged(request: HttpRequest, rows: Any) -> tuple[list[Any], dict[str, str]]:
    """A page as `limit` and `page` ask for it, and the Link header that leads to the next."""
    asked = request.GET.get("limit", "")
    limit = min(int(asked), PER_PAGE) if asked.isdecimal() and len(asked) < 6 and int(asked) else PER_PAGE
    page = Paginator(rows, limit).get_page(request.GET.get("page"))
    headers = {}
    if page.has_next():
        more = {**request.GET.dict(), "limit": limit, "page": page.next_page_number()}
        headers["Link"] = f'<{settings.PUBLIC_URL}{request.path}?{urlencode(more)}>; rel="next"'
    return list(page.object_list), headers


def _json(data: Any, kind: str, status: int = 200, headers: dict[str, str] | None = None) -> JsonResponse:
    return JsonResponse(data, safe=False, status=status, content_type=kind, headers=headers or {})


@csrf_exempt
@never_cache
@require_POST
def token(request: HttpRequest) -> HttpResponse:
    """OAuth 2.0 client credentials with a signed assertion; errors as RFC 6749 has them."""
    try:
        if asked_too_often(request, "lti-token", most=120, window_s=60):
            raise TooMany(_("操作太频繁了。请等一分钟再试。"), code="slow_down")
        issued = tokens.issue(request.POST.dict())
    except Refusal as refusal:
        said = {"error": refusal.code, "error_description": str(refusal.message)}
        return JsonResponse(said, status=refusal.status)
    return JsonResponse(
        {
            "access_token": issued.token,
            "token_type": "Bearer",
            "expires_in": tokens.LIVES_S,
            "scope": " ".join(issued.scopes),
        }
    )


@require_http_methods(["GET", "HEAD", "POST"])
@_service
def line_items(request: HttpRequest, course: UUID) -> HttpResponse:
    if request.method == "POST":
        made = grading.make_item(_tool(request, Scope.LINE_ITEMS), course, _body(request))
        told = grading.told_item(made)
        return _json(told, ITEM, 201, {"Location": told["id"]})
    rows, headers = _paged(request, grading.items(_tool(request, *_READ), course, request.GET.dict()))
    return _json([grading.told_item(row) for row in rows], ITEMS, headers=headers)


@require_http_methods(["GET", "HEAD", "PUT", "DELETE"])
@_service
def line_item(request: HttpRequest, course: UUID, uuid: UUID) -> HttpResponse:
    if request.method == "PUT":
        changed = grading.change_item(_tool(request, Scope.LINE_ITEMS), course, uuid, _body(request))
        return _json(grading.told_item(changed), ITEM)
    if request.method == "DELETE":
        grading.remove_item(_tool(request, Scope.LINE_ITEMS), course, uuid)
        return HttpResponse(status=204)
    return _json(grading.told_item(grading.item(_tool(request, *_READ), course, uuid)), ITEM)


@require_POST
@_service
def scores(request: HttpRequest, course: UUID, uuid: UUID) -> HttpResponse:
    grading.take_score(_tool(request, Scope.SCORES), course, uuid, _body(request))
    return HttpResponse(status=204)


@require_safe
@_service
def results(request: HttpRequest, course: UUID, uuid: UUID) -> HttpResponse:
    tool = _tool(request, Scope.RESULTS)
    line, found = grading.results(tool, course, uuid, request.GET.dict())
    rows, headers = _paged(request, found)
    return _json(grading.told_results(tool, line, rows), RESULTS, headers=headers)


@require_safe
@_service
def course_members(request: HttpRequest, course: UUID) -> HttpResponse:
    tool = _tool(request, Scope.MEMBERS)
    found = members.enrolled(tool, course, request.GET.get("role", ""))
    rows, headers = _paged(request, found)
    here = f"{settings.PUBLIC_URL}{request.path}"
    told = {"id": here, "context": {"id": str(course)}, "members": members.told(tool, rows)}
    return _json(told, MEMBERS, headers=headers)
