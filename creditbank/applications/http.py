"""Pages of the credit bank: overview, applying, one application, an account's statement."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from creditbank.applications import expiry, services
from creditbank.applications.models import TAKEN
from creditbank.applications.planner import answer
from creditbank.applications.queries import applications_of
from creditbank.applications.words import number_form_text
from creditbank.honours import cohort_queries
from creditbank.ledger import queries as books
from creditbank.outcomes.queries import outcome_of
from lms.accounts.api import User, real_name_status, user_of
from lms.lib.clock import today
from lms.lib.errors import Conflict, Invalid, NotFound
from lms.lib.pages import paginate


@login_required
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """What I have → what it is worth → what is missing."""
    user = user_of(request)
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
        "outcomes": list(found.worth.outcomes.values()),
        "applications": list(applications_of(user)[:5]),
        "expiring": expiry.expiring_for(user),
        "invitations": cohort_queries.invitations_of(user),
    }
    return render(request, "credit/overview.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def worth(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Step two: what this certificate would be worth, with rule, version and source; and the button that applies."""
    user = user_of(request)
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
            outcome__uuid=uuid, rule_version__rule__code=wish.rule_code, state__in=TAKEN
        )
        first = made.first()
        if first is None or refusal.code != "already_applied":
            raise
        return redirect("credit:application", uuid=first.uuid)
    messages.success(request, _("申请已提交，学校审核后你会在这里看到结果。"))
    return redirect("credit:application", uuid=application.uuid)


@login_required
@require_safe
def statement(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The entries of one of one's own accounts, each with rule and evidence."""
    account = books.account_of(user_of(request).uuid, uuid)
    if account is None:
        raise NotFound
    found = books.statement(account)
    page = paginate(request, found, 20)
    undone = books.reversed_uuids([entry.transaction_id for entry in page])
    context = {"account": account, "balance": found.balance, "page": page, "undone": undone}
    return render(request, "credit/statement.html", context)
