"""The whole way on the embedded shape, started by `make run`'s own program."""

import pytest

from tests.browser.site import Site
from tests.browser.walk import Walk


@pytest.fixture(scope="session")
def site(embedded_site: Site) -> Site:
    return embedded_site


class TestEmbeddedShape(Walk):
    pass
