"""Browsing without words is answered from what was just answered; words and other filters are not."""

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from search import api as search
from search import kept
from search.engines.base import Answer, Plan

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def keeping(settings):
    kept._answers.clear()
    settings.SEARCH_KEPT_SECONDS = 60
    yield
    kept._answers.clear()


def found(**asked):
    return search.search(search.SearchRequest(types=("course",), **asked)).total


def test_browsing_is_kept_words_are_not(courses, settings):
    everything, lean = found(), found(query="精益")
    del courses.shelf["lean"]
    search.rebuild()
    assert found() == everything
    assert found(query="精益") == lean - 1
    settings.SEARCH_KEPT_SECONDS = 0
    assert found() == everything - 1


def test_who_may_see_what_and_what_was_chosen_make_another_question(courses):
    assert found() > 0
    assert found(audience=("nobody",)) == 0
    assert found(filters={"kind": ("specialty",)}) < found()
    assert found(filters={"kind": ("specialty",)}) == found(filters={"kind": ("specialty",)})


def test_no_more_is_kept_than_fits(courses, monkeypatch):
    monkeypatch.setattr(kept, "MOST", 2)
    for page_size in range(1, 6):
        found(per_page=page_size)
    assert len(kept._answers) == 2


class Anything:
    """A reader that answers whatever it is asked, at once."""

    name = "anything"

    def search(self, plan):
        return Answer(total=plan.per_page, page=1, found=(), counts={})


def test_threads_share_what_is_kept(monkeypatch):
    """Each with its own question, and the other's thrown out in between: the right answer, and no error."""
    monkeypatch.setattr(kept, "MOST", 2)
    plans = [
        Plan(clauses=(), exact="", types=("course",), audience=("public",), per_page=size)
        for size in range(1, 7)
    ]
    often = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(6) as pool:
            asked = [plan for _ in range(300) for plan in plans]
            totals = list(pool.map(lambda plan: kept.answer(Anything(), plan).total, asked))
    finally:
        sys.setswitchinterval(often)
    assert totals == [plan.per_page for plan in asked]
    assert len(kept._answers) <= 2
