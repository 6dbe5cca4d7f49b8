"""What was just answered is answered again: to whom it was the same, and never after something was written."""

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.utils import translation

from lms.lib.clock import now
from search import api as search
from search import http, kept, labels, queries, viewers
from search.documents import Facet
from search.engines.base import Answer, Plan
from search.picks import queries as picks

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def keeping(settings):
    everything = (kept._answers, queries._kept, queries._titles, labels._names, http._kept, viewers._kept)
    for one in everything:
        one.clear()
    settings.SEARCH_KEPT_SECONDS = 60
    yield
    for one in everything:
        one.clear()
    picks.forget()


@pytest.fixture
def later():
    """As it is a minute after the last write: every engine shows it."""
    with time_machine.travel(now() + timedelta(minutes=1), tick=True):
        yield


def of(query, viewer=None, **asked):
    return search.search(search.SearchRequest(query=query, types=("course",), **asked), viewer)


def found(**asked):
    return search.search(search.SearchRequest(types=("course",), **asked)).total


def test_browsing_is_kept_over_a_write_words_are_not(courses, settings):
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


def test_words_are_kept_until_something_is_written(courses, later, settle):
    first = of("精益")
    assert of("精益") is first
    assert first.kept
    courses.put("again", "精益生产第二期")
    search.index("course", ["again"])
    settle()
    second = of("精益")
    assert second.total == first.total + 1
    # An engine may yet lag behind what was written a moment ago.
    assert second.kept == 0
    del courses.shelf["again"]
    search.index("course", ["again"])
    settle()
    assert of("精益").total == first.total


def test_names_of_filters_are_fetched_once_and_again_after_a_while(settings, monkeypatch):
    asked = []

    def look_up(values):
        asked.append(sorted(values))
        return {"a": "甲"}

    def named(*values):
        return labels.labels_for(Facet("provider", "机构", look_up=look_up), values)

    assert named("a") == {"a": "甲"}
    assert named("b", "a") == {"b": "b", "a": "甲"}
    assert named("a", "b") == {"a": "甲", "b": "b"}
    assert asked == [["a"], ["b"]]
    named(*(f"v{number}" for number in range(labels.MOST_NAMES)))
    named("a")
    assert asked[-1] == ["a"], "what was typed into addresses is not kept without end"
    monkeypatch.setattr(labels, "KEEP_NAMES_S", -1)
    labels._names.clear()
    named("a")
    named("a")
    settings.SEARCH_KEPT_SECONDS = 0
    named("a")
    assert asked[-4:] == [["a"]] * 4


def test_what_was_cut_short_is_drawn_for_nobody_else(courses, later):
    whole = of("精益")
    cut = queries.hurried(whole)
    assert whole.kept
    assert cut.kept == 0
    assert cut.notices != whole.notices


def test_results_are_shared_by_those_for_whom_they_are_the_same(courses, later):
    lacking = search.Viewer(lacking={"public": 1200})
    mine = of("网络安全", lacking)
    assert of("网络安全", search.Viewer(lacking={"public": 1200})) is mine
    for other in (None, search.Viewer(lacking={"public": 600}), search.Viewer(occupations=("电工",))):
        assert of("网络安全", other).kept != mine.kept
    assert of("网络安全", lacking, audience=("nobody",)).total == 0
    assert of("网络安全", lacking, sort="newest").kept != mine.kept
    with translation.override("en"):
        assert of("网络安全", lacking).kept != mine.kept


def test_a_page_is_drawn_again_when_something_is_written_and_for_another_address(
    courses, later, client, settle
):
    def page(**given):
        return client.get("/search/", {"q": "精益"} | given).content.decode()

    first = page()
    assert page() == first
    assert "</mark>生产" in first
    assert 'name="utm_source"' in page(utm_source="x")
    assert 'name="utm_source"' not in page()
    courses.shelf["lean"] = replace(courses.shelf["lean"], title="精益改善")
    search.index("course", ["lean"])
    settle()
    assert "改善" in page()
    assert "</mark>生产" not in page()


@pytest.mark.parametrize("prefix", ["ch", "c", "叉"])
def test_titles_for_a_letter_or_two_go_when_they_are_withdrawn_or_expire(courses, later, settle, prefix):
    def offered():
        return {one.url for one in search.suggest(prefix)}

    courses.shelf["forklift"] = replace(courses.shelf["forklift"], expires_at=now() + timedelta(minutes=5))
    search.index("course", ["forklift"])
    settle()
    with time_machine.travel(now() + timedelta(minutes=1), tick=True):
        assert "/courses/forklift/" in offered()
        assert offered() == offered()
    with time_machine.travel(now() + timedelta(minutes=6), tick=True):
        assert "/courses/forklift/" not in offered()
    del courses.shelf["forklift"]
    search.index("course", ["forklift"])
    settle()
    assert "/courses/forklift/" not in offered()
