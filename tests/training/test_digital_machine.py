"""A contest under any sequence of services by anybody, on any day: nobody enters outside its days or twice, no more entries than places,
no result that three people have not handled, hours once; and what is refused writes nothing.
"""

from datetime import date, timedelta

import pytest
import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from lms.learning.declarations.models import HoursDeclaration, WorkCredit
from lms.lib.audit.models import AuditRow
from lms.lib.errors import Refusal
from lms.lib.outbox.models import OutboxEvent
from lms.training.digital import contest, marking, results
from lms.training.digital.models import ContestEntry, DigitalAchievement, EntryMember, ResultSheet
from lms.training.digital.rules import ADVANCE, OUT, SheetLine
from tests.examples import examples
from tests.factories.accounts import UserFactory
from tests.training.cases import at
from tests.training.digitals import UNTIL, Lab, fresh, ruled

FIRST, LAST = date(2026, 3, 2), date(2026, 3, 25)
STAFF = ("teacher", "dean", "officer", "second", "stranger")


class AnyContest(RuleBasedStateMachine):
    @initialize()
    def start(self):
        self.day = FIRST
        self.travel = time_machine.travel(at(self.day), tick=False)
        self.clock = self.travel.start()
        self.lab = Lab()
        for rank in ("一等奖", "二等奖"):
            ruled(f"市级{rank}")
        self.lab.stranger = UserFactory()
        self.item = self.lab.opened(people=2, team_most=2)
        self.people = [UserFactory() for _person in range(4)]

    def traces(self):
        models = (AuditRow, OutboxEvent, ContestEntry, EntryMember, ResultSheet, DigitalAchievement)
        return [model.objects.count() for model in (*models, HoursDeclaration)], list(
            ResultSheet.objects.values_list("state", flat=True)
        )

    def tried(self, work):
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

    @rule(days=st.integers(1, 6))
    def wait(self, days):
        self.day = min(self.day + timedelta(days=days), LAST)
        self.clock.move_to(at(self.day))

    @rule(who=st.integers(0, 3))
    def enter(self, who):
        user = self.people[who]
        done = self.tried(lambda: contest.enter(user, fresh(self.item), f"第 {who} 队"))
        assert not done or self.day <= UNTIL

    @rule(who=st.integers(0, 3), team=st.integers(0, 3))
    def join(self, who, team):
        entry = ContestEntry.objects.filter(item=self.item).order_by("pk")[team : team + 1].first()
        code = entry.code if entry else "NONE"
        self.tried(lambda: contest.join(self.people[who], fresh(self.item), code))

    @rule(who=st.integers(0, 3))
    def leave(self, who):
        self.tried(lambda: contest.leave(self.people[who], fresh(self.item)))

    @rule(who=st.sampled_from(STAFF), stage=st.integers(0, 1), best=st.integers(0, 1))
    def results_are_entered(self, who, stage, best):
        entries = marking.stage_entries(fresh(self.item), stage)
        good, bad = (ADVANCE, OUT) if stage == 0 else ("first", "second")
        lines = [
            SheetLine(str(entry.uuid), None, good if place == best else bad)
            for place, entry in enumerate(entries)
        ]
        user = getattr(self.lab, who)
        done = self.tried(lambda: contest.enter_results(user, fresh(self.item), stage, self.day, lines))
        assert not done or (who in ("teacher", "dean") and self.day > UNTIL)

    @rule(who=st.sampled_from(STAFF), what=st.sampled_from(["check", "publish", "return"]))
    def a_sheet_is_handled(self, who, what):
        sheet = ResultSheet.objects.filter(item=self.item).order_by("-pk").first()
        if sheet is None:
            return
        user = getattr(self.lab, who)
        work = {
            "check": lambda: contest.check_results(user, sheet),
            "publish": lambda: contest.publish_results(user, sheet),
            "return": lambda: contest.return_results(user, sheet, "再核对一次"),
        }[what]
        self.tried(work)

    @rule()
    def hours(self):
        results.give(fresh(self.item))

    @invariant()
    def holds(self):
        if not hasattr(self, "item"):
            return
        entries = ContestEntry.objects.filter(item=self.item, withdrawn=False)
        assert entries.count() <= 2
        members = list(EntryMember.objects.filter(left=False).values_list("person", flat=True))
        assert len(members) == len(set(members))
        for sheet in ResultSheet.objects.filter(state="published"):
            assert len({sheet.entered_by_id, sheet.checked_by_id, sheet.published_by_id}) == 3
        final = ResultSheet.objects.filter(state="published", stage=1).exists()
        assert final or not DigitalAchievement.objects.exists()
        assert HoursDeclaration.objects.count() <= DigitalAchievement.objects.count()
        assert set(WorkCredit.objects.values_list("number", flat=True)) <= {1}

    def teardown(self):
        if hasattr(self, "travel"):
            self.travel.stop()


@pytest.mark.long
class AnyWay(TestCase):
    def test_a10_any_contest(self):
        run_state_machine_as_test(
            AnyContest,
            settings=settings(
                max_examples=examples(25),
                stateful_step_count=30,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
