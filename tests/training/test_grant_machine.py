"""The money of grants under any sequence of acts, right and wrong: beside a plain model of sums, nothing is ever above the limit, below
zero, paid without a decision, given twice or spent after the months of use; what is refused writes nothing; the audit agrees.
"""

from contextlib import suppress
from datetime import date, timedelta

import pytest
import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from creditbank.api import audit, money_of
from creditbank.ledger.models import Entry, Transaction
from lms.lib.clock import today
from lms.lib.errors import Refusal
from lms.training.grants import services
from lms.training.grants.models import Grant, Movement, Spend, SpendStep
from lms.training.grants.rules import NAMED_USES
from lms.training.lifecycle.models import Act, Case
from lms.training.lifecycle.rules import add_months
from tests.examples import examples
from tests.factories.accounts import OrganisationFactory, member
from tests.training.cases import at
from tests.training.grants import WHOLE, House

FIRST = date(2026, 3, 2)
# Sums around what matters: the least, the whole, one more than either.
SUMS = st.sampled_from([-1, 0, 1, 2, 999_999, WHOLE // 2, WHOLE - 1, WHOLE, WHOLE + 1])


class AnyMoney(RuleBasedStateMachine):
    """Two bodies of one code, with a case each. model: what each grant was given, spent and sent back."""

    @initialize()
    def start(self):
        self.day = FIRST
        self.travel = time_machine.travel(at(self.day), tick=False)
        self.clock = self.travel.start()
        self.house = House(use_months=1)
        twin = OrganisationFactory(name="青申精机（旧）", kind="enterprise", uscc=self.house.firm.uscc)
        clerk = member("hr", twin)
        self.house.standing(twin, clerk)
        # Handed in both, before either is decided.
        self.cases = [
            self.house.checked(),
            self.house.checked(body=twin, clerk=clerk),
        ]
        self.clerks = [self.house.clerk, clerk]
        self.given = [0, 0]
        self.paid = [0, 0]
        self.spent = [0, 0]
        self.back = [0, 0]
        self.until = [FIRST, FIRST]
        self.struck: set[int] = set()

    def traces(self):
        models = (Act, Grant, Movement, Spend, SpendStep, Transaction, Entry)
        return [model.objects.count() for model in models], list(Case.objects.order_by("pk").values())

    def attempt(self, who, at_case, name, **said):
        """Whether it was done; what was refused left nothing."""
        before = self.traces()
        try:
            self.house.act(who, self.cases[at_case], name, **said)
        except Refusal:
            assert self.traces() == before
            return False
        return True

    @rule(at_case=st.integers(0, 1), fen=SUMS, agree=st.integers(0, 3), file=st.booleans())
    def approve(self, at_case, fen, agree, file):
        said = self.house.meeting(fen=fen)
        with suppress(Refusal):
            self.house.says(self.cases[at_case], *["agree"] * agree, *["against"] * (3 - agree))
        if self.attempt(self.house.officer, at_case, "approve", file=file, **said):
            assert agree * 2 > 3
            assert file
            assert 0 < fen <= WHOLE
            assert sum(self.given) == 0
            self.given[at_case] = fen

    @rule(at_case=st.integers(0, 1))
    def pay(self, at_case):
        if self.attempt(self.house.officer, at_case, "pay", paid_on=today(), voucher="BK"):
            assert self.given[at_case] > 0
            assert self.paid[at_case] == 0
            self.paid[at_case] = self.given[at_case]
            self.until[at_case] = add_months(today(), 1)

    @rule(at_case=st.integers(0, 1))
    def cancel(self, at_case):
        if self.attempt(self.house.officer, at_case, "cancel"):
            assert self.paid[at_case] == 0
            self.given[at_case] = 0

    @rule(
        at_case=st.integers(0, 1),
        fen=SUMS,
        use=st.sampled_from([*NAMED_USES, "other", ""]),
        place=st.integers(0, 9),
    )
    def spend(self, at_case, fen, use, place):
        said = {"use": use, "fen": fen, "payee": "店", "voucher": f"FP-{place}", "paid_on": today()}
        if self.attempt(self.clerks[at_case], at_case, "spend", **said):
            assert use in NAMED_USES
            assert today() <= self.until[at_case]
            self.spent[at_case] += fen

    @rule(at_case=st.integers(0, 1), fen=SUMS, place=st.integers(0, 9), agreed=st.booleans())
    def other(self, at_case, fen, place, agreed):
        said = {"fen": fen, "payee": "店", "voucher": f"FP-{place}", "paid_on": today()}
        if self.attempt(self.clerks[at_case], at_case, "propose", **said):
            assert today() <= self.until[at_case]
            assert self.attempt(self.house.officer, at_case, "allow" if agreed else "disallow")
            self.spent[at_case] += fen if agreed else 0

    @rule(at_case=st.integers(0, 1), number=st.integers(0, 6))
    def strike(self, at_case, number):
        spend = Spend.objects.filter(grant__case=self.cases[at_case], number=number).first()
        if self.attempt(self.house.officer, at_case, "strike", spend=number):
            assert spend is not None
            assert spend.pk not in self.struck
            self.struck.add(spend.pk)
            self.spent[at_case] -= spend.fen

    @rule(at_case=st.integers(0, 1), fen=SUMS, name=st.sampled_from(["take_back", "take_rest"]))
    def take_back(self, at_case, fen, name):
        said = {"fen": fen, "paid_on": today(), "voucher": "TK"}
        if self.attempt(self.house.officer, at_case, name, **said):
            self.back[at_case] += fen

    @rule(at_case=st.integers(0, 1), name=st.sampled_from(["settle_up", "back", "settle"]))
    def end(self, at_case, name):
        who = self.clerks[at_case] if name == "settle_up" else self.house.officer
        if self.attempt(who, at_case, name) and name == "settle":
            assert self.paid[at_case] == self.spent[at_case] + self.back[at_case] > 0

    @rule(days=st.integers(1, 12))
    def days_pass(self, days):
        self.day += timedelta(days=days)
        self.clock.move_to(at(self.day))

    @invariant()
    def the_books_say_what_the_model_says(self):
        if not hasattr(self, "back"):
            return
        for at_case, case in enumerate(self.cases):
            grant = Grant.objects.filter(case=case).first()
            if grant is None:
                continue
            totals = services.totals_of(grant)
            given, paid = self.given[at_case], self.paid[at_case]
            assert (totals.committed, totals.paid) == (given - paid, paid)
            assert (totals.spent_in_all, totals.returned) == (self.spent[at_case], self.back[at_case])
            assert totals.held == paid - self.spent[at_case] - self.back[at_case] >= 0
            assert all(fen >= 0 for _use, fen in totals.spent)
        assert money_of([self.house.fund.uuid]) == {self.house.fund.uuid: -sum(self.given)}
        assert sum(self.given) <= WHOLE
        assert Grant.objects.filter(uscc=self.house.firm.uscc, cancelled_on__isnull=True).count() <= 1

    def teardown(self):
        if hasattr(self, "back"):
            assert audit().broken == 0
        if hasattr(self, "travel"):
            self.travel.stop()


@pytest.mark.long
class Grants(TestCase):
    def test_any_money(self):
        run_state_machine_as_test(
            AnyMoney,
            settings=settings(
                max_examples=examples(20),
                stateful_step_count=25,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
