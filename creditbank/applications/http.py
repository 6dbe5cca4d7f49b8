"""Pages of the credit bank: overview, applying, one application, the public rules, an account's statement."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from creditbank.applications import services
from creditbank.applications.models import Application
from creditbank.applications.planner import answer
from creditbank.applications.queries import application_of, applications_of, holds_for
from creditbank.applications.words import number_form_text
from creditbank.ledger import queries as books
from creditbank.outcomes.forms import DepositForm
from creditbank.outcomes.queries import outcome_of, outcomes_of
from creditbank.outcomes.services import deposit
from creditbank.rules.queries import versions
from lms.accounts.api import User, real_name_status
from lms.lib.clock import SHANGHAI, today
from lms.lib.errors import Conflict, Invalid, NotFound
from lms.lib.pages import paginate


def _user(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]


@login_required
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """What I have → what it is worth → what is missing."""
    user = _user(request)
    balances = books.balances_of(user.uuid)
    found = answer(user, today())
    colleges = {plan.programme.organisation.uuid: plan.programme.organisation for plan in found.plans}
    context = {
        "answer": found,
        "hours": [item for item in balances if item.unit.code != services.CREDIT],
        "credits": [
            {
                "item": item,
                "college": colleges.get(item.account.organisation) if item.account.organisation else None,
            }
            for item in balances
            if item.unit.code == services.CREDIT
        ],
        "outcomes": list(outcomes_of(user)),
        "applications": list(applications_of(user)[:5]),
    }
    return render(request, "credit/overview.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def apply(request: HttpRequest) -> HttpResponse:
    """Step one: choose a certificate that is registered, or register one."""
    user = _user(request)
    form = DepositForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            outcome = deposit(user, form.deposit(), form.cleaned_data["evidence"])
        except Invalid as refusal:
            field = refusal.details.get("field")
            form.add_error(field if field in form.fields else None, str(refusal.message))
        except Conflict as refusal:
            if refusal.code == "already_deposited":
                messages.info(request, str(refusal.message))
                return redirect("credit:worth", uuid=refusal.details["outcome"])
            form.add_error("number", str(refusal.message))
        else:
            messages.success(request, number_form_text(outcome.number_form))
            return redirect("credit:worth", uuid=outcome.uuid)
    refused = request.method == "POST"
    context = {"form": form, "outcomes": list(outcomes_of(user).exclude(status="refused"))}
    return render(request, "credit/apply.html", context, status=422 if refused else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def worth(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Step two: what this certificate would be worth, with rule, version and source; and the button that applies."""
    user = _user(request)
    outcome = outcome_of(user, uuid)
    if request.method == "POST":
        return _submit(request, user, uuid)
    # This certificate alone: with which of several to apply is the learner's choice.
    found = answer(user, today(), [outcome])
    lines = [shown for plan in found.plans for shown in plan.lines]
    context = {
        "outcome": outcome,
        "form_text": number_form_text(outcome.number_form),
        "lines": lines,
        "others": found.without_rule,
        "real_name_missing": real_name_status(user) == "unverified",
    }
    return render(request, "credit/worth.html", context)


def _submit(request: HttpRequest, user: User, uuid: UUID) -> HttpResponse:
    number = request.POST.get("version", "")
    if not number.isdecimal() or len(number) > 6:
        raise Invalid(_("请从列出的规则中选择一条。"))
    wish = services.Wish(uuid, request.POST.get("rule", ""), int(number))
    try:
        application = services.submit(user, wish)
    except Conflict as refusal:
        # A double click lands here: show the application that the first click made.
        made = applications_of(user).filter(
            outcome__uuid=uuid, rule_version__rule__code=wish.rule_code, state=Application.State.SUBMITTED
        )
        first = made.first()
        if first is None or refusal.code != "already_applied":
            raise
        return redirect("credit:application", uuid=first.uuid)
    messages.success(request, _("申请已提交，学校审核后你会在这里看到结果。"))
    return redirect("credit:application", uuid=application.uuid)


def _moment(moment: datetime | None) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if moment else ""


def _steps(application: Application) -> list[dict[str, object]]:
    """The way of an application for the steps component."""
    outcome = application.outcome
    verified = outcome.status == outcome.Status.VERIFIED
    reversed_ = application.state == Application.State.REVERSED
    decided = reversed_ or application.state in {Application.State.APPROVED, Application.State.REFUSED}
    refused = application.state == Application.State.REFUSED
    steps: list[dict[str, object]] = [
        {"title": _("提交申请"), "at": _moment(application.submitted_at), "state": "done"},
    ]
    if application.state == Application.State.WITHDRAWN:
        return [*steps, {"title": _("已撤回"), "at": _moment(application.decided_at), "state": "refused"}]
    check = "done" if verified else ("refused" if outcome.status == outcome.Status.REFUSED else "now")
    text = outcome.get_method_display() if verified else outcome.note
    steps.append({"title": _("核实证书"), "at": _moment(outcome.verified_at), "state": check, "text": text})
    review = "refused" if refused else ("done" if decided else ("now" if verified else "todo"))
    steps.append(
        {
            "title": _("学校审核"),
            "at": _moment(application.decided_at),
            "state": review,
            "text": application.reason,
        }
    )
    if not refused:
        at = _moment(application.transaction.posted_at if application.transaction else None)
        steps.append({"title": _("学分入账"), "at": at, "state": "done" if at else "todo"})
    if reversed_ and application.transaction is not None:
        back = application.transaction.reversed_by
        steps.append(
            {
                "title": _("认定已撤销"),
                "at": _moment(back.posted_at),
                "state": "refused",
                "text": back.memo,
            }
        )
    return steps


@login_required
@require_safe
def application(request: HttpRequest, uuid: UUID) -> HttpResponse:
    found = application_of(_user(request), uuid)
    context = {"application": found, "steps": _steps(found), "recomputed": holds_for(found)}
    return render(request, "credit/application.html", context)


@login_required
@require_POST
def withdraw(request: HttpRequest, uuid: UUID) -> HttpResponse:
    user = _user(request)
    services.withdraw(user, application_of(user, uuid))
    messages.success(request, _("申请已撤回，证书仍在你的成果里，可以再次申请。"))
    return redirect("credit:application", uuid=uuid)


@login_required
@require_safe
def statement(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The entries of one of one's own accounts, each with rule and evidence."""
    account = books.account_of(_user(request).uuid, uuid)
    if account is None:
        raise NotFound
    page = paginate(request, books.statement(account), 20)
    undone = books.reversed_uuids([entry.transaction_id for entry in page])
    context = {"account": account, "balance": books.balance(account), "page": page, "undone": undone}
    return render(request, "credit/statement.html", context)


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """The public register: every published version of every rule, with dates and source."""
    page = paginate(request, versions().order_by("rule__code", "-number"), 20)
    return render(request, "credit/rules.html", {"page": page, "day": today()})
