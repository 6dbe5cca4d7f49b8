"""The public figures of a bank in which nothing is yet."""

import pytest
from django.core.cache import cache
from django.urls import reverse

pytestmark = pytest.mark.django_db


def test_an_empty_bank_has_a_page_and_zeros(client):
    cache.clear()
    page = client.get(reverse("credit:statistics"))
    assert page.status_code == 200
    assert "noindex" not in page.content.decode()
    told = client.get("/api/v1/credit/statistics").json()
    assert {(counter["state"], counter["people"]) for counter in told["counters"]} == {("told", 0)}
    assert not any(table["rows"] for table in told["tables"])
