"""Where staff's search hangs in the Wagtail admin, and what of the editors' picks is left out of it."""

from typing import Any

from django.http import HttpRequest
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from lms.accounts.api import Role, RoleMenuItem
from search import staff
from search.synonyms import staff as synonyms  # noqa: F401 -- its hooks


@hooks.register("register_admin_urls")
def admin_urls() -> list[Any]:
    return [path("find/", staff.find, name="search_find")]


@hooks.register("register_admin_menu_item")
def find_menu() -> MenuItem:
    return RoleMenuItem(
        _("查找"), reverse("search_find"), name="find", icon_name="search", order=50, roles=list(Role)
    )


@hooks.register("construct_reports_menu")
def no_search_terms(request: HttpRequest, menu_items: list[Any]) -> None:
    """What people look for is not counted here, so there is nothing to report."""
    menu_items[:] = [item for item in menu_items if item.name != "search-terms"]
