"""Where the use of courses hangs in the Wagtail admin."""

from typing import Any

from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from lms.accounts.api import COURSE_WORK, RoleMenuItem
from lms.learning.use import staff
from lms.learning.use.queries import ROLES


@hooks.register("register_admin_urls")
def admin_urls() -> list[Any]:
    return [
        path("course-use/", staff.courses, name="learning_use"),
        path("course-use/<uuid:uuid>/", staff.course, name="learning_use_course"),
        path("course-use/<uuid:uuid>/use.xlsx", staff.workbook, name="learning_use_workbook"),
    ]


@hooks.register(COURSE_WORK)
def use_menu() -> MenuItem:
    return RoleMenuItem(
        _("课程使用情况"),
        reverse("learning_use"),
        name="course-use",
        icon_name="view",
        order=254,
        roles=list(ROLES),
    )
