"""The learner's pages of cases: one application with its line in time, supplement, appeal, withdrawing; applying for a
whole allocation; courses to other colleges; credits for a diploma.
"""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from creditbank.applications import expiry, lifecycle, redemptions, services, timeline, transfers
from creditbank.applications.forms import AppealForm, SupplementForm
from creditbank.applications.lifecycle import State
from creditbank.applications.models import Application
from creditbank.applications.queries import application_of, file_for, holds_for, steps_of
from creditbank.rules.models import Programme
from lms.accounts.api import User, real_name_status, user_of
from lms.lib.clock import today
from lms.lib.errors import Invalid, NotFound, Refusal
from lms.lib.evidence import handed_out
from lms.lib.verify.services import issue

# --- one application -------------------------------------------------------------------------------------


@login_required
@require_safe
def application(request: HttpRequest, uuid: UUID) -> HttpResponse:
    return _shown(request, application_of(user_of(request), uuid))


def _shown(request: HttpRequest, found: Application, status: int = 200, **bound: Any) -> HttpResponse:
    asked = found.worth["lines"][0]["centicredits"]
    context = {
        "application": found,
        "waiting": found.state in lifecycle.OPEN,
        "asked": asked,
        "less": found.state == State.APPROVED and found.centicredits < asked,
        "steps": timeline.timeline(found, steps_of(found)),
        "next": timeline.next_sentence(found),
        "overdue": timeline.overdue(found),
        "files": list(found.files.order_by("id")),
        "recomputed": holds_for(found),
        "may_withdraw": found.state in lifecycle.OPEN,
        "may_supplement": found.state == State.SUPPLEMENT and not timeline.overdue(found),
        "may_appeal": timeline.may_appeal(found),
        "supplement_form": bound.get("supplement_form") or SupplementForm(),
        "appeal_form": bound.get("appeal_form") or AppealForm(),
    }
    return render(request, "credit/application.html", context, status=status)


@login_required
@require_POST
def withdraw(request: HttpRequest, uuid: UUID) -> HttpResponse:
    user = user_of(request)
    services.withdraw(user, application_of(user, uuid))
    messages.success(request, _("申请已撤回，证书仍在你的成果里，可以再次申请。"))
    return redirect("credit:application", uuid=uuid)


@login_required
@require_POST
def supplement(request: HttpRequest, uuid: UUID) -> HttpResponse:
    user = user_of(request)
    found = application_of(user, uuid)
    form = SupplementForm(request.POST, request.FILES)
    if form.is_valid():
        said = form.cleaned_data
        try:
            services.supplement(user, found, text=said["text"], files=said["evidence"])
        except Invalid as refusal:
            form.add_error(_field(refusal, "text"), str(refusal.message))
        else:
            messages.success(request, _("补充已提交，继续审核。"))
            return redirect("credit:application", uuid=uuid)
    return _shown(request, found, 422, supplement_form=form)


@login_required
@require_POST
def appeal(request: HttpRequest, uuid: UUID) -> HttpResponse:
    user = user_of(request)
    found = application_of(user, uuid)
    form = AppealForm(request.POST, request.FILES)
    if form.is_valid():
        said = form.cleaned_data
        try:
            services.appeal(user, found, reason=said["reason"], files=said["evidence"])
        except Invalid as refusal:
            form.add_error(_field(refusal, "reason"), str(refusal.message))
        else:
            messages.success(request, _("申诉已提交，由没有参与过审核的人员复核。"))
            return redirect("credit:application", uuid=uuid)
    return _shown(request, found, 422, appeal_form=form)


def _field(refusal: Refusal, other: str) -> str:
    return "evidence" if refusal.details.get("field") == "evidence" else other


@login_required
@require_safe
def file(request: HttpRequest, uuid: UUID) -> FileResponse:
    return handed_out(file_for(user_of(request), uuid))


# --- several lines at once -------------------------------------------------------------------------------


@login_required
@require_POST
def apply_all(request: HttpRequest) -> HttpResponse:
    """Every `line` of the form, "outcome|rule|version", in one go: all are applied for, or none."""
    wishes = [_wish(line) for line in request.POST.getlist("line")]
    made = services.submit_many(user_of(request), wishes)
    messages.success(
        request, _("已提交 %(count)s 份申请，学校审核后你会在这里看到结果。") % {"count": len(made)}
    )
    return (
        redirect("credit:application", uuid=made[0].uuid) if len(made) == 1 else redirect("credit:overview")
    )


def _wish(line: str) -> services.Wish:
    outcome, _bar, rest = line.partition("|")
    rule, _bar, number = rest.rpartition("|")
    try:
        return services.Wish(UUID(outcome), rule, _number(number))
    except ValueError as error:
        raise Invalid(_("请从列出的规则中选择一条。")) from error


def _number(typed: str) -> int:
    if not typed.isdecimal() or len(typed) > 6:
        raise Invalid(_("请从列出的规则中选择一条。"))
    return int(typed)


# --- to another college ----------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def transfer(request: HttpRequest) -> HttpResponse:
    """My credited courses and what other colleges make of them; the button applies for one."""
    user = user_of(request)
    if request.method == "POST":
        data = request.POST
        try:
            move = services.Move(
                UUID(data.get("application", "")),
                data.get("course", ""),
                data.get("rule", ""),
                _number(data.get("version", "")),
            )
        except ValueError as error:
            raise NotFound from error
        made = services.submit(user, move)
        messages.success(request, _("申请已提交，学校审核后你会在这里看到结果。"))
        return redirect("credit:application", uuid=made.uuid)
    context = {
        "offers": transfers.offers(user, today()),
        "real_name_missing": real_name_status(user) == "unverified",
    }
    return render(request, "credit/transfer.html", context)


# --- for a diploma ---------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def redemption(request: HttpRequest) -> HttpResponse:
    """What can be redeemed, what was asked for, the receipts; and what will expire."""
    user = user_of(request)
    if request.method == "POST":
        return _redemption_act(request, user)
    asked = list(redemptions.redemptions_of(user)[:50])
    taken = {row.programme_id for row in asked if row.state in ("requested", "redeemed")}
    context = {
        "redeemable": [
            (programme, amount)
            for programme, amount in redemptions.redeemable(user)
            if programme.pk not in taken
        ],
        "asked": asked,
        "expiring": [
            {"use": use, "amount": amount, "sentence": expiry.expiry_sentence(use)}
            for use, amount in expiry.expiring_for(user)
        ],
    }
    return render(request, "credit/redemption.html", context)


def _redemption_act(request: HttpRequest, user: User) -> HttpResponse:
    try:
        uuid = UUID(request.POST.get("uuid", ""))
    except ValueError as error:
        raise NotFound from error
    if request.POST.get("action") == "withdraw":
        redemptions.withdraw(user, redemptions.redemption_of(user, uuid))
        messages.success(request, _("兑换申请已撤回。"))
    else:
        programme = Programme.objects.filter(uuid=uuid).select_related("organisation").first()
        if programme is None:
            raise NotFound
        redemptions.request(user, programme)
        messages.success(request, _("兑换申请已提交，由学校管理人员办理。"))
    return redirect("credit:redemption")


@login_required
@require_safe
def receipt(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The receipt of a redemption, with the code that anybody can check."""
    found = redemptions.redemption_of(user_of(request), uuid)
    if found.transaction is None:
        raise NotFound
    context = {"redemption": found, "code": issue(redemptions.KIND, found.uuid)}
    return render(request, "credit/receipt.html", context)
