"""Staff screens inside the Wagtail admin: requests for the right name, for officers of the authority."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from lms.accounts.api import User
from lms.learning.statements import names, reissues
from lms.learning.statements.forms import DecisionForm
from lms.learning.statements.models import RequestState
from lms.lib.attempts import refused
from lms.lib.errors import NotAllowed, Refusal
from lms.lib.pages import paginate, tabs_of

PER_PAGE = 30
TABS = (RequestState.ASKED, RequestState.ACCEPTED, RequestState.REFUSED)


def _officer(request: HttpRequest) -> User:
    if not names.decides(request.user):
        raise NotAllowed
    return request.user  # type: ignore[return-value]


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    user = _officer(request)
    asked = request.GET.get("state", "")
    shown = asked if asked in TABS else TABS[0]
    context = {
        "header_title": _("姓名更正"),
        "page_title": _("姓名更正"),
        "header_icon": "user",
        "page": paginate(request, names.queue(user, shown), PER_PAGE),
        "tabs": tabs_of({tab: tab.label for tab in TABS}, shown),
        "state": shown,
    }
    return render(request, "learning/statements/staff/names.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def case(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One request: both names, why, the evidence, and the decision."""
    user = _officer(request)
    form, status = DecisionForm(), 200
    if request.method == "POST":
        form, status = DecisionForm(request.POST), 422
        action = request.POST.get("action", "")
        if form.is_valid() and action in {"accept", "refuse"}:
            try:
                names.decide(user, uuid, accept=action == "accept", reason=form.cleaned_data["reason"])
            except Refusal as refusal:
                status = refused(request, form, refusal)
            else:
                messages.success(request, _("已记下，申请人能看到结果。"))
                return redirect("learning_names")
    found = names.for_review(user, uuid)
    context = {
        "header_title": _("姓名更正"),
        "page_title": _("姓名更正"),
        "header_icon": "user",
        "found": found,
        "files": list(found.files.order_by("id")),
        "replaced": reissues.replaced(found.person, found),
        "open": found.state == RequestState.ASKED,
        "form": form,
    }
    return render(request, "learning/statements/staff/name.html", context, status=status)
