"""Where the screens of writing exercises hang in the Wagtail admin; nowhere to be seen where there is no service."""

from collections.abc import Iterator
from typing import Any, cast

from django.http import HttpRequest
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.widgets.button import Button

from courses.h5p.models import H5PContent
from lms.accounts.api import COURSE_WORK, User

from . import staff


@hooks.register("register_admin_urls")
def writing_urls() -> list[Any]:
    return [
        path("h5p/writing/", staff.writing, name="courses_h5p_writing"),
        path("h5p/writing/<uuid:uuid>/", staff.write, name="courses_h5p_write"),
        path("h5p/contents/<int:pk>/edit/", staff.edit, name="courses_h5p_edit"),
    ]


class WritingMenuItem(MenuItem):
    """Only for those who write exercises for some organisation."""

    def is_shown(self, request: HttpRequest) -> bool:
        return staff.writes(cast(User, request.user))


@hooks.register(COURSE_WORK)
def writing_menu() -> MenuItem:
    address = reverse("courses_h5p_writing")
    return WritingMenuItem(_("编写 H5P 练习"), address, name="h5p-writing", icon_name="edit", order=253)


@hooks.register("register_snippet_listing_buttons")
def edit_button(snippet: Any, user: User, next_url: str | None = None) -> Iterator[Button]:
    """In the list of contents: what is in an exercise, not only its title."""
    if isinstance(snippet, H5PContent) and staff.writes(user):
        yield Button(
            _("编辑练习"), reverse("courses_h5p_edit", args=[snippet.pk]), icon_name="edit", priority=60
        )
