"""Real connections at the same moment: two bids at the deadline, the same bid twice, two officers, an expert who scores twice."""

import pytest

from lms.lib.errors import Conflict
from lms.training.lifecycle import services as cases
from lms.training.lifecycle.models import Case
from lms.training.lifecycle.services import Said
from lms.training.tenders import bidding, panel
from lms.training.tenders.models import BidScore, SealedBid, TenderAward, TenderBid, TenderResult
from tests.factories.accounts import member
from tests.races import at_once, won
from tests.training.cases import after
from tests.training.tendering import Market, fresh

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def test_a12_bids_at_the_last_second_are_all_kept_each_with_a_number_of_its_own(clock):
    market = Market()
    part = market.part(market.published())
    clock.move_to("2026-03-09T23:59:59+08:00")
    second = member("admin", market.one)
    files = [market.sealed_file(part, body)[0] for body in (market.one, market.one, market.two)]
    found = at_once(
        lambda: bidding.seal(market.one_hr, part, market.one, files[0]),
        lambda: bidding.seal(second, part, market.one, files[1]),
        lambda: bidding.seal(market.two_hr, part, market.two, files[2]),
    )
    # Two of one body: the later replaces the earlier, or was overtaken and is told so.
    assert {item.code for item in found if isinstance(item, Conflict)} <= {"moved_on"}
    assert TenderBid.objects.count() == 2
    numbers = list(SealedBid.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(won(found)) + 1))


def test_a12_a_key_that_comes_twice_opens_once(clock):
    market = Market()
    tender = market.published()
    bid = market.bid(market.part(tender), market.one, market.one_hr).bid
    market.closed(clock, tender)
    key = market.keys[bid.pk]
    found = at_once(*[lambda: bidding.unseal(market.one_hr, bid, key)] * 3)
    assert len(won(found)) == 1
    assert TenderBid.objects.get().case.acts.filter(name="unseal").count() == 1


def test_a12_two_officers_at_once_one_publishes_and_the_other_sees_it(clock):
    market = Market()
    case = market.submitted()
    seen = [Case.objects.get(pk=case.pk) for _user in range(2)]
    found = at_once(
        lambda: cases.act(market.officer, seen[0], "publish", Said()),
        lambda: cases.act(market.second, seen[1], "publish", Said()),
    )
    assert len(won(found)) == 1
    assert [item.code for item in found if isinstance(item, Conflict)] == ["moved_on"]


def test_a12_two_officers_award_once(clock):
    market = Market()
    tender = market.announced(clock)
    after(clock, tender.case.due_on)
    third = member("officer", market.authority)
    seen = [Case.objects.get(pk=tender.case.pk) for _user in range(2)]
    found = at_once(
        lambda: cases.act(market.second, seen[0], "award", Said("定")),
        lambda: cases.act(third, seen[1], "award", Said("定")),
    )
    assert len(won(found)) == 1
    assert TenderAward.objects.count() == 1


def test_a12_a_score_is_handed_in_once_and_a_result_made_once(clock):
    market = Market()
    tender = market.published()
    market.bid(market.part(tender), market.one, market.one_hr)
    tender = market.reviewing(clock, tender)
    panel.declare(market.expert, tender, market.one, conflict=False)
    bid = TenderBid.objects.get()
    marks, reasons = {"方案": 80, "价格": 80}, {"方案": "好", "价格": "好"}
    found = at_once(*[lambda: panel.score(market.expert, bid, marks, reasons)] * 3)
    assert len(won(found)) == 1
    assert BidScore.objects.count() == 1
    seen = Case.objects.get(pk=fresh(tender).case.pk)
    again = at_once(*[lambda: cases.act(market.officer, seen, "announce", Said())] * 2)
    assert len(won(again)) == 1
    assert TenderResult.objects.count() == 1
