import socket

import pytest
from django.core.management import CommandError, call_command

from lms.lib.errors import Conflict
from lms.lib.jobs import services as jobs
from lms.lib.jobs.models import Job
from lms.lib.outbox import registry
from lms.lib.outbox.models import OutboxEvent
from lms.lib.outbox.services import deliver_pending, emit
from search import api, documents, engines, indexing
from search.models import Shelf
from tests.factories.search import Catalogue


def everything():
    """All that can be found, as a search sees it."""
    results = api.search(api.SearchRequest(per_page=50))
    hits = {hit.id: (hit.title, hit.summary, dict(hit.facets), hit.extra, hit.url) for hit in results.hits}
    facets = {facet.name: {value.value: value.count for value in facet.values} for facet in results.facets}
    return hits, facets


def test_a_document_appears_changes_and_goes(catalogue, find, settle):
    catalogue.put("a", "叉车")
    assert api.index("course", ["a"]) == 1
    settle()
    assert find("叉车").total == 1
    catalogue.put("a", "铲车", kind="vocational")
    api.index("course", ["a"])
    settle()
    assert find("叉车").total == 0
    assert [hit.title for hit in find("铲车", kind="vocational").hits] == ["铲车"]
    catalogue.shelf.clear()
    assert api.index("course", ["a"]) == 0
    settle()
    assert find().total == 0


def test_the_same_event_twice_changes_nothing(catalogue, find, settle):
    catalogue.put("a", "叉车")
    for _ in range(2):
        api.index("course", ["a", "a", "missing"])
    settle()
    assert find("叉车").total == 1
    for _ in range(2):
        api.remove("course", ["a"])
    settle()
    assert find().total == 0


def test_a_rebuild_equals_what_events_made(courses, settle):
    courses.put("new", "氩弧焊", kind="vocational", provider="C3")
    courses.put("lean", "精益管理", kind="specialty")
    courses.shelf.pop("crane")
    api.index("course", ["new", "lean", "crane"])
    settle()
    by_events = everything()
    assert api.rebuild() == {"course": len(courses.shelf)}
    assert everything() == by_events
    assert set(by_events[0]) == set(courses.shelf)


def test_the_index_can_be_lost(courses):
    before = everything()
    engine = engines.current()
    shelf = Shelf.objects.get(engine=engine.name, type="course")
    engine.drop("course", shelf.active)
    Shelf.objects.all().delete()
    api.rebuild()
    assert everything() == before


def test_searches_see_the_old_until_the_new_is_whole(courses, find):
    seen = []
    original = courses.documents

    def watched(ids=None):
        for document in original(ids):
            seen.append(find().total)
            yield document

    courses.documents = watched
    api.rebuild()
    assert set(seen) == {12}
    engine = engines.current()
    assert engine.ids("course", Shelf.objects.get(engine=engine.name).active) == sorted(courses.shelf)


def test_changes_during_a_rebuild_are_kept(courses, find, settle, monkeypatch):
    """What an event wrote meanwhile wins over the older state that the rebuild's stream still carries."""
    original = courses.documents
    stale = list(original())
    # So that some of the stale documents are written before the changes and some after.
    monkeypatch.setattr(indexing, "BATCH", 2)

    def slow(ids=None):
        if ids is not None:
            yield from original(ids)
            return
        yield from stale[:3]
        courses.put("crane", "塔式起重机司机", kind="vocational")
        courses.put("late", "锅炉工", kind="vocational")
        courses.shelf.pop("cpp")
        api.index("course", ["crane", "late", "cpp"])
        yield from stale[3:]

    courses.documents = slow
    api.rebuild()
    settle()
    assert find("塔式起重机").total == 1
    assert find("锅炉").total == 1
    assert find("c++").total == 0
    assert set(everything()[0]) == set(courses.shelf)


def test_of_two_rebuilds_the_later_one_goes_on(courses, find, monkeypatch):
    original = courses.documents

    def overtaken(ids=None):
        courses.documents = original
        api.rebuild()
        yield from original(ids)

    courses.documents = overtaken
    with pytest.raises(Conflict):
        api.rebuild()
    assert find().total == 12


def test_an_interrupted_rebuild_leaves_the_old_in_use(courses, find, settle):
    original = courses.documents

    def broken(ids=None):
        if ids is None:
            yield from list(original())[:5]
            raise RuntimeError("killed")
        yield from original(ids)

    courses.documents = broken
    with pytest.raises(RuntimeError):
        api.rebuild()
    assert find().total == 12
    courses.put("late", "锅炉工")
    api.index("course", ["late"])
    settle()
    assert find().total == 13
    courses.documents = original
    assert api.rebuild() == {"course": 13}
    assert find().total == 13


def test_types_nobody_registers_any_more_go(courses, monkeypatch, find):
    engine = engines.current()
    Shelf.objects.create(engine=engine.name, type="former")
    engine.prepare("former", 1)
    engine.write(
        "former", 1, indexing._entries("former", [api.Document("former", "x", "旧物", audience=["public"])])
    )
    api.rebuild()
    assert not Shelf.objects.filter(type="former").exists()
    assert engine.ids("former", 1) == []


def test_documents_are_read_once_however_many(courses, django_assert_num_queries):
    before = courses.reads
    api.index("course", list(courses.shelf))
    assert courses.reads == before + 1


def test_a_wrong_document_stops_the_rebuild(catalogue):
    catalogue.shelf["x"] = api.Document(type="other", id="x", title="…")
    with pytest.raises(ValueError):
        api.rebuild()


def test_names_that_engines_cannot_carry_are_refused():
    class Odd:
        type = "Odd Type"
        label = "…"
        facets = ()

        def documents(self, ids=None):
            yield from ()

    with pytest.raises(ValueError):
        api.register(Odd())


def test_health(courses):
    report = api.health()
    assert report["ok"]
    assert report["types"]["course"]["documents"] == 12
    assert report["types"]["course"]["building"] is None


def test_the_command(catalogue, find, capsys):
    catalogue.put("a", "叉车")
    call_command("rebuild_search")
    assert "course: 1" in capsys.readouterr().out
    assert find("叉车").total == 1
    with pytest.raises(CommandError, match="course"):
        call_command("rebuild_search", type="nothing")


def test_the_job(catalogue, find):
    catalogue.put("a", "叉车")
    call_command("rebuild_search", background=True)
    row = Job.objects.get(kind="search.rebuild")
    jobs.run(row.id)
    row.refresh_from_db()
    assert (row.state, row.result) == ("done", {"written": {"course": 1}})
    assert find("叉车").total == 1


@pytest.fixture
def nobody(settings, db, monkeypatch):
    """An address where nothing listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        settings.ELASTICSEARCH_URL = f"http://127.0.0.1:{sock.getsockname()[1]}"
    monkeypatch.setattr(documents, "_sources", {})
    api.register(Catalogue())


@pytest.mark.parametrize(
    "ask",
    [
        lambda: api.search(api.SearchRequest(query="叉车")),
        lambda: api.suggest("叉"),
        lambda: api.index("course", ["a"]),
        lambda: api.remove("course", ["a"]),
        lambda: api.rebuild(),
    ],
    ids=["search", "suggest", "index", "remove", "rebuild"],
)
def test_an_engine_that_is_down_is_said_so(nobody, ask):
    with pytest.raises(api.SearchUnavailable) as refused:
        ask()
    assert refused.value.status == 503


def test_health_of_an_engine_that_is_down(nobody):
    report = api.health()
    assert (report["engine"], report["ok"]) == ("elasticsearch", False)


def test_an_event_waits_for_the_engine(nobody, settings, engine_events):
    """The outbox keeps the event while the engine is away, and delivers it afterwards."""
    emit("search.test", {"id": "a"}, key="search.test:a")
    assert deliver_pending() == 0
    assert OutboxEvent.objects.get().done_at is None
    settings.ELASTICSEARCH_URL = ""
    OutboxEvent.objects.update(next_try_at=OutboxEvent.objects.get().at)
    assert deliver_pending() == 1
    assert api.search(api.SearchRequest(query="叉车")).total == 1


@pytest.fixture
def engine_events(monkeypatch):
    documents.source("course").put("a", "叉车")
    monkeypatch.setattr(registry, "_consumers", registry._consumers.copy())
    registry._consumers["search.test"] = {
        "search.test": lambda event: api.index("course", [event.payload["id"]])
    }
