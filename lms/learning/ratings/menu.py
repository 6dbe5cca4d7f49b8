"""Where learners' ratings hang in the Wagtail admin."""

from typing import Any

from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from lms.accounts.api import COURSE_WORK, RoleMenuItem
from lms.learning.ratings import staff
from lms.learning.ratings.queries import ROLES


@hooks.register("register_admin_urls")
def admin_urls() -> list[Any]:
    return [
        path("course-ratings/", staff.courses, name="learning_ratings"),
        path("course-ratings/<uuid:uuid>/", staff.course, name="learning_ratings_course"),
        path("course-ratings/<uuid:uuid>/<uuid:rating>/", staff.hide, name="learning_ratings_hide"),
    ]


@hooks.register(COURSE_WORK)
def ratings_menu() -> MenuItem:
    return RoleMenuItem(
        _("学员评价"),
        reverse("learning_ratings"),
        name="course-ratings",
        icon_name="pick",
        order=255,
        roles=list(ROLES),
    )
