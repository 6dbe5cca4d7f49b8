"""The staff screen of an authority's funds: what each paid, and a further one by its administrator."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lms.accounts.api import Role, User, holds
from lms.lib.attempts import DONE, attempt_form
from lms.lib.errors import NotAllowed
from lms.lib.pages import paginate, staff_context
from lms.training.grants import queries, services, words
from lms.training.grants.forms import FundForm
from lms.training.lifecycle.queries import READERS, authorities_of

PER_PAGE = 20


def reads(user: object) -> bool:
    return holds(user, *READERS)  # type: ignore[arg-type]  # anonymous holds nothing


@require_http_methods(["GET", "HEAD", "POST"])
def funds(request: HttpRequest) -> HttpResponse:
    """One authority's funds (?authority= of several), with what was promised, paid and sent back."""
    user: User = request.user  # type: ignore[assignment]
    mine = authorities_of(user) if reads(user) else []
    if not mine:
        raise NotAllowed
    authority = next((row for row in mine if row.code == request.GET.get("authority")), mine[0])
    keeps = holds(user, Role.ADMIN, organisation=authority)
    form, status = FundForm(authority), 200
    if request.method == "POST":
        form = FundForm(authority, request.POST)
        status = attempt_form(request, form, lambda: services.set_fund(user, form.fund()), _("已登记。"))
        if status == DONE:
            return redirect(f"{request.path}?authority={authority.code}")
    page = paginate(request, queries.funds_of(authority), PER_PAGE)
    context = staff_context(
        _("资助资金"),
        "form",
        authority=authority,
        authorities=mine if len(mine) > 1 else [],
        rows=[_shown(row) for row in queries.fund_sums(list(page))],
        page=page,
        form=form if keeps else None,
    )
    return render(request, "training/grants/staff/funds.html", context, status=status)


def _shown(row: queries.FundSum) -> dict[str, object]:
    return {
        "fund": row.fund,
        "grants": row.grants,
        "promised": words.in_yuan(row.promised),
        "out": words.in_yuan(row.out),
        "back": words.in_yuan(row.back),
    }
