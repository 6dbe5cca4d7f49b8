"""An application under any sequence of acts by anybody: the lifecycle beside a plain model of it, books and uses."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from creditbank.applications import lifecycle, services
from creditbank.applications.models import Application, OutcomeUse
from creditbank.applications.queries import holds_for
from creditbank.ledger.models import Transaction
from lms.lib.clock import today
from lms.lib.errors import Conflict, NotAllowed, Refusal
from tests.creditbank.applications.cases import House, books_hold, credits_of
from tests.examples import examples
from tests.factories.creditbank import certificate

# Acts of the applicant, the clock and an administrator; opinions of three reviewers come beside them.
WHO = st.integers(0, 2)


class Cases(RuleBasedStateMachine):
    """The model of one case: its state, who has spoken in this round and for what, and who took part at all."""

    @initialize(reviewers=st.integers(1, 3))
    def start(self, reviewers):
        self.house = House(reviewers=reviewers)
        self.staff = [self.house.first, self.house.second, self.house.third]
        self.learner, self.row = self.house.case()
        self.paper = self.row.outcome
        self._fresh()

    def _fresh(self):
        self.state, self.eyes, self.proposed, self.part = "submitted", [], None, set()

    def _load(self):
        self.row = Application.objects.get(pk=self.row.pk)

    def _refused(self, act, *kinds):
        with pytest.raises(kinds or (Refusal,)):
            act()

    @rule(who=WHO, approve=st.booleans())
    def opinion(self, who, approve):
        def act():
            return services.decide(self.staff[who], self.row, approve=approve, reason="意见")

        if self.state == "appealed":
            if who in self.part:
                self._refused(act, NotAllowed)
                return
            act()
            self.part.add(who)
            self.state = "approved" if approve else "upheld"
        elif self.state not in ("submitted", "proposed"):
            self._refused(act, Conflict)
            return
        elif who in self.eyes:
            self._refused(act, NotAllowed)
            return
        else:
            act()
            self.part.add(who)
            if self.state == "proposed" and approve != self.proposed:
                self.state, self.eyes, self.proposed = "submitted", [], None
            elif len(self.eyes) + 1 == self.row.reviewers:
                self.state, self.eyes = ("approved" if approve else "refused"), []
            else:
                self.state, self.proposed = "proposed", approve
                self.eyes.append(who)
        self._load()

    @rule(who=WHO)
    def ask(self, who):
        def act():
            return services.ask(
                self.staff[who],
                self.row,
                what="请补材料",
                until=today().replace(year=today().year + 1, day=1),
            )

        if self.state not in ("submitted", "proposed"):
            self._refused(act, Conflict)
            return
        if who in self.eyes:
            self._refused(act, NotAllowed)
            return
        act()
        self.part.add(who)
        self.state, self.eyes, self.proposed = "supplement", [], None
        self._load()

    @rule()
    def answer(self):
        if self.state != "supplement":
            self._refused(lambda: services.supplement(self.learner, self.row, text="补"), Conflict)
            return
        services.supplement(self.learner, self.row, text="补")
        self.state = "submitted"
        self._load()

    @rule()
    def appeal(self):
        if self.state != "refused":
            self._refused(lambda: services.appeal(self.learner, self.row, reason="申诉"), Conflict)
            return
        services.appeal(self.learner, self.row, reason="申诉")
        self.state = "appealed"
        self._load()

    @rule()
    def withdraw(self):
        if self.state not in lifecycle.OPEN:
            self._refused(lambda: services.withdraw(self.learner, self.row), Conflict)
            return
        services.withdraw(self.learner, self.row)
        self.state = "withdrawn"
        self._load()

    @rule()
    def take_back(self):
        def act():
            return services.reverse_recognition(self.house.admin, self.row, reason="更正")

        if self.state != "approved":
            self._refused(act, Conflict)
            return
        act()
        self.state = "reversed"
        self._load()

    @rule()
    def apply_again(self):
        """A new case of the same certificate, possible exactly when nothing of it is open or approved."""

        def act():
            return services.submit(self.learner, self.house.wish(self.paper))

        if self.state in lifecycle.OPEN or self.state == "approved":
            self._refused(act, Conflict)
            return
        self.row = act()
        self._fresh()
        self._load()

    @rule()
    def another_certificate_for_the_same_course(self):
        """Whatever is open, a course that is credited is not credited again."""
        if self.state == "approved":
            second = certificate(self.learner)
            self._refused(lambda: services.submit(self.learner, self.house.wish(second)), Conflict)

    @invariant()
    def it_is_where_the_model_is(self):
        assert self.row.state == self.state
        assert self.row.revision == self.row.steps.count()
        assert (self.row.transaction_id is not None) == (self.state in ("approved", "reversed"))
        assert holds_for(self.row)

    @invariant()
    def books_and_uses_agree(self):
        living = OutcomeUse.objects.filter(release__isnull=True).count()
        assert living == (1 if self.state == "approved" else 0)
        assert credits_of(self.learner) == 800 * living
        assert Transaction.objects.count() == OutcomeUse.objects.count() * 2 - living

    @invariant()
    def it_is_at_an_end_or_somebody_has_a_way_on(self):
        ways = [row for row in lifecycle.possible(self.row.state) if row.to != row.state]
        assert ways or self.state in lifecycle.ENDS

    def teardown(self):
        books_hold()


class LifecycleMachineTest(TestCase):
    """Each run of the machine is rolled back by the test case of Hypothesis for Django."""

    @pytest.mark.long
    def test_any_sequence(self):
        class Rolled(Cases):
            def __init__(self):
                self.outer = transaction.atomic()
                self.outer.__enter__()
                super().__init__()

            def teardown(self):
                try:
                    super().teardown()
                finally:
                    transaction.set_rollback(True)
                    self.outer.__exit__(None, None, None)

        run_state_machine_as_test(
            Rolled,
            settings=settings(
                max_examples=examples(25),
                stateful_step_count=25,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
