"""/suggestions/: handing in, one's own, and a visitor's by number and code. Thin."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from lms.accounts.api import User
from lms.lib.attempts import DONE, attempt, attempt_form, refused
from lms.lib.errors import Refusal, TooMany
from lms.lib.limits import asked_too_often, misses, person_asked_too_often
from lms.training.suggestions import queries, services
from lms.training.suggestions.forms import FollowForm, HandInForm
from lms.training.suggestions.models import Suggestion

DAY_S = 86_400
# Somebody with more to say than this has a person to speak to. Of one address several people may write.
MOST_A_DAY = 10
MOST_A_DAY_OF_AN_ADDRESS = 20
# What the sender may do: press → what they say of the reply, None: taken back.
PRESSES: dict[str, bool | None] = {"take_back": None, "content": True, "not_content": False}


def _person(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


@never_cache
@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """What becomes of a suggestion; one's own, or for visitors the way to theirs."""
    user = _person(request)
    page = queries.own(user, request.GET.get("after", "")) if user else None
    return render(request, "training/suggestions/front.html", {"page": page, "form": FollowForm()})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """The form. A visitor reads number and code on the answer itself, the only time that the code is told."""
    user = _person(request)
    form, status = HandInForm(user), 200
    if request.method == "POST":
        form = HandInForm(user, request.POST)
        made: list[services.HandedIn] = []
        status = attempt_form(
            request, form, lambda: made.append(_hand_in(request, user, form)), _("已收到，编号如下。")
        )
        if status == DONE and user is not None:
            return redirect("suggestions:own", made[0].suggestion.uuid)
        if status == DONE:
            context = {"suggestion": made[0].suggestion, "code": _grouped(made[0].code)}
            return render(request, "training/suggestions/receipt.html", context)
    context = {"form": form, "recipients": queries.recipients().exists()}
    return render(request, "training/suggestions/new.html", context, status=status)


def _hand_in(request: HttpRequest, user: User | None, form: HandInForm) -> services.HandedIn:
    """Raises TooMany, and what the service raises."""
    too_often = (
        person_asked_too_often(user.uuid, "suggestion", most=MOST_A_DAY, window_s=DAY_S)
        if user is not None
        else asked_too_often(request, "suggestion", most=MOST_A_DAY_OF_AN_ADDRESS, window_s=DAY_S)
    )
    if too_often:
        raise TooMany(_("今天提交的建议已经很多了，请明天再提。已经提交的都会答复。"))
    return services.hand_in(user, form.cleaned_data["authority"], form.given())


def _grouped(code: str) -> str:
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One of one's own: where it is, by when there is a reply, and the reply."""
    user = _person(request)
    assert user is not None
    found, status = queries.own_one(user, uuid), 200
    if request.method == "POST":
        status = _press(request, user, found)
        if status == DONE:
            return redirect("suggestions:own", uuid)
    return render(request, "training/suggestions/own.html", _shown(found), status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def follow(request: HttpRequest) -> HttpResponse:
    """A visitor's, by POST: number and code belong in no address."""
    form = FollowForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, "training/suggestions/follow.html", {"form": form}, status=status)
    said = form.cleaned_data
    try:
        with misses(request, "suggestion"):
            found = queries.by_code(said["number"], said["code"])
    except Refusal as refusal:
        status = refused(request, form, refusal)
        return render(request, "training/suggestions/follow.html", {"form": form}, status=status)
    status = 200
    if request.POST.get("act") in PRESSES:
        status = _press(request, None, found)
        found = queries.by_code(said["number"], said["code"])
    context = _shown(found) | {"typed": said}
    return render(request, "training/suggestions/own.html", context, status=200 if status == DONE else status)


def _press(request: HttpRequest, user: User | None, found: Suggestion) -> int:
    press = request.POST.get("act", "")
    if press not in PRESSES:
        return 422
    said = {
        "take_back": _("已撤回。"),
        "content": _("谢谢，已经办结。"),
        "not_content": _("已记下。")
        if queries.was_reopened(found)
        else _("已转给另一位经办人，会再答复一次。"),
    }
    reason = request.POST.get("reason", "")
    return attempt(request, lambda: services.settle(user, found, PRESSES[press], reason), said[press])


def _shown(found: Suggestion) -> dict[str, Any]:
    return {
        "suggestion": found,
        "history": queries.history(found),
        "reopened": queries.was_reopened(found),
    }
