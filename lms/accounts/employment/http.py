"""/me/employment/: a person's own employers: what waits for an answer, where they work, and the way out. No scripts."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lms.accounts.employment import queries, services
from lms.accounts.employment.models import RosterLine
from lms.accounts.people.http import signed_in
from lms.accounts.people.models import User
from lms.lib.errors import NotFound
from lms.lib.pages import paginate

# Those that are answered make room for the next.
INVITATIONS_SHOWN = 20


@never_cache
@login_required
@require_safe
def employment(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    page = paginate(request, queries.own_employments(user))
    context = {
        "invitations": [_shown(line) for line in queries.invitations(user)[:INVITATIONS_SHOWN]],
        "answered": [_shown(line) for line in queries.answered(user)[:INVITATIONS_SHOWN]],
        "page": page,
        "proved": bool((user.phone and user.phone_verified) or user.email),
    }
    return render(request, "accounts/employment.html", context)


def _shown(line: RosterLine) -> dict[str, object]:
    return {"line": line, "name": queries.masked(line)}


def _line(user: User, uuid: UUID) -> RosterLine:
    line = queries.lines_for(user).select_related("organisation").filter(uuid=uuid).first()
    if line is None:
        raise NotFound
    return line


@login_required
@require_POST
def confirm(request: HttpRequest, uuid: UUID) -> HttpResponse:
    user = signed_in(request)
    made = services.confirm(user, _line(user, uuid))
    messages.success(request, _("已确认：你在%(name)s工作。") % {"name": made.organisation.name})
    return redirect("accounts_pages:employment")


@login_required
@require_POST
def decline(request: HttpRequest, uuid: UUID) -> HttpResponse:
    user = signed_in(request)
    services.decline(user, _line(user, uuid))
    messages.success(request, _("已记下。单位看到的仍是“待本人确认”。"))
    return redirect("accounts_pages:employment")


@login_required
@require_POST
def end(request: HttpRequest, uuid: UUID) -> HttpResponse:
    user = signed_in(request)
    services.end_own(user, queries.own_employment(user, uuid))
    messages.success(request, _("已结束，单位不再看到你的学习情况。已有的学时和证书都是你的，不受影响。"))
    return redirect("accounts_pages:employment")
