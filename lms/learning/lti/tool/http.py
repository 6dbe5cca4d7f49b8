"""The tool's doors: a platform's login, its message, and the page on which its person goes on. Thin.

Between a platform's form and our page lies a redirect: a form from another site brings no session of ours, a page that is
opened does. The cookie that binds a login to its browser is the only one of ours that other sites' forms may bring.
"""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.api import CoursePage
from lms.learning.enrolment.models import Enrolment
from lms.learning.lti.platform.http import post_page
from lms.learning.lti.tool import services
from lms.learning.lti.tool.models import LtiArrival
from lms.learning.signed_in import Asked, signed_in
from lms.lib.crypto import lookup_hash
from lms.lib.errors import TooMany
from lms.lib.limits import asked_too_often
from lms.lib.pages import paginate

COOKIE = "lti-login"


def _limited(request: HttpRequest, what: str) -> None:
    # A whole class comes from one address.
    if asked_too_often(request, f"lti-tool-{what}", most=300, window_s=60):
        raise TooMany(_("操作太频繁了。请等一分钟再试。"))


def _cookie(state: str) -> str:
    """One for each login, so that two windows do not end each other's."""
    return f"{COOKIE}-{lookup_hash(state, 'lti.cookie')[:16]}"


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    _limited(request, "login")
    begun = services.begin((request.POST if request.method == "POST" else request.GET).dict())
    response = HttpResponseRedirect(begun.address)
    https = settings.PUBLIC_URL.startswith("https://")
    response.set_cookie(
        _cookie(begun.state),
        begun.browser,
        max_age=int(services.LOGIN_FOR.total_seconds()),
        path=reverse("lti:tool_launch"),
        httponly=True,
        secure=https,
        # Plain http cannot have None; there both sides stand on one machine.
        samesite="None" if https else "Lax",
    )
    return response


@csrf_exempt
@never_cache
@require_POST
def launch(request: HttpRequest) -> HttpResponse:
    _limited(request, "launch")
    state = request.POST.get("state", "")
    ticket = services.land(request.POST.get("id_token", ""), state, request.COOKIES.get(_cookie(state), ""))
    response = HttpResponse(status=303)
    response["Location"] = reverse("lti:tool_arrive", args=[ticket])
    response.delete_cookie(_cookie(state), path=reverse("lti:tool_launch"))
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def arrive(request: HttpRequest, ticket: str) -> HttpResponse:
    """A course: who is signed in goes on, and links the first time. Deep linking: the courses to choose from."""
    row = services.arrival(ticket)
    if row.kind == "deep":
        return _choose(request, row, ticket)
    course = services.course_of(row)
    user = request.user
    if not user.is_authenticated:
        return redirect_to_login(request.path)
    account = services.linked(user, row)
    enrolled = Enrolment.objects.filter(person=user, course=course).exists()
    if request.method == "POST" or (account is not None and enrolled):
        enrolment = services.enter(user, ticket)
        return redirect("learning:course", enrolment.uuid)
    context = {"row": row, "course": course, "account": account}
    return render(request, "learning/lti/arrive.html", context)


@never_cache
@require_safe
@signed_in
def linked(request: Asked) -> HttpResponse:
    """The platforms' users that one has said to be."""
    page = paginate(request, services.accounts_of(request.user), 20)
    return render(request, "learning/lti/linked.html", {"page": page})


@require_POST
@signed_in
def unlink(request: Asked, platform: UUID) -> HttpResponse:
    services.unlink(request.user, platform)
    messages.success(request, _("已取消关联。"))
    return redirect("lti:linked")


def _choose(request: HttpRequest, row: LtiArrival, ticket: str) -> HttpResponse:
    if request.method == "POST":
        return post_page(request, services.choose(ticket, request.POST.getlist("course")), _("选择课程"))
    words = request.GET.get("q", "").strip()[:100]
    found = CoursePage.objects.live().order_by("title", "pk")
    if words:
        found = found.filter(title__icontains=words)
    context = {"row": row, "page": paginate(request, found, 20), "words": words}
    return render(request, "learning/lti/choose.html", context)
