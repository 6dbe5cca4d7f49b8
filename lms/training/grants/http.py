"""A grant's application form, and the page of its money: sums, movements, vouchers. Thin."""

from functools import partial
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lms.accounts.api import User
from lms.lib.errors import NotFound
from lms.lib.pages import paginate
from lms.training.grants import queries, rules, services, words
from lms.training.grants.forms import ApplicationForm
from lms.training.grants.process import CODE
from lms.training.lifecycle.http import facts_page
from lms.training.lifecycle.models import Case

PER_PAGE = 20


@never_cache
@login_required
@require_safe
def money(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What became of the money, for the body's people and the authority's."""
    user: User = request.user  # type: ignore[assignment]
    case = Case.objects.select_related("authority", "body", "rule").filter(uuid=uuid, process=CODE).first()
    if case is None:
        raise NotFound
    case = queries.case_of_either(user, case)
    grant = queries.grant_of(case)
    if grant is None:
        raise NotFound
    page = paginate(request, queries.spends(grant), PER_PAGE)
    context = {
        "case": case,
        "grant": grant,
        "mine": queries.is_own(user, case),
        "lines": words.money_lines(services.totals_of(grant)),
        "movements": [(row, words.in_yuan(row.fen)) for row in grant.movements.all()],
        "rows": [(row, words.in_yuan(row.spend.fen)) for row in queries.spend_rows(list(page))],
        "page": page,
        "page_obj": page,
    }
    return render(request, "training/grants/money.html", context)


def facts(request: HttpRequest, case: Case) -> HttpResponse:
    """The application's form, with lines of the budget line by line."""
    return facts_page(
        request, case, partial(ApplicationForm, case.facts), rules.dump, "training/grants/facts.html"
    )
