"""Where the staff screens of imports hang in the Wagtail admin."""

from typing import Any, cast

from django.http import HttpRequest
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from courses.packs import staff
from lms.accounts.api import User


@hooks.register("register_admin_urls")
def pack_urls() -> list[Any]:
    return [
        path("packs/", staff.import_list, name="courses_packs"),
        path("packs/import/", staff.import_new, name="courses_pack_new"),
        path("packs/<uuid:uuid>/", staff.import_one, name="courses_pack_import"),
    ]


class PacksMenuItem(MenuItem):
    """Only for those who edit courses somewhere."""

    def is_shown(self, request: HttpRequest) -> bool:
        return staff.imports_packs(cast(User, request.user))


@hooks.register("register_admin_menu_item")
def packs_menu() -> MenuItem:
    return PacksMenuItem(_("课程包"), reverse("courses_packs"), name="packs", icon_name="upload", order=240)
