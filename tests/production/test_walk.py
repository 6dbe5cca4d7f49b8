"""The whole way on the production shape: PostgreSQL, Redis, Elasticsearch, web, worker, beat, through nginx."""

import pytest

from lms.accounts.people.rules import mask_phone
from tests.browser.site import Site, lines
from tests.browser.walk import Walk
from tests.production.shape import WEBS, ProductionShape


@pytest.fixture(scope="session")
def site(production_shape: ProductionShape) -> Site:
    """One-time codes stand in the log of one of the web processes there, beside a masked number."""
    logs = [production_shape.home / "log" / f"{name}.log" for name in WEBS]
    return Site(
        base_url=production_shape.base_url,
        content_url=production_shape.content_url,
        read_codes=lambda: [line for log in logs for line in lines(log)],
        spelling=lambda phone: f"SMS to {mask_phone(phone)}:",
        lms=production_shape.lms,
        home=production_shape.home,
    )


class TestProductionShape(Walk):
    pass
