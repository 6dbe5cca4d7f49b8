"""Staff screens of the coordination group: who sits in it, naming somebody, and ending a seat."""

from functools import partial
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from lms.accounts.api import Role, User, holds, user_of
from lms.lib.attempts import DONE, attempt_form
from lms.lib.errors import NotAllowed
from lms.lib.pages import paginate, staff_context, tabs_of
from lms.training.coordination import queries, services
from lms.training.coordination.forms import MemberForm, ReasonForm

PER_PAGE = 30
_context = partial(staff_context, icon="group")


def _staff(request: HttpRequest) -> User:
    user = user_of(request)
    if not queries.authorities(user).exists():
        raise NotAllowed
    return user


@require_http_methods(["GET", "HEAD", "POST"])
def members(request: HttpRequest) -> HttpResponse:
    """The groups of the user's authorities; their administrators name members."""
    user = _staff(request)
    names = holds(user, Role.ADMIN)
    form, status = MemberForm(user) if names else None, 200
    if request.method == "POST":
        form = MemberForm(user, request.POST)
        status = attempt_form(
            request, form, lambda: services.name_member(user, form.new()), _("已列为成员，并已通知本人。")
        )
        if status == DONE:
            return redirect("training_group")
    labels = {"": _("全部"), "open": pgettext("协调小组", "在任"), "ended": pgettext("协调小组", "已离任")}
    state = request.GET.get("state", "")
    state = state if state in labels else ""
    page = paginate(request, queries.members_for(user, state), PER_PAGE)
    context = _context(
        _("协调小组"),
        page=page,
        page_obj=page,
        rows=page,
        tabs=tabs_of(labels, state),
        state=state,
        form=form,
    )
    return render(request, "training/coordination/staff/list.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def member(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One seat, and its end."""
    user = _staff(request)
    found = queries.member_for(user, uuid)
    form, status = ReasonForm(), 200
    if request.method == "POST":
        form = ReasonForm(request.POST)
        status = attempt_form(
            request,
            form,
            lambda: services.end_member(user, found, form.cleaned_data["reason"]),
            _("已登记离任；以前的意见不受影响。"),
        )
        if status == DONE:
            return redirect("training_group")
        found = queries.member_for(user, uuid)
    ends = found.ended_on is None and holds(user, Role.ADMIN, organisation=found.authority)
    context = _context(str(found.person), member=found, form=form if ends else None)
    return render(request, "training/coordination/staff/member.html", context, status=status)
