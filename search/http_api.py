"""Search over the API: GET /api/v1/search?q=&type=&kind=&year=&sort=&after= and /api/v1/search/suggest?q=…

What everybody may find, whoever asks: staff's own things are found in the admin alone (staff.py).
"""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema

from lms.lib.errors import TooMany
from search.analysis import clean
from search.http import MAX_PREFIX_CHARS, known_types, too_often
from search.requests import parse_request
from search.shown import show
from search.suggesting import offered

router = Router()


class HitOut(Schema):
    type: str
    id: str
    title: str
    title_html: str
    summary: str
    summary_html: str
    url: str
    language: str
    facets: dict[str, list[str]]
    extra: dict[str, Any]
    published_at: datetime | None
    centihours: int
    reasons: list[str]

    @staticmethod
    def resolve_reasons(hit: Any) -> list[str]:
        return [str(getattr(reason, "text", reason)) for reason in getattr(hit, "reasons", ())]


class FacetValueOut(Schema):
    value: str
    label: str
    count: int
    selected: bool


class FacetOut(Schema):
    name: str
    label: str
    values: list[FacetValueOut]


class KindOut(Schema):
    type: str
    label: str
    count: int
    selected: bool


class PickOut(Schema):
    title: str
    url: str
    reason: str


class WayOut(Schema):
    text: str
    query: str
    count: int


class ResultsOut(Schema):
    query: str
    total: int
    page: int
    pages: int
    per_page: int
    hits: list[HitOut]
    facets: list[FacetOut]
    did_you_mean: list[str]
    relaxed: bool
    notices: list[str]
    types: list[KindOut]
    picks: list[PickOut]
    ways: list[WayOut]
    next_page: int | None
    next_after: str


class SuggestionOut(Schema):
    text: str
    url: str
    type: str
    note: str


_Facet = Annotated[list[str] | None, Query(description="A facet; several values are alternatives")]


@router.get("", response=ResultsOut, auth=None, summary="Find courses, lessons, rules and more, with facets")
def search(
    request: HttpRequest,
    q: Annotated[str, Query(description="Chinese words, pinyin, initials, Latin words, codes")] = "",
    type: Annotated[
        list[str] | None,
        Query(
            description="Kinds of things: course, lesson, organisation, rule, programme, plan, bundle, notice, policy, project;"
            " all if left out"
        ),
    ] = None,
    kind: _Facet = None,
    year: _Facet = None,
    sector: _Facet = None,
    occupation: _Facet = None,
    level: _Facet = None,
    hours: _Facet = None,
    provider: _Facet = None,
    mode: _Facet = None,
    language: _Facet = None,
    direction: _Facet = None,
    body: _Facet = None,
    sort: Annotated[str, Query(description="relevance, newest or hours")] = "relevance",
    page: Annotated[str, Query(description="From 1; no further than the 1000th result")] = "1",
    after: Annotated[
        str,
        Query(
            description="`next_after` of the page before, together with its `next_page`: nothing is repeated or passed over"
            " when something is published meanwhile"
        ),
    ] = "",
) -> Any:
    """Values of one facet are alternatives, facets narrow each other; a facet's counts leave out its own
    filter. `types` says how much there is of each kind, `ways` what finds something where this finds nothing.

    What makes no sense is left out and said so in `notices`.
    """
    _refuse_haste(request)
    shown = show(parse_request(request.GET))
    results = shown.results
    return {
        **{name: getattr(results, name) for name in _SAME},
        "types": [tab for tab in results.tabs if tab.type],
        "picks": shown.picks,
        "ways": shown.ways,
        "next_page": results.page + 1 if results.has_next else None,
    }


_SAME = (
    *("query", "total", "page", "pages", "per_page", "hits", "facets"),
    *("did_you_mean", "relaxed", "notices", "next_after"),
)


@router.get("/suggest", response=list[SuggestionOut], auth=None, summary="What a beginning may mean")
def suggest(
    request: HttpRequest,
    q: str = "",
    type: Annotated[
        list[str] | None, Query(description="Only of these kinds of things; all if left out")
    ] = None,
) -> Any:
    """Titles, values of facets (each with the address of a search), and, where there are none, other spellings (no address) or the first
    titles that the search itself finds.
    """
    _refuse_haste(request)
    return offered(clean(q)[:MAX_PREFIX_CHARS], known_types(type or ()))


def _refuse_haste(request: HttpRequest) -> None:
    if too_often(request):
        raise TooMany(_("请求太频繁，请稍候再试。"))
