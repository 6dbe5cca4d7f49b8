"""A programme under any sequence of acts and services, by anybody, on any day: nobody comes to a class before the notice, no more are
admitted than there are seats, hours and money are given once, and what is refused writes nothing.
"""

from datetime import date, timedelta

import pytest
import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from lms.learning.classes import services as classes
from lms.learning.classes.models import ClassPlace, ClassRun
from lms.learning.declarations.models import HoursDeclaration, WorkCredit
from lms.lib.errors import Refusal
from lms.training.board import api as board
from lms.training.lifecycle import services as cases
from lms.training.lifecycle.models import Act, Case
from lms.training.lifecycle.services import Said
from lms.training.programmes import enrolment, results
from lms.training.programmes import services as programmes
from lms.training.programmes.enrolment import Decision
from lms.training.programmes.models import Programme, ProgrammeApplication, ProgrammeResult, Settlement
from lms.training.programmes.process import PROCESS
from tests.examples import examples
from tests.factories.accounts import UserFactory
from tests.training.advanced import GOOD, City, fresh, ruled
from tests.training.cases import at, pdf

FIRST, LAST = date(2026, 3, 2), date(2026, 4, 20)
PEOPLE = ("proposer", "officer", "second", "chief", "teacher", "assessor", "stranger")
MAY = {"applicant": {"proposer"}, "authority": {"officer", "second"}, "clock": set()}


class AnyWay(RuleBasedStateMachine):
    @initialize()
    def start(self):
        self.day = FIRST
        self.travel = time_machine.travel(at(self.day), tick=False)
        self.clock = self.travel.start()
        self.city = City()
        ruled()
        self.stranger = UserFactory()
        self.run = self.city.run(capacity=2)
        self.case = self.city.submitted()
        self.people = [UserFactory() for _person in range(3)]

    def user(self, name):
        return getattr(self, name, None) or getattr(self.city, name)

    def programme(self):
        found = Programme.objects.filter(case=self.case).first()
        return fresh(found) if found else None

    def traces(self):
        models = (Act, ClassPlace, ProgrammeApplication, ProgrammeResult, Settlement, HoursDeclaration)
        return [model.objects.count() for model in models], Case.objects.values().get(pk=self.case.pk)

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

    @rule(who=st.sampled_from(PEOPLE), place=st.integers(0, 40))
    def act(self, who, place):
        row = PROCESS.transitions[place % len(PROCESS.transitions)]
        self.do(who, row)

    @rule()
    def onwards(self):
        """The next step by whoever may take it, so that long ways are walked too."""
        case = Case.objects.get(pk=self.case.pk)
        good = ("approve", "announce", "begin", "report", "evaluate", "settle")
        row = next((row for row in PROCESS.leaving(case.state) if row.name in good), None)
        if row is not None:
            who = "proposer" if row.side == "applicant" else "second" if row.name == "settle" else "officer"
            self.do(who, row)

    def do(self, who, row):
        seen = Case.objects.get(pk=self.case.pk)
        files = [pdf()] if row.takes else []
        wrong = seen.state not in row.sources or who not in MAY[row.side]
        done = self.tried(lambda: cases.act(self.user(who), seen, row.name, Said("有理由", files)))
        assert not (done and wrong)

    @rule(who=st.sampled_from(PEOPLE))
    def plan(self, who):
        work = lambda: programmes.publish_plan(self.user(who), self.city.call, "计划", "测〔1〕号")  # noqa: E731
        if self.tried(work):
            assert who in ("officer", "second")

    @rule(who=st.sampled_from(("teacher", "officer", "stranger")))
    def bind(self, who):
        found = self.programme()
        if found and self.tried(lambda: programmes.bind_run(self.user(who), found, self.run.uuid)):
            assert who == "teacher"

    @rule(act=st.sampled_from(("open", "start", "end")))
    def move_class(self, act):
        self.tried(lambda: classes.move(self.city.teacher, ClassRun.objects.get(pk=self.run.pk), act))

    @rule(who=st.integers(0, 2), round_it=st.booleans())
    def come(self, who, round_it):
        found = self.programme()
        if round_it:
            if found and found.run:
                done = self.tried(lambda: classes.join(self.people[who], found.run))
                assert not done or ProgrammeApplication.objects.filter(
                    person=self.people[who], state="admitted"
                )
        elif found:
            self.tried(lambda: self.city.applied(found, user=self.people[who]))

    @rule(admit=st.booleans(), who=st.sampled_from(("teacher", "officer", "stranger")))
    def decide(self, admit, who):
        row = ProgrammeApplication.objects.filter(state="waiting").first()
        if row is not None:
            verdict = Decision(admit, title_seen=True, reason="理由")
            if self.tried(lambda: enrolment.decide(self.user(who), row, verdict)):
                assert who == "teacher"

    @rule()
    def finish(self):
        """Whoever sits there passes, and the accounts are kept."""
        for row in ProgrammeApplication.objects.filter(state="admitted"):
            self.tried(lambda row=row: self.city.judged(row))
        if found := self.programme():
            fen = {"teaching": 100, "venue": 0, "materials": 0, "board": 0, "other": 0}
            self.tried(lambda: results.account(self.city.teacher, found, fen))
            results.give(found)

    @rule(who=st.sampled_from(("officer", "proposer", "teacher")))
    def evaluate(self, who):
        if found := self.programme():
            done = self.tried(lambda: results.evaluate(self.user(who), found, GOOD, "解决了问题"))
            assert not done or who == "officer"

    @rule(days=st.integers(1, 12))
    def days_pass(self, days):
        self.day = min(self.day + timedelta(days=days), LAST)
        self.clock.move_to(at(self.day))

    @invariant()
    def nobody_came_before_the_notice(self):
        found = self.programme() if hasattr(self, "case") else None
        if found and (found.applications.exists() or ClassRun.objects.get(pk=self.run.pk).state != "planned"):
            bound_elsewhere = found.run_id != self.run.pk
            assert bound_elsewhere or board.announced(found.subject, board.Kind.ENROLMENT) is not None

    @invariant()
    def seats_hours_and_money_are_given_once(self):
        if not hasattr(self, "case"):
            return
        assert ProgrammeApplication.objects.filter(state="admitted", place__state="seated").count() <= 2
        assert set(WorkCredit.objects.values_list("number", flat=True)) <= {1}
        credited = list(WorkCredit.objects.values_list("person", flat=True))
        assert len(credited) == len(set(credited))
        settled = Case.objects.get(pk=self.case.pk).state == "settled"
        assert Settlement.objects.count() == int(settled)

    def teardown(self):
        if hasattr(self, "travel"):
            self.travel.stop()


@pytest.mark.long
class AnyProgramme(TestCase):
    def test_any_way(self):
        run_state_machine_as_test(
            AnyWay,
            settings=settings(
                max_examples=examples(15),
                stateful_step_count=40,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
