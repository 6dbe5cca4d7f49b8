"""Staff screens inside the Wagtail admin: everybody's year in sums, and the table of rules for higher titles, for
officers of the authority.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lms.accounts.api import Role, holds
from lms.learning.hours import years as learning_years
from lms.learning.hours.models import LearningYear
from lms.learning.rule_versions import PUBLISHED, next_version
from lms.learning.statements import figures, paper, readiness
from lms.learning.statements.forms import LearningYearForm, TitleRuleForm
from lms.learning.statements.models import TitleRule
from lms.lib.clock import today
from lms.lib.errors import NotAllowed
from lms.lib.pages import paginate, staff_context

PER_PAGE = 30


def _officer(request: HttpRequest) -> None:
    if not holds(request.user, Role.OFFICER):
        raise NotAllowed


@require_http_methods(["GET", "HEAD", "POST"])
def title_rules(request: HttpRequest) -> HttpResponse:
    """Every version of every rule, newest first, and the form that publishes the next one."""
    _officer(request)
    form, status = next_version(request, TitleRuleForm, readiness.publish_rule)
    if status == PUBLISHED:
        return redirect("learning_title_rules")
    page = paginate(request, TitleRule.objects.order_by("-valid_from", "-id"), PER_PAGE)
    context = staff_context(_("职称学时规则"), "table", page=page, form=form)
    return render(request, "learning/statements/staff/title_rules.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def learning_year(request: HttpRequest) -> HttpResponse:
    """Every version of when a year begins, what that makes of the years around today, and the form for the next one."""
    _officer(request)
    form, status = next_version(request, LearningYearForm, learning_years.publish_year)
    if status == PUBLISHED:
        return redirect("learning_year_rule")
    page = paginate(request, LearningYear.objects.order_by("-version"), PER_PAGE)
    known = learning_years.years()
    this = known.number(today())
    context = staff_context(
        _("学习年度"), "date", page=page, form=form, shown=[known.year(this + step) for step in (-1, 0, 1, 2)]
    )
    return render(request, "learning/statements/staff/learning_years.html", context, status=status)


@require_safe
def years(request: HttpRequest) -> HttpResponse:
    """Everybody's year in sums: nobody in it can be made out."""
    if not holds(request.user, Role.OFFICER, Role.AUDITOR):
        raise NotAllowed
    known = learning_years.years()
    year = learning_years.asked(request.GET.get("year", ""), known)
    this = known.number(today())
    found = figures.overview(year)
    context = staff_context(
        _("年度学时汇总"),
        "table",
        year=year,
        span=known.year(year),
        years=range(this, this - readiness.MOST_YEARS, -1),
        found=found,
        totals=paper.totals({"centihours": found.centihours}),
    )
    return render(request, "learning/statements/staff/years.html", context)
