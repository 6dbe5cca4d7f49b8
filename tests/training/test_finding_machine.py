"""A finding (A17) under any sequence of acts, by anybody, on any day: it ends only in what the declaration calls an end, nobody who checked
judges, the body alone answers, and what is refused writes nothing."""

from datetime import date, timedelta

import pytest
import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from lms.lib.errors import Refusal
from lms.training.lifecycle import services as cases
from lms.training.lifecycle.models import Act, Case, Evidence
from lms.training.lifecycle.services import Said
from lms.training.supervision import checks
from lms.training.supervision.models import Check
from lms.training.supervision.process import PROCESS
from tests.examples import examples
from tests.factories.accounts import UserFactory
from tests.training.cases import at, pdf
from tests.training.inspected import Inspection

FIRST, LAST = date(2026, 3, 2), date(2026, 5, 29)
PEOPLE = ("officer", "second", "third", "chief", "answerer", "teacher", "proposer", "stranger")
ACTS = tuple(row.name for row in PROCESS.transitions)
ENDS = {state.code for state in PROCESS.states if state.final}


class AnyWay(RuleBasedStateMachine):
    @initialize()
    def start(self):
        self.day = FIRST
        self.travel = time_machine.travel(at(self.day), tick=False)
        self.travel.start()
        self.city = Inspection()
        self.stranger = UserFactory()
        check = checks.order(
            self.city.third, self.city.authority, "programme", self.city.approved().uuid, "定期检查"
        )
        checks.assign(self.city.third, check, [self.city.officer, self.city.second])
        marks = {row["key"]: {"mark": 50, "remark": ""} for row in self.city.form.items}
        revision = checks.save(self.city.officer, check, checks.Filled(marks, "现场情况", ["缺两天签到"]))
        checks.hand_in(self.city.officer, check, revision=revision)
        checks.confirm(self.city.second, check)
        self.case = Check.objects.get(pk=check.pk).raised.get().case

    def teardown(self):
        self.travel.stop()

    def user(self, name):
        return getattr(self, name, None) or getattr(self.city, name)

    def traces(self):
        return Act.objects.count(), Evidence.objects.count(), Case.objects.values().get(pk=self.case.pk)

    @rule(days=st.integers(1, 9))
    def days_pass(self, days):
        self.day = min(self.day + timedelta(days=days), LAST)
        self.travel.stop()
        self.travel = time_machine.travel(at(self.day), tick=False)
        self.travel.start()
        cases.tend()

    @rule(
        name=st.sampled_from(ACTS),
        who=st.sampled_from(PEOPLE),
        reason=st.sampled_from(("", "理由")),
        papers=st.booleans(),
    )
    def somebody_acts(self, name, who, reason, papers):
        before = self.traces()
        found = Case.objects.get(pk=self.case.pk)
        try:
            cases.act(self.user(who), found, name, Said(reason, [pdf()] if papers else []))
        except Refusal:
            assert self.traces() == before
            return
        row = PROCESS.transition(name)
        assert found.state in row.sources
        if row.side == "applicant":
            assert who == "answerer"
        else:
            assert who in ("third", "chief")
        if name == "correct":
            assert papers

    @invariant()
    def what_happened_is_declared(self):
        if not hasattr(self, "case"):
            return
        acts = list(Act.objects.filter(case=self.case).order_by("number"))
        state = PROCESS.start
        for act in acts:
            row = PROCESS.transition(act.name)
            if row is None:
                assert act.name == "escalate"
                continue
            assert state in row.sources
            state = row.to
        found = Case.objects.get(pk=self.case.pk)
        assert found.state == state
        assert state not in ENDS or found.waits == "nobody"


@pytest.mark.long
class AnyFinding(TestCase):
    def test_a17_a_finding_goes_only_declared_ways(self):
        run_state_machine_as_test(
            AnyWay,
            settings=settings(
                max_examples=examples(12),
                stateful_step_count=25,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
