"""A slow cluster: what makes results better is left out, the results never, and nobody waits for thirty answers in a row."""

import os
import threading
import time
import urllib.error
import urllib.request
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.cache import cache

from search import api, budget, documents, engines
from search.engines import breaker as breakers
from search.engines.base import Answer, Plan
from search.engines.breaker import Breaker
from search.engines.failover import Failover
from search.engines.measured import Measured
from search.errors import SearchUnavailable
from search.models import Shelf
from tests.factories.search import Catalogue, fill
from tests.search.conftest import delete_indices

# Words that stand together nowhere, each of them mistyped: every way on is tried.
MANY = api.SearchRequest(query="chahce qizhngji wangluoanqan jingyishengchn kuaijizhunzr")
LEFT_OUT = "没有再找相近的词"


@pytest.fixture(autouse=True)
def _closed(monkeypatch):
    monkeypatch.setattr(engines, "_breakers", {})
    monkeypatch.setattr(breakers, "FIRST_PAUSE_S", 60)
    monkeypatch.setattr(breakers, "LONGEST_PAUSE_S", 60)


class Slow:
    """Stands before a real server and hands everything on, each question only after a while; counts them."""

    def __init__(self, target, delay_s):
        self.asked = 0
        self.delay_s = delay_s
        slow = self

        class Answer(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                slow.asked += 1
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                time.sleep(slow.delay_s)
                kept = {
                    name: self.headers[name] for name in ("Content-Type", "Accept") if name in self.headers
                }
                asked = urllib.request.Request(
                    target + self.path, data=body or None, headers=kept, method=self.command
                )
                try:
                    answer = urllib.request.urlopen(asked, timeout=30)
                except urllib.error.HTTPError as error:
                    answer = error
                said = answer.read()
                try:
                    self.send_response(answer.status)
                    for name in ("Content-Type", "X-Elastic-Product"):
                        self.send_header(name, answer.headers.get(name, ""))
                    self.send_header("Content-Length", str(len(said)))
                    self.end_headers()
                    self.wfile.write(said)
                except OSError:
                    # Whoever asked has given up.
                    self.close_connection = True

            do_GET = do_HEAD = do_PUT = do_DELETE = do_POST  # noqa: N815 -- names of http.server

            def log_message(self, *args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def through(db, settings, monkeypatch):
    """through(delay_s) → the real cluster, filled, behind something slow."""
    # A machine that is busy is not what is tested here.
    monkeypatch.setattr("search.engines.elasticsearch.QUERY_TIMEOUT_S", 60)
    monkeypatch.setattr(documents, "_sources", {})
    source = Catalogue()
    api.register(source)
    settings.ELASTICSEARCH_URL = url = os.environ["ELASTICSEARCH_URL"]
    settings.ELASTICSEARCH_PREFIX = prefix = f"test-{uuid.uuid4().hex[:12]}"
    fill(source)
    api.rebuild()
    opened = []

    def slowly(delay_s):
        opened.append(Slow(url, delay_s))
        settings.ELASTICSEARCH_URL = opened[-1].url
        return opened[-1]

    yield slowly
    for one in opened:
        one.close()
    delete_indices(url, prefix)


@pytest.mark.elasticsearch
def test_a_slow_cluster_is_not_asked_one_thing_after_the_other(through, settings):
    server = through(0)
    api.search(MANY)
    # Itself, its words one by one, titles near them, and what comes of these: each once for all words.
    assert server.asked >= 3
    settings.SEARCH_BUDGET_SECONDS = 1.0
    server = through(0.4)
    results = api.search(MANY)
    # The third begins before the second is up, a fourth never does.
    assert 1 <= server.asked <= 3
    assert any(LEFT_OUT in notice for notice in results.notices)
    # Another server: a question that was given up may still be on its way to the first.
    server = through(0.4)
    shown = api.show(MANY)
    assert server.asked <= 3
    assert [notice for notice in shown.results.notices if LEFT_OUT in notice] == [shown.results.notices[-1]]


@pytest.mark.elasticsearch
def test_a_cluster_that_takes_all_of_the_time_is_answered_for_by_the_database(through, settings, client):
    settings.SEARCH_BUDGET_SECONDS = 0.2
    server = through(5)
    results = api.search(api.SearchRequest(query="叉车"))
    assert {hit.id for hit in results.hits} == {"forklift", "ethics"}
    assert "备用搜索" in results.notices[0]
    assert server.asked == 1
    cache.clear()
    # Nobody asks it again for a while, and pages are whole.
    answer = client.get("/api/v1/search", {"q": "叉车"}).json()
    assert answer["total"] == 2
    assert any(facet["values"] for facet in answer["facets"])
    assert server.asked == 1


class Tired:
    """A cluster that answers so many questions and is too late with all others."""

    name = "elasticsearch"

    def __init__(self, answers):
        self.answers = answers

    def search(self, plan):
        self.answers -= 1
        if self.answers < 0:
            raise SearchUnavailable(details={"error": "ConnectionTimeout"})
        return Answer(total=7, page=1, found=(), counts={})


@pytest.fixture
def plan(db, settings, monkeypatch):
    """A question to both engines, of which either holds everything."""
    monkeypatch.setattr(documents, "_sources", {})
    source = Catalogue()
    api.register(source)
    settings.ELASTICSEARCH_URL = ""
    fill(source)
    api.rebuild()
    Shelf.objects.create(engine="elasticsearch", type="course")
    return Plan(clauses=(), exact="", types=("course",), audience=("public",))


def test_what_is_late_because_others_took_the_time_is_no_sign_of_its_being_away(plan):
    breaker = Breaker()
    reader = Measured(Failover(Tired(1), engines.embedded(), breaker))
    with budget.within() as mine:
        assert reader.search(plan).total == 7
        with pytest.raises(budget.Spent):
            reader.search(plan)
        assert mine.cut
    assert breaker.closed


def test_nothing_is_asked_after_a_question_that_was_given_up(settings):
    settings.SEARCH_BUDGET_SECONDS = 60
    with budget.within() as mine:
        with mine.asking():
            pass
        with pytest.raises(budget.Spent), mine.asking():
            raise budget.Spent
        with pytest.raises(budget.Spent), mine.asking():
            raise AssertionError("asked with a moment that rounding had left")
        assert mine.cut


def test_a_first_question_that_is_late_is(plan):
    breaker = Breaker()
    with budget.within() as mine:
        answer = Measured(Failover(Tired(0), engines.embedded(), breaker)).search(plan)
        assert (answer.total, answer.fallback, mine.cut) == (12, True, False)
    assert not breaker.closed


def test_questions_share_one_budget_and_the_first_is_always_asked(settings):
    settings.SEARCH_BUDGET_SECONDS = 0.001
    with budget.within() as outer:
        with outer.asking():
            time.sleep(0.002)
        with budget.within() as inner:
            assert inner is outer
            with pytest.raises(budget.Spent), inner.asking():
                raise AssertionError("asked though the time was up")
        assert outer.cut
    assert budget.current() is None
    with budget.within() as fresh, fresh.asking():
        assert fresh.left_s() >= budget.LEAST_S


def test_no_bound_is_no_bound(settings):
    settings.SEARCH_BUDGET_SECONDS = 0
    with budget.within() as mine:
        for _ in range(3):
            with mine.asking():
                time.sleep(0.001)
        assert mine.left_s() is None
        assert not mine.cut
