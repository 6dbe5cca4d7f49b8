"""Every declared process under any sequence of acts, by anybody, on any day: no way leads to a state that the declaration
forbids, whoever or whatever is wrong is always refused, and what is refused writes nothing. Some steps go on as somebody may who
brings all that is asked for (walkers.py), so that long ways are walked; the others are anybody's.
"""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from lms.lib.audit.models import AuditRow
from lms.lib.clock import now, today
from lms.lib.errors import Refusal
from lms.lib.outbox.models import OutboxEvent
from lms.training.lifecycle import services
from lms.training.lifecycle.declaration import Guard, Side
from lms.training.lifecycle.models import Act, Case, Evidence, Notice, Objection
from lms.training.lifecycle.services import Said
from tests.examples import examples
from tests.factories.accounts import member
from tests.training.cases import at, pdf
from tests.training.walkers import WALKERS

FIRST = date(2026, 3, 2)
# The calendar of the year after is not loaded: acts that need it are refused, and that is all.
LAST = date(2026, 12, 28)
PEOPLE = ("clerk", "officer", "second", "chief", "stranger", "own")


class Undo(Exception):
    """What was tried is taken back."""


class AnyWay(RuleBasedStateMachine):
    """The model: what the declaration says of state and side, and the case's chain of acts."""

    key: str

    @initialize()
    def start(self):
        self.travel = time_machine.travel(at(FIRST), tick=False)
        self.clock = self.travel.start()
        self.walker = WALKERS[self.key](self.clock)
        self.process, self.case = self.walker.process, self.walker.case
        self.chief = member("admin", self.walker.now().authority)

    def person(self, name):
        officers = {
            "officer": self.walker.officers[0],
            "second": self.walker.officers[1],
            "chief": self.chief,
        }
        return officers.get(name) or getattr(self.walker, name)

    def traces(self):
        models = (Act, AuditRow, OutboxEvent, Evidence, Notice)
        return [model.objects.count() for model in models], Case.objects.filter(
            pk=self.case.pk
        ).values().get()

    @rule(places=st.lists(st.tuples(st.integers(0, 11), st.integers(0, 9)), min_size=3, max_size=8))
    def onwards(self, places):
        """Acts that the state allows, by whoever may do them, with all that goes before them; few of them end the case."""
        for place, ends in places:
            before = self.traces()
            rows = self.process.leaving(before[1]["state"])
            rows = [row for row in rows if ends == 9 or not self.process.state(row.to).final] or rows
            if not rows:
                return
            row = rows[place % len(rows)]
            if self.walker.do(row.name):
                assert Act.objects.filter(case=self.case, name=row.name).latest("pk").to == row.to
            else:
                assert self.traces() == before

    @rule(place=st.integers(0, 11))
    def at_the_end_of_the_year(self, place):
        """The same on the last days that have a calendar: whatever cannot be reckoned is refused. Then the day is as it was."""
        rows, moment = self.process.leaving(self.walker.now().state), now()
        if not rows:
            return
        row = rows[place % len(rows)]
        try:
            with transaction.atomic():
                self.clock.move_to(max(moment, at(LAST)))
                for user in self.walker.able(row) if row.side != Side.CLOCK else []:
                    before = self.traces()
                    try:
                        with transaction.atomic():
                            self.walker.step(user, row)
                    except Refusal:
                        assert self.traces() == before
                    else:
                        notice = Notice.objects.filter(case=self.case, first_day=today())
                        assert not notice.filter(last_day__year__gt=LAST.year).exists()
                        break
                raise Undo
        except Undo:
            self.clock.move_to(moment)

    @rule(
        who=st.sampled_from(PEOPLE),
        place=st.integers(0, 40),
        reason=st.sampled_from(["", "有理由"]),
        brings=st.booleans(),
        stale=st.integers(0, 5),
    )
    def act(self, who, place, reason, brings, stale):
        row = self.process.transitions[place % len(self.process.transitions)]
        user, before = self.person(who), self.traces()
        seen = Case.objects.get(pk=self.case.pk)
        seen.revision -= stale == 5
        wrong = (
            seen.state not in row.sources
            or row.side == Side.CLOCK
            or who in ("stranger", "own")
            or (who == "clerk") != (row.side == Side.APPLICANT)
            or (row.reason and not reason)
            or (who == "chief" and self.process.superior not in row.roles and seen.escalated_on is None)
            or stale == 5
        )
        files = [pdf()] if brings and row.takes else []
        try:
            services.act(user, seen, row.name, Said(reason, files))
        except Refusal as refusal:
            found = refusal
        else:
            found = None
        if found is None:
            assert not wrong
            after = Case.objects.get(pk=self.case.pk)
            assert (after.state, after.revision) == (row.to, seen.revision + 1)
        else:
            assert str(found.message)
            assert found.status in (403, 404, 409, 422)
            assert self.traces() == before

    @rule(days=st.integers(1, 40))
    def days_pass(self, days):
        self.clock.move_to(max(now(), at(min(today() + timedelta(days=days), LAST))))
        services.tend()
        before = self.traces()
        services.tend()
        assert self.traces() == before

    @rule(who=st.sampled_from(PEOPLE))
    def object(self, who):
        notice = Notice.objects.filter(case=self.case).last()
        if notice is not None:
            before = self.traces()
            try:
                services.object_to(self.person(who), notice, "有异议")
            except Refusal:
                assert self.traces() == before
            else:
                assert who not in ("clerk", "own")
                assert notice.first_day <= today() <= notice.last_day

    @rule(upheld=st.booleans(), who=st.sampled_from(PEOPLE))
    def answer(self, upheld, who):
        row = Objection.objects.filter(notice__case=self.case, state="open").first()
        if row is not None:
            before = self.traces()
            try:
                services.answer(self.person(who), row, upheld=upheld, text="查过了")
            except Refusal:
                assert self.traces() == before
            else:
                assert who in ("officer", "second", "chief")

    @invariant()
    def the_acts_are_a_chain_that_the_declaration_allows(self):
        if not hasattr(self, "case"):
            return
        state, case = self.process.start, Case.objects.get(pk=self.case.pk)
        for number, entry in enumerate(case.acts.all(), 1):
            row = self.process.transition(entry.name)
            assert (entry.number, entry.source) == (number, state)
            if row is None:
                assert entry.to == state
            else:
                assert state in row.sources
                assert entry.to == row.to
            state = entry.to
        assert case.state == state
        assert (case.slot is None) == (case.stands.final or not self.process.once)

    @invariant()
    def nothing_is_granted_before_its_day(self):
        if hasattr(self, "case"):
            granted = [row.name for row in self.process.transitions if Guard.NOTICE_OVER in row.guards]
            for entry in Act.objects.filter(case=self.case, name__in=granted):
                notice = Notice.objects.filter(case=self.case, at__lt=entry.at).last()
                assert notice is not None
                assert entry.at > at(notice.last_day)
                assert not notice.objections.exclude(state="dismissed").exists()

    def teardown(self):
        if hasattr(self, "travel"):
            self.travel.stop()


@pytest.mark.long
class EveryProcess(TestCase):
    def test_any_way(self):
        for code in WALKERS:

            class Machine(AnyWay):
                key = code

            run_state_machine_as_test(
                Machine,
                settings=settings(
                    max_examples=examples(15),
                    stateful_step_count=12,
                    deadline=None,
                    suppress_health_check=list(HealthCheck),
                ),
            )
