"""A tender under any sequence of acts, bids, keys and scores, by anybody, on any day: no bid opens before the deadline or outside the window, no key is a
withdrawal, nobody with an interest scores, no contract is above its bid, and what is refused writes nothing.
"""

from datetime import date, timedelta

import pytest
import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from lms.lib.clock import local_day, today
from lms.lib.errors import Refusal
from lms.training.lifecycle import services as cases
from lms.training.lifecycle.models import Act, Case
from lms.training.lifecycle.services import Said
from lms.training.tenders import bidding, panel, queries
from lms.training.tenders.models import (
    BidScore,
    InterestDeclaration,
    PanelExpert,
    SealedBid,
    Tender,
    TenderAward,
    TenderBid,
    TenderResult,
)
from lms.training.tenders.process import PROCESS
from tests.examples import examples
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.training.cases import at
from tests.training.tendering import Market, fresh

FIRST, LAST = date(2026, 3, 2), date(2026, 4, 20)
PEOPLE = ("drafter", "officer", "second", "chief", "one_hr", "expert", "stranger")
MAY = {"applicant": {"drafter"}, "authority": {"officer", "second"}, "clock": set()}
GOOD = ("publish", "review", "announce", "award")


class AnyWay(RuleBasedStateMachine):
    @initialize()
    def start(self):
        self.day = FIRST
        self.travel = time_machine.travel(at(self.day), tick=False)
        self.clock = self.travel.start()
        self.market = Market()
        self.stranger = UserFactory()
        # One of the experts teaches at the first base and may or may not say so.
        MembershipFactory(user=self.market.other_expert, organisation=self.market.one, role="teacher")
        self.case = self.market.submitted()

    def user(self, name):
        return getattr(self, name, None) or getattr(self.market, name)

    def tender(self):
        found = Tender.objects.filter(case=self.case).first()
        return fresh(found) if found else None

    def traces(self):
        models = (
            Act,
            TenderBid,
            SealedBid,
            PanelExpert,
            InterestDeclaration,
            BidScore,
            TenderResult,
            TenderAward,
        )
        rows = (
            [model.objects.count() for model in models],
            TenderBid.objects.filter(opened_at__isnull=False).count(),
        )
        return rows, Case.objects.values().get(pk=self.case.pk)

    def tried(self, work):
        """Whether it was done; refused, nothing is written."""
        before = self.traces()
        try:
            work()
        except Refusal as refusal:
            assert str(refusal.message)  # noqa: PT017 -- what is asked is that a refusal says something
        else:
            return True
        assert self.traces() == before
        return False

    @rule(who=st.sampled_from(PEOPLE), place=st.integers(0, 40))
    def act(self, who, place):
        self.do(who, PROCESS.transitions[place % len(PROCESS.transitions)])

    @rule()
    def onwards(self):
        """The next step by whoever may take it, so that long ways are walked too."""
        case = Case.objects.get(pk=self.case.pk)
        row = next((row for row in PROCESS.leaving(case.state) if row.name in GOOD), None)
        if row is not None:
            self.do("second" if row.name == "award" else "officer", row)

    def do(self, who, row):
        seen = Case.objects.get(pk=self.case.pk)
        wrong = seen.state not in row.sources or who not in MAY[row.side]
        done = self.tried(lambda: cases.act(self.user(who), seen, row.name, Said("有理由")))
        assert not (done and wrong)

    @rule(first=st.booleans(), amount=st.sampled_from((40_000_000, 60_000_000)))
    def bid(self, first, amount):
        found = self.tender()
        if found is None:
            return
        body, user = (self.market.one, self.market.one_hr) if first else (self.market.two, self.market.two_hr)
        if self.tried(lambda: self.market.bid(self.market.part(found), body, user, amount)):
            assert today() <= found.closes_on

    @rule(first=st.booleans(), right=st.booleans())
    def key(self, first, right):
        body, user = (self.market.one, self.market.one_hr) if first else (self.market.two, self.market.two_hr)
        bid = TenderBid.objects.filter(bidder=body).first()
        if bid is not None:
            given = self.market.keys[bid.pk] if right else "A" * 43
            if self.tried(lambda: bidding.unseal(user, bid, given)):
                assert right

    @rule(first=st.booleans())
    def take_back(self, first):
        user = self.market.one_hr if first else self.market.two_hr
        bid = TenderBid.objects.filter(bidder=self.market.one if first else self.market.two).first()
        if bid is not None and self.tried(lambda: bidding.take_back(user, bid)):
            assert today() <= self.tender().closes_on

    @rule(who=st.sampled_from(PEOPLE), whom=st.sampled_from(("expert", "other_expert", "second")))
    def name(self, who, whom):
        found = self.tender()
        if found and self.tried(lambda: panel.name_expert(self.user(who), found, self.user(whom))):
            assert who in ("officer", "second")
            assert whom != "second"

    @rule(
        who=st.sampled_from(("expert", "other_expert", "stranger")),
        conflict=st.booleans(),
        first=st.booleans(),
    )
    def declare(self, who, conflict, first):
        found, body = self.tender(), self.market.one if first else self.market.two
        if found and self.tried(
            lambda: panel.declare(self.user(who), found, body, conflict=conflict, text="有关系")
        ):
            assert conflict or not (who == "other_expert" and first)

    @rule(who=st.sampled_from(("expert", "other_expert", "officer")), mark=st.integers(0, 100))
    def score(self, who, mark):
        for bid in TenderBid.objects.filter(part__tender__case=self.case):
            names = [row.name for row in panel.panel_criteria(bid.part)]
            marks, reasons = dict.fromkeys(names, mark), dict.fromkeys(names, "理由")
            self.tried(lambda bid=bid, m=marks, r=reasons: panel.score(self.user(who), bid, m, r))

    @rule(days=st.integers(1, 9))
    def days_pass(self, days):
        self.day = min(self.day + timedelta(days=days), LAST)
        self.clock.move_to(at(self.day))

    @rule()
    def tick(self):
        cases.tend()

    @invariant()
    def nothing_opens_outside_the_window(self):
        for bid in TenderBid.objects.filter(opened_at__isnull=False).select_related("part__tender", "case"):
            tender = bid.part.tender
            assert tender.closes_on < local_day(bid.opened_at) <= tender.opens_until
            assert bid.case.state == "opened"

    @invariant()
    def who_brought_no_key_takes_no_part(self):
        case = Case.objects.get(pk=self.case.pk)
        for bid in TenderBid.objects.filter(opened_at__isnull=True).select_related("case"):
            assert not bid.judged
            assert not bid.file
            if case.state in ("review", "notice", "awarded"):
                assert bid.case.state in ("sealed", "withdrawn", "unopened")
                assert not BidScore.objects.filter(bid=bid).exists()

    @invariant()
    def nobody_with_an_interest_scores(self):
        for row in BidScore.objects.select_related("expert__person", "bid"):
            last = InterestDeclaration.objects.filter(expert=row.expert, bidder=row.bid.bidder).last()
            assert last is not None
            assert not last.conflict
            assert queries.own_bidder(row.expert.person, row.bid.part_id) is None

    @invariant()
    def an_award_is_the_first_of_a_notice_that_is_over(self):
        for row in TenderAward.objects.select_related("bid", "part__tender__case"):
            tender = row.part.tender
            result = TenderResult.objects.get(part=row.part, round=tender.round)
            assert result.first_id == row.bid_id
            assert row.amount_fen <= min(row.part.ceiling_fen, row.bid.amount_fen)
            assert row.awarded_on > tender.case.notices.last().last_day
            assert tender.case.state == "awarded"

    def teardown(self):
        if hasattr(self, "travel"):
            self.travel.stop()


@pytest.mark.long
class AnyTender(TestCase):
    def test_a12_no_way_leads_where_the_declaration_forbids(self):
        run_state_machine_as_test(
            AnyWay,
            settings=settings(
                max_examples=examples(12),
                stateful_step_count=40,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
