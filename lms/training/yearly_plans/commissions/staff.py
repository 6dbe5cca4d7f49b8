"""Staff screens of commissions inside the Wagtail admin: for the authority that gives them out, and for the bodies that hand in courses."""

from functools import partial
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lms.accounts.api import User, holds
from lms.lib.attempts import DONE, attempt_form
from lms.lib.errors import NotAllowed
from lms.lib.pages import paginate, staff_context
from lms.training.yearly_plans.commissions import queries, services
from lms.training.yearly_plans.commissions.forms import DeliverForm, EndForm, GiveForm
from lms.training.yearly_plans.queries import competent

PER_PAGE = 30
_context = partial(staff_context, icon="mail")


def _user(request: HttpRequest) -> User:
    if not any(holds(request.user, role) for role in queries.BODY_ROLES):
        raise NotAllowed
    return request.user  # type: ignore[return-value]


@require_http_methods(["GET", "HEAD", "POST"])
def commissions(request: HttpRequest) -> HttpResponse:
    """Those that one's authorities gave out and those given to one's bodies; the form that gives one out."""
    user = _user(request)
    gives = competent(user).exists()
    form, status = (GiveForm(user) if gives else None), 200
    if request.method == "POST":
        if not gives:
            raise NotAllowed
        given = form = GiveForm(user, request.POST)
        status = attempt_form(
            request,
            given,
            lambda: services.commission(user, given.cleaned_data["authority"], given.asked()),
            _("委托已记下，受委托单位现在看得到。"),
        )
        if status == DONE:
            return redirect("training_commissions")
    page = paginate(request, queries.visible(user), PER_PAGE)
    context = _context(_("公需科目课程委托"), form=form, page=page, rows=queries.rows(page))
    return render(request, "training/plans/staff/commissions.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def commission(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One commission with what was handed in; the body hands in a course, the authority takes it back."""
    user = _user(request)
    found = queries.commission(user, uuid)
    (row,) = queries.rows([found])
    hands = queries.bodies_of(user).filter(pk=found.body_id).exists() and row.end is None
    takes = (
        competent(user).filter(pk=found.authority_id).exists() and row.end is None and row.delivery is None
    )
    deliver, end, status = DeliverForm(), EndForm(), 200
    act = request.POST.get("act", "")
    if request.method == "POST":
        if act == "deliver":
            deliver = DeliverForm(request.POST)
            status = attempt_form(
                request,
                deliver,
                lambda: services.deliver(user, found, **deliver.cleaned_data),
                _("课程已交付。"),
            )
        elif act == "end":
            end = EndForm(request.POST)
            status = attempt_form(
                request, end, lambda: services.end(user, found, end.cleaned_data["reason"]), _("委托已收回。")
            )
        if status == DONE:
            return redirect("training_commission", uuid)
    context = _context(
        found.subject,
        row=row,
        found=found,
        deliver=deliver if hands else None,
        end=end if takes else None,
        deliveries=queries.deliveries(found),
        choices=queries.choices(found) if hands else [],
    )
    return render(request, "training/plans/staff/commission.html", context, status=status)
