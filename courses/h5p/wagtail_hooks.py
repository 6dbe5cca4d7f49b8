"""Where the staff screens of H5P libraries hang in the Wagtail admin."""

from collections.abc import Iterator
from typing import Any, cast

from django.http import HttpRequest
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.widgets.button import Button

from courses.h5p import staff
from courses.h5p.models import H5PContent
from lms.accounts.api import COURSE_WORK, User


@hooks.register("register_admin_urls")
def h5p_urls() -> list[Any]:
    one = "h5p/contents/<int:pk>/"
    return [
        path("h5p/libraries/", staff.libraries, name="courses_h5p_libraries"),
        path("h5p/libraries/<str:folder>/upgrade/", staff.upgrade, name="courses_h5p_upgrade"),
        path(one + "upgraded/<uuid:was>/<str:folder>/", staff.upgraded, name="courses_h5p_upgraded"),
        path(one + "export/", staff.export, name="courses_h5p_export"),
    ]


class LibrariesMenuItem(MenuItem):
    """Only for those who work with the contents of some organisation."""

    def is_shown(self, request: HttpRequest) -> bool:
        return staff.works_with(cast(User, request.user))


@hooks.register(COURSE_WORK)
def libraries_menu() -> MenuItem:
    address = reverse("courses_h5p_libraries")
    return LibrariesMenuItem(_("H5P 库"), address, name="h5p-libraries", icon_name="pick", order=255)


@hooks.register("register_snippet_listing_buttons")
def export_button(snippet: Any, user: Any, next_url: str | None = None) -> Iterator[Button]:
    """In the list of contents: take one away as a package."""
    if isinstance(snippet, H5PContent):
        address = reverse("courses_h5p_export", args=[snippet.pk])
        yield Button(_("导出 H5P"), address, icon_name="download", priority=70)
