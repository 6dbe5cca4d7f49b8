"""Staff screens of expert merit inside the Wagtail admin: what waits for an authority, and one statement. Every look is logged."""

from functools import partial
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from lms.lib.attempts import DONE, attempt, attempt_form
from lms.lib.pages import paginate, staff_context, tabs_of
from lms.training.access import officer
from lms.training.merits import queries, services
from lms.training.merits.forms import ReasonForm
from lms.training.merits.models import MeritStatement

PER_PAGE = 30
State = MeritStatement.State
TABS = (State.WAITING, State.CONFIRMED, State.RETURNED, State.REVOKED)
_context = partial(staff_context, icon="user")


@never_cache
@require_safe
def statements(request: HttpRequest) -> HttpResponse:
    """The statements handed in to the user's authorities, by state; by number, whose they are stands on each alone."""
    user = officer(request)
    asked = request.GET.get("state", "")
    state = asked if asked in TABS else State.WAITING.value
    page = paginate(request, queries.listed(user, state), PER_PAGE)
    tabs = tabs_of({row.value: row.label for row in TABS}, state)
    context = _context(_("专家贡献证明"), page=page, tabs=tabs, state=state)
    return render(request, "training/merits/staff/list.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def statement(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One statement with its lines: confirm it, give it back, or take a confirmed one back."""
    user = officer(request)
    found = queries.statement_for(user, uuid)
    form, status = ReasonForm(), 200
    if request.method == "POST":
        press = request.POST.get("act", "")
        if press == "confirm":
            status = attempt(request, lambda: services.confirm(user, found), _("已确认，本人可以下载了。"))
        else:
            form = ReasonForm(request.POST)
            what = services.revoke if press == "revoke" else services.give_back
            said = _("已撤销，核验时会显示理由。") if press == "revoke" else _("已退回。")
            status = attempt_form(request, form, lambda: what(user, found, form.cleaned_data["reason"]), said)
        if status == DONE:
            return redirect("training_merit", uuid)
    context = _context(
        found.number,
        statement=found,
        content=queries.content_of(found),
        form=form,
        waiting=found.state == State.WAITING,
        confirmed=found.state == State.CONFIRMED,
    )
    return render(request, "training/merits/staff/statement.html", context, status=status)
