"""Staff screens of courses: what editors see in the Wagtail admin, and whose courses they may touch.

Wagtail's page permissions are by place in the tree; ours are by provider. The group gives the place, permissions.py
narrows it to the editor's own organisations on every screen, and these hooks say so in a sentence and look at what a
form names besides the page: its provider, its new place.
"""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.models import Page

from courses.pages.models import CataloguePage, CoursePage
from courses.permissions import without_others
from courses.review import queries
from courses.review.services import copy_questions
from lms.accounts.api import Role, holds, organisations_for, user_of
from lms.lib.errors import NotAllowed, Refusal


def course_of(page: Page) -> CoursePage | None:
    """The course a page belongs to, or None for pages above courses."""
    specific = page.specific
    if isinstance(specific, CoursePage):
        return specific
    return CoursePage.objects.ancestor_of(page).first()


def require_editor(request: HttpRequest, page: Page) -> None:
    """NotAllowed unless the user edits courses of the page's provider; pages above courses are superusers'."""
    course = course_of(page)
    if request.user.is_superuser:
        return
    if course is None or not holds(request.user, Role.EDITOR, organisation=course.provider):
        raise NotAllowed(_("只有开课单位的课程编辑可以修改这门课程。"))


def _guard(request: HttpRequest, page: Page, *args: Any, **kwargs: Any) -> None:
    require_editor(request, page)


for _name in ("before_delete_page", "before_unpublish_page", "before_convert_alias_page"):
    hooks.register(_name, _guard)


@hooks.register("before_edit_page")
def guard_edit(request: HttpRequest, page: Page) -> None:
    course = course_of(page)
    task = queries.task_of(course) if course is not None else None
    if course is not None and task is not None and task.holds(course, request.user):
        # Looks at it, and writes comments (review/forms.py).
        return
    require_editor(request, page)
    if isinstance(page.specific, CoursePage):
        _require_own_provider(request)


@hooks.register("before_copy_page")
def guard_copy(request: HttpRequest, page: Page) -> HttpResponse | None:
    require_editor(request, page)
    course = course_of(page)
    if course is not None and course.pk == page.pk and request.method == "GET":
        # With its questions and a code of its own.
        return redirect("courses_review_copy", uuid=course.uuid)
    if request.method == "POST":
        if request.POST.get("alias"):
            raise Refusal(_("课程没有别名页：请不勾选“别名”，复制成一门新的课程。"), status=409)
        place = Page.objects.filter(pk=_number(request.POST.get("new_parent_page"))).first()
        _require_place(request, place)
        if request.POST.get("publish_copies") and (
            place is None or course is None or course_of(place) != course
        ):
            # Its quizzes ask the questions of the course it comes from, and its code is not chosen yet.
            raise Refusal(_("复制到别处的内容先是草稿：改好代码、学时和测验的题目，再发布。"), status=409)
    return None


@hooks.register("after_copy_page")
def own_questions(request: HttpRequest, page: Page, new_page: Page) -> None:
    """A course that was copied by whatever form has questions of its own."""
    source, made = page.specific, new_page.specific
    if isinstance(source, CoursePage) and isinstance(made, CoursePage):
        copy_questions(source, made, request.user)


@hooks.register("before_move_page")
def guard_move(request: HttpRequest, page: Page, destination: Page) -> None:
    require_editor(request, page)
    _require_place(request, destination)
    _stay_in_course(page, destination)


@hooks.register("before_bulk_action")
def guard_bulk(request: HttpRequest, action: str, objects: list[Any], view: Any) -> None:
    """Whose pages they are the policy has said (permissions.py); where they are moved to is said here."""
    if action == "move" and view.cleaned_form is not None:
        # The view's own `destination` is that of its form before it was sent.
        place = view.cleaned_form.cleaned_data["chooser"]
        _require_place(request, place)
        for page in objects:
            _stay_in_course(page, place)
    if action == "delete":
        for page in objects:
            keep_released_courses(request, page)


def _stay_in_course(page: Page, place: Page) -> None:
    """What people study is known by its lesson's key in its course, and quizzes ask that course's questions."""
    course = course_of(page)
    if course is not None and course.pk != page.pk and course_of(place) != course:
        raise Refusal(
            _("课时和章不能移到另一门课程，学习记录在原来的课程里。可以复制过去，成为新的课时。"), status=409
        )


def _require_place(request: HttpRequest, place: Page | None) -> None:
    """A page may be put into the own courses, and a course below the catalogue; anything else is superusers'."""
    if place is not None and not isinstance(place.specific, CataloguePage):
        require_editor(request, place)


def _require_own_provider(request: HttpRequest) -> None:
    """No course is given to, or begun in the name of, an organisation one does not edit for."""
    if request.method != "POST" or request.user.is_superuser or "provider" not in request.POST:
        return
    allowed = organisations_for(user_of(request), Role.EDITOR)
    if not allowed.filter(pk=_number(request.POST["provider"])).exists():
        raise NotAllowed(_("只能以自己所在的开课单位新建课程。"))


def _number(text: Any) -> int:
    """A primary key as a form names it; 0, which is none, for anything else."""
    known = isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 19
    return int(text) if known else 0


@hooks.register("before_create_page")
def guard_create(request: HttpRequest, parent_page: Page, page_class: type[Page]) -> None:
    """A new course may be begun by any editor (its provider is checked below); anything in a course, by its own."""
    if page_class is CoursePage:
        if not holds(request.user, Role.EDITOR):
            raise NotAllowed
        _require_own_provider(request)
        return
    require_editor(request, parent_page)


@hooks.register("construct_explorer_page_queryset")
def own_courses_only(parent_page: Page, pages: QuerySet[Page], request: HttpRequest) -> QuerySet[Page]:
    """Which pages are listed the policy has said (permissions.py); whose page they are listed below is said here."""
    if not request.user.is_superuser and course_of(parent_page) is not None:
        guard_edit(request, parent_page)
    return pages


@hooks.register("construct_page_chooser_queryset")
def own_pages_only(pages: QuerySet[Page], request: HttpRequest) -> QuerySet[Page]:
    """A chooser names pages by their drafts, and is open to everybody with a staff screen."""
    return pages if request.user.is_superuser else without_others(pages, user_of(request))


@hooks.register("before_delete_page")
def keep_released_courses(request: HttpRequest, page: Page) -> None:
    """A course that was ever released stays: learners' releases hang on it. It can be unpublished."""
    if CoursePage.objects.descendant_of(page, inclusive=True).filter(releases__isnull=False).exists():
        raise Refusal(_("这门课程已有发布记录，不能删除；可以取消发布，正在学习的人不受影响。"), status=409)


@hooks.register("construct_page_action_menu")
def publishing_first(menu_items: list[Any], request: HttpRequest, context: dict[str, Any]) -> None:
    """Editors publish, or hand in, more often than they save drafts: that is the first button. What is just being made has
    nothing to hand in yet, and Wagtail would name the way of the page above it.
    """
    if context.get("view") == "create":
        menu_items[:] = [item for item in menu_items if item.name != "action-submit"]
    names = [item.name for item in menu_items]
    for wanted in ("action-publish", "action-submit"):
        if wanted in names:
            menu_items.insert(0, menu_items.pop(names.index(wanted)))
            return


# Registering snippets has to happen where Wagtail looks at start-up, and after the models are loaded.
import courses.h5p.authoring.wagtail_hooks  # noqa: E402
import courses.h5p.wagtail_hooks  # noqa: E402
import courses.packs.wagtail_hooks  # noqa: E402
import courses.review.wagtail_hooks  # noqa: E402
import courses.storage.wagtail_hooks  # noqa: E402
import courses.translations.wagtail_hooks  # noqa: E402
import courses.wagtail_snippets  # noqa: E402, F401
