"""Paging of lists: every list a person or program sees goes through here; the tabs over those that show one state; and what
Wagtail's frame asks of every staff screen.
"""

from collections.abc import Mapping
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

PER_PAGE = 20
# From this row on a page is read in two steps.
DEEP = 200


class DeepPaginator(Paginator[Any]):
    """Far down a list: the keys of a page first, then its rows. At once the database would join and sort whole rows of all the
    pages before, which for the fortieth thousand took two to seven times as long. `keys_from`: the row from which on; 0 of a list
    whose order no index gives and whose rows are joined of many tables, which its first page would join all of."""

    keys_from = DEEP

    def page(self, number: int | str) -> Page[Any]:
        number = self.validate_number(number)
        rows, bottom = self.object_list, (number - 1) * self.per_page
        if bottom < self.keys_from or not isinstance(rows, QuerySet) or not _are_rows(rows):
            return super().page(number)
        keys = list(rows.values_list("pk", flat=True)[bottom : bottom + self.per_page])
        return Page(rows.filter(pk__in=keys), number, self)


def _are_rows(found: QuerySet[Any]) -> bool:
    """Whether it is of whole rows that can be asked for by their keys."""
    asked = found.query
    return not (asked.combinator or asked.distinct or asked.is_sliced or asked.has_select_fields)


def paginate(
    request: HttpRequest,
    items: Any,
    per_page: int = PER_PAGE,
    *,
    number: str | None = None,
    keys_from: int = DEEP,
) -> Page[Any]:
    """The page that `?page=` names (or `number`, of a list that is asked for by POST); nonsense gives the first, too far
    the last. `keys_from`: as DeepPaginator says."""
    paginator = DeepPaginator(items, per_page)
    paginator.keys_from = keys_from
    return paginator.get_page(number or request.GET.get("page"))


def tabs_of(labels: Mapping[str, Any], shown: str) -> list[dict[str, Any]]:
    """What tabs.html draws: state → its words, in their order, and which one is shown."""
    return [
        {"state": str(state), "label": label, "current": state == shown} for state, label in labels.items()
    ]


def staff_context(title: str, icon: str, **more: Any) -> dict[str, Any]:
    """What wagtailadmin/generic/base.html shows of a screen, and what the screen itself takes besides."""
    return {"header_title": title, "page_title": title, "header_icon": icon, **more}
