"""The platform's doors: opening a tool, its login, its answer; and what stands public. Thin.

A tool opens in a new window: in a frame its cookies and ours would be strangers', which browsers keep apart, so that we could
not tell who is there. The page that sends somebody on is the only one whose forms may leave the site (CSP).
"""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.learning.assessment.queries import lesson_in
from lms.learning.enrolment.queries import own
from lms.learning.lti import keys
from lms.learning.lti.platform import choosing, launching, people, rules, services
from lms.learning.signed_in import Asked, signed_in
from lms.lib import json_in
from lms.lib.errors import Refusal, TooMany
from lms.lib.limits import asked_too_often
from lms.lib.middleware import refusal_json

MOST_A_MINUTE = 60


def _limited(request: HttpRequest, what: str, most: int = MOST_A_MINUTE) -> None:
    if asked_too_often(request, f"lti-{what}", most=most, window_s=60):
        raise TooMany(_("操作太频繁了。请等一分钟再试。"))


def post_page(request: HttpRequest, post: launching.Post, title: str) -> HttpResponse:
    """A page whose form goes to another site, by itself where scripts run. The address is a registered one."""
    context = {"title": title, "post": post, "host": rules.origin(post.address)}
    response = render(request, "learning/lti/post.html", context)
    # The tool may send its answer on to another address of its own, which a list would have to know.
    response._csp_update = {"form-action": ["https:", context["host"]]}  # type: ignore[attr-defined]
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def launch(request: Asked, enrolment: UUID, lesson: UUID, block: str) -> HttpResponse:
    """Open the tool of a block; before the first time, where the tool asks for names, the person says yes or no."""
    item = own(request.user, enrolment)
    place = lesson_in(item, lesson)
    tool, value = launching.place_of(item, place, block)
    if tool.asks_names:
        subject = people.subject_of(tool, request.user)
        if request.method == "POST" and request.POST.get("named") in ("yes", "no"):
            people.answer(tool, request.user, named=request.POST["named"] == "yes")
        elif subject.named is None or request.GET.get("names") == "ask":
            context = {"tool": tool, "title": value["title"], "enrolment": item, "lesson": place}
            return render(request, "learning/lti/names.html", context)
    post = launching.begin(request.user, item, place, block)
    return post_page(request, post, value["title"])


@never_cache
@require_safe
@signed_in
def back(request: Asked, enrolment: UUID, lesson: UUID) -> HttpResponse:
    """Where a tool sends its person back to; what it says in the address is not shown."""
    item = own(request.user, enrolment)
    return redirect("learning:player", item.uuid, lesson_in(item, lesson).uuid)


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def authorize(request: HttpRequest) -> HttpResponse:
    """The tool's login request. Sent by POST it is asked again by GET: a form from another site brings no session."""
    _limited(request, "authorize", 300)
    if request.method == "POST":
        asked = {name: value for name, value in request.POST.items() if "\0" not in str(value)}
        if len(urlencode(asked)) > 8000:
            raise launching.refuse("bad_request", _("工具的登录请求太长。"), status=400)
        response = HttpResponse(status=303)
        response["Location"] = f"{reverse('lti:authorize')}?{urlencode(asked)}"
        return response
    user: Any = request.user
    return post_page(request, launching.authorize(user, request.GET.dict()), _("正在打开外部工具"))


@csrf_exempt
@never_cache
@require_POST
def deep_linking(request: HttpRequest) -> HttpResponse:
    """A tool's answer of what its author chose; on to the editor's own page, where it is looked at and taken in."""
    _limited(request, "deep")
    launch = choosing.answered(request.POST.get("JWT", ""))
    response = HttpResponse(status=303)
    response["Location"] = reverse("learning_lti_items", args=[launch.uuid])
    return response


# --- public -------------------------------------------------------------------------------------------------


@require_safe
def jwks(request: HttpRequest) -> JsonResponse:
    response = JsonResponse(keys.published())
    response["Cache-Control"] = "public, max-age=300"
    return response


@require_safe
def configuration(request: HttpRequest) -> JsonResponse:
    return JsonResponse(services.configuration())


@csrf_exempt
@never_cache
@require_POST
def register(request: HttpRequest) -> JsonResponse:
    """Dynamic registration, with the invitation as a bearer token."""
    try:
        _limited(request, "register", 20)
        scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
        wanted = json_in.object_of(request, _("登记请求应是一个 JSON 对象。"))
        tool = services.register(token.strip() if scheme.lower() == "bearer" else "", wanted)
    except Refusal as refusal:
        return JsonResponse(
            {"error": "invalid_client_metadata", "error_description": str(refusal.message)}
            | refusal_json(refusal),
            status=400 if refusal.status == 422 else refusal.status,
        )
    return JsonResponse(services.registration(tool))
