"""Public money in the books: unit fen, funds and purses named by rows of other packages."""

import pytest

from creditbank.api import Transfer, audit, money_of, open_fund, open_purse, transfer, undo_transfer
from creditbank.ledger.models import Account, Entry, Transaction, Unit
from lms.lib.clock import today
from lms.lib.errors import Conflict, Invalid, NotFound
from lms.lib.ids import uuid7
from lms.lib.outbox.models import OutboxEvent
from tests.factories.creditbank import SYSTEM, booked

pytestmark = pytest.mark.django_db


@pytest.fixture
def places():
    """A fund and two purses."""
    fund, first, second = uuid7(), uuid7(), uuid7()
    open_fund(fund)
    for purse in (first, second, first):
        open_purse(purse)
    return fund, first, second


def moved(fen, key="k1", **changes):
    return transfer(Transfer("grant.pay", today(), fen, **changes), key=key, actor=SYSTEM)


def test_the_unit_is_a_hundredth_of_a_yuan():
    unit = Unit.objects.get(code="fen")
    assert (unit.label, unit.scale) == ("人民币", 100)


def test_money_comes_from_a_fund_and_its_balance_says_how_much(places):
    fund, first, second = places
    moved({fund: -500, first: 500})
    moved({first: -200, second: 200}, "k2")
    assert money_of(places) == {fund: -500, first: 300, second: 200}
    assert money_of([uuid7()]) == {}
    assert Account.objects.filter(unit="fen").count() == 3


def test_the_same_key_is_the_same_transfer(places):
    fund, first, _second = places
    assert moved({fund: -5, first: 5}) == moved({fund: -5, first: 5})
    with pytest.raises(Conflict) as found:
        moved({fund: -6, first: 6})
    assert found.value.code == "idempotency_key_reused"
    assert Transaction.objects.count() == 1


@pytest.mark.parametrize("lines", [(-5, 4), (0, 0), (1.5, -1.5)])
def test_what_does_not_balance_is_never_booked(places, lines):
    fund, first, _second = places
    with pytest.raises(Invalid):
        moved({fund: lines[0], first: lines[1]})
    assert not Entry.objects.exists()


def test_a_purse_is_never_below_zero(places):
    fund, first, second = places
    moved({fund: -5, first: 5})
    with pytest.raises(Conflict) as found:
        moved({first: -6, second: 6}, "k2")
    assert found.value.code == "balance_too_small"
    assert money_of([first]) == {first: 5}


def test_an_account_that_was_never_opened_holds_nothing(places):
    fund = places[0]
    with pytest.raises(NotFound):
        moved({fund: -5, uuid7(): 5})


def test_a_transfer_is_undone_once_and_not_when_its_money_has_gone_on(places):
    fund, first, second = places
    paid = moved({fund: -5, first: 5})
    on = moved({first: -5, second: 5}, "k2")
    with pytest.raises(Conflict):
        undo_transfer(paid, reason="错", actor=SYSTEM)
    undone = undo_transfer(on, reason="错", actor=SYSTEM)
    assert undo_transfer(on, reason="错", actor=SYSTEM) == undone
    with pytest.raises(Conflict):
        undo_transfer(on, reason="另一个理由", actor=SYSTEM)
    with pytest.raises(NotFound):
        undo_transfer(undone, reason="错", actor=SYSTEM)
    assert money_of(places) == {fund: -5, first: 5, second: 0}


def test_hours_and_credits_are_not_undone_as_money():
    posted = booked(uuid7(), 100)
    with pytest.raises(NotFound):
        undo_transfer(posted.uuid, reason="错", actor=SYSTEM)


def test_it_is_announced_as_money_and_the_audit_covers_it(places):
    fund, first, _second = places
    uuid = moved({fund: -5, first: 5})
    assert list(OutboxEvent.objects.values_list("kind", "key")) == [("money.posted", f"money.posted:{uuid}")]
    report = audit()
    assert (report.broken, report.checked["announced"], report.checked["chains"]) == (0, 1, 2)
