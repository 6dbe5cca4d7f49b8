"""Editors' picks: what the platform's editors set above the results of a query (`wagtail.contrib.search_promotions`).

Owns: which picks a query has. Refuses: any influence on the order of what was found, pages that are not everybody's to see,
and counting what people look for. A pick is said to be one, and says why.
"""

import time
from dataclasses import dataclass

from django.conf import settings
from django.db.models import F, Q
from wagtail.contrib.search_promotions.models import SearchPromotion
from wagtail.models import Page
from wagtail.search.utils import MAX_QUERY_STRING_LENGTH, normalise_query_string

from lms.lib.clock import now
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
    characters are one. One query, and one for all pages under a view restriction, where editors have named anything.
    """
    typed = normalise_query_string(query)[:MAX_QUERY_STRING_LENGTH]
    folded = normalise_query_string(fold(query))[:MAX_QUERY_STRING_LENGTH]
    if not typed and not folded:
        return ()
    if not {typed, folded} & _picked():
        return ()
    # The hour of a page's end decides, not whether the job that takes it down has come by.
    shown = Page.objects.live().public().filter(Q(expire_at=None) | Q(expire_at__gt=now()))
    wanted = Q(page=None) | Q(page__in=shown)
    rows = SearchPromotion.objects.filter(wanted, query__query_string__in={typed, folded} - {""})
    rows = rows.select_related("page").order_by(F("sort_order").asc(nulls_first=True), "pk")[:MOST]
    return tuple(
        Pick(row.page.title, row.page.get_url() or "", row.description)
        if row.page
        else Pick(row.external_link_text or row.external_link_url, row.external_link_url, row.description)
        for row in rows
    )


def _picked() -> frozenset[str]:
    """The queries that have picks, at most SEARCH_KEPT_SECONDS old: few have, and every search asks."""
    global _kept
    if _kept is None or _kept[0] <= time.monotonic():
        rows = SearchPromotion.objects.values_list("query__query_string", flat=True).distinct()
        _kept = (time.monotonic() + settings.SEARCH_KEPT_SECONDS, frozenset(rows))
    return _kept[1]


def forget() -> None:
    """Ask again at the next search of this process."""
    global _kept
    _kept = None


_kept: tuple[float, frozenset[str]] | None = None
