"""Browsing without words is answered from what was just answered; words and other filters are not."""

import pytest

from search import api as search
from search import kept

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
