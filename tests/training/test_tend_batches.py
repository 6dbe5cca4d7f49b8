"""What passed days bring comes to every case: however many are due, in batches, the longest due first, whatever becomes of those before."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lms.lib.clock import today
from lms.lib.errors import Conflict
from lms.training.bases.conduct import BaseConduct
from lms.training.bases.process import CODE
from lms.training.lifecycle import deadlines, services
from lms.training.lifecycle.conduct import register_conduct
from lms.training.lifecycle.models import Act, Case
from tests.training.cases import Bureau, after

pytestmark = pytest.mark.django_db


@pytest.fixture
def bureau(clock):
    return Bureau()


@pytest.fixture
def asked(bureau, clock, monkeypatch):
    """Five cases that lapse, the longest due last in the order they were begun, with two to a batch."""
    monkeypatch.setattr(deadlines, "BATCH", 2)
    found = []
    for number in range(5):
        body, clerk = bureau.other(f"第{number + 1}家厂")
        case = bureau.filed(body=body, clerk=clerk)
        bureau.by(bureau.officer, case, "ask", reason="请补充")
        Case.objects.filter(pk=case.pk).update(due_on=today() + timedelta(days=10 - number // 2))
        found.append(case)
    after(clock, today() + timedelta(days=30))
    return [case.pk for case in found]


class Stubborn(BaseConduct):
    """A process whose cases with these keys cannot be closed."""

    def __init__(self, keys, error):
        self.keys, self.error = keys, error

    def after(self, done):
        if done.case.pk in self.keys:
            raise self.error
        super().after(done)


@pytest.fixture
def conduct():
    """Puts another conduct in the place of the room's, for a test."""
    yield lambda other: register_conduct(CODE, other)
    register_conduct(CODE, BaseConduct())


def test_all_that_are_due_have_their_turn_the_longest_due_first(asked):
    assert services.tend() == {"closed": 5, "ended": 0, "escalated": 0}
    lapsed = list(Act.objects.filter(name="lapse").order_by("pk").values_list("case", flat=True))
    assert lapsed == [asked[4], asked[2], asked[3], asked[0], asked[1]]
    assert services.tend() == {"closed": 0, "ended": 0, "escalated": 0}


def test_those_that_cannot_be_closed_keep_nobody_waiting(asked, conduct):
    # A whole batch and more of them, and the longest due.
    conduct(Stubborn({asked[4], asked[2], asked[3]}, Conflict("现在不能关闭。", code="not_now")))
    assert services.tend()["closed"] == 2
    assert set(Case.objects.filter(state="lapsed").values_list("pk", flat=True)) == {asked[0], asked[1]}
    # They come again the next time.
    conduct(BaseConduct())
    assert services.tend()["closed"] == 3


def test_one_that_breaks_is_told_once_the_others_have_had_their_turn(asked, conduct):
    conduct(Stubborn({asked[4]}, RuntimeError("broken")))
    with pytest.raises(RuntimeError, match="broken"):
        services.tend()
    assert Case.objects.filter(state="lapsed").count() == 4
    assert Case.objects.get(pk=asked[4]).state == "supplement"


def test_the_due_are_asked_for_a_batch_at_a_time(asked):
    with CaptureQueriesContext(connection) as found:
        keys = list(deadlines._due(today()))
    assert keys == [asked[4], asked[2], asked[3], asked[0], asked[1]]
    assert len(found) == 4
