import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from search import documents
from search.api import SearchRequest, parse_request
from search.requests import MAX_PER_PAGE
from tests.factories.search import Catalogue


@pytest.fixture(autouse=True)
def _sources(monkeypatch):
    monkeypatch.setattr(documents, "_sources", {"course": Catalogue()})


def parse(address, **given):
    return parse_request(QueryDict(address), ["course"], **given)


def test_an_address():
    asked = parse("q=%E5%8F%89%E8%BD%A6&kind=public&kind=vocational&year=2026&sort=newest&page=3&utm=x")
    assert asked.query == "叉车"
    assert asked.filters == {"kind": ("public", "vocational"), "year": ("2026",)}
    assert (asked.sort, asked.page, asked.notices) == ("newest", 3, ())
    assert asked.address() == "q=%E5%8F%89%E8%BD%A6&kind=public&kind=vocational&year=2026&sort=newest&page=3"


@pytest.mark.parametrize("page", ["0", "-1", "x", "", "1.5", "٣", "9" * 5000, "²"])
def test_a_bad_page_is_the_first(page):
    given = QueryDict(mutable=True)
    given["page"] = page
    assert parse_request(given, ["course"]).page == 1


def test_a_long_query_is_cut_with_a_notice():
    asked = parse(f"q={'a' * 500}")
    assert len(asked.query) == 120
    assert asked.notices


def test_values_that_do_not_exist_are_ignored_with_a_notice():
    asked = parse("kind=public&kind=nonsense&provider=12")
    assert asked.filters == {"kind": ("public",), "provider": ("12",)}
    assert asked.notices
    asked = parse("kind=public&provider=unknown")
    assert asked.filters == {"kind": ("public",)}
    assert asked.notices
    assert not parse("kind=public&provider=12").notices


@pytest.mark.parametrize("year", ["abc", "26", "20266", "２０２６", "2026年"])
def test_what_is_no_year_is_none_of_the_filters(year):
    asked = parse(f"year={year}&year=2026")
    assert asked.filters == {"year": ("2026",)}
    assert asked.notices


def test_only_the_facets_shown_are_read():
    asked = parse("kind=public&year=2026", facets=("year",))
    assert asked.filters == {"year": ("2026",)}
    assert asked.facets == ("year",)


def test_requests_made_by_hand_are_bounded_too():
    bounded = SearchRequest(query="a" * 999, page=-5, per_page=10_000).bounded()
    assert (len(bounded.query), bounded.page, bounded.per_page) == (120, 1, MAX_PER_PAGE)


@given(
    st.lists(st.tuples(st.sampled_from(["q", "page", "sort", "kind", "year", "x"]), st.text()), max_size=8)
)
def test_any_address_is_read_and_reads_the_same_again(pairs):
    given_address = QueryDict(mutable=True)
    for name, value in pairs:
        given_address.appendlist(name, value)
    asked = parse_request(given_address, ["course"])
    again = parse(asked.address())
    assert (again.query, again.filters, again.sort, again.page) == (
        asked.query,
        asked.filters,
        asked.sort,
        asked.page,
    )
