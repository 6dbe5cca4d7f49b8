"""The engines that the same tests are run against, and an invented catalogue in them."""

import os
import uuid

import pytest
from django.http import QueryDict

from search import api, documents, engines, indexing
from search.models import Shelf
from tests.factories.search import Catalogue, fill


def delete_indices(url, prefix):
    from search.engines.elasticsearch import engine_for

    client = engine_for(url, prefix).writer
    for name in client.indices.get(index=f"{prefix}-*", ignore_unavailable=True):
        client.indices.delete(index=name)


@pytest.fixture(autouse=True)
def _commits(request, monkeypatch):
    """A test's transaction never ends: what waits for its end happens at once. Where transactions are real, nothing is changed."""
    marker = request.node.get_closest_marker("django_db")
    real = marker is not None and marker.kwargs.get("transaction")
    if not real and not {"transactional_db", "live_server"} & set(request.fixturenames):
        monkeypatch.setattr(indexing, "after_commit", lambda work: work())


def not_asked(*_args):
    raise AssertionError("the database was asked in place of Elasticsearch")


@pytest.fixture(
    params=["database", pytest.param("elasticsearch", marks=pytest.mark.elasticsearch)],
)
def engine(request, settings, db, monkeypatch):
    """The engine of the run's database, and a real Elasticsearch where the run has one."""
    if request.param == "database":
        settings.ELASTICSEARCH_URL = ""
        yield request.param
        return
    settings.ELASTICSEARCH_URL = url = os.environ["ELASTICSEARCH_URL"]
    settings.ELASTICSEARCH_PREFIX = prefix = f"test-{uuid.uuid4().hex[:12]}"
    # A search that the database answers instead would prove nothing here.
    monkeypatch.setattr("search.engines.sqlite.SqliteEngine.search", not_asked)
    monkeypatch.setattr("search.engines.postgres.PostgresEngine.search", not_asked)
    yield request.param
    delete_indices(url, prefix)


@pytest.fixture
def catalogue(engine, monkeypatch):
    """An empty catalogue, the only source there is."""
    monkeypatch.setattr(documents, "_sources", {})
    source = Catalogue()
    api.register(source)
    return source


@pytest.fixture
def courses(catalogue):
    """A small catalogue with near misses, indexed; for tests that change it."""
    fill(catalogue)
    api.rebuild()
    return catalogue


@pytest.fixture(scope="session")
def shared_index():
    """Which index the reading tests share, and its generation once it is made: making one takes a while."""
    shared = {"prefix": f"test-{uuid.uuid4().hex[:12]}", "active": None}
    yield shared
    if shared["active"] is not None:
        delete_indices(os.environ["ELASTICSEARCH_URL"], shared["prefix"])


@pytest.fixture
def shown(catalogue, engine, settings, shared_index):
    """The same catalogue for tests that only read it."""
    fill(catalogue)
    if engine == "database":
        api.rebuild()
        return catalogue
    settings.ELASTICSEARCH_PREFIX = shared_index["prefix"]
    if shared_index["active"] is None:
        api.rebuild()
        shared_index["active"] = Shelf.objects.get(engine=engine).active
    else:
        Shelf.objects.create(engine=engine, type=catalogue.type, active=shared_index["active"])
        Shelf.objects.create(engine=engines.embedded().name, type=catalogue.type)
    return catalogue


@pytest.fixture
def find(engine):
    """find("叉车", kind=["public"], page="2") → Results, by way of an address."""

    def ask(q="", **given):
        address = QueryDict(mutable=True)
        address["q"] = q
        for name, value in given.items():
            address.setlist(name, value if isinstance(value, list) else [value])
        return api.search(api.parse_request(address))

    return ask


@pytest.fixture
def settle(engine):
    """Call after writing: Elasticsearch shows a change only after its next refresh."""
    from search.engines import current

    return lambda: current().settle()
