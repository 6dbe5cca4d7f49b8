"""Staff screens of filings and of the rule of hours: the organiser's form (printed or as xlsx), the authority's list of
classes and its word on one, and the versions of the rule. In the Wagtail admin, working without scripts.
"""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lms.accounts.api import Role, User, holds
from lms.learning.classes import filings, hours, queries
from lms.learning.classes.forms import ClassRuleForm, FilingForm
from lms.learning.classes.hours_models import ClassHoursRule
from lms.learning.classes.hours_queries import rule_sentence
from lms.learning.classes.staff import PER_PAGE, context_of, staff_user
from lms.learning.rule_versions import PUBLISHED, next_version
from lms.lib.attempts import DONE, attempt_form
from lms.lib.errors import NotAllowed
from lms.lib.pages import paginate
from lms.lib.sheets import XLSX


def _officer(request: HttpRequest) -> User:
    if not holds(request.user, Role.OFFICER):
        raise NotAllowed
    return request.user  # type: ignore[return-value]


@require_safe
def form(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """班次备案表, to be printed; with ?format=xlsx as a workbook."""
    run = queries.run_for_staff(staff_user(request), uuid)
    if request.GET.get("format") == "xlsx":
        name = f"{_('班次备案表')}-{slugify(run.title, allow_unicode=True)}.xlsx"
        answer = HttpResponse(filings.workbook(run), content_type=XLSX)
        answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
        answer["Cache-Control"] = "private, no-store"
        return answer
    context = context_of(_("班次备案表"), run=run, found=filings.form(run))
    return render(request, "learning/classes/staff/filing.html", context)


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """The authority's list of classes, with what stands of each."""
    page = paginate(request, filings.for_officer(_officer(request)), PER_PAGE)
    rows = [{"run": run, "words": filings.filing_words(filings.last_of(run))} for run in page]
    context = context_of(_("班次备案"), page=page, rows=rows)
    return render(request, "learning/classes/staff/filings.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def file(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One class as it was handed in, and the form that takes it into the filing or out of it."""
    user = _officer(request)
    run = filings.run_for_officer(user, uuid)
    filled, status = FilingForm(user, request.POST or None), 200
    if request.method == "POST":
        status = attempt_form(
            request, filled, lambda: filings.file(user, run, **filled.values()), _("备案已记下。")
        )
        if status == DONE:
            return redirect("learning_class_filings")
    context = context_of(
        run.title,
        run=run,
        found=filings.form(run),
        form=filled,
        history=list(run.filings.select_related("authority")),
    )
    return render(request, "learning/classes/staff/file.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: HttpRequest) -> HttpResponse:
    """Every version of the rule, newest first, and the form that publishes the next one."""
    _officer(request)
    filled, status = next_version(request, ClassRuleForm, hours.publish_rule)
    if status == PUBLISHED:
        return redirect("learning_class_rules")
    page = paginate(request, ClassHoursRule.objects.order_by("-valid_from", "-version"), PER_PAGE)
    rows = [{"rule": row, "line": rule_sentence(row)} for row in page]
    context = context_of(_("班次学时规则"), page=page, rows=rows, form=filled)
    return render(request, "learning/classes/staff/rules.html", context, status=status)
