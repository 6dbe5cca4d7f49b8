"""Staff screens of bundles, targets and results inside the Wagtail admin, for officers of the departments in charge."""

from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.accounts.api import User
from lms.learning.api import this_year
from lms.lib import sheets
from lms.lib.attempts import DONE, attempt, attempt_form
from lms.lib.clock import today
from lms.lib.pages import paginate, staff_context
from lms.training.access import officer
from lms.training.bundles import queries, services
from lms.training.bundles.forms import AboutForm, BeginForm, CourseForm, TargetForm
from lms.training.bundles.models import Bundle

PER_PAGE = 30
_context = partial(staff_context, icon="folder-open-inverse")


@require_http_methods(["GET", "HEAD", "POST"])
def bundles(request: HttpRequest) -> HttpResponse:
    """The bundles of the user's departments, and the form that begins one."""
    user = officer(request)
    form, status = BeginForm(user), 200
    if request.method == "POST":
        form = BeginForm(user, request.POST)
        made: list[Bundle] = []
        status = attempt_form(
            request,
            form,
            lambda: made.append(
                services.begin(user, form.cleaned_data["owner"], form.cleaned_data["year"], form.about())
            ),
            _("草稿已建立，请加入课程。"),
        )
        if status == DONE:
            return redirect("training_bundle", made[0].uuid)
    context = _context(_("培训课程包"), form=form, page=paginate(request, queries.own(user), PER_PAGE))
    return render(request, "training/bundles/staff/list.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def bundle(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One bundle. Every button does one thing: its words, a course in, a course out, publish, close."""
    user = officer(request)
    found = queries.of_department(user, uuid)
    about = AboutForm(
        initial={name: getattr(found, name) for name in ("title", "purpose", "audience", "guide")}
    )
    course = CourseForm(found.audience)
    status, act = 200, request.POST.get("act", "")
    if request.method == "POST":
        if act == "about":
            about = AboutForm(request.POST)
            status = attempt_form(
                request, about, lambda: services.describe(user, found, about.about()), _("已保存。")
            )
        elif act == "course":
            course = CourseForm(found.audience, request.POST)
            status = attempt_form(
                request,
                course,
                lambda: services.add_course(user, found, **course.cleaned_data),
                _("课程已加入。"),
            )
        elif act == "drop":
            code = request.POST.get("code", "")
            status = attempt(request, lambda: services.drop_course(user, found, code), _("课程已移除。"))
        elif act == "publish":
            status = attempt(request, lambda: services.publish(user, found), _("课程包已发布。"))
        elif act == "close":
            status = attempt(request, lambda: services.close(user, found), _("课程包已停用。"))
        if status == DONE:
            return redirect("training_bundle", uuid)
    context = _context(
        found.title,
        bundle=found,
        about=about,
        course=course,
        rows=list(found.courses.select_related("course__provider")),
        choices=queries.choices(found),
        lacking=queries.lacking(found),
    )
    return render(request, "training/bundles/staff/bundle.html", context, status=status)


def _year(request: HttpRequest) -> int:
    text = request.GET.get("year", "")
    year = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else 0
    return year if services.FIRST_YEAR <= year <= today().year + services.YEARS_AHEAD else this_year()


@require_http_methods(["GET", "HEAD", "POST"])
def targets(request: HttpRequest) -> HttpResponse:
    """A year's targets as they break down, with what came of them; and the form that sets one."""
    user, year = officer(request), _year(request)
    form, status = TargetForm(user, year), 200
    if request.method == "POST":
        form = TargetForm(user, year, request.POST)
        status = attempt_form(
            request,
            form,
            lambda: services.set_target(user, year, form.cleaned_data["body"], form.parent(), form.figures()),
            _("指标已保存。"),
        )
        if status == DONE:
            return redirect(f"{request.path}?year={year}")
    rows = queries.table(user, year)
    years = sorted({year, this_year(), *queries.years()}, reverse=True)
    context = _context(_("培训指标与完成情况"), form=form, rows=rows, year=year, years=years)
    return render(request, "training/bundles/staff/targets.html", context, status=status)


@require_POST
def drop_target(request: HttpRequest, uuid: UUID) -> HttpResponse:
    user = officer(request)
    found = queries.target(user, uuid)
    attempt(request, lambda: services.drop_target(user, found), _("指标已删除。"))
    response = redirect("training_targets")
    response["Location"] += f"?year={found.year}"
    return response


@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The same table as a workbook."""
    user, year = officer(request), _year(request)
    content = [
        sheets.Sheet(
            _("完成情况"), _rows(user, year), widths=(36, 10, 12, 12, 14, 12, 12, 10, 24, 12), texts=(0, 8, 9)
        )
    ]
    answer = HttpResponse(sheets.write(content), content_type=sheets.XLSX)
    name = _("培训指标完成情况") + f"-{year}.xlsx"
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    answer["Cache-Control"] = "private, no-store"
    return answer


def _rows(user: User, year: int) -> list[list[Any]]:
    head = [
        *(_("承担单位"), _("层级"), _("指标人次"), _("指标学时"), _("下级指标合计（人次）")),
        *(_("完成人次"), _("记入学时"), _("完成率（%）"), _("下达单位"), _("计哪类课程")),
    ]
    return [
        head,
        *(
            [
                row.indent + row.target.body.name,
                row.line.level + 1,
                row.target.person_times,
                None if row.target.centihours is None else row.target.centihours / 100,
                row.line.parts_person_times if row.line.parts else None,
                row.result.person_times,
                row.result.centihours / 100,
                row.percent,
                row.target.parent.body.name if row.target.parent else _("本单位"),
                row.kind,
            ]
            for row in queries.table(user, year)
        ),
    ]
