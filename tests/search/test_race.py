"""Two workers index while a third rebuilds and a fourth searches, on real connections; no index is ever empty, and each ends equal to
its source."""

import os
import threading
import time
import uuid

import pytest
from django.db import connection

from search import api, checking, engines
from tests.factories.search import Catalogue, fill
from tests.search.conftest import delete_indices

LASTS_S = 1.5

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


@pytest.fixture(params=["database", pytest.param("elasticsearch", marks=pytest.mark.elasticsearch)])
def asked(request, settings):
    """Who answers. In the cluster a generation is swapped by its alias."""
    there = request.param == "elasticsearch"
    settings.ELASTICSEARCH_URL = os.environ["ELASTICSEARCH_URL"] if there else ""
    settings.ELASTICSEARCH_PREFIX = f"test-{uuid.uuid4().hex[:12]}"
    yield request.param
    if there:
        delete_indices(settings.ELASTICSEARCH_URL, settings.ELASTICSEARCH_PREFIX)


def test_indexing_beside_a_rebuild(asked, monkeypatch):
    monkeypatch.setattr("search.documents._sources", {})
    source = Catalogue()
    fill(source)
    api.register(source)
    api.rebuild()
    end = time.monotonic() + LASTS_S
    failures = []

    def run(work):
        try:
            turn = 0
            while time.monotonic() < end:
                turn += 1
                work(turn)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    def indexer(who):
        def work(turn):
            key = f"{who}-{turn % 5}"
            source.put(key, f"叉车 {who} {turn}")
            api.index("course", [key, "nothing"])
            if turn % 7 == 0:
                source.shelf.pop(key)
                api.index("course", [key])

        return work

    def reader(turn):
        results = api.search(api.SearchRequest(query="叉车司机", per_page=50))
        assert "forklift" in {hit.id for hit in results.hits}
        by_cluster.append(not results.notices)

    by_cluster = []
    workers = [indexer("a"), indexer("b"), lambda turn: api.rebuild(), reader]
    threads = [threading.Thread(target=run, args=(work,)) for work in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    # Nobody had to answer in another's place.
    assert by_cluster
    assert all(by_cluster)
    engines.current().settle()
    assert [finding.differences for finding in checking.check("course")] == [0] * len(engines.kept())
    found = {hit.id: hit.title for hit in api.search(api.SearchRequest(per_page=50)).hits}
    assert found == {key: document.title for key, document in source.shelf.items()}
