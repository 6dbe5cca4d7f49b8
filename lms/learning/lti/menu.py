"""Where LTI hangs in the Wagtail admin: the organisation's tools, and a way from a lesson to what they offer."""

from collections.abc import Iterator
from typing import Any

from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.widgets import Button

from lms.accounts.api import COURSE_WORK, Role, RoleMenuItem
from lms.learning.lti.platform import staff
from lms.learning.lti.tool import staff as tool_staff


@hooks.register("register_admin_urls")
def admin_urls() -> list[Any]:
    return [
        path("lti/", staff.first, name="learning_lti"),
        path("lti/rotate/", staff.rotate, name="learning_lti_rotate"),
        path("lti/switch/<uuid:uuid>/", staff.switch, name="learning_lti_switch"),
        path("lti/lesson/<int:lesson>/", staff.add, name="learning_lti_add"),
        path("lti/items/<uuid:uuid>/", staff.items, name="learning_lti_items"),
        path("lti/of/<slug:code>/", staff.tools, name="learning_lti_tools"),
        path("lti/of/<slug:code>/invite/", staff.invite, name="learning_lti_invite"),
        path("lti/of/<slug:code>/platforms/", tool_staff.platforms, name="learning_lti_platforms"),
        path("lti/platforms/<uuid:uuid>/", tool_staff.switch, name="learning_lti_platform_switch"),
    ]


@hooks.register(COURSE_WORK)
def tools_menu() -> MenuItem:
    return RoleMenuItem(
        _("外部工具（LTI）"),
        reverse("learning_lti"),
        name="lti-tools",
        icon_name="link-external",
        order=257,
        roles=[Role.ADMIN],
    )


@hooks.register("register_page_header_buttons")
def lesson_button(page: Any, user: Any, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    kind = page.specific_class
    if kind is not None and kind.__name__ == "LessonPage" and page.permissions_for_user(user).can_edit():
        address = reverse("learning_lti_add", args=[page.pk])
        yield Button(_("外部工具"), address, icon_name="link-external", priority=60)
