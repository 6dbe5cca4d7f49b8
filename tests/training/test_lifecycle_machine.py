"""Every declared process under any sequence of acts, by anybody, on any day: no way leads to a state that the declaration
forbids, whoever or whatever is wrong is always refused, and what is refused writes nothing.
"""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from lms.lib.audit.models import AuditRow
from lms.lib.errors import Refusal
from lms.lib.outbox.models import OutboxEvent
from lms.training.bases.process import CODE
from lms.training.ce_bases.process import CODE as CE_BASE
from lms.training.ce_bases.process import FILING_CODE as CE_FILING
from lms.training.digital.process import CODE as DIGITAL
from lms.training.grants.process import CODE as GRANTS
from lms.training.lifecycle import services
from lms.training.lifecycle.declaration import Process, Side, process_of, processes
from lms.training.lifecycle.models import Act, Case, Evidence, Notice, Objection
from lms.training.lifecycle.services import Said
from lms.training.programmes.process import CODE as PROGRAMMES
from lms.training.supervision.process import CODE as FINDING
from lms.training.tenders.process import BID
from lms.training.tenders.process import CODE as TENDER
from tests.examples import examples
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.training.advanced import proposal
from tests.training.cases import Bureau, at, pdf
from tests.training.ce import Region
from tests.training.digitals import proposal as item
from tests.training.grants import draft


def _of_region(begun: Callable[[Region], Case], **values: int | None) -> Callable[[Bureau], Case]:
    """A case of a continuing-education base, whose people stand in for the bureau's."""

    def draft_of(bureau: Bureau) -> Case:
        region = Region(**values)
        for name in ("authority", "officer", "second", "chief", "clerk"):
            setattr(bureau, name, getattr(region, name))
        bureau.firm = region.college
        return begun(region)

    return draft_of


# A process that is declared has somebody here who begins a case of it, complete.
DRAFTS: dict[str, Callable[[Bureau], Case]] = {
    CODE: lambda bureau: bureau.complete(),
    GRANTS: draft,
    PROGRAMMES: proposal,
    DIGITAL: item,
    CE_BASE: _of_region(lambda region: region.complete()),
    CE_FILING: _of_region(lambda region: (region.base(), region.plan())[1], notice_days=None),
}
# These begin with a package, a sealed file or a check: test_tender_machine.py (bids with it) and test_finding_machine.py.
ELSEWHERE = {TENDER, BID, FINDING}
FIRST = date(2026, 3, 2)
# The calendar of the year after is not loaded: acts that need it are refused, and that is all.
LAST = date(2026, 12, 28)
PEOPLE = ("clerk", "officer", "second", "chief", "stranger", "both")


class AnyWay(RuleBasedStateMachine):
    """The model: what the declaration says of state and side, and the case's chain of acts."""

    process: Process

    @initialize()
    def start(self):
        self.day = FIRST
        self.travel = time_machine.travel(at(self.day), tick=False)
        self.clock = self.travel.start()
        self.bureau = Bureau()
        self.case = DRAFTS[self.process.code](self.bureau)
        # An officer who belongs to the applicant's body as well, and somebody who belongs nowhere.
        self.both = MembershipFactory(organisation=self.bureau.authority, role="officer").user
        MembershipFactory(user=self.both, organisation=self.bureau.firm, role="auditor")
        self.stranger = UserFactory()

    def person(self, name):
        return getattr(self, name, None) or getattr(self.bureau, name)

    def traces(self):
        models = (Act, AuditRow, OutboxEvent, Evidence, Notice)
        return [model.objects.count() for model in models], Case.objects.filter(
            pk=self.case.pk
        ).values().get()

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
            or who in ("stranger", "both")
            or (who == "clerk") != (row.side == Side.APPLICANT)
            or (row.reason and not reason)
            or (who == "chief" and seen.escalated_on is None)
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
        self.day = min(self.day + timedelta(days=days), LAST)
        self.clock.move_to(at(self.day))
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
                assert who not in ("clerk", "both")
                assert notice.first_day <= self.day <= notice.last_day

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
            for entry in Act.objects.filter(case=self.case, name="name"):
                notice = Notice.objects.filter(case=self.case, at__lt=entry.at).last()
                assert notice is not None
                assert entry.at > at(notice.last_day)
                assert not notice.objections.exclude(state="dismissed").exists()

    def teardown(self):
        if hasattr(self, "travel"):
            self.travel.stop()


@pytest.mark.long
class EveryProcess(TestCase):
    def test_every_declared_process_has_a_draft_here(self):
        assert DRAFTS.keys() | ELSEWHERE == {process.code for process in processes()}

    def test_any_way(self):
        for code in DRAFTS:

            class Machine(AnyWay):
                process = process_of(code)

            run_state_machine_as_test(
                Machine,
                settings=settings(
                    max_examples=examples(25),
                    stateful_step_count=30,
                    deadline=None,
                    suppress_health_check=list(HealthCheck),
                ),
            )
