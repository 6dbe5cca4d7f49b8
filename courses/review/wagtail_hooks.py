"""Where the staff screens of publishing hang in the Wagtail admin, and the change of many courses in one act."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.views.pages.bulk_actions.page_bulk_action import PageBulkAction
from wagtail.admin.widgets.button import Button
from wagtail.models import Page

from courses.pages.models import CoursePage
from courses.review import mail, queries, services, staff
from courses.review.checks import check_page
from courses.review.forms import FactsForm
from lms.accounts.api import COURSE_WORK, Role, RoleMenuItem, User, holds
from lms.lib.errors import Refusal

mail.listen()


@hooks.register("before_publish_page")
def held_to_the_same(request: HttpRequest, page: Page) -> None:
    """Who publishes at once is asked what the review asks; the draft is saved by then, and stays."""
    check_page(page)


@hooks.register("register_admin_urls")
def review_urls() -> list[Any]:
    return [
        path("review/", staff.queue, name="courses_review"),
        path("review/one-step/", staff.one_step, name="courses_one_step"),
        path("review/<uuid:uuid>/", staff.case, name="courses_review_case"),
        path("review/<uuid:uuid>/history/", staff.history, name="courses_review_history"),
        path("review/<uuid:uuid>/copy/", staff.copy, name="courses_review_copy"),
        path("review/<uuid:uuid>/unschedule/", staff.unschedule, name="courses_review_unschedule"),
        path("review/<uuid:uuid>/archive/", staff.archive, name="courses_review_archive"),
    ]


@hooks.register(COURSE_WORK)
def review_menu() -> MenuItem:
    return RoleMenuItem(
        _("课程审核"),
        reverse("courses_review"),
        name="course-review",
        icon_name="clipboard-list",
        order=230,
        roles=[Role.EDITOR, Role.APPROVER, Role.CURATOR],
        waits=queries.waiting_for,
    )


@hooks.register(COURSE_WORK)
def one_step_menu() -> MenuItem:
    return RoleMenuItem(
        _("一步发布"),
        reverse("courses_one_step"),
        name="one-step",
        icon_name="upload",
        order=231,
        roles=[Role.CURATOR, Role.OFFICER],
    )


@hooks.register("register_page_header_buttons")
@hooks.register("register_page_listing_more_buttons")
def review_button(page: Page, user: User, next_url: str | None = None, **kwargs: Any) -> Iterator[Button]:
    """A course's own menu: where it stands, and who did what."""
    course = page.specific_deferred
    if not isinstance(course, CoursePage):
        return
    if queries.holds_for(user, course, Role.EDITOR, Role.APPROVER) or holds(user, Role.CURATOR):
        case = reverse("courses_review_case", args=[course.uuid])
        yield Button(_("送审与发布"), case, icon_name="clipboard-list", priority=60)
        told = reverse("courses_review_history", args=[course.uuid])
        yield Button(_("谁做了什么"), told, icon_name="history", priority=61)


@hooks.register("register_bulk_action")
class ManyFacts(PageBulkAction):  # type: ignore[misc]  # Wagtail has no types
    """Sector, department, year and days of many courses at once, as drafts."""

    display_name = _("批量修改课程信息")
    aria_label = _("批量修改所选课程的信息")
    action_type = "course_facts"
    template_name = "courses/review/many.html"
    action_priority = 40
    form_class = FactsForm
    models = [Page]

    def check_perm(self, page: Page) -> bool:
        course = page.specific
        if not isinstance(course, CoursePage):
            return False
        mine = holds(self.request.user, Role.EDITOR, organisation=course.provider)
        return mine and not course.permissions_for_user(self.request.user).closed

    def get_execution_context(self) -> dict[str, Any]:
        return {"user": self.request.user, "facts": self.cleaned_form.cleaned_data}

    @classmethod
    def execute_action(
        cls, objects: list[Any], user: Any = None, facts: Any = None, **kwargs: Any
    ) -> tuple[int, int]:
        try:
            return services.set_facts([page.specific for page in objects], user, facts), 0
        except ValidationError as error:
            raise Refusal(" ".join(error.messages), status=422) from error

    def get_success_message(self, count: int, child: int) -> str:
        return ngettext(
            "已修改 %(n)d 门课程的草稿，送审发布以后生效。",
            "已修改 %(n)d 门课程的草稿，送审发布以后生效。",
            count,
        ) % {"n": count}
