"""What may be done to a page of a course, and when nothing may: while it is looked at, or waits for its day.

Wagtail asks these on every screen, those of many pages at once too.
"""

from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from wagtail.locks import BaseLock
from wagtail.models import Page, PagePermissionTester

from courses.pages.models import CoursePage
from courses.review import queries


class CoursePagePermissions(PagePermissionTester):  # type: ignore[misc]  # Wagtail has no types
    """Writing without publishing: editors order, move and add what is theirs; what learners have changes with a release."""

    @cached_property
    def course(self) -> CoursePage | None:
        return queries.course_row(self.page)

    @cached_property
    def task(self) -> Any:
        return queries.task_of(self.course) if self.course else None

    @cached_property
    def closed(self) -> bool:
        """To everybody but superusers, who may have to put something right."""
        if self.user.is_superuser or self.course is None:
            return False
        return self.task is not None or bool(self.course.approved_schedule)

    def _writes(self) -> bool:
        return self.user.is_active and (self.user.is_superuser or "change" in self.permissions)

    def can_edit(self) -> bool:
        if super().can_edit():
            return True
        return bool(
            self.user.is_active and self.task and self.task.user_can_access_editor(self.page, self.user)
        )

    def can_add_subpage(self) -> bool:
        return not self.closed and super().can_add_subpage()

    def can_delete(self, ignore_bulk: bool = False) -> bool:
        if self.closed:
            return False
        if self.user.is_superuser or not self._writes() or "publish" in self.permissions:
            return super().can_delete(ignore_bulk)
        alone = ignore_bulk or self.page.is_leaf() or "bulk_delete" in self.permissions
        return alone and not self._holds_live()

    def _holds_live(self) -> bool:
        """Whether learners would lose something with the page. Wagtail asks for each row; this asks for a list at once."""
        return self.page.live or (not self.page.is_leaf() and self.page.path in queries.live_below(self.page))

    def can_publish(self) -> bool:
        return not self.closed and super().can_publish()

    def can_publish_subpage(self) -> bool:
        return not self.closed and super().can_publish_subpage()

    def can_reorder_children(self) -> bool:
        return not self.closed and self._writes()

    def can_move(self) -> bool:
        return not self.closed and self._writes()

    def can_move_to(self, destination: Page) -> bool:
        """Within its course: learners see the new order with the next release."""
        if self.user.is_superuser:
            return bool(super().can_move_to(destination))
        if self.page == destination or destination.is_descendant_of(self.page):
            return False
        fits = self.page.is_child_of(destination) or self.page.specific.can_move_to(destination)
        return bool(
            fits and self.can_move() and destination.permissions_for_user(self.user).can_reorder_children()
        )

    def can_submit_for_moderation(self) -> bool:
        return self._writes() and bool(super().can_submit_for_moderation())


class CourseLock(BaseLock):  # type: ignore[misc]
    """A chapter or lesson of a course that is looked at, or waits for its day."""

    def __init__(self, page: Page, course: CoursePage, task: Any) -> None:
        super().__init__(page)
        self.course, self.task = course, task

    def for_user(self, user: Any) -> bool:
        return self.task is None or self.task.locked_for_user(self.course, user)

    def get_message(self, user: Any) -> str:
        if not self.for_user(user):
            return _("这门课程正在审核：在字段上写批注，内容不能改。")
        return _("这门课程正在审核或等待定时发布，有了结果再改。")

    def get_locked_by(self, user: Any) -> str:
        return _("审核中")

    def get_description(self, user: Any) -> str:
        return _("课程审核期间，章和课时不能改动。")


def lock_of(page: Page) -> CourseLock | None:
    """The lock of a chapter or lesson; the course itself has Wagtail's."""
    course = queries.course_row(page)
    if course is None:
        return None
    task = queries.task_of(course)
    return CourseLock(page, course, task) if task is not None or course.approved_schedule else None
