"""Where the staff screens of imports hang in the Wagtail admin."""

from collections.abc import Iterator
from typing import Any, cast

from django.http import HttpRequest
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.widgets.button import Button
from wagtail.models import Page

from courses.packs import staff
from courses.pages.models import CoursePage
from courses.review.queries import holds_for
from lms.accounts.api import COURSE_WORK, Role, User


@hooks.register("register_admin_urls")
def pack_urls() -> list[Any]:
    return [
        path("packs/", staff.import_list, name="courses_packs"),
        path("packs/import/", staff.import_new, name="courses_pack_new"),
        path("packs/<uuid:uuid>/", staff.import_one, name="courses_pack_import"),
        path("packs/export/<uuid:uuid>/", staff.export, name="courses_pack_export"),
        path("packs/<uuid:uuid>/lessons/<int:number>/", staff.import_lesson, name="courses_pack_lesson"),
        path(
            "packs/<uuid:uuid>/lessons/<int:number>/shown/",
            staff.import_lesson_shown,
            name="courses_pack_lesson_shown",
        ),
        path("packs/<uuid:uuid>/files/<str:name>", staff.import_lesson_file, name="courses_pack_lesson_file"),
        path("packs/<uuid:uuid>/lost/", staff.import_lost, name="courses_pack_lost"),
        path("packs/<uuid:uuid>/original/", staff.import_original, name="courses_pack_original"),
        path("packs/<uuid:uuid>/questions/", staff.import_questions, name="courses_pack_questions"),
    ]


class PacksMenuItem(MenuItem):
    """Only for those who edit courses somewhere."""

    def is_shown(self, request: HttpRequest) -> bool:
        return staff.imports_packs(cast(User, request.user))


@hooks.register(COURSE_WORK)
def packs_menu() -> MenuItem:
    return PacksMenuItem(_("课程包"), reverse("courses_packs"), name="packs", icon_name="upload", order=240)


@hooks.register("register_page_header_buttons")
@hooks.register("register_page_listing_more_buttons")
def export_button(page: Page, user: User, next_url: str | None = None, **kwargs: Any) -> Iterator[Button]:
    """A course's own menu: take it away as a pack."""
    course = page.specific_deferred
    if isinstance(course, CoursePage) and holds_for(user, course, Role.EDITOR):
        address = reverse("courses_pack_export", args=[course.uuid])
        yield Button(_("导出课程包"), address, icon_name="download", priority=70)
        cartridge = f"{address}?format=cartridge"
        yield Button(_("导出 Common Cartridge"), cartridge, icon_name="download", priority=71)
