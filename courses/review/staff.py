"""Staff screens of publishing: what waits for one's word, one course with what would change, its history, its copy and
its end, and which organisations publish in one step. Thin.
"""

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from courses.pages.models import CoursePage
from courses.review import queries, services
from courses.review.forms import CopyForm, DecisionForm, OneStepForm, ReasonForm
from courses.review.models import OneStepPublishing
from courses.review.words import CHANGES, step_name
from lms.accounts.api import Role, holds, require_role, user_of
from lms.lib.attempts import refused
from lms.lib.errors import NotAllowed, NotFound, Refusal
from lms.lib.pages import paginate, staff_context, tabs_of

PER_PAGE = 30
_context = partial(staff_context, icon="clipboard-list")


def takes_part(user: Any) -> bool:
    """Whether the person writes courses somewhere, or passes them."""
    return holds(user, Role.EDITOR, Role.APPROVER, Role.CURATOR)


def sets_one_step(user: Any) -> bool:
    return holds(user, Role.CURATOR, Role.OFFICER)


def _course(request: HttpRequest, uuid: UUID) -> CoursePage:
    """A course of one's own organisation; any, for the platform's reviewers. Others' are not there."""
    course = CoursePage.objects.select_related("provider").filter(uuid=uuid).first()
    user = user_of(request)
    if course is None or not (
        holds(user, Role.EDITOR, Role.APPROVER, organisation=course.provider) or holds(user, Role.CURATOR)
    ):
        raise NotFound
    return course


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """What waits for one's word, and what one's organisations have handed in."""
    user = user_of(request)
    if not takes_part(user):
        raise NotAllowed
    labels = {"waiting": _("等我审核"), "own": _("本单位送审的")}
    asked = request.GET.get("state", "")
    shown = asked if asked in labels else "waiting" if queries.is_reviewer(user) else "own"
    found = queries.waiting_for(user) if shown == "waiting" else queries.handed_in(user)
    page = paginate(request, found, PER_PAGE)
    context = _context(
        _("课程审核"), page=page, rows=queries.rows_of(list(page)), tabs=tabs_of(labels, shown), state=shown
    )
    return render(request, "courses/review/queue.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One course: where it stands, what publishing would change, and the word of whoever is next."""
    course, user = _course(request, uuid), user_of(request)
    form, status = DecisionForm(request.POST or None), 200
    if request.method == "POST":
        try:
            _act(request, course, form)
        except Refusal as refusal:
            status = refused(request, form, refusal)
        else:
            return redirect("courses_review_case", uuid=course.uuid)
        course = _course(request, uuid)
    returned = queries.returned_word(course.current_workflow_state)
    task = queries.task_of(course)
    edits = holds(user, Role.EDITOR, organisation=course.provider)
    free = task is None and not course.approved_schedule
    changes = queries.changes(course)
    context = _context(
        course.draft_title or course.title,
        course=course,
        draft=course.get_latest_revision_as_object(),
        task=task,
        returned=returned,
        returned_step=step_name(returned.task) if returned else "",
        changes=[(change, CHANGES[change.what]) for change in changes],
        form=form,
        handed_in=course.current_workflow_task_state.pk if task else None,
        may_decide=task is not None and bool(task.get_actions(course, user)),
        barred=task is not None and task.holds(course, user) and queries.barred(course, user, task),
        away=queries.taken_away(course),
        released=course.releases.exists(),
        # Who looks at it sees its pages in the editor while it is their turn; Wagtail turns them away before and after.
        opens_editor=edits or (task is not None and task.user_can_access_editor(course, user)),
        may_submit=edits and free,
        may_copy=edits,
        may_archive=course.live,
        may_unschedule=bool(course.approved_schedule),
        waits_for=[str(person) for person in queries.deciders(task, course)[:20]] if task else [],
    )
    return render(request, "courses/review/case.html", context, status=status)


def _act(request: HttpRequest, course: CoursePage, form: DecisionForm) -> None:
    user, action = user_of(request), request.POST.get("action", "")
    if action == "submit":
        services.submit(course, user, require_role(user, Role.EDITOR, organisation=course.provider))
        messages.success(request, _("已送审，轮到的人会看到。"))
        return
    state = services.looked_at(course, _number(request.POST.get("handed_in", "")))
    comment = form.cleaned_data["comment"] if form.is_valid() else ""
    services.decide(state, user, passed=action == "approve", comment=comment)
    done = _("已通过。") if action == "approve" else _("已退回，编辑会看到你的意见。")
    messages.success(request, done)


@require_safe
def history(request: HttpRequest, uuid: UUID) -> HttpResponse:
    course = _course(request, uuid)
    page = paginate(request, queries.history(course), PER_PAGE)
    title = _("%(title)s：谁在什么时候做了什么") % {"title": course.title}
    return render(request, "courses/review/history.html", _context(title, course=course, page=page))


@require_http_methods(["GET", "HEAD", "POST"])
def archive(request: HttpRequest, uuid: UUID) -> HttpResponse:
    course = _course(request, uuid)
    return _one_form(
        request,
        course,
        ReasonForm(request.POST or None),
        lambda form: services.archive(course, user_of(request), form.cleaned_data["reason"]),
        title=_("下架：%(title)s") % {"title": course.title},
        about=_(
            "课程从目录里下架，不能再加入学习。正在学习的人继续学到完，已有的学时和证书不变。以后可以重新送审发布。"
        ),
        button=_("下架"),
        done=_("已下架。"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def unschedule(request: HttpRequest, uuid: UUID) -> HttpResponse:
    course = _course(request, uuid)
    return _one_form(
        request,
        course,
        ReasonForm(request.POST or None),
        lambda form: services.unschedule(course, user_of(request), form.cleaned_data["reason"]),
        title=_("取消定时：%(title)s") % {"title": course.draft_title or course.title},
        about=_(
            "审核通过的新版本到时不再自动发布；学员现在看到的不变。课程回到草稿，改好日期或内容以后要重新送审。"
        ),
        button=_("取消定时"),
        done=_("已取消定时，课程可以改了。"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def copy(request: HttpRequest, uuid: UUID) -> HttpResponse:
    course = _course(request, uuid)
    require_role(user_of(request), Role.EDITOR, organisation=course.provider)
    first = {"title": _("%(title)s（副本）") % {"title": course.title}}
    return _one_form(
        request,
        course,
        CopyForm(request.POST or None, initial=first),
        lambda form: services.copy(course, user_of(request), **form.cleaned_data),
        title=_("复制：%(title)s") % {"title": course.title},
        about=_(
            "复制成一门新的课程，先是草稿：章、课时和题目都复制，视频和 H5P 与原课程共用。学习记录不复制。"
        ),
        button=_("复制"),
        done=_("已复制，现在是草稿。"),
    )


def _one_form(
    request: HttpRequest, course: CoursePage, form: Any, act: Any, *, title: str, done: str, **words: Any
) -> HttpResponse:
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = act(form)
            except Refusal as refusal:
                field = refusal.details.get("field")
                form.add_error(field if field in form.fields else None, str(refusal.message))
                status = refusal.status
            else:
                messages.success(request, done)
                return redirect("courses_review_case", uuid=(made or course).uuid)
    context = _context(title, course=course, form=form, **words)
    return render(request, "courses/review/form.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def one_step(request: HttpRequest) -> HttpResponse:
    """Which organisations publish without review, since when and why; the form that adds one."""
    user = user_of(request)
    if not sets_one_step(user):
        raise NotAllowed
    form, status = OneStepForm(None), 200
    if request.method == "POST":
        form, status = OneStepForm(request.POST), 422
        try:
            if "end" in request.POST:
                row = OneStepPublishing.objects.filter(pk=_number(request.POST["end"])).first()
                if row is None:
                    raise NotFound
                services.end_one_step(user, row)
                return redirect("courses_one_step")
            if form.is_valid():
                services.allow_one_step(user, **form.cleaned_data)
                return redirect("courses_one_step")
        except Refusal as refusal:
            status = refused(request, form, refusal)
    rows = OneStepPublishing.objects.select_related("organisation").order_by("-since", "-pk")
    context = _context(_("一步发布"), page=paginate(request, rows, PER_PAGE), form=form)
    return render(request, "courses/review/one_step.html", context, status=status)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
