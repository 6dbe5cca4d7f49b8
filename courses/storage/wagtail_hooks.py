"""Where the staff screens of storage hang in the Wagtail admin."""

from typing import Any

from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from courses.storage import staff
from courses.storage.queries import SEEING
from lms.accounts.api import COURSE_WORK, RoleMenuItem


@hooks.register("register_admin_urls")
def storage_urls() -> list[Any]:
    return [
        path("storage/", staff.organisations, name="courses_storage"),
        path("storage/<slug:code>/", staff.organisation, name="courses_storage_one"),
        path("storage/<slug:code>/limit/", staff.limit, name="courses_storage_limit"),
        path(
            "storage/<slug:code>/sources/<uuid:uuid>/drop/",
            staff.drop_source,
            name="courses_storage_drop_source",
        ),
        path(
            "storage/<slug:code>/former/<uuid:uuid>/drop/",
            staff.drop_former,
            name="courses_storage_drop_former",
        ),
    ]


@hooks.register(COURSE_WORK)
def storage_menu() -> MenuItem:
    address = reverse("courses_storage")
    return RoleMenuItem(_("存储空间"), address, name="storage", icon_name="folder", order=260, roles=SEEING)
