"""Staff screens in the Wagtail admin: one's own courses, and the use of one of them; the same as a workbook."""

import re
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lms.accounts.api import User
from lms.learning.use import queries, rules
from lms.lib import sheets
from lms.lib.clock import today
from lms.lib.errors import NotAllowed, NotFound
from lms.lib.pages import paginate, staff_context

PER_PAGE = 50
_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")
_context = partial(staff_context, icon="view")


def _user(request: HttpRequest) -> User:
    if not queries.looks(request.user):
        raise NotAllowed
    return request.user  # type: ignore[return-value]


def _choice() -> list[str]:
    """The months one can choose from, oldest first."""
    now = today()
    return rules.months_between(f"{now.year - 5}-01", f"{now:%Y-%m}")


def _span(asked: Any) -> list[str]:
    """The months from `from` to `to`, in whichever order; nonsense gives the last twelve."""
    choice = _choice()
    first, last = asked.get("from", ""), asked.get("to", "")
    if not (_MONTH.fullmatch(first) and _MONTH.fullmatch(last)):
        return choice[-rules.SPAN_MONTHS :]
    first, last = sorted((first, last))
    return rules.months_between(max(first, choice[0]), min(max(last, choice[0]), choice[-1])) or choice[-1:]


@never_cache
@require_safe
def courses(request: HttpRequest) -> HttpResponse:
    page = paginate(request, queries.courses(_user(request)), PER_PAGE)
    context = _context(
        _("课程使用情况"), page=page, rows=queries.with_figures(list(page)), fewest=rules.FEWEST
    )
    return render(request, "learning/use/courses.html", context)


@never_cache
@require_safe
def course(request: HttpRequest, uuid: UUID) -> HttpResponse:
    found = queries.course_for(_user(request), uuid)
    use, months = queries.use_of(found), _span(request.GET)
    context = _context(
        _("使用情况：%(title)s") % {"title": found.title},
        course=found,
        use=use,
        first=months[0],
        last=months[-1],
        choice=list(reversed(_choice())),
        whole=queries.whole_line(use, months) if use else None,
        lines=queries.month_lines(use, months) if use else [],
        lessons=queries.lesson_lines(use) if use else [],
        fewest=rules.FEWEST,
        meanings=meanings(),
    )
    return render(request, "learning/use/course.html", context)


@never_cache
@require_POST
def workbook(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The figures of the page: months, lessons, minutes, and what they mean."""
    found = queries.course_for(_user(request), uuid)
    use, months = queries.use_of(found), _span(request.POST)
    if use is None:
        raise NotFound
    content = sheets.write(_sheets(use, months))
    response = HttpResponse(content, content_type=sheets.XLSX)
    response["Content-Disposition"] = f'attachment; filename="use-{found.code}.xlsx"'
    return response


def _sheets(use: Any, months: list[str]) -> list[sheets.Sheet]:
    few = _("少于 %(fewest)s") % {"fewest": rules.FEWEST}

    def said(value: int | None) -> int | str:
        return few if value is None else value

    def row(name: str, item: rules.Told) -> tuple[Any, ...]:
        figures = (item.enrolled, item.started, item.finished)
        return (name, *map(said, figures), item.share, item.days, said(item.hours))

    by_month: list[tuple[Any, ...]] = [
        (
            _("月份"),
            _("报名人数"),
            _("开始学习人数"),
            _("学完人数"),
            _("学完比例（%）"),
            _("用时中位数（天）"),
            _("计入的学习时间（小时）"),
        ),
        row(_("合计"), queries.whole_line(use, months)),
    ]
    by_month += [row(item.name, item) for item in queries.month_lines(use, months)]
    by_lesson: list[tuple[Any, ...]] = [(_("章"), _("课时"), _("开始学习人数"), _("学完人数"))]
    by_minute: list[tuple[Any, ...]] = [(_("课时"), _("视频"), _("分钟"), _("看过这一分钟的人数"))]
    for lesson in queries.lesson_lines(use):
        by_lesson.append(
            (lesson["chapter"], lesson["title"], said(lesson["started"]), said(lesson["finished"]))
        )
        by_minute += [
            (lesson["title"], film["title"], item["minute"], said(item["people"]))
            for film in lesson["films"]
            for item in film["minutes"]
        ]
    return [
        sheets.Sheet(_("按月"), by_month, widths=(12, 12, 12, 12, 16, 18, 24)),
        sheets.Sheet(_("按课时"), by_lesson, widths=(30, 40, 12, 12)),
        sheets.Sheet(_("按分钟"), by_minute, widths=(40, 40, 10, 22)),
        sheets.Sheet(_("含义"), [(_("列"), _("含义")), *meanings()], widths=(24, 90)),
    ]


def meanings() -> list[tuple[str, str]]:
    """What each figure is."""
    numbers = {"fewest": rules.FEWEST, "people": rules.PEOPLE_STEP, "hours": rules.HOURS_STEP}
    return [
        (_("报名、开始、学完"), _("这个月报名的人里，到昨夜为止计入过学习时间的、已经学完的。")),
        (_("用时中位数（天）"), _("从第一次计入学习时间的那天，到学完那天。")),
        (_("计入的学习时间（小时）"), _("这个月里学习并计入的时间，不论何时报名。")),
        (_("看过这一分钟的人数"), _("至少看过这一分钟一半的人；按现在这个视频文件计。")),
        (
            _("取整"),
            _("少于 %(fewest)s 人不写具体数字；人数取整到 %(people)s，小时取整到 %(hours)s，都向下。")
            % numbers,
        ),
    ]
