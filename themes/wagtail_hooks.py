"""Our colours on staff screens, and the way to one's work on their first page."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from wagtail import hooks
from wagtail.admin.menu import Menu, MenuItem, SubmenuMenuItem, admin_menu
from wagtail.admin.site_summary import PagesSummaryItem
from wagtail.admin.telepath import register
from wagtail.admin.ui.components import Component
from wagtail.admin.ui.sidebar import MainMenuModule
from wagtail.documents import get_document_model
from wagtail.documents.wagtail_hooks import DocumentsSummaryItem
from wagtail.images import get_image_model
from wagtail.images.wagtail_hooks import ImagesSummaryItem
from wagtail.models import Page
from wagtail.permissions import policy_registry

from lms.lib.errors import Refusal
from themes.sidebar import MenuAdapter

# Wagtail's own entries: they stand in the side bar, and pictures, documents and pages in the summary.
WAGTAILS = frozenset({"explorer", "images", "documents", "help", "reports", "settings"})

register(MenuAdapter(), MainMenuModule)


@hooks.register("insert_global_admin_css")
def admin_css() -> SafeString:
    return format_html('<link rel="stylesheet" href="{}">', static("rt/css/admin.css"))


# Counted no further: who has so many begins with the first.
MOST_COUNTED = 99


class WorkPanel(Component):
    """What waits for the person, and what their roles open, folder by folder as the menu has it: on a phone the menu is shut, and
    nothing else is on the page."""

    order = 50
    template_name = "wagtailadmin/home/work.html"

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
        folders = list(_folders(self.request))
        entries = [item for _label, items in folders for item in items]
        queues = [item for item in entries if getattr(item, "waits", None) is not None]
        return {
            "folders": folders,
            "has_queues": bool(queues),
            "waiting": list(_waiting(queues, self.request.user)),
        }


def _folders(request: HttpRequest) -> Iterator[tuple[Any, list[MenuItem]]]:
    """(name, entries): first, without a name, what stands in none."""
    items = sorted(admin_menu.menu_items_for_request(request), key=lambda item: item.order)
    shown = [item for item in items if item.name not in WAGTAILS]
    if alone := [item for item in shown if not isinstance(item, SubmenuMenuItem)]:
        yield "", alone
    for item in shown:
        if isinstance(item, SubmenuMenuItem):
            yield item.label, list(_entries(item.menu, request))


def _entries(menu: Menu, request: HttpRequest) -> Iterator[MenuItem]:
    for item in sorted(menu.menu_items_for_request(request), key=lambda item: item.order):
        if isinstance(item, SubmenuMenuItem):
            yield from _entries(item.menu, request)
        else:
            yield item


def _waiting(queues: list[Any], user: Any) -> Iterator[tuple[MenuItem, str]]:
    """The entries behind which something waits, with how much of it."""
    for item in queues:
        try:
            number = item.waits(user).order_by()[: MOST_COUNTED + 1].count()
        except Refusal:
            continue  # The door itself says why: a body that is suspended.
        if number:
            yield item, f"{MOST_COUNTED}+" if number > MOST_COUNTED else str(number)


@hooks.register("construct_homepage_panels")
def work_panel(request: HttpRequest, panels: list[Any]) -> None:
    panels.append(WorkPanel(request))


# --- how many of what -------------------------------------------------------------------------------------

# What a person may do with something that stands in their own list of it; choosing something is not among it.
LISTED = ("change", "delete")


def _listed(model: Any, user: Any) -> int:
    rows = policy_registry.get_by_type(model).instances_user_has_any_permission_for(user, LISTED)
    return int(rows.count())


class OwnPages(PagesSummaryItem):  # type: ignore[misc]  # Wagtail has no types
    """As Wagtail's, of the pages the person may work on: the root of theirs is everybody's catalogue."""

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        found: dict[str, Any] = super().get_context_data(parent_context)
        user = self.request.user
        return found if user.is_superuser else found | {"total_pages": _listed(Page, user)}


class OwnImages(ImagesSummaryItem):  # type: ignore[misc]
    """As Wagtail's, of the pictures that its list shows, which is where it leads; nothing to those who have none."""

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        return super().get_context_data(parent_context) | {"total_images": self.total()}

    def is_shown(self) -> bool:
        return super().is_shown() and bool(self.total())

    def total(self) -> int:
        return _listed(get_image_model(), self.request.user)


class OwnDocuments(DocumentsSummaryItem):  # type: ignore[misc]
    """As OwnImages, of documents."""

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        return super().get_context_data(parent_context) | {"total_docs": self.total()}

    def is_shown(self) -> bool:
        return super().is_shown() and bool(self.total())

    def total(self) -> int:
        return _listed(get_document_model(), self.request.user)


OWN = {PagesSummaryItem: OwnPages, ImagesSummaryItem: OwnImages, DocumentsSummaryItem: OwnDocuments}


@hooks.register("construct_homepage_summary_items", order=1000)
def own_summary(request: HttpRequest, items: list[Any]) -> None:
    items[:] = [OWN[type(item)](request) if type(item) in OWN else item for item in items]
