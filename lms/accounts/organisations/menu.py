"""Entries of the staff menu that are shown to those who hold a role, and the folders they stand in.

Owns: which folders there are; a room hangs its entries into one by the folder's hook. Refuses: knowing what hangs in them.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import pgettext_lazy
from wagtail.admin.menu import Menu, MenuItem, SubmenuMenuItem

from lms.accounts.organisations.queries import roles_held
from lms.accounts.people.models import User

# Hooks: what is registered under one of them stands in the folder of that name.
COURSE_WORK, STUDY_WORK, CREDIT_WORK, TRAINING_WORK = (
    f"register_{name}_work_menu_item" for name in ("course", "study", "credit", "training")
)
# A folder with no more in it is opened for good: one press less.
FEW = 3


class RoleMenuItem(MenuItem):
    """Only for those who hold one of `roles` somewhere. `waits`: what waits behind it for a user, for the first page; asked of
    those alone to whom the entry is shown."""

    def __init__(
        self,
        *args: Any,
        roles: Iterable[str],
        waits: Callable[[User], QuerySet[Any, Any]] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.roles = frozenset(roles)
        self.waits = waits

    def is_shown(self, request: HttpRequest) -> bool:
        return bool(self.roles & roles_held(request))


class WorkMenu(SubmenuMenuItem):
    """A folder of entries."""


def folders() -> list[WorkMenu]:
    """In the order in which they stand in the menu, before people and organisations."""
    named = (
        (COURSE_WORK, pgettext_lazy("菜单", "课程管理"), "openquote"),
        (STUDY_WORK, pgettext_lazy("菜单", "学时与班次"), "calendar-check"),
        (CREDIT_WORK, pgettext_lazy("菜单", "学分银行"), "pick"),
        (TRAINING_WORK, pgettext_lazy("菜单", "培训管理"), "clipboard-list"),
    )
    return [
        WorkMenu(label, Menu(register_hook_name=hook), name=hook.split("_")[1], icon_name=icon, order=240 + n)
        for n, (hook, label, icon) in enumerate(named)
    ]


def open_small(request: HttpRequest, items: list[MenuItem]) -> None:
    """In the place of a folder with few entries its entries."""
    found: list[MenuItem] = []
    for item in items:
        inside = item.menu.menu_items_for_request(request) if isinstance(item, WorkMenu) else []
        found += inside if 0 < len(inside) <= FEW else [item]
    items[:] = found
