"""Where the staff screens of translations hang in the Wagtail admin."""

from collections.abc import Iterator
from typing import Any

from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.widgets.button import Button
from wagtail.models import Page

from courses.pages.models import CoursePage
from courses.review.queries import holds_for
from courses.translations import staff
from courses.translations.queries import PASSERS, WRITERS, languages_for
from lms.accounts.api import COURSE_WORK, Role, RoleMenuItem, User


@hooks.register("register_admin_urls")
def translation_urls() -> list[Any]:
    here = "translations/<uuid:uuid>/<slug:language>/"
    return [
        path("translations/", staff.courses, name="courses_translations"),
        path(here, staff.one, name="courses_translation"),
        path(f"{here}file/", staff.file, name="courses_translation_file"),
        path(f"{here}texts/", staff.texts, name="courses_translation_texts"),
        path(f"{here}texts/<path:part>/", staff.texts, name="courses_translation_part"),
    ]


@hooks.register(COURSE_WORK)
def translations_menu() -> MenuItem:
    return RoleMenuItem(
        _("课程译文"),
        reverse("courses_translations"),
        name="course-translations",
        icon_name="globe",
        order=232,
        roles=[*WRITERS, *PASSERS, Role.CURATOR],
    )


@hooks.register("register_page_header_buttons")
@hooks.register("register_page_listing_more_buttons")
def translation_button(
    page: Page, user: User, next_url: str | None = None, **kwargs: Any
) -> Iterator[Button]:
    """A course's own menu: its translations."""
    course = page.specific_deferred
    if isinstance(course, CoursePage) and holds_for(user, course, *WRITERS, *PASSERS):
        for code, name in languages_for(course):
            address = reverse("courses_translation", args=[course.uuid, code])
            yield Button(
                _("译文：%(language)s") % {"language": name}, address, icon_name="globe", priority=65
            )
