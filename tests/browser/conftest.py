"""The embedded shape as a fixture: one for the whole run, because it takes a while to come up."""

from collections.abc import Iterator

import pytest

from tests.browser.site import Site, embedded


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in str(item.path):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.walk)


@pytest.fixture(scope="session")
def embedded_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """`make run` on a folder and port of its own; at the end every process of it is gone."""
    with embedded(tmp_path_factory.mktemp("embedded")) as site:
        yield site
