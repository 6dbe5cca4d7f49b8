"""Staff screens in the Wagtail admin: coverage (personnel officers by name, authorities by number), assigning a course,
and one assignment with its reminders.
"""

from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.api import CoursePage, Kind, course_by_uuid
from lms.accounts.api import Organisation, Role, User, holds, keeps_rosters, kept_by, rostered
from lms.learning.enrolment.models import Enrolment
from lms.learning.hours.years import span, this_year
from lms.learning.looks import ASSIGNED, ASSIGNING, COVERAGE
from lms.learning.rosters import queries, services
from lms.learning.rosters.rules import EARLIEST_YEAR, REMIND_EVERY_DAYS
from lms.lib import sheets
from lms.lib.clock import today
from lms.lib.errors import NotAllowed, NotFound, Refusal
from lms.lib.forms import DayField
from lms.lib.pages import paginate, staff_context

PER_PAGE = 50
# A download is one workbook; larger firms take it by state (all, without hours).
MOST_ROWS = 20_000


def _user(request: HttpRequest, *, officers: bool = False) -> User:
    """Somebody who keeps a roster (or, where counts are enough, an officer of an authority)."""
    if not keeps_rosters(request.user) and not (officers and holds(request.user, Role.OFFICER)):
        raise NotAllowed
    return request.user  # type: ignore[return-value]


_context = partial(staff_context, icon="group")


def _year(year: int) -> int:
    if not EARLIEST_YEAR <= year <= this_year():
        raise NotFound
    return year


def _years() -> list[int]:
    return list(range(this_year(), EARLIEST_YEAR - 1, -1))


def _kinds() -> list[str]:
    return [str(Kind(kind).label) for kind in queries.KINDS]


# --- coverage --------------------------------------------------------------------------------------------


@never_cache
@require_safe
def coverage(request: HttpRequest, year: int = 0) -> HttpResponse:
    """How many of each firm's confirmed employees have hours: one's own firms, or all for an authority's officer."""
    user = _user(request, officers=True)
    shown = _year(year or this_year())
    own = holds(user, Role.HR) and not user.is_superuser
    page = paginate(request, rostered(user) if own else queries.firms(), PER_PAGE)
    context = _context(
        _("培训覆盖"),
        year=shown,
        span=span(shown),
        years=_years(),
        page=page,
        rows=queries.coverage(list(page), shown),
        kinds=_kinds(),
        named=own or user.is_superuser,
        definitions=queries.DEFINITIONS,
    )
    return render(request, "learning/rosters/coverage.html", context)


@never_cache
@require_POST
def coverage_counts(request: HttpRequest, year: int) -> HttpResponse:
    """The same numbers as a workbook."""
    user = _user(request, officers=True)
    shown = _year(year)
    own = holds(user, Role.HR) and not user.is_superuser
    found = list((rostered(user) if own else queries.firms())[:MOST_ROWS])
    rows: list[tuple[Any, ...]] = [(_("用人单位"), _("已确认职工"), *_kinds(), _("没有学时"))]
    rows += [
        (item.organisation.name, item.people, *item.by_kind.values(), item.none)
        for item in queries.coverage(found, shown)
    ]
    explained: list[tuple[Any, ...]] = [(_("列"), _("含义"))]
    explained += [
        (_("已确认职工"), str(queries.DEFINITIONS["people"])),
        (_("公需、专业、职业技能"), str(queries.DEFINITIONS["kind"])),
        (_("没有学时"), str(queries.DEFINITIONS["none"])),
    ]
    return _workbook(
        [
            sheets.Sheet(_("%(year)s 年度") % {"year": shown}, rows, widths=(36, 12, 12, 12, 12, 12)),
            sheets.Sheet(_("含义"), explained, widths=(24, 90)),
        ],
        f"coverage-{shown}.xlsx",
    )


@never_cache
@require_safe
def firm(request: HttpRequest, code: str, year: int) -> HttpResponse:
    """A firm's own list: names and hours by kind; each look is logged."""
    user = _user(request)
    organisation = kept_by(user, code)
    shown = _year(year)
    state = "none" if request.GET.get("state") == "none" else ""
    found = _employees(organisation, shown, state)
    page = paginate(request, found, PER_PAGE)
    rows = queries.employee_rows(page, shown)
    _log(user, organisation, rows)
    context = _context(
        _("培训覆盖：%(name)s") % {"name": organisation.name},
        organisation=organisation,
        year=shown,
        span=span(shown),
        page=page,
        rows=rows,
        kinds=_kinds(),
        state=state,
        tabs=[
            {"state": "", "label": _("全部"), "current": not state},
            {"state": "none", "label": _("没有学时"), "current": bool(state)},
        ],
        definitions=queries.DEFINITIONS,
    )
    return render(request, "learning/rosters/firm.html", context)


def _employees(organisation: Organisation, year: int, state: str) -> Any:
    found = queries.employees(organisation, year)
    return (queries.untrained(found) if state else found).order_by("department", "pk")


def _log(user: User, organisation: Organisation, rows: list[dict[str, Any]]) -> None:
    people = [row["employment"].user.uuid for row in rows]
    queries.log_looks(user, organisation, people, COVERAGE())


@never_cache
@require_POST
def firm_sheet(request: HttpRequest, code: str, year: int) -> HttpResponse:
    """The list as a workbook; a look at everybody on it."""
    user = _user(request)
    organisation = kept_by(user, code)
    shown = _year(year)
    found = _employees(organisation, shown, request.POST.get("state", ""))[:MOST_ROWS]
    rows = queries.employee_rows(found, shown)
    _log(user, organisation, rows)
    table: list[tuple[Any, ...]] = [(_("姓名"), _("部门"), _("岗位"), *_kinds(), _("合计（学时）"))]
    for row in rows:
        item = row["employment"]
        hours = [value / 100 for value in (*row["hours"], row["total"])]
        table.append((row["name"], item.department, item.post, *hours))
    title = _("%(year)s 年度") % {"year": shown}
    return _workbook(
        [sheets.Sheet(title, table, widths=(14, 18, 18, 12, 12, 12, 14))], f"employees-{shown}.xlsx"
    )


def _workbook(content: list[sheets.Sheet], name: str) -> HttpResponse:
    response = HttpResponse(sheets.write(content), content_type=sheets.XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


# --- assignments -----------------------------------------------------------------------------------------


class AssignForm(forms.Form):
    whom = forms.ChoiceField(
        label=gettext_lazy("布置给"),
        choices=[
            ("all", gettext_lazy("全部已确认职工")),
            ("untrained", gettext_lazy("今年还没有学时的")),
            ("chosen", gettext_lazy("下面勾选的人")),
        ],
        widget=forms.RadioSelect,
        initial="all",
    )
    departments = forms.MultipleChoiceField(
        label=gettext_lazy("部门"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("不勾选就是所有部门。"),
    )
    due_on = DayField(
        label=gettext_lazy("希望学完的日期"),
        help_text=gettext_lazy("是请求，不是课程的截止日期：过了这一天学完也计学时。"),
    )

    def __init__(self, departments: list[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["departments"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(name, name) for name in departments]
        if not departments:
            del self.fields["departments"]
        self.fields["due_on"].widget.attrs["min"] = today().isoformat()

    def asked(self, chosen: list[str]) -> services.Whom:
        data = self.cleaned_data
        ids = [int(value) for value in chosen if value.isascii() and value.isdigit() and len(value) < 19]
        return services.Whom(
            chosen=ids if data["whom"] == "chosen" else None,
            departments=data.get("departments", ()),
            untrained=data["whom"] == "untrained",
        )


@never_cache
@require_safe
def assignments(request: HttpRequest) -> HttpResponse:
    user = _user(request)
    page = paginate(request, queries.assignments(user), PER_PAGE)
    context = _context(_("布置课程"), page=page, firms=rostered(user)[:PER_PAGE], today=today())
    return render(request, "learning/rosters/assignments.html", context)


@never_cache
@require_safe
def choose(request: HttpRequest, code: str) -> HttpResponse:
    """Which course."""
    user = _user(request)
    organisation = kept_by(user, code)
    words = request.GET.get("q", "")[:80].strip()
    page = paginate(request, queries.courses(words), PER_PAGE)
    context = _context(_("选择课程"), organisation=organisation, page=page, q=words)
    return render(request, "learning/rosters/choose.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def assign(request: HttpRequest, code: str, course: UUID) -> HttpResponse:
    """Whom, and by when."""
    user = _user(request)
    organisation = kept_by(user, code)
    asked = course_by_uuid(course)
    form, status = AssignForm(queries.departments(organisation), request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = services.assign(
                    user,
                    organisation,
                    asked,
                    due_on=form.cleaned_data["due_on"],
                    whom=form.asked(request.POST.getlist("person")),
                )
            except Refusal as refusal:
                name = refusal.details.get("field", "")
                form.add_error(name if name in form.fields else None, str(refusal.message))
                status = refusal.status
            else:
                messages.success(request, _("已布置。职工在“我的学习”里看到，可以直接开始学。"))
                return redirect("learning_assignment", made.uuid)
    return _assign(request, user, organisation, asked, form, status)


def _assign(
    request: HttpRequest,
    user: User,
    organisation: Organisation,
    course: CoursePage,
    form: forms.Form,
    status: int,
) -> HttpResponse:
    page = paginate(request, queries.staff_of(organisation), PER_PAGE)
    queries.log_looks(user, organisation, [row.user.uuid for row in page], ASSIGNING())
    context = _context(
        _("布置课程：%(title)s") % {"title": course.title},
        organisation=organisation,
        course=course,
        page=page,
        form=form,
        chosen=set(request.POST.getlist("person")),
    )
    return render(request, "learning/rosters/assign.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def assignment(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Who was asked and who has finished; a POST reminds the others."""
    user = _user(request)
    found = queries.assignment_for(user, uuid)
    if request.method == "POST":
        try:
            number = services.remind(user, found)
        except Refusal as refusal:
            messages.error(request, str(refusal.message))
        else:
            messages.success(request, _("已提醒 %(number)s 人。") % {"number": number})
        return redirect("learning_assignment", found.uuid)
    people = queries.asked_of(found)
    page = paginate(request, people, PER_PAGE)
    queries.log_looks(user, found.organisation, [row.person.uuid for row in page], ASSIGNED())
    context = _context(
        found.course.title,
        assignment=found,
        page=page,
        completed=Enrolment.State.COMPLETED,
        to_remind=queries.may_remind(people).count(),
        every=REMIND_EVERY_DAYS,
        today=today(),
    )
    return render(request, "learning/rosters/assignment.html", context)
