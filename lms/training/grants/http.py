"""A grant's application form, and the page of its money: sums, movements, vouchers. Thin."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lms.accounts.api import User
from lms.lib.errors import NotFound
from lms.lib.pages import paginate
from lms.training.grants import queries, rules, services, words
from lms.training.grants.forms import ApplicationForm
from lms.training.grants.process import CODE
from lms.training.lifecycle import services as cases
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
    """The application's form; one line more is a save that stays here. Permission was checked."""
    user: User = request.user  # type: ignore[assignment]
    form, status = ApplicationForm(case.facts), 200
    if request.method == "POST":
        form, status = ApplicationForm(case.facts, request.POST), 422
        if form.is_valid():
            cases.describe(user, case, rules.dump(form.facts()))
            if request.POST.get("press") == "more":
                return redirect("cases:facts", case.uuid)
            messages.success(request, _("已保存。"))
            return redirect("cases:case", case.uuid)
    return render(request, "training/grants/facts.html", {"case": case, "form": form}, status=status)
