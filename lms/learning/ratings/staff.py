"""Staff screens in the Wagtail admin: one's own courses, and what learners make of one of them, without names."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from lms.accounts.api import User
from lms.learning.ratings import queries, rules, services
from lms.lib.errors import NotAllowed
from lms.lib.pages import paginate, staff_context

PER_PAGE = 50


def _user(request: HttpRequest) -> User:
    if not queries.looks(request.user):
        raise NotAllowed
    return request.user  # type: ignore[return-value]


@never_cache
@require_http_methods(["GET", "HEAD"])
def courses(request: HttpRequest) -> HttpResponse:
    page = paginate(request, queries.courses(_user(request)), PER_PAGE)
    context = staff_context(_("学员评价"), "pick", page=page, rows=queries.with_sums(list(page)))
    return render(request, "learning/ratings/courses.html", context)


@never_cache
@require_http_methods(["GET", "HEAD"])
def course(request: HttpRequest, uuid: UUID) -> HttpResponse:
    found = queries.course_for(_user(request), uuid)
    summed = queries.course_rating(found)
    context = staff_context(
        _("学员评价：%(title)s") % {"title": found.title},
        "pick",
        course=found,
        summed=summed,
        page=paginate(request, queries.texts(found, summed), PER_PAGE),
        fewest=rules.FEWEST_TEXTS,
        readable=summed.ratings >= rules.FEWEST_TEXTS,
    )
    return render(request, "learning/ratings/course.html", context)


@never_cache
@require_http_methods(["POST"])
def hide(request: HttpRequest, uuid: UUID, rating: UUID) -> HttpResponse:
    services.hide(_user(request), uuid, rating, request.POST.get("ground", ""))
    messages.success(request, _("文字已隐藏，分数照常计算。"))
    return redirect("learning_ratings_course", uuid)
