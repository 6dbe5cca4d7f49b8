"""The public check at /verify/: no sign-in, nothing stored about who asks."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from lms.lib.errors import Refusal
from lms.lib.limits import misses
from lms.lib.verify import services
from lms.lib.verify.rules import grouped, normalise

app_name = "verify"


def form(request: HttpRequest) -> HttpResponse:
    """The form, sent by POST: people type other numbers of theirs into it, which belong in no log. Links with ?code= keep
    working."""
    typed = (request.POST.get("code") or request.GET.get("code", "")).strip()
    code = normalise(typed)
    if code:
        return redirect("verify:code", code=code)
    if not typed:
        return render(request, "verify/form.html", {"typed": ""})
    return _answer(request, typed)


def by_code(request: HttpRequest, code: str) -> HttpResponse:
    return _answer(request, code)


def _answer(request: HttpRequest, typed: str) -> HttpResponse:
    try:
        with misses(request, "verify"):
            code, verdict = services.check(typed)
    except Refusal as refusal:
        context = {"typed": typed[:40], "refusal": refusal}
        return render(request, "verify/form.html", context, status=refusal.status)
    response = render(request, "verify/answer.html", {"code": grouped(code), "verdict": verdict})
    response["X-Robots-Tag"] = "noindex"
    return response


urlpatterns = [path("", form, name="form"), path("<str:code>/", by_code, name="code")]
