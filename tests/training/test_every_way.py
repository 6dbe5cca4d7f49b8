"""Every declared act of every declared process is walked from each state it starts in, by whoever may do it; and before each: nobody of the
applicant's own body, nobody who holds no role for it and nobody of the other side does it, nor does anybody where the days that it begins
reach into a year whose calendar is not loaded. Depth first, each step undone before the next way is tried (A05, A26, A35: wrong order and
wrong actor are refused)."""

from collections import Counter
from datetime import date

import pytest
from django.db import transaction

from lms.lib.audit.models import AuditRow
from lms.lib.clock import now
from lms.lib.errors import NotAllowed, NotFound, Refusal
from lms.lib.outbox.models import OutboxEvent
from lms.training.board.models import Posting
from lms.training.lifecycle.declaration import Side, Unit, process_of, processes
from lms.training.lifecycle.models import Act, Case, Evidence, Notice
from lms.training.papers.models import Paper
from tests.training.cases import at
from tests.training.walkers import WALKERS

pytestmark = [pytest.mark.django_db, pytest.mark.long]
# The last working days of the year before the one that no calendar is there for.
YEARS_END = at(date(2026, 12, 29))
# Walked with the other rule of the same process alone.
ELSEWHERE = {
    "ce-base": {("name_unnoticed", "review")},
    "ce-base-unnoticed": {
        *(("pass", "review"), ("again", "notice"), ("name", "notice"), ("refuse", "notice")),
        ("withdraw", "notice"),
    },
    # A check begins it, and a bid begins with its sealed file: walked by whoever prepares the case.
    "check-finding": {("raise", "noted")},
    # And where its package is cancelled, that is an act on the package.
    "tender-bid": {
        ("seal", "preparing"),
        ("withdraw", "preparing"),
        ("moot", "preparing"),
        ("moot", "sealed"),
    },
}


class Undo(Exception):
    """What was tried is taken back."""


class Walk:
    def __init__(self, walker):
        self.walker = walker
        self.done = set()
        self.refused = Counter()

    def ways(self):
        return {(row.name, source) for row in self.walker.process.transitions for source in row.sources}

    def traces(self):
        models = (Act, AuditRow, OutboxEvent, Evidence, Notice, Paper, Posting)
        row = Case.objects.filter(pk=self.walker.case.pk).values().get()
        return [model.objects.count() for model in models], row

    def barred(self, user, row, *classes):
        before = self.traces()
        with pytest.raises(classes or (NotAllowed, NotFound)) as found, transaction.atomic():
            self.walker.step(user, row)
        assert self.traces() == before
        assert str(found.value.message)
        return found.value

    def explore(self, depth=0):
        state = self.walker.now().state
        for row in self.walker.process.leaving(state):
            if (row.name, state) in self.done:
                continue
            moment = now()
            try:
                with transaction.atomic():
                    self.nobody_else(row)
                    if self.walker.do(row.name):
                        assert self.walker.now().state == row.to
                        self.done.add((row.name, state))
                        self.explore(depth + 1)
                    raise Undo
            except Undo:
                self.walker.clock.move_to(moment)

    def nobody_else(self, row):
        walker = self.walker
        if row.side == Side.CLOCK:
            return
        own = self.barred(walker.own, row)
        self.refused[own.code] += 1
        self.barred(walker.stranger, row)
        others = walker.officers[:1] if row.side == Side.APPLICANT else [walker.clerk]
        for user in others:
            self.barred(user, row)
        self.no_calendar(row)

    def no_calendar(self, row):
        """At the end of the year the act begins no days that nobody can reckon."""
        case = self.walker.now()
        values = case.rule.values if case.rule else {}
        counts = (
            row.starts is not None and row.starts.unit == Unit.WORKING_DAYS and values.get(row.starts.setting)
        )
        if not (counts or row.publishes) or row.resumes:
            return
        moment = now()
        try:
            with transaction.atomic():
                self.walker.ready(row.name)
                self.walker.clock.move_to(YEARS_END)
                codes = {self.barred(user, row, Refusal).code for user in self.walker.able(row)}
                self.refused.update(codes)
                raise Undo
        except (Undo, Refusal):
            self.walker.clock.move_to(moment)


@pytest.mark.parametrize("code", WALKERS)
def test_every_declared_way_is_walked_by_its_people_and_by_nobody_else(code, clock):
    walk = Walk(WALKERS[code](clock))
    walk.explore()
    assert walk.ways() - walk.done == ELSEWHERE.get(code, set())
    # On a bid the authority does nothing, and its days are the package's.
    assert (walk.refused["own_case"] > 0) == (code != "tender-bid")
    assert (walk.refused["no_calendar"] > 0) == (code != "tender-bid")


def test_every_declared_process_has_somebody_who_walks_it():
    """And what one rule leaves out, the other walks."""
    walked = {kind.code for kind in WALKERS.values()}
    assert walked == {process.code for process in processes()}
    assert not ELSEWHERE["ce-base"] & ELSEWHERE["ce-base-unnoticed"]
    assert {process_of(code).code for code in walked} == walked
