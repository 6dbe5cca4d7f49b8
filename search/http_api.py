"""Search over the API: GET /api/v1/search?q=&kind=&year=&sector=&page= and /api/v1/search/suggest?q=…"""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema

from lms.lib.errors import TooMany
from search.analysis import clean
from search.http import MAX_PREFIX_CHARS, too_often
from search.queries import search as find
from search.queries import suggest as find_suggestions
from search.requests import parse_request

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


class FacetValueOut(Schema):
    value: str
    label: str
    count: int
    selected: bool


class FacetOut(Schema):
    name: str
    label: str
    values: list[FacetValueOut]


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


class SuggestionOut(Schema):
    text: str
    url: str
    type: str
    note: str


@router.get("", response=ResultsOut, auth=None, summary="Find courses and more, with facets")
def search(
    request: HttpRequest,
    q: Annotated[str, Query(description="Chinese words, pinyin, initials, Latin words, codes")] = "",
    type: Annotated[list[str] | None, Query(description="Types of documents; all if left out")] = None,
    kind: Annotated[
        list[str] | None, Query(description="A facet; other facets (mode, provider …) are given alike")
    ] = None,
    year: Annotated[list[str] | None, Query()] = None,
    sector: Annotated[list[str] | None, Query()] = None,
    sort: Annotated[str, Query(description="relevance, newest or hours")] = "relevance",
    page: str = "1",
) -> Any:
    """Values of one facet are alternatives, facets narrow each other; a facet's counts leave out its own
    filter.

    What makes no sense is left out and said so in `notices`.
    """
    _refuse_haste(request)
    return find(parse_request(request.GET, type or ()))


@router.get("/suggest", response=list[SuggestionOut], auth=None, summary="Titles that a beginning may mean")
def suggest(request: HttpRequest, q: str = "") -> Any:
    _refuse_haste(request)
    return find_suggestions(clean(q)[:MAX_PREFIX_CHARS])


def _refuse_haste(request: HttpRequest) -> None:
    if too_often(request):
        raise TooMany(_("请求太频繁，请稍候再试。"))
