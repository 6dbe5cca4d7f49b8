"""A statement is read a page at a time, however many entries lie behind it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from creditbank.ledger import queries
from creditbank.ledger.services import holder_account, post_many
from lms.lib.ids import uuid7
from lms.lib.pages import paginate
from tests.factories.creditbank import SYSTEM, booking, person

pytestmark = pytest.mark.django_db


def filled(who, number):
    """The account of somebody with so many entries, of 1, 2, 3 …"""
    post_many([(str(uuid7()), booking(who, amount)) for amount in range(1, number + 1)], actor=SYSTEM)
    return holder_account(who, "study_hour.public")


def test_pages_are_the_whole_in_order(rf):
    account = filled(uuid7(), 45)
    found = queries.statement(account)
    pages = [paginate(rf.get("/", {"page": number}), found) for number in (1, 2, 3)]
    assert [entry.amount for page in pages for entry in page] == list(range(45, 0, -1))
    assert [len(page) for page in pages] == [20, 20, 5]
    assert pages[0].paginator.count == 45
    assert paginate(rf.get("/", {"page": 99}), found).number == 3
    assert found.balance == sum(range(46))


def test_an_account_without_entries_has_an_empty_page(rf):
    account = holder_account(uuid7(), "credit")
    assert list(paginate(rf.get("/"), queries.statement(account))) == []


def test_no_query_counts_or_passes_by_what_is_not_shown(client):
    asked = []
    for number in (10, 130):
        learner = person()
        address = reverse("credit:statement", args=[filled(learner.uuid, number).uuid])
        client.force_login(learner)
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        asked.append(len(captured))
        statements = [query["sql"] for query in captured if "creditbank_entry" in query["sql"]]
        assert not any("COUNT(" in sql or "OFFSET" in sql or "SUM(" in sql for sql in statements)
    assert asked[0] == asked[1]
