"""Staff screens of courses: what editors see in the Wagtail admin, and whose courses they may touch.

Wagtail's page permissions are by place in the tree; ours are by provider. The group gives the place, these hooks
narrow it to the editor's own organisations, on every way a page can be changed.
"""

from typing import Any, cast

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.models import Page

from courses.pages.models import CoursePage
from lms.accounts.api import Role, User, holds, organisations_for
from lms.lib.errors import NotAllowed, Refusal


def _user(request: HttpRequest) -> User:
    # Wagtail's admin lets nobody in who is not signed in.
    return cast(User, request.user)


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


for _name in (
    "before_edit_page",
    "before_delete_page",
    "before_unpublish_page",
    "before_move_page",
    "before_convert_alias_page",
):
    hooks.register(_name, _guard)


@hooks.register("before_copy_page")
def guard_copy(request: HttpRequest, page: Page) -> None:
    require_editor(request, page)


@hooks.register("before_create_page")
def guard_create(request: HttpRequest, parent_page: Page, page_class: type[Page]) -> None:
    """A new course may be begun by any editor (its provider is checked below); anything in a course, by its own."""
    if page_class is CoursePage:
        if not holds(request.user, Role.EDITOR):
            raise NotAllowed
        if request.method == "POST" and not request.user.is_superuser:
            allowed = organisations_for(_user(request), Role.EDITOR)
            if not allowed.filter(pk=request.POST.get("provider") or 0).exists():
                raise NotAllowed(_("只能以自己所在的开课单位新建课程。"))
        return
    require_editor(request, parent_page)


@hooks.register("construct_explorer_page_queryset")
def own_courses_only(parent_page: Page, pages: QuerySet[Page], request: HttpRequest) -> QuerySet[Page]:
    if request.user.is_superuser or parent_page.specific_class is None:
        return pages
    others = CoursePage.objects.exclude(provider__in=organisations_for(_user(request), Role.EDITOR))
    return pages.exclude(pk__in=others.values("pk"))


@hooks.register("before_delete_page")
def keep_released_courses(request: HttpRequest, page: Page) -> None:
    """A course that was ever released stays: learners' releases hang on it. It can be unpublished."""
    if CoursePage.objects.descendant_of(page, inclusive=True).filter(releases__isnull=False).exists():
        raise Refusal(_("这门课程已有发布记录，不能删除；可以取消发布，正在学习的人不受影响。"), status=409)


@hooks.register("construct_page_action_menu")
def publishing_first(menu_items: list[Any], request: HttpRequest, context: dict[str, Any]) -> None:
    """Editors publish more often than they save drafts: publishing is the first button."""
    for index, item in enumerate(menu_items):
        if item.name == "action-publish":
            menu_items.insert(0, menu_items.pop(index))
            return


# Registering snippets has to happen where Wagtail looks at start-up, and after the models are loaded.
import courses.packs.wagtail_hooks  # noqa: E402
import courses.wagtail_snippets  # noqa: E402, F401
