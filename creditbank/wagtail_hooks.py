"""Where the credit bank's staff screens hang in the Wagtail admin."""

from typing import Any

from django.http import HttpRequest
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from creditbank.applications import staff
from lms.accounts.api import Role, roles_held


@hooks.register("register_admin_urls")
def admin_urls() -> list[Any]:
    return [
        path("credit/applications/", staff.queue, name="creditbank_queue"),
        path("credit/applications/<uuid:uuid>/", staff.case, name="creditbank_case"),
        path("credit/recognised/", staff.recognised, name="creditbank_recognised"),
        path("credit/recognised/<uuid:uuid>/", staff.recognition, name="creditbank_recognition"),
    ]


class ReviewMenuItem(MenuItem):
    """Only for those who review somewhere."""

    def is_shown(self, request: HttpRequest) -> bool:
        return Role.REVIEWER in roles_held(request)


@hooks.register("register_admin_menu_item")
def menu() -> MenuItem:
    return ReviewMenuItem(
        _("学分审核"),
        reverse("creditbank_queue"),
        name="credit-review",
        icon_name="clipboard-list",
        order=250,
    )


class RecognisedMenuItem(MenuItem):
    """Only for administrators of a college, who alone may take a recognition back."""

    def is_shown(self, request: HttpRequest) -> bool:
        return Role.ADMIN in roles_held(request)


@hooks.register("register_admin_menu_item")
def recognised_menu() -> MenuItem:
    return RecognisedMenuItem(
        _("已认定学分"),
        reverse("creditbank_recognised"),
        name="credit-recognised",
        icon_name="check",
        order=251,
    )
