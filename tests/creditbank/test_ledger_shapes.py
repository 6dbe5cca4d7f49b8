"""Postings of every shape: alone, by whichever way the database has for it, and in a batch, they are booked the same."""

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from creditbank.ledger import queries
from creditbank.ledger.audit import audit
from creditbank.ledger.models import Entry
from creditbank.ledger.services import (
    Line,
    Posting,
    holder_account,
    issuer_account,
    open_account,
    post,
    post_many,
)
from lms.lib.errors import Conflict
from lms.lib.ids import uuid7
from tests.examples import examples
from tests.factories.creditbank import SYSTEM, TEST_DAY, booked

UNIT = "study_hour.public"
HOLDERS, ISSUERS = 3, 2


@st.composite
def shapes(draw):
    """Lines of one posting: (place of the account, amount), different accounts in any order, summing to zero."""
    places = draw(
        st.lists(st.integers(0, HOLDERS + ISSUERS - 1), min_size=2, max_size=HOLDERS + ISSUERS, unique=True)
    )
    amounts = [draw(st.integers(-40, 60).filter(bool)) for _ in places[1:]]
    assume(sum(amounts) != 0)
    lines = [*zip(places[1:], amounts, strict=True), (places[0], -sum(amounts))]
    return draw(st.permutations(lines))


def world():
    """Three holders with fifty each, and two accounts without a bound."""
    people = [uuid7() for _ in range(HOLDERS)]
    for person in people:
        booked(person, 50)
    holders = [holder_account(person, UNIT) for person in people]
    return [*holders, issuer_account(UNIT), open_account("issuer", UNIT, organisation=uuid7())]


def entries(row):
    return Entry.objects.filter(transaction_id=row.uuid).order_by("id")


class Shapes(TestCase):
    @settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(shapes(), min_size=1, max_size=5))
    def test_alone_and_in_a_batch(self, postings):
        alone, batched = world(), world()
        balances = [50] * HOLDERS
        for lines in postings:
            after = list(balances)
            for place, amount in lines:
                if place < HOLDERS:
                    after[place] += amount
            one = self.book(alone, lines, after)
            # A second one that is right by itself makes it a batch.
            other = self.book(batched, lines, after, [(HOLDERS, 1), (HOLDERS + 1, -1)])
            if min(after) < 0:
                assert one is other is None
                continue
            balances = after
            assert [entry.account_id for entry in entries(one)] == [alone[place].pk for place, _ in lines]
            assert [(entry.amount, entry.seq) for entry in entries(one)] == [
                (entry.amount, entry.seq) for entry in entries(other)
            ]
        for accounts in (alone, batched):
            assert [queries.balance(account) for account in accounts[:HOLDERS]] == balances
        report = audit()
        assert report.broken == 0, report.breaks

    def book(self, accounts, lines, after, *more):
        """The transaction of `lines`, booked together with more; None when a balance is too small for it."""
        items = [
            (
                str(uuid7()),
                Posting("hours", TEST_DAY, tuple(Line(accounts[at], amount) for at, amount in shape)),
            )
            for shape in (lines, *more)
        ]
        if min(after) < 0:
            with pytest.raises(Conflict) as refusal:
                post_many(items, actor=SYSTEM)
            poor = {str(accounts[place].uuid) for place, balance in enumerate(after) if balance < 0}
            assert refusal.value.code == "balance_too_small"
            assert refusal.value.details["account"] in poor
            return None
        row = post_many(items, actor=SYSTEM)[0]
        key, posting = items[0]
        assert post(posting, idempotency_key=key, actor=SYSTEM).uuid == row.uuid
        return row
