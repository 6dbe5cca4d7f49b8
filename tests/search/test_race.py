"""Two workers index while a third rebuilds, on real connections; the index ends equal to its source."""

import threading
import time

import pytest
from django.db import connection

from search import api
from tests.factories.search import Catalogue, fill

LASTS_S = 1.5

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def test_indexing_beside_a_rebuild(settings, monkeypatch):
    settings.ELASTICSEARCH_URL = ""
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

    workers = [indexer("a"), indexer("b"), lambda turn: api.rebuild()]
    threads = [threading.Thread(target=run, args=(work,)) for work in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    found = {hit.id: hit.title for hit in api.search(api.SearchRequest(per_page=50)).hits}
    assert found == {key: document.title for key, document in source.shelf.items()}
