"""Staff screens of yearly plans inside the Wagtail admin, for officers of the authority: plans and drafts, one draft with
its courses and the buttons that publish it or throw it away.
"""

from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lms.accounts.api import User
from lms.learning.api import learning_year
from lms.lib.attempts import DONE, attempt, attempt_form
from lms.lib.clock import today
from lms.lib.pages import paginate, staff_context
from lms.training.access import authorities, officer
from lms.training.yearly_plans import queries, services
from lms.training.yearly_plans.forms import BeginForm, CourseForm, RightForm, WordsForm
from lms.training.yearly_plans.models import PlanDraft

PER_PAGE = 30
_context = partial(staff_context, icon="calendar-check")


@require_http_methods(["GET", "HEAD", "POST"])
def plans(request: HttpRequest) -> HttpResponse:
    """Drafts and published plans of the user's authorities, and the form that begins a draft."""
    user = officer(request)
    form, status = BeginForm(user), 200
    if request.method == "POST":
        form = BeginForm(user, request.POST)
        made: list[PlanDraft] = []
        status = attempt_form(
            request,
            form,
            lambda: made.append(
                services.begin(user, form.cleaned_data["authority"], form.cleaned_data["year"], form.words())
            ),
            _("草稿已建立，请加入课程。"),
        )
        if status == DONE:
            return redirect("training_plan_draft", made[0].uuid)
    rows = queries.in_force().filter(authority__in=authorities(user))
    publishers = list(queries.competent(user))
    context = _context(
        _("公需科目年度计划"),
        form=form,
        drafts=list(queries.drafts(user)),
        page=paginate(request, rows, PER_PAGE),
        rights=queries.rights_on(today()),
        publishes=bool(publishers),
        keeps=is_keeper(user),
        missing=queries.missing(publishers, today()),
        missing_text=queries.missing_text(today()),
    )
    return render(request, "training/plans/staff/list.html", context, status=status)


def is_keeper(user: Any) -> bool:
    """Whether they set who publishes: administrators of the platform."""
    return bool(user.is_active and user.is_superuser)


@require_http_methods(["GET", "HEAD", "POST"])
def rights(request: HttpRequest) -> HttpResponse:
    """Which authority publishes the plans of which region: every version, and the form for the next one."""
    services.keeper(request.user)  # type: ignore[arg-type]  # nobody comes here without signing in
    form, status = RightForm(initial={"valid_from": today()}), 200
    if request.method == "POST":
        form = RightForm(request.POST)
        status = attempt_form(
            request,
            form,
            lambda: services.set_right(request.user, form.right()),  # type: ignore[arg-type]
            _("已设定。"),
        )
        if status == DONE:
            return redirect("training_plan_rights")
    context = _context(
        _("公需科目年度计划由谁发布"),
        form=form,
        current={row.pk for row in queries.rights_on(today())},
        page=paginate(request, queries.rights(), PER_PAGE),
    )
    return render(request, "training/plans/staff/rights.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One draft. Every button does one thing: its words, a course in, a course out, publish, throw away."""
    user = officer(request)
    found = queries.draft(user, uuid)
    year = learning_year(found.year)
    words = WordsForm(initial={"title": found.title, "number": found.number, "note": found.note})
    course = CourseForm(initial={"first_day": year.first, "last_day": year.last})
    status, act = 200, request.POST.get("act", "")
    if request.method == "POST":
        if act == "words":
            words = WordsForm(request.POST)
            status = attempt_form(
                request, words, lambda: services.describe(user, found, words.words()), _("已保存。")
            )
        elif act == "course":
            course = CourseForm(request.POST)
            status = attempt_form(
                request,
                course,
                lambda: services.set_course(user, found, **course.said()),
                _("课程已列入草稿。"),
            )
        elif act == "drop":
            code = request.POST.get("code", "")
            status = attempt(
                request,
                lambda: services.drop_course(user, found, code),
                _("课程已从草稿移除；已经到来的日子仍然算数的，改为到今天止。"),
            )
        elif act in ("publish", "discard"):
            return _end(request, user, found, act)
        if status == DONE:
            return redirect("training_plan_draft", uuid)
    context = _context(
        found.title,
        draft=found,
        span=year,
        last=queries.last_version(found.authority, found.year),
        words=words,
        course=course,
        choices=queries.choices(found),
        **queries.changes(found),
    )
    return render(request, "training/plans/staff/draft.html", context, status=status)


def _end(request: HttpRequest, user: User, found: PlanDraft, act: str) -> HttpResponse:
    if act == "publish":
        said = _("计划已发布，即时生效；等着列入的学时由后台补记。")
        status = attempt(request, lambda: services.publish(user, found), said)
    else:
        status = attempt(request, lambda: services.discard(user, found), _("草稿已删除。"))
    if status == DONE:
        return redirect("training_plans")
    return redirect("training_plan_draft", found.uuid)
