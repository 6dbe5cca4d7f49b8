"""Staff screens of what employers set aside inside the Wagtail admin: what was stated to one's authorities; the ratios, for administrators."""

from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lms.lib.attempts import DONE, attempt_form
from lms.lib.clock import today
from lms.lib.errors import NotFound
from lms.lib.pages import paginate, staff_context
from lms.training.access import authorities, officer
from lms.training.education_funds import queries, services
from lms.training.education_funds.forms import RatioForm

PER_PAGE = 30
_context = partial(staff_context, icon="form")


def is_keeper(user: Any) -> bool:
    """Whether they set ratios: administrators of the platform."""
    return bool(user.is_active and user.is_superuser)


@require_safe
def statements(request: HttpRequest) -> HttpResponse:
    """The last statement of each employer and year to the user's authorities."""
    user = officer(request)
    text = request.GET.get("year", "")
    year = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else None
    page = paginate(request, queries.stated_to(user, year), PER_PAGE)
    context = _context(
        _("用人单位职工培训费"),
        page=page,
        rows=queries.rows(page),
        year=year,
        years=list(range(today().year, services.FIRST_YEAR - 1, -1)),
        keeps=is_keeper(user),
    )
    return render(request, "training/education_funds/staff/list.html", context)


@require_safe
def statement(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One employer's year: what was stated to the user's authority."""
    user = officer(request)
    found = queries.statement(user, uuid)
    if not authorities(user).filter(pk=found.authority_id).exists():
        raise NotFound
    rows = queries.rows(queries.versions(found, found.authority))
    context = _context(f"{found.body.name} · {found.year}", found=found, rows=rows)
    return render(request, "training/education_funds/staff/statement.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def ratios(request: HttpRequest) -> HttpResponse:
    """Every version of every authority's rule, and the form for the next one."""
    services.keeper(request.user)  # type: ignore[arg-type]  # nobody comes here without signing in
    form, status = RatioForm(initial={"valid_from": today()}), 200
    if request.method == "POST":
        form = RatioForm(request.POST)
        status = attempt_form(
            request,
            form,
            lambda: services.set_ratio(request.user, form.ratio()),  # type: ignore[arg-type]
            _("已设定。"),
        )
        if status == DONE:
            return redirect("training_fund_ratios")
    context = _context(_("职工培训费提取比例"), form=form, page=paginate(request, queries.rules(), PER_PAGE))
    return render(request, "training/education_funds/staff/ratios.html", context, status=status)
