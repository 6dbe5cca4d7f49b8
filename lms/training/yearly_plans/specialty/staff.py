"""Staff screens of plans of specialty subjects inside the Wagtail admin, for officers of the departments: plans and drafts, one draft with
the buttons that publish it or throw it away, and one plan in force with its targets, what came of them and what the department found.
"""

from functools import partial
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lms.accounts.api import User
from lms.learning.api import learning_year
from lms.lib.attempts import DONE, attempt, attempt_form
from lms.lib.pages import paginate, staff_context
from lms.training.access import authorities, officer
from lms.training.yearly_plans.specialty import queries, services
from lms.training.yearly_plans.specialty.forms import (
    NAMES,
    BeginForm,
    BundlesForm,
    CourseForm,
    ReviewForm,
    WordsForm,
)
from lms.training.yearly_plans.specialty.models import SpecialtyDraft

PER_PAGE = 30
_context = partial(staff_context, icon="calendar-alt")


@require_http_methods(["GET", "HEAD", "POST"])
def plans(request: HttpRequest) -> HttpResponse:
    """Drafts and plans in force of the user's departments, and the form that begins a draft."""
    user = officer(request)
    form, status = BeginForm(user), 200
    if request.method == "POST":
        form = BeginForm(user, request.POST)
        made: list[SpecialtyDraft] = []
        status = attempt_form(
            request,
            form,
            lambda: made.append(
                services.begin(user, form.cleaned_data["authority"], form.cleaned_data["year"], form.words())
            ),
            _("草稿已建立，请加入课程和课程包。"),
        )
        if status == DONE:
            return redirect("training_specialty_draft", made[0].uuid)
    rows = queries.in_force().filter(authority__in=authorities(user))
    context = _context(
        _("专业科目培训规划"),
        form=form,
        drafts=list(queries.drafts(user)),
        page=paginate(request, rows, PER_PAGE),
    )
    return render(request, "training/plans/staff/specialty_list.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One draft. Every button does one thing: its words, a course in or out, its bundles, publish, throw away."""
    user = officer(request)
    found = queries.draft(user, uuid)
    year = learning_year(found.year)
    words = WordsForm(initial={name: getattr(found, name) for name in NAMES})
    course = CourseForm(initial={"first_day": year.first, "last_day": year.last})
    bundles = BundlesForm(found)
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
        elif act == "bundles":
            bundles = BundlesForm(found, request.POST)
            status = attempt_form(
                request,
                bundles,
                lambda: services.set_bundles(user, found, bundles.cleaned_data["bundles"]),
                _("已保存。"),
            )
        elif act == "drop":
            code = request.POST.get("code", "")
            status = attempt(request, lambda: services.drop_course(user, found, code), _("课程已移除。"))
        elif act in ("publish", "discard"):
            return _end(request, user, found, act)
        if status == DONE:
            return redirect("training_specialty_draft", uuid)
    rows = list(found.courses.select_related("course__provider"))
    context = _context(
        found.title,
        draft=found,
        span=year,
        last=queries.last_version(found.authority, found.year),
        words=words,
        course=course,
        bundles=bundles,
        rows=rows,
        wrong=services.unfit(found, rows, found.bundles.select_related("bundle")),
        targets=queries.targets_of(found.authority, found.year),
        choices=queries.course_choices(found),
    )
    return render(request, "training/plans/staff/specialty_draft.html", context, status=status)


def _end(request: HttpRequest, user: User, found: SpecialtyDraft, act: str) -> HttpResponse:
    if act == "publish":
        said = _("规划已发布，即时生效，并已登在公告栏。")
        status = attempt(request, lambda: services.publish(user, found), said)
    else:
        status = attempt(request, lambda: services.discard(user, found), _("草稿已删除。"))
    if status == DONE:
        return redirect("training_specialty_plans")
    return redirect("training_specialty_draft", found.uuid)


@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A plan with its targets and what came of them, and the form that records what the department found."""
    user = officer(request)
    found = queries.of_department(user, uuid)
    form, status = ReviewForm(), 200
    if request.method == "POST":
        form = ReviewForm(request.POST)
        status = attempt_form(
            request,
            form,
            lambda: services.review(user, found, form.cleaned_data["text"]),
            _("考核情况已记下并公开。"),
        )
        if status == DONE:
            return redirect("training_specialty_plan", uuid)
    context = _context(
        found.title,
        plan=found,
        form=form,
        targets=queries.targets_of(found.authority, found.year),
        reviews=queries.reviews_of(found),
    )
    return render(request, "training/plans/staff/specialty_plan.html", context, status=status)
