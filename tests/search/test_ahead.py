"""Questions asked along with the first: the same results in fewer requests. The engine is the plainest one."""

import pytest
import time_machine

from search import api, cutting, documents, engines
from search.api import SearchRequest
from tests.search.relevance import judged
from tests.search.relevance.corpus import JudgedCatalogue, courses
from tests.search.relevance.reference import ReferenceEngine
from tests.search.relevance.test_judged import DAY


class Far(ReferenceEngine):
    """As a cluster across a network: several questions are one request, and requests are counted."""

    asks_at_once = True

    def __init__(self, entries):
        super().__init__(entries)
        self.requests = 0
        self.titles = 0

    def search(self, plan):
        self.requests += 1
        return super().search(plan)

    def suggest(self, plan):
        self.requests += 1
        self.titles += plan.fields is not None
        return super().suggest(plan)

    def several(self, **asked):
        before = self.requests
        told = super().several(**asked)
        self.requests = before + 1
        return told


@pytest.fixture
def results(db, monkeypatch):
    """A function that gives a query's results, suggested words and requests, asked ahead or not."""
    some = [course.document for course in courses()[::8]]
    source = JudgedCatalogue()
    source.documents = lambda ids=None: iter(some)
    monkeypatch.setattr(documents, "_sources", {})
    api.register(source)
    with time_machine.travel(DAY, tick=True):
        far = Far(cutting.cut(one) for one in cutting.named("course", some))
        monkeypatch.setattr(engines, "current", lambda: far)

        def ask(query, *, ahead):
            far.asks_at_once, far.requests, far.titles = ahead, 0, 0
            found = api.search(SearchRequest(query=query, facets=()))
            shown = [(hit.id, hit.score) for hit in (*found.hits, *found.near)]
            return (found.total, shown, found.did_you_mean), far.requests

        ask.far = far
        yield ask


def test_where_the_dictionary_is_certain_no_title_is_looked_at(results):
    for query in ("网洛安全", "电悍工", "chahce"):
        for ahead in (False, True):
            (total, _shown, meant), requests = results(query, ahead=ahead)
            assert total
            assert meant
            assert results.far.titles == 0
            # What comes near few results is asked when it is known that they are few.
            assert requests <= (2 if ahead else 3), query


def test_a_misspelt_query_that_titles_are_asked_about_needs_a_request_less(results):
    plainly = results("茶艺帅", ahead=False)[1]
    assert results.far.titles == 1
    # The second is for what titles near it say beside the dictionary.
    assert results("茶艺帅", ahead=True)[1] < plainly


def test_what_is_found_does_not_depend_on_it(results):
    asked = saved = 0
    for query in judged.queries()[::3]:
        plainly, requests = results(query.text, ahead=False)
        ahead, fewer = results(query.text, ahead=True)
        assert ahead == plainly, query.text
        asked, saved = asked + requests, saved + requests - fewer
        # A guess that was wrong costs no request: it went along with one that was needed.
        assert 1 <= fewer <= requests, query.text
    assert saved > 0
