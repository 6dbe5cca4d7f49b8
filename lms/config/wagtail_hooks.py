"""What of Wagtail's own admin our staff do not see."""

from typing import Any

from django.http import HttpRequest
from wagtail import hooks


@hooks.register("construct_help_menu")
def no_release_news(request: HttpRequest, menu_items: list[Any]) -> None:
    """Wagtail's release news is not for our editors, and keeps the language of whoever opened the admin first."""
    menu_items[:] = [item for item in menu_items if not item.name.startswith("whats-new")]
