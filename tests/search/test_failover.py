"""Elasticsearch is away: searches are answered, nothing is lost, and it catches up when it is back."""

import json
import os
import socket
import threading
import time
import uuid
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from lms.lib.jobs import services as jobs
from lms.lib.jobs.models import Job
from lms.lib.outbox import registry
from lms.lib.outbox.models import OutboxEvent
from lms.lib.outbox.services import deliver_pending, emit
from search import api, checking, documents, engines, indexing
from search.engines import breaker as breakers
from search.errors import SearchUnavailable
from search.jobs import order_rebuilds
from search.models import Owed, Shelf
from tests.factories.search import Catalogue, fill
from tests.search.conftest import delete_indices
from tests.search.node import Node

WORDS = api.SearchRequest(query="叉车")


@pytest.fixture(autouse=True)
def _closed(monkeypatch):
    """No test inherits another's open breaker, or waits for its own."""
    monkeypatch.setattr(engines, "_breakers", {})
    monkeypatch.setattr(indexing, "PAUSES_S", ())


@pytest.fixture
def source(monkeypatch):
    monkeypatch.setattr(documents, "_sources", {})
    made = Catalogue()
    api.register(made)
    return made


def nowhere():
    """An address where nothing listens."""
    with closing(socket.socket()) as sock:
        sock.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{sock.getsockname()[1]}"


@pytest.fixture
def away(settings, db, source):
    """A catalogue that both engines were filled with, as far as anybody knows; then the cluster went away."""
    settings.ELASTICSEARCH_URL = ""
    fill(source)
    api.rebuild()
    Shelf.objects.create(engine="elasticsearch", type="course")
    settings.ELASTICSEARCH_URL = nowhere()
    return source


def ids(results):
    return {hit.id for hit in results.hits}


def test_a_search_is_answered_and_says_by_whom(away):
    results = api.search(WORDS)
    assert ids(results) == {"forklift", "ethics"}
    assert "备用搜索" in results.notices[0]
    assert [one.text for one in api.suggest("叉车")] == ["叉车司机安全操作"]


def test_no_page_of_the_site_fails(away, client):
    cache.clear()
    assert client.get("/api/v1/search", {"q": "叉车"}).json()["total"] == 2
    assert client.get("/search/suggest", {"q": "叉车"}).json()["suggestions"]
    api.index("course", ["forklift"])
    health = client.get("/healthz").json()
    assert health["status"] == "ok"
    assert health["components"]["search"] == {
        "status": "ok",
        "kind": "elasticsearch",
        "answered_by": engines.embedded().name,
        "owed": "1",
    }


def test_health_tells_who_answers_and_what_is_owed(away):
    api.index("course", ["forklift"])
    report = api.health()
    assert (report["engine"], report["ok"], report["owed"]) == ("elasticsearch", True, 1)
    assert report["fallback"] == engines.embedded().name
    assert report["types"]["course"]["documents"] == 12


def test_changes_are_found_at_once_and_owed(away):
    away.put("new", "叉车维修")
    away.shelf.pop("ethics")
    api.index("course", ["new", "ethics"])
    assert ids(api.search(WORDS)) == {"forklift", "new"}
    assert set(Owed.objects.values_list("type", "doc_id")) == {("course", "new"), ("course", "ethics")}
    api.index("course", ["new"])
    api.remove("course", ["ethics"])
    assert Owed.objects.count() == 2
    assert indexing.catch_up() == 0
    assert Owed.objects.count() == 2


def test_an_event_is_done_though_the_cluster_is_away(away, monkeypatch):
    monkeypatch.setattr(registry, "_consumers", registry._consumers.copy())
    registry._consumers["search.test"] = {
        "search.test": lambda event: api.index("course", [event.payload["id"]])
    }
    emit("search.test", {"id": "forklift"}, key="search.test:a")
    assert deliver_pending() == 1
    assert OutboxEvent.objects.get().done_at is not None
    assert Owed.objects.count() == 1


def test_a_rebuild_says_that_it_cannot_and_leaves_the_old(away):
    with pytest.raises(CommandError, match="search_unavailable"):
        call_command("reindex")
    with pytest.raises(CommandError) as refused:
        call_command("check_index")
    assert refused.value.returncode == 2
    assert ids(api.search(WORDS)) == {"forklift", "ethics"}
    indexing.rebuild("course", engine=engines.embedded().name)
    assert ids(api.search(WORDS)) == {"forklift", "ethics"}


class Silent:
    """A server that takes connections and says nothing; counts them."""

    def __init__(self):
        self.asked = 0
        self._sock = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._sock.getsockname()[1]}"
        self._held = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                self._held.append(self._sock.accept())
            except OSError:
                return
            self.asked += 1

    def close(self):
        self._sock.close()
        for connected, _address in self._held:
            connected.close()


def test_nobody_waits_for_a_server_that_is_silent_but_the_first(away, settings, monkeypatch):
    monkeypatch.setattr("search.engines.elasticsearch.QUERY_TIMEOUT_S", 0.3)
    monkeypatch.setattr(breakers, "FIRST_PAUSE_S", 60)
    monkeypatch.setattr(breakers, "LONGEST_PAUSE_S", 60)
    with closing(Silent()) as server:
        settings.ELASTICSEARCH_URL = server.url
        assert ids(api.search(WORDS)) == {"forklift", "ethics"}
        asked = server.asked
        assert asked
        for _ in range(20):
            assert ids(api.search(WORDS)) == {"forklift", "ethics"}
            api.index("course", ["forklift"])
        assert server.asked == asked


def test_a_breaker_lets_one_try_after_a_pause(monkeypatch):
    moment = [100.0]
    monkeypatch.setattr(breakers.time, "monotonic", lambda: moment[0])
    one = breakers.Breaker()
    assert one.lets()
    one.bad()
    assert not one.lets()
    moment[0] += breakers.FIRST_PAUSE_S
    assert [one.lets(), one.lets()] == [True, False]
    one.bad()
    moment[0] += breakers.FIRST_PAUSE_S
    assert not one.lets()
    moment[0] += breakers.FIRST_PAUSE_S
    assert one.lets()
    one.good()
    assert one.closed
    assert [one.lets(), one.lets()] == [True, True]


class Refusing:
    """A server that knows nobody: 401, whatever it is asked."""

    def __init__(self):
        class Answer(BaseHTTPRequestHandler):
            def do_GET(self):
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.send_response(401)
                self.send_header("X-Elastic-Product", "Elasticsearch")
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_HEAD = do_PUT = do_POST = do_DELETE = do_GET  # noqa: N815 -- names of http.server

            def log_message(self, *args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


def test_an_elasticsearch_that_refuses_everything_is_as_if_away(away, settings):
    """A key that ran out: nobody reads an old state because of it, from any engine."""
    with closing(Refusing()) as server:
        settings.ELASTICSEARCH_URL = server.url
        away.shelf.pop("ethics")
        api.index("course", ["ethics"])
        assert set(Owed.objects.values_list("type", "doc_id")) == {("course", "ethics")}
        assert ids(api.search(WORDS)) == {"forklift"}
        assert indexing.catch_up() == 0


class Lacking:
    """A server that has lost an index: 404 to a question, and to several in one request 200 with a 404 for each."""

    def __init__(self):
        refusal = {"error": {"type": "index_not_found_exception", "reason": "no such index"}, "status": 404}
        asked = self.asked = []

        class Answer(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                several = self.path.partition("?")[0].endswith("/_msearch")
                asked.append(several)
                each = [refusal] * (len(body.splitlines()) // 2)
                told = json.dumps({"took": 1, "responses": each} if several else refusal).encode()
                self.send_response(200 if several else 404)
                self.send_header("X-Elastic-Product", "Elasticsearch")
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(told)))
                self.end_headers()
                self.wfile.write(told)

            def log_message(self, *args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


def test_questions_that_are_refused_are_no_sign_of_its_being_away(away, settings):
    """Alone or several at once: what else it is asked, it goes on answering."""
    with closing(Lacking()) as server:
        settings.ELASTICSEARCH_URL = server.url
        api.search(api.SearchRequest(query="插车"))
        assert set(server.asked) == {False, True}
        assert engines.guard().closed


def test_no_question_says_nothing_of_the_cluster(away, monkeypatch):
    monkeypatch.setattr(breakers, "FIRST_PAUSE_S", 0.001)
    engines.guard().bad()
    time.sleep(0.002)
    engines.current().several()
    assert not engines.guard().closed


def test_what_is_owed_again_is_owed_since_then(away, monkeypatch):
    """Or a rebuild that began between the two would take the second change for one that it has read."""
    api.index("course", ["forklift"])
    first = Owed.objects.get().since
    api.index("course", ["forklift"])
    assert Owed.objects.get().since > first


# --- with a real cluster ----------------------------------------------------------------------------------


@pytest.fixture
def cluster(db, settings, source):
    """Filled, and away() and back() of it."""
    settings.ELASTICSEARCH_URL = url = os.environ["ELASTICSEARCH_URL"]
    settings.ELASTICSEARCH_PREFIX = prefix = f"test-{uuid.uuid4().hex[:12]}"
    fill(source)
    api.rebuild()
    yield url
    delete_indices(url, prefix)


def answered_by_the_cluster():
    results = api.search(WORDS)
    return not any("备用搜索" in notice for notice in results.notices)


@pytest.mark.elasticsearch
def test_it_catches_up_when_it_is_back(cluster, source, settings):
    assert answered_by_the_cluster()
    settings.ELASTICSEARCH_URL = nowhere()
    source.put("new", "叉车维修")
    source.shelf.pop("forklift")
    api.index("course", ["new", "forklift"])
    settings.ELASTICSEARCH_URL = cluster
    # It answers again, but knows nothing of what happened: the withdrawn course must not be found.
    assert ids(api.search(WORDS)) == {"ethics", "new"}
    assert not answered_by_the_cluster()
    assert indexing.catch_up() == 2
    engines.current().settle()
    assert answered_by_the_cluster()
    assert ids(api.search(WORDS)) == {"ethics", "new"}
    assert all(finding.clean for finding in checking.check("course"))


@pytest.mark.elasticsearch
def test_a_cluster_that_is_new_or_lost_its_disk_is_filled_by_itself(cluster, source):
    engine = engines.cluster()
    engine.drop("course", Shelf.objects.get(engine=engine.name).active)
    assert ids(api.search(WORDS)) == {"forklift", "ethics"}
    assert not answered_by_the_cluster()
    for _ in range(2):
        indexing.catch_up()
        order_rebuilds()
    assert indexing.incomplete() == [("elasticsearch", "course")]
    job = Job.objects.get(kind="search.rebuild")
    jobs.run(job.id)
    assert indexing.incomplete() == []
    assert answered_by_the_cluster()
    assert ids(api.search(WORDS)) == {"forklift", "ethics"}


@pytest.mark.elasticsearch
def test_elasticsearch_that_comes_later_is_filled_before_it_is_asked(cluster, source, settings):
    settings.ELASTICSEARCH_PREFIX = f"{settings.ELASTICSEARCH_PREFIX}-other"
    Shelf.objects.filter(engine="elasticsearch").delete()
    # An event comes before anybody has filled it.
    api.index("course", ["crane"])
    assert not answered_by_the_cluster()
    assert ids(api.search(WORDS)) == {"forklift", "ethics"}
    assert indexing.incomplete() == [("elasticsearch", "course")]
    indexing.rebuild("course", engine="elasticsearch")
    assert answered_by_the_cluster()


@pytest.mark.elasticsearch
def test_an_index_that_is_gone_is_not_made_of_the_next_change_alone(cluster, source):
    engine = engines.cluster()
    engine.drop("course", Shelf.objects.get(engine=engine.name).active)
    source.put("new", "叉车维修")
    api.index("course", ["new"])
    api.remove("course", ["nothing"])
    assert ids(api.search(WORDS)) == {"forklift", "ethics", "new"}
    assert [one.complete for one in checking.check("course")] == [True, False]
    indexing.catch_up()
    assert not answered_by_the_cluster()
    assert indexing.incomplete() == [("elasticsearch", "course")]
    indexing.rebuild("course", engine="elasticsearch")
    assert answered_by_the_cluster()
    assert ids(api.search(WORDS)) == {"forklift", "ethics", "new"}
    assert all(finding.clean for finding in checking.check("course"))


@pytest.mark.elasticsearch
def test_an_index_of_a_former_shape_is_built_anew(cluster, source):
    engine = engines.cluster()
    shelf = Shelf.objects.get(engine=engine.name)
    engine.drop("course", shelf.active)
    former = {"dynamic": "strict", "properties": {"id": {"type": "keyword"}}}
    engine.writer.indices.create(index=engine.index("course", shelf.active), mappings=former)
    with pytest.raises(SearchUnavailable):
        engine.hide("course", shelf.active, ["forklift"], 10**18)
    source.shelf.pop("forklift")
    api.index("course", ["forklift"])
    assert ids(api.search(WORDS)) == {"ethics"}
    assert indexing.incomplete() == [("elasticsearch", "course")]
    indexing.rebuild("course", engine="elasticsearch")
    assert answered_by_the_cluster()
    assert ids(api.search(WORDS)) == {"ethics"}


@pytest.mark.elasticsearch
def test_what_is_lost_while_it_is_being_filled_is_never_searched(cluster, source, monkeypatch):
    engine = engines.cluster()
    monkeypatch.setattr(indexing, "BATCH", 4)
    original = source.documents

    def lost(wanted=None):
        for place, document in enumerate(original(wanted)):
            if wanted is None and place == 6:
                engine.drop("course", Shelf.objects.get(engine=engine.name).building)
            yield document

    source.documents = lost
    with pytest.raises(SearchUnavailable):
        indexing.rebuild("course", engine=engine.name)
    source.documents = original
    assert ids(api.search(WORDS)) == {"forklift", "ethics"}
    indexing.rebuild("course", engine=engine.name)
    assert all(finding.clean for finding in checking.check("course"))


# --- killed under load ------------------------------------------------------------------------------------


class Load:
    """Two who search, one who opens pages and one who changes things, each on a connection of its own, until stopped."""

    def __init__(self, source):
        self.source = source
        self.failures = []
        self.answers = {True: 0, False: 0}
        self.changes = 0
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(work,))
            for work in (self._ask, self._ask, self._look, self._change)
        ]
        # What was taken out, as soon as that is written: nobody finds it from then on, whoever answers.
        self.gone = frozenset()

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error):
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _run(self, work):
        try:
            while not self._over.is_set():
                work()
        except Exception as error:
            self.failures.append(error)
        finally:
            connection.close()

    def _ask(self):
        gone = self.gone
        results = api.search(WORDS)
        if "forklift" not in ids(results) or ids(results) & gone:
            raise AssertionError(f"lost or not taken out: {results.hits}")
        self.answers[any("备用搜索" in notice for notice in results.notices)] += 1

    def _look(self):
        for address in ("/search/", "/search/suggest", "/api/v1/search"):
            answer = Client().get(address, {"q": "叉车"})
            if answer.status_code != 200:
                raise AssertionError(f"{address}: {answer.status_code}")
        time.sleep(0.2)

    def take_out(self, key):
        self.source.shelf.pop(key)
        api.index("course", [key])
        self.gone |= {key}

    def _change(self):
        self.changes += 1
        key = f"c{self.changes % 7}"
        if self.changes % 5 == 0:
            self.source.shelf.pop(key, None)
        else:
            self.source.put(key, f"起重机 {self.changes}")
        api.index("course", [key])
        time.sleep(0.02)

    def wait(self, by_fallback, count):
        """Until so many more were answered that way."""
        until = self.answers[by_fallback] + count
        end = time.monotonic() + 120
        while self.answers[by_fallback] < until and not self.failures:
            if time.monotonic() > end:
                raise AssertionError(f"nothing more came: {self.answers}")
            time.sleep(0.02)


@pytest.mark.postgres
@pytest.mark.elasticsearch
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_node_is_killed_under_load_and_comes_back(settings, source, tmp_path):
    node = Node(tmp_path)
    node.start()
    try:
        settings.ELASTICSEARCH_URL = node.url
        fill(source)
        api.rebuild()
        with Load(source) as load:
            load.wait(False, 10)
            node.kill()
            load.wait(True, 10)
            load.take_out("ethics")
            load.wait(True, 20)
            assert Owed.objects.filter(engine="elasticsearch").exists()
            node.start()
            # As the beat does every few seconds.
            end = time.monotonic() + 60
            back = load.answers[False]
            while load.answers[False] < back + 10 and not load.failures and time.monotonic() < end:
                indexing.catch_up()
                time.sleep(0.2)
        assert load.failures == []
        assert load.answers[False] >= back + 10
        while indexing.catch_up():
            pass
        assert not Owed.objects.exists()
        assert answered_by_the_cluster()
        findings = checking.check("course")
        assert [(one.engine, one.differences) for one in findings] == [("postgres", 0), ("elasticsearch", 0)]
        assert findings[0].looked_at == len(source.shelf)
    finally:
        node.kill()
