"""What looks after itself: an index that the software has outgrown, what changed without an event, and locks that are held by nobody
who waits for the cluster.
"""

import os
import uuid

import pytest
from django.db import connection, transaction

from lms.lib.jobs import services as jobs
from lms.lib.jobs.models import Job
from search import api, checking, documents, engines, indexing
from search import jobs as upkeep
from search.models import Owed, Shelf
from tests.factories.search import Catalogue, fill
from tests.search.conftest import delete_indices


@pytest.fixture
def upgraded(courses, monkeypatch):
    """The software cuts documents otherwise than the index that is there was cut."""
    for module in (indexing, upkeep, checking):
        monkeypatch.setattr(module, "recipe", lambda: "another")
    return courses


def run_all():
    for row in Job.objects.filter(state=Job.State.QUEUED).order_by("id"):
        jobs.run(row.id)


def test_an_index_that_was_cut_in_a_former_way_is_built_anew_by_itself(upgraded, find):
    before = dict(Shelf.objects.values_list("engine", "active"))
    assert api.health()["outdated"] == ["course"]
    for _ in range(3):
        upkeep.order_rebuilds()
    ordered = Job.objects.filter(kind="search.rebuild")
    assert sorted(row.args["engine"] for row in ordered) == sorted(before)
    # What is there answers meanwhile.
    assert find("叉车").total == 2
    run_all()
    ends = ordered.values_list("state", "result", "progress_done")
    assert set(map(str, ends)) == {str(("done", {"written": {"course": 12}}, 12))}
    assert dict(Shelf.objects.values_list("engine", "active")) == {
        name: one + 1 for name, one in before.items()
    }
    assert set(Shelf.objects.values_list("recipe", flat=True)) == {"another"}
    assert find("叉车").total == 2
    assert api.health()["outdated"] == []
    upkeep.order_rebuilds()
    assert ordered.count() == len(before)


def test_two_versions_side_by_side_build_it_once_each(upgraded, monkeypatch):
    """While one is replaced by the other, either finds that the index is the other's."""
    upkeep.order_rebuilds()
    run_all()
    for module in (indexing, upkeep):
        monkeypatch.setattr(module, "recipe", lambda: "former")
    upkeep.order_rebuilds()
    run_all()
    count = Job.objects.filter(kind="search.rebuild").count()
    for module in (indexing, upkeep):
        monkeypatch.setattr(module, "recipe", lambda: "another")
    upkeep.order_rebuilds()
    assert Job.objects.filter(kind="search.rebuild").count() == count == 2 * len(engines.kept())


def test_a_kind_that_an_upgrade_brings_is_filled_by_itself(courses, find, settle):
    rules = Catalogue()
    rules.type, rules.label, rules.facets = "rule", "规则", ()
    rules.shelf["a"] = api.Document("rule", "a", "叉车证书转学分", audience=["public"])
    api.register(rules)
    upkeep.order_rebuilds()
    assert {row.args["type"] for row in Job.objects.filter(kind="search.rebuild")} == {"rule"}
    run_all()
    settle()
    assert find("证书转学分").total == 1
    assert indexing.outdated() == []


def test_a_site_that_has_nothing_yet_orders_nothing(catalogue):
    upkeep.order_rebuilds()
    assert not Job.objects.filter(kind="search.rebuild").exists()


def test_what_changed_without_an_event_is_put_right_by_night(courses, find, settle):
    courses.put("lean", "精益管理")
    del courses.shelf["crane"]
    for _ in range(2):
        upkeep.order_check()
    run_all()
    row = Job.objects.get(kind="search.check")
    assert (row.state, row.result) == (
        "done",
        {"repaired": {f"{engine.name} course": 2 for engine in engines.kept()}},
    )
    settle()
    assert find("起重机").total == 0
    assert [hit.title for hit in find("精益管理").hits] == ["精益管理"]


@pytest.mark.elasticsearch
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_no_lock_is_held_while_the_cluster_is_asked(settings, monkeypatch):
    monkeypatch.setattr(documents, "_sources", {})
    source = Catalogue()
    api.register(source)
    settings.ELASTICSEARCH_URL = url = os.environ["ELASTICSEARCH_URL"]
    settings.ELASTICSEARCH_PREFIX = prefix = f"test-{uuid.uuid4().hex[:12]}"
    transport = engines.cluster().client.transport
    original = transport.perform_request
    asked = []

    def noted(method, target, **given):
        asked.append((method, target, connection.in_atomic_block))
        return original(method, target, **given)

    monkeypatch.setattr(transport, "perform_request", noted)

    def during(work):
        asked.clear()
        work()
        assert asked
        assert [one for one in asked if one[2]] == []

    def delivered():
        # As the delivery of an event does: the change stands or falls with it, and is sent when it stands.
        with transaction.atomic():
            source.put("new", "叉车维修")
            api.index("course", ["new"])
            assert asked == []
            assert Owed.objects.filter(missed=False).count() == 1

    fill(source)
    try:
        during(lambda: api.index("course", list(source.shelf)))
        during(delivered)
        assert not Owed.objects.exists()
        during(api.rebuild)
        monkeypatch.setattr(indexing, "BATCH", 5)
        during(lambda: api.index("course", list(source.shelf)))
        assert not Owed.objects.exists()
        Owed.objects.create(
            engine="elasticsearch", type="course", doc_id="new", since=Shelf.objects.first().rebuilt_at
        )
        during(indexing.catch_up)
        assert not Owed.objects.exists()
        engines.cluster().hide("course", Shelf.objects.get(engine="elasticsearch").active, ["lean"], 2**62)
        source.put("crane", "起重机")
        during(lambda: checking.check("course", repair=True))
        during(lambda: api.remove("course", ["new"]))
        engines.cluster().settle()
        assert not any(hit.id == "new" for hit in api.search(api.SearchRequest(query="叉车")).hits)
    finally:
        delete_indices(url, prefix)


@pytest.mark.postgres
def test_the_index_of_tokens_lets_few_entries_wait(db):
    """What waits is read by every search (search.0007)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reloptions FROM pg_class WHERE relname = 'search_entry_tokens'")
        assert cursor.fetchone() == (["gin_pending_list_limit=256"],)
