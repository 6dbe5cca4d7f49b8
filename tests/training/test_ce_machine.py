"""A11 under any sequence of acts and services, by anybody, on any day: no state but the declared ones, nobody named without a passing score,
none kept that failed, none thrown out that may correct itself, no mark of anybody with a tie; what is refused writes nothing.
"""

from datetime import date, timedelta

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from lms.lib.audit.models import AuditRow
from lms.lib.errors import Refusal
from lms.training.ce_bases import reviews
from lms.training.ce_bases.models import BaseLevel, BaseReview, EducationBase, ReviewSeat
from lms.training.ce_bases.process import PROCESS
from lms.training.ce_bases.queries import standing
from lms.training.ce_bases.reviews import Mark
from lms.training.ce_bases.rules import Criterion, Grade, Terms, WayOut, score, way_out
from lms.training.lifecycle import services as cases
from lms.training.lifecycle.models import Act, Case
from lms.training.lifecycle.services import Said
from lms.training.papers.models import Paper
from tests.examples import examples
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.training.cases import at, pdf
from tests.training.ce import TERMS, Region

FIRST = date(2026, 3, 2)
WHO = ("clerk", "officer", "second", "chief", "teacher", "both", "stranger")
MAY = {"applicant": {"clerk"}, "authority": {"officer", "second"}, "clock": set()}
ONWARDS = ("accept", "score", "pass", "name", "evaluate", "tally", "keep", "fail", "correct", "remove")


class AnyWay(RuleBasedStateMachine):
    @initialize()
    def start(self):
        self.day = FIRST
        self.travel = time_machine.travel(at(self.day), tick=False)
        self.clock = self.travel.start()
        self.region = Region()
        self.both = MembershipFactory(organisation=self.region.authority, role="officer").user
        MembershipFactory(user=self.both, organisation=self.region.college, role="teacher")
        self.stranger = UserFactory()
        self.case = self.region.submitted()

    def user(self, name):
        return getattr(self, name, None) or getattr(self.region, name)

    def traces(self):
        counted = (Act, EducationBase, BaseLevel, BaseReview, ReviewSeat, Paper, AuditRow)
        rows = (
            list(BaseReview.objects.order_by("pk").values()),
            list(ReviewSeat.objects.order_by("pk").values()),
        )
        return [model.objects.count() for model in counted], Case.objects.values().get(pk=self.case.pk), rows

    def tried(self, work):
        """Whether it was done; refused, nothing is written."""
        before = self.traces()
        try:
            work()
        except Refusal as refusal:
            found = refusal
        else:
            return True
        assert str(found.message)
        assert self.traces() == before
        return False

    @rule(who=st.sampled_from(WHO), place=st.integers(0, 40))
    def act(self, who, place):
        self.do(who, PROCESS.transitions[place % len(PROCESS.transitions)])

    @rule()
    def onwards(self):
        """The next step by whoever may take it, so that long ways are walked too."""
        case = Case.objects.get(pk=self.case.pk)
        for row in PROCESS.leaving(case.state):
            if row.name in ONWARDS:
                self.do("clerk" if row.side == "applicant" else str(self.handler(case)), row)

    def handler(self, case):
        return "second" if case.handler_id == self.region.second.pk else "officer"

    def do(self, who, row):
        seen = Case.objects.get(pk=self.case.pk)
        files = [pdf()] if row.takes else []
        values = {"document": "文件（测试）", "since": self.day}
        before = reviews.last_review(seen)
        wrong = seen.state not in row.sources or who not in MAY[row.side]
        done = self.tried(lambda: cases.act(self.user(who), seen, row.name, Said("有理由", files, values)))
        assert not (done and wrong)
        if not done or before is None:
            return
        if row.name in ("pass", "name", "name_unnoticed", "keep"):
            assert before.passed
        if row.name in ("fail", "remove"):
            assert before.passed is False
            fails = 0
            for name in seen.acts.filter(name__in=("fail", "keep")).values_list("name", flat=True):
                fails = 0 if name == "keep" else fails + 1
            way = way_out(fails, before.standard.corrections)
            assert way == (WayOut.CORRECT if row.name == "fail" else WayOut.REMOVE)

    @rule(marks=st.lists(st.integers(0, 100), min_size=2, max_size=3))
    def marked(self, marks):
        """Two or three experts mark whatever is open."""
        review = reviews.last_review(self.case)
        if review is None or review.closed_on is not None or review.seats.exists():
            return
        if Case.objects.get(pk=self.case.pk).state not in reviews.REVIEWED:
            return
        self.region.marked(self.case, *marks)

    @rule(who=st.sampled_from(WHO), place=st.integers(0, 5))
    def appoint(self, who, place):
        review = reviews.last_review(self.case)
        pool = [*self.region.experts, self.region.clerk, self.both, self.stranger]
        if review is not None and self.tried(lambda: reviews.appoint(self.user(who), review, pool[place])):
            assert who in ("officer", "second")
            assert place < 3
            assert review.closed_on is None

    @rule(place=st.integers(0, 2), independent=st.booleans(), mark=st.integers(-1, 101))
    def judge(self, place, independent, mark):
        seat = ReviewSeat.objects.filter(expert=self.region.experts[place]).last()
        if seat is None:
            return
        expert = self.region.experts[place]
        self.tried(lambda: reviews.declare(expert, seat, independent=independent, conflict="有合作"))
        given = {item.code: Mark(mark, "理由充分") for item in TERMS.criteria}
        if self.tried(lambda: reviews.hand_in(expert, seat, given)):
            seat.refresh_from_db()
            assert seat.independent
            assert 0 <= mark <= 100

    @rule(days=st.sampled_from((1, 9, 40)))
    def wait(self, days):
        self.day = min(self.day + timedelta(days=days), date(2026, 11, 30))
        self.clock.move_to(at(self.day))
        cases.tend()

    @invariant()
    def it_stands_as_declared(self):
        if not hasattr(self, "case"):
            return
        case = Case.objects.get(pk=self.case.pk)
        base = EducationBase.objects.filter(case=case).first()
        stands = standing(self.region.college.pk, self.day)
        assert (base is not None and base.active) == (case.state in ("named", "evaluation", "correcting"))
        assert (stands is not None) == (base is not None and base.active)
        last = reviews.last_review(case)
        if base is not None:
            assert BaseReview.objects.filter(case=case, purpose="naming", passed=True).exists()
        if case.state == "correcting":
            assert last is not None
            assert stands is not None
            assert stands.in_exit
        for review in BaseReview.objects.filter(case=case, closed_on__isnull=False):
            seats = list(review.seats.filter(handed_in_at__isnull=False))
            assert len(seats) >= TERMS.least_experts
            again = score(TERMS.criteria, [{k: v["mark"] for k, v in seat.marks.items()} for seat in seats])
            assert again.centimarks == review.centimarks
            assert review.passed == (review.centimarks >= TERMS.pass_mark * 100)

    def teardown(self):
        if hasattr(self, "travel"):
            self.travel.stop()


@pytest.mark.long
class TestAnyWay(TestCase):
    def test_a11_no_sequence_comes_where_it_must_not(self):
        run_state_machine_as_test(
            AnyWay,
            settings=settings(
                max_examples=examples(6),
                stateful_step_count=25,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )


# --- the algebra of scores -----------------------------------------------------------------------------------

marks_of = st.lists(st.tuples(*[st.integers(0, 100)] * 3), min_size=1, max_size=9)


class TestScores(TestCase):
    def test_a11_a_score_is_the_mean_whoever_comes_first(self):
        @settings(max_examples=examples(100), deadline=None)
        @given(marks_of)
        def check(rows):
            criteria = TERMS.criteria
            given_marks = [dict(zip(("c1", "c2", "c3"), row, strict=True)) for row in rows]
            found = score(criteria, given_marks)
            assert found.centimarks == score(criteria, list(reversed(given_marks))).centimarks
            exact = sum(sum(row[i] * item.weight for i, item in enumerate(criteria)) for row in rows)
            assert found.centimarks == exact // len(rows)
            assert 0 <= found.centimarks <= 10_000
            assert sum(line.weight for line in found.lines) == 100

        check()

    def test_a11_full_marks_are_a_hundred_and_one_more_never_less(self):
        terms = Terms((Criterion("a", "一", 100),), (Grade("优秀", 90),), 60, 1, 0)
        scores = [score(terms.criteria, [{"a": mark}]).centimarks for mark in range(101)]
        assert scores == [mark * 100 for mark in range(101)]
