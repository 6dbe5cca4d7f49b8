"""Entries of the staff menu that are shown to those who hold a role."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from wagtail.admin.menu import MenuItem

from lms.accounts.organisations.queries import roles_held


class RoleMenuItem(MenuItem):
    """Only for those who hold one of `roles` somewhere."""

    def __init__(self, *args: Any, roles: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.roles = frozenset(roles)

    def is_shown(self, request: HttpRequest) -> bool:
        return bool(self.roles & roles_held(request))
