"""A search as a page shows it: the results with their names in the reader's language, picks, ways on from nothing.

Owns: what stands beside the results. Refuses: finding (queries.py) and marking (highlight.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import is_
from typing import Any

from django.http import HttpRequest
from django.utils.translation import get_language

from search import budget, queries
from search.analysis import MAX_CLAUSES, parse
from search.documents import TYPE
from search.errors import SearchUnavailable
from search.highlight import Marker
from search.picks.queries import Pick, picks_for
from search.queries import Hit, Results
from search.requests import SearchRequest, parse_request
from search.viewers import viewer_of

NEAREST = 4


@dataclass(frozen=True)
class Way:
    """A search that finds something, where the one asked for finds nothing. count: how many results it has."""

    text: str
    query: str
    count: int


@dataclass(frozen=True)
class Shown:
    """results: with words in the reader's language. picks: only on the first page, of a query that nothing narrows. ways:
    broader searches, only where there is no result.
    """

    results: Results
    picks: tuple[Pick, ...] = ()
    ways: tuple[Way, ...] = ()


def show(asked: SearchRequest, user: Any = None) -> Shown:
    """user: whoever looks, for whom words are answered in their own order (viewers.py). Raises SearchUnavailable."""
    with budget.within() as mine:
        found = queries.search(asked, viewer_of(user) if asked.query else None)
        ways = () if found.hits else _ways(found.request)
        if mine.cut:
            found = queries.hurried(found)
    marker = Marker(parse(found.request.query).clauses)
    hits, near = (tuple(in_words(hit, marker) for hit in some) for some in (found.hits, found.near))
    same = all(map(is_, (*hits, *near), (*found.hits, *found.near)))
    results = found if same else replace(found, hits=hits, near=near)
    plain = results.page == 1 and not set(asked.filters) - {TYPE}
    return Shown(
        results=results,
        picks=picks_for(asked.query) if asked.query and plain else (),
        ways=ways,
    )


def asked_by(
    request: HttpRequest, types: Sequence[str] = (), facets: Sequence[str] | None = None
) -> SearchRequest:
    """What an address asks for, of what everybody may find."""
    return parse_request(request.GET, types=types, facets=facets)


def in_words(hit: Hit, marker: Marker) -> Hit:
    """A hit with its name and summary in the reader's language, where its source gave them (extra["words"]), with what was looked for
    marked in them."""
    title, summary = hit.extra.get("words", {}).get(get_language() or "", ("", ""))
    if not title and not summary:
        return hit
    marked = marker(title, summary, "")
    return replace(
        hit,
        title_html=marked.title if title else hit.title_html,
        summary_html=marked.summary if summary else hit.summary_html,
    )


def _ways(asked: SearchRequest) -> tuple[Way, ...]:
    """The same words without filters, and each word alone, as far as they find anything."""
    words = list(dict.fromkeys(asked.query.split()))[:MAX_CLAUSES]
    tried = [replace(asked, filters={}, page=1, after="", facets=())] if asked.filters else []
    if len(words) > 1:
        tried += [
            replace(asked, query=word, filters={}, page=1, after="", facets=()) for word in words[:NEAREST]
        ]
    found = []
    for one in tried[:NEAREST]:
        try:
            count = queries.count(one)
        except budget.Spent:
            break
        if count:
            found.append(Way(one.query, one.address(), count))
    return tuple(found)


__all__ = ["SearchUnavailable", "Shown", "Way", "asked_by", "in_words", "show"]
