"""/api/v1/: one NinjaAPI; each package brings its router, with the same services behind it as the pages."""

from typing import Any

from allauth.core.exceptions import RateLimited
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.parser import Parser

from courses.http_api import router as courses_router
from courses.packs.http_api import router as packs_router
from courses.packs.uploads.http_api import router as uploads_router
from creditbank.http_api import router as creditbank_router
from lms.accounts.http_api import router as accounts_router
from lms.accounts.middleware import too_many
from lms.accounts.sign_in.http_api import router as sign_in_router
from lms.accounts.sign_in.sessions import SessionCookie, SessionToken
from lms.learning.http_api import router as learning_router
from lms.lib import json_in
from lms.lib.errors import Invalid, NotAllowed, NotFound, Refusal
from lms.lib.middleware import refusal_json
from lms.lib.verify.http_api import router as verify_router
from lms.training.http_api import router as training_router
from search.http_api import router as search_router


class StrictParser(Parser):
    """Bodies as every other door of ours reads them; what is refused here becomes 400 bad_json (`broken`)."""

    def parse_body(self, request: HttpRequest) -> Any:
        return json_in.read(json_in.body_of(request))

    def parse_querydict(self, data: Any, list_fields: list[str], request: HttpRequest) -> Any:
        if any(isinstance(text, str) and "\0" in text for _name, texts in data.lists() for text in texts):
            raise HttpError(400, "a NUL in a form")
        return super().parse_querydict(data, list_fields, request)


# What an operation may answer beside its success, by what it takes: every refusal has one shape.
REFUSALS = {
    400: "not valid JSON, or a character that can be kept nowhere",
    401: "nobody is signed in, or the token is not valid",
    403: "not allowed to; or, with the cookie, the CSRF token is missing",
    404: "no such thing, or none of yours",
    409: "does not go with what is there already",
    413: "too large",
    422: "something in it is missing or wrong",
    429: "too often; Retry-After says when again",
}
REFUSAL_SCHEMA = {
    "title": "Refusal",
    "type": "object",
    "required": ["code", "message", "details"],
    "properties": {
        "code": {"type": "string", "description": "for programs; never translated"},
        "message": {"type": "string", "description": "for people, in the language of the request"},
        "details": {"type": "object", "description": "e.g. the field, or the fields"},
    },
}


def _refusals_of(method: str, path: str, operation: dict[str, Any]) -> list[int]:
    found = [429]
    if operation.get("security"):
        found += [401, 403]
    if "{" in path or method != "get":
        found.append(404)
    if operation.get("parameters"):
        found.append(422)
    if method != "get":
        found += [400, 403, 409, 413, 422]
    return sorted(set(found))


class Api(NinjaAPI):
    """Describes its refusals too, for all operations in one place."""

    def get_openapi_schema(self, **asked: Any) -> Any:
        schema = super().get_openapi_schema(**asked)
        schema.setdefault("components", {}).setdefault("schemas", {})["Refusal"] = REFUSAL_SCHEMA
        content = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
        for path, item in schema["paths"].items():
            for method, operation in item.items():
                for status in _refusals_of(method, path, operation):
                    operation["responses"].setdefault(
                        status, {"description": REFUSALS[status], "content": content}
                    )
        return schema


api = Api(
    title="Rongtong 融通 API",
    version="1",
    urls_namespace="api-v1",
    docs_url="/docs",
    # A token that is given decides; the cookie is what the site's own pages have.
    auth=[SessionToken(), SessionCookie()],
    parser=StrictParser(),
    description=(
        "Courses, study time, credit bank. Programs sign in under /auth/ and send X-Session-Token; the site's own "
        "pages have the session cookie, with which unsafe methods need the CSRF token (X-CSRFToken)."
    ),
)
api.add_router("/auth", sign_in_router, tags=["auth"])
api.add_router("/courses", courses_router, tags=["courses"])
# In front of /packs/{uuid}.
api.add_router("/packs/uploads", uploads_router, tags=["packs"])
api.add_router("/packs", packs_router, tags=["packs"])
api.add_router("/search", search_router, tags=["search"])
api.add_router("/accounts", accounts_router, tags=["accounts"])
api.add_router("/learning", learning_router, tags=["learning"])
api.add_router("/credit", creditbank_router, tags=["credit"])
api.add_router("/training", training_router, tags=["training"])
api.add_router("/verify", verify_router, tags=["verify"])


@api.exception_handler(Refusal)
def refused(request: HttpRequest, refusal: Any) -> HttpResponse:
    return api.create_response(request, refusal_json(refusal), status=refusal.status)


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: Any) -> HttpResponse:
    fields = [
        {"where": ".".join(str(part) for part in item["loc"]), "type": item["type"]} for item in error.errors
    ]
    body = {"code": "invalid", "message": _("请求的内容不完整或格式不对。"), "details": {"fields": fields}}
    return api.create_response(request, body, status=422)


@api.exception_handler(AuthenticationError)
def not_signed_in(request: HttpRequest, error: Any) -> HttpResponse:
    return refused(request, NotAllowed(_("请先登录。"), code="login_required", status=401))


@api.exception_handler(RateLimited)
def too_often(request: HttpRequest, error: Any) -> HttpResponse:
    return too_many(request)


@api.exception_handler(Http404)
def missing(request: HttpRequest, error: Any) -> HttpResponse:
    return refused(request, NotFound())


@api.exception_handler(HttpError)
def broken(request: HttpRequest, error: Any) -> HttpResponse:
    """What ninja itself refuses: a session without its CSRF token (403), a body that is no JSON (400)."""
    if error.status_code == 403:
        return refused(request, NotAllowed(_("缺少 CSRF 令牌，或令牌已失效。"), code="csrf"))
    return refused(
        request, Invalid(_("请求的内容不是有效的 JSON。"), code="bad_json", status=error.status_code)
    )


def unknown(request: HttpRequest, **rest: str) -> HttpResponse:
    """An address below /api/ that is none: programs get JSON there, as everywhere."""
    return refused(request, NotFound(_("没有这个接口地址。"), code="no_such_address"))
