"""Where the credit bank's staff screens hang in the Wagtail admin."""

from typing import Any

from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from creditbank.applications import staff
from lms.accounts.api import Role, RoleMenuItem


@hooks.register("register_admin_urls")
def admin_urls() -> list[Any]:
    return [
        path("credit/applications/", staff.queue, name="creditbank_queue"),
        path("credit/applications/<uuid:uuid>/", staff.case, name="creditbank_case"),
        path("credit/recognised/", staff.recognised, name="creditbank_recognised"),
        path("credit/recognised/<uuid:uuid>/", staff.recognition, name="creditbank_recognition"),
    ]


@hooks.register("register_admin_menu_item")
def menu() -> MenuItem:
    return RoleMenuItem(
        _("学分审核"),
        reverse("creditbank_queue"),
        name="credit-review",
        icon_name="clipboard-list",
        order=250,
        roles=[Role.REVIEWER],
    )


@hooks.register("register_admin_menu_item")
def recognised_menu() -> MenuItem:
    return RoleMenuItem(
        _("已认定学分"),
        reverse("creditbank_recognised"),
        name="credit-recognised",
        icon_name="check",
        order=251,
        # Administrators of a college, who alone may take a recognition back.
        roles=[Role.ADMIN],
    )
