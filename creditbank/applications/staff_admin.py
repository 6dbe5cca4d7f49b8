"""Staff screens of a college's administrators: requests to redeem credits, what is overdue, and the terms of its cases."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from creditbank.applications import redemptions
from creditbank.applications.forms import RedeemForm, TermsForm
from creditbank.applications.models import CaseTerms, Redemption
from creditbank.applications.queries import overdue_of
from creditbank.applications.terms import publish_terms
from creditbank.rules.models import Programme
from lms.accounts.api import Role, User, holds, organisations_for, real_name
from lms.lib.attempts import refused
from lms.lib.clock import today
from lms.lib.errors import NotAllowed, Refusal
from lms.lib.pages import paginate, staff_context, tabs_of

PER_PAGE = 30
TABS = (Redemption.State.REQUESTED, Redemption.State.REDEEMED, Redemption.State.DECLINED)


def _administrator(request: HttpRequest) -> User:
    if not holds(request.user, Role.ADMIN):
        raise NotAllowed
    return request.user  # type: ignore[return-value]


_context = partial(staff_context, icon="clipboard-list")


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    user = _administrator(request)
    asked = request.GET.get("state", "")
    state = asked if asked in TABS else TABS[0]
    context = _context(
        _("学分办理"),
        page=paginate(request, redemptions.to_redeem(user, state), PER_PAGE),
        tabs=tabs_of({item: item.label for item in TABS}, state),
        state=state,
        overdue=overdue_of(user).count(),
    )
    return render(request, "credit/staff/redemptions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One request to redeem: what it takes, and the two buttons."""
    user = _administrator(request)
    found = redemptions.redemption_for(user, uuid)
    form, status = RedeemForm(), 200
    if request.method == "POST":
        form = RedeemForm(request.POST)
        form.is_valid()
        act = redemptions.redeem if request.POST.get("action") == "redeem" else redemptions.decline
        try:
            act(user, found, reason=form.cleaned_data.get("reason", ""))
        except Refusal as refusal:
            status = refused(request, form, refusal)
            found = redemptions.redemption_for(user, uuid)
        else:
            messages.success(request, _("已记下，申请人能看到结果。"))
            return redirect("creditbank_redemption", uuid)
    context = _context(
        found.programme.name,
        redemption=found,
        name=real_name(found.holder),
        own=found.holder_id == user.pk,
        form=form,
    )
    return render(request, "credit/staff/redemption.html", context, status=status)


@require_safe
def overdue(request: HttpRequest) -> HttpResponse:
    user = _administrator(request)
    page = paginate(request, overdue_of(user), PER_PAGE)
    return render(request, "credit/staff/overdue.html", _context(_("超期的认定申请"), page=page))


@require_http_methods(["GET", "HEAD", "POST"])
def terms(request: HttpRequest) -> HttpResponse:
    """Every version of the terms of one's colleges, newest first, and the form for the next one."""
    user = _administrator(request)
    colleges = organisations_for(user, Role.ADMIN)
    programmes = list(
        Programme.objects.filter(organisation__in=colleges).select_related("organisation").order_by("name")
    )
    form, status = TermsForm(programmes=programmes, initial={"valid_from": today()}), 200
    if request.method == "POST":
        form, status = TermsForm(request.POST, programmes=programmes), 422
        if form.is_valid():
            college, programme = form.where()
            try:
                publish_terms(user, college, form.terms(), programme=programme)
            except Refusal as refusal:
                status = refused(request, form, refusal)
            else:
                messages.success(request, _("规则已公布。"))
                return redirect("creditbank_case_terms")
    rows = CaseTerms.objects.filter(organisation__in=colleges).select_related("organisation", "programme")
    page = paginate(request, rows.order_by("-valid_from", "-id"), PER_PAGE)
    context = _context(_("审核与期限规则"), page=page, form=form if programmes else None)
    return render(request, "credit/staff/terms.html", context, status=status)
