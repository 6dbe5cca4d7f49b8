"""The learner's launch, the page an AU comes back to, and the fetch URL. Thin.

The fetch URL is asked for by content of another origin, without a cookie: the secret in its address is all that opens it.
"""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from lms.learning.assessment.queries import lesson_in
from lms.learning.cmi5 import services
from lms.learning.cmi5.services import FetchRefused
from lms.learning.enrolment.queries import own
from lms.learning.signed_in import Asked, signed_in


@never_cache
@require_POST
@signed_in
def launch(request: Asked, enrolment: UUID, lesson: UUID, block: str) -> HttpResponse:
    """Launch, and go there: in the window or frame the form was sent from."""
    item = own(request.user, enrolment)
    mode = request.POST.get("mode", "")
    found = services.launch_block(request.user, item, lesson_in(item, lesson), block, mode=mode)
    return render(request, "learning/cmi5/launch.html", {"url": found.url})


@require_safe
def done(request: HttpRequest, enrolment: UUID, lesson: UUID, block: str) -> HttpResponse:
    """Where an AU leads back to. It tells nothing and asks for no sign-in: a frame of another site has no cookie of ours."""
    return render(request, "learning/cmi5/over.html", {"enrolment": enrolment, "lesson": lesson})


@require_safe
def over(request: HttpRequest) -> HttpResponse:
    """The same for a launch from outside."""
    return render(request, "learning/cmi5/over.html", {})


@csrf_exempt
@never_cache
def fetch(request: HttpRequest, secret: str) -> HttpResponse:
    """POST → {"auth-token"} once; {"error-code", "error-text"} with status 200 afterwards (8.2)."""
    if request.method == "OPTIONS":
        response: HttpResponse = HttpResponse(status=204)
    elif request.method != "POST":
        response = HttpResponse(status=405, headers={"Allow": "POST, OPTIONS"})
    else:
        response = JsonResponse(_answer(secret), json_dumps_params={"ensure_ascii": False})
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Allow-Methods"] = "POST, OPTIONS"
    response["Access-Control-Allow-Headers"] = "Content-Type"
    return response


def _answer(secret: str) -> dict[str, str]:
    try:
        return {"auth-token": services.fetch(secret)}
    except FetchRefused as refused:
        return {"error-code": refused.code, "error-text": refused.text}
