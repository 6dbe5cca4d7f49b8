"""Editors' picks: what the platform's editors set above the results of a query (`wagtail.contrib.search_promotions`).

Owns: which picks a query has. Refuses: any influence on the order of what was found, pages that are not everybody's to see,
and counting what people look for. A pick is said to be one, and says why.
"""

from dataclasses import dataclass

from django.db.models import F, Q
from wagtail.contrib.search_promotions.models import SearchPromotion
from wagtail.models import Page
from wagtail.search.utils import MAX_QUERY_STRING_LENGTH, normalise_query_string

from search.analysis import fold

MOST = 3


@dataclass(frozen=True)
class Pick:
    """reason: why the editors name it, "" where they did not say."""

    title: str
    url: str
    reason: str


def picks_for(query: str) -> tuple[Pick, ...]:
    """The picks of a query, in the editors' order; none without words. Wide and narrow letters, case and traditional
    characters are one. One query, and one for all pages under a view restriction.
    """
    typed = normalise_query_string(query)[:MAX_QUERY_STRING_LENGTH]
    folded = normalise_query_string(fold(query))[:MAX_QUERY_STRING_LENGTH]
    if not typed and not folded:
        return ()
    wanted = Q(page=None) | Q(page__in=Page.objects.live().public())
    rows = SearchPromotion.objects.filter(wanted, query__query_string__in={typed, folded} - {""})
    rows = rows.select_related("page").order_by(F("sort_order").asc(nulls_first=True), "pk")[:MOST]
    return tuple(
        Pick(row.page.title, row.page.get_url() or "", row.description)
        if row.page
        else Pick(row.external_link_text or row.external_link_url, row.external_link_url, row.description)
        for row in rows
    )
