"""Staff screens inside the Wagtail admin: everybody's year in sums, and the table of rules for higher titles, for
officers of the authority.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lms.accounts.api import Role, holds
from lms.learning.rule_versions import PUBLISHED, next_version
from lms.learning.statements import figures, paper, readiness
from lms.learning.statements.forms import TitleRuleForm
from lms.learning.statements.http import year_asked
from lms.learning.statements.models import TitleRule
from lms.lib.clock import today
from lms.lib.errors import NotAllowed
from lms.lib.pages import paginate

PER_PAGE = 30


def _officer(request: HttpRequest) -> None:
    if not holds(request.user, Role.OFFICER):
        raise NotAllowed


def _context(title: str, icon: str, **more: Any) -> dict[str, Any]:
    return {"header_title": title, "page_title": title, "header_icon": icon, **more}


@require_http_methods(["GET", "HEAD", "POST"])
def title_rules(request: HttpRequest) -> HttpResponse:
    """Every version of every rule, newest first, and the form that publishes the next one."""
    _officer(request)
    form, status = next_version(request, TitleRuleForm, readiness.publish_rule)
    if status == PUBLISHED:
        return redirect("learning_title_rules")
    page = paginate(request, TitleRule.objects.order_by("-valid_from", "-id"), PER_PAGE)
    context = _context(_("职称学时规则"), "table", page=page, form=form)
    return render(request, "learning/statements/staff/title_rules.html", context, status=status)


@require_safe
def years(request: HttpRequest) -> HttpResponse:
    """Everybody's year in sums: nobody in it can be made out."""
    if not holds(request.user, Role.OFFICER, Role.AUDITOR):
        raise NotAllowed
    year = year_asked(request.GET.get("year", ""))
    found = figures.overview(year)
    context = _context(
        _("年度学时汇总"),
        "table",
        year=year,
        years=range(today().year, today().year - readiness.MOST_YEARS, -1),
        found=found,
        totals=paper.totals({"centihours": found.centihours}),
    )
    return render(request, "learning/statements/staff/years.html", context)
