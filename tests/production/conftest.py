"""The production shape as a fixture: one for the whole run, because it takes half a minute to come up."""

from collections.abc import Iterator

import pytest

from tests.production.shape import ProductionShape, Stage


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/production/" in str(item.path):
            item.add_marker(pytest.mark.production)


@pytest.fixture(scope="session")
def production_shape() -> Iterator[ProductionShape]:
    """PostgreSQL with two roles, Redis, Elasticsearch, web, worker, beat and nginx, with the demo loaded."""
    with Stage() as shape:
        yield shape
