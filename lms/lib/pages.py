"""Paging of lists: every list a person or program sees goes through here; the tabs over those that show one state; and what
Wagtail's frame asks of every staff screen.
"""

from collections.abc import Mapping
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest

PER_PAGE = 20


def paginate(
    request: HttpRequest, items: Any, per_page: int = PER_PAGE, *, number: str | None = None
) -> Page[Any]:
    """The page that `?page=` names (or `number`, of a list that is asked for by POST); nonsense gives the first, too far
    the last."""
    return Paginator(items, per_page).get_page(number or request.GET.get("page"))


def tabs_of(labels: Mapping[str, Any], shown: str) -> list[dict[str, Any]]:
    """What tabs.html draws: state → its words, in their order, and which one is shown."""
    return [
        {"state": str(state), "label": label, "current": state == shown} for state, label in labels.items()
    ]


def staff_context(title: str, icon: str, **more: Any) -> dict[str, Any]:
    """What wagtailadmin/generic/base.html shows of a screen, and what the screen itself takes besides."""
    return {"header_title": title, "page_title": title, "header_icon": icon, **more}
