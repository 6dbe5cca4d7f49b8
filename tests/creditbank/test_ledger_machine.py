"""The books under any sequence of posts, retries, batches, reversals and days: a state machine beside a plain model."""

import os
from datetime import datetime, time, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from creditbank.ledger import queries
from creditbank.ledger.audit import audit
from creditbank.ledger.models import Transaction
from creditbank.ledger.services import holder_account, issuer_account, post_many, reverse
from creditbank.proofs.models import LedgerRoot
from creditbank.proofs.queries import proof_of
from creditbank.proofs.rules import verifies
from creditbank.proofs.services import make_roots
from lms.lib.clock import SHANGHAI, now
from lms.lib.errors import Conflict
from lms.lib.ids import uuid7
from lms.lib.outbox.models import OutboxEvent
from tests.examples import examples
from tests.factories.creditbank import SYSTEM, booked, booking

UNITS = ("study_hour.public", "credit")
amounts = st.integers(-300, 500).filter(bool)
LONG = bool(os.environ.get("RONGTONG_SOAK"))


class Books(RuleBasedStateMachine):
    """The model: balances by (person, unit), and what each key was used for."""

    done = Bundle("done")

    @initialize()
    def start(self):
        self.travel = time_machine.travel(datetime(2026, 3, 2, 12, tzinfo=SHANGHAI), tick=False)
        self.clock = self.travel.start()
        self.people = [uuid7() for _ in range(3)]
        self.balances = {(person, unit): 0 for person in self.people for unit in UNITS}
        self.keys = {}
        self.reversed = set()

    def _expect(self, place, amount):
        return self.balances[place] + amount >= 0

    @rule(
        target=done,
        who=st.integers(0, 2),
        unit=st.sampled_from(UNITS),
        amount=amounts,
        key=st.integers(0, 12),
    )
    def post(self, who, unit, amount, key):
        place, name = (self.people[who], unit), f"key-{key}"
        wanted = (place, amount)
        if name in self.keys:
            used, row = self.keys[name]
            if used == wanted:
                assert booked(place[0], amount, unit=unit, key=name).uuid == row.uuid
            else:
                with pytest.raises(Conflict):
                    booked(place[0], amount, unit=unit, key=name)
            return multiple()
        if not self._expect(place, amount):
            with pytest.raises(Conflict):
                booked(place[0], amount, unit=unit, key=name)
            return multiple()
        row = booked(place[0], amount, unit=unit, key=name)
        self.balances[place] += amount
        self.keys[name] = (wanted, row)
        return name

    @rule(
        items=st.lists(st.tuples(st.integers(0, 2), st.sampled_from(UNITS), amounts), min_size=1, max_size=4)
    )
    def batch(self, items):
        after = dict(self.balances)
        right = True
        for who, unit, amount in items:
            after[self.people[who], unit] += amount
            right = right and after[self.people[who], unit] >= 0
        named = [
            (f"batch-{uuid7()}", booking(self.people[who], amount, unit=unit)) for who, unit, amount in items
        ]
        if right:
            post_many(named, actor=SYSTEM)
            self.balances = after
        else:
            with pytest.raises(Conflict):
                post_many(named, actor=SYSTEM)

    @rule(name=done)
    def undo(self, name):
        (place, amount), row = self.keys[name]
        if name in self.reversed:
            with pytest.raises(Conflict):
                reverse(row, reason="另一个原因", actor=SYSTEM)
        elif self._expect(place, -amount):
            reverse(row, reason="更正", actor=SYSTEM)
            self.balances[place] -= amount
            self.reversed.add(name)
        else:
            with pytest.raises(Conflict):
                reverse(row, reason="更正", actor=SYSTEM)

    @rule()
    def a_day_ends(self):
        """The clock goes on by a day; the day that ended gets its root, and nobody can post to it any more."""
        self.clock.shift(timedelta(days=1))
        make_roots()

    @rule(who=st.integers(0, 2))
    def a_person_proves_what_they_have(self, who):
        newest = LedgerRoot.objects.order_by("-day").first()
        if newest is not None:
            for proof in proof_of(self.people[who], newest.day):
                assert verifies(proof["leaf"], proof["path"], newest.root)

    @rule()
    def a_posting_of_a_closed_day_is_refused(self):
        newest = LedgerRoot.objects.order_by("-day").first()
        if newest is None:
            return
        moment, late = now(), datetime.combine(newest.day, time(12), SHANGHAI)
        self.clock.move_to(late)
        with pytest.raises(Conflict) as refusal, transaction.atomic():
            booked(self.people[0], 10)
        assert (refusal.value.code, type(refusal.value.__cause__)) == ("day_closed", IntegrityError)
        self.clock.move_to(moment)

    @rule()
    def a_failed_outer_transaction_leaves_nothing(self):
        before = Transaction.objects.count()
        with pytest.raises(RuntimeError), transaction.atomic():
            booked(self.people[0], 10)
            raise RuntimeError
        assert Transaction.objects.count() == before

    @invariant()
    def balances_are_the_models(self):
        for (person, unit), balance in self.balances.items():
            account = holder_account(person, unit)
            assert queries.balance(account) == queries.derived_balance(account) == balance >= 0
        for unit in UNITS:
            issued = sum(amount for (_person, name), amount in self.balances.items() if name == unit)
            assert queries.balance(issuer_account(unit)) == -issued

    @invariant()
    def every_new_row_has_its_event_and_no_more(self):
        assert OutboxEvent.objects.filter(kind__endswith=".posted").count() == Transaction.objects.count()

    def teardown(self):
        report = audit(thorough=True)
        if hasattr(self, "travel"):
            self.travel.stop()
        assert report.broken == 0, report.breaks


class LedgerMachineTest(TestCase):
    """Each run of the machine is rolled back by the test case of Hypothesis for Django."""

    def test_any_sequence(self):
        class Rolled(Books):
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
                max_examples=300 if LONG else examples(12),
                stateful_step_count=40 if LONG else 15,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
