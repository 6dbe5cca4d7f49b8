"""A03: what was done in a plan's days and completed later, for reasons of ours, earns by the day on which it was done."""

from datetime import timedelta

import pytest

from lms.learning.completion.models import Completion
from lms.learning.completion.queries import faults
from lms.learning.permits.services import give
from tests.factories.courses import permit
from tests.factories.learning import enrolment
from tests.learning.holds import cases

pytestmark = [pytest.mark.django_db, pytest.mark.long]
LAST = cases.DAY + timedelta(days=1)


@pytest.fixture
def moment():
    return cases.NOON


@pytest.fixture
def item(clock):
    return enrolment(
        release=cases.course(min_coverage_percent=25, kind="public", theme="ethics", planned=False)
    )


def released_later(item, clock):
    """Studied on two days; a hold of the first is released forty days on, and the course is completed then."""
    hold = cases.half(item, clock)
    cases.later(clock, item, 1, cases.QUARTER, days=1)
    assert not Completion.objects.exists()
    clock.move_to(cases.at(9, day=cases.DAY + timedelta(days=40)), tick=False)
    cases.release(cases.House().officer, hold)
    return Completion.objects.get(enrolment=item)


def test_a_hold_without_ground_costs_no_hours(item, clock):
    found = permit(item.course, cases.DAY, LAST)
    completion = released_later(item, clock)
    assert completion.rule["plan"]["plan"] == str(found.plan)
    assert completion.rule["plan_day"] == LAST.isoformat()
    assert completion.centihours > 0
    assert list(faults(completion)) == []


def test_what_was_done_before_the_plan_came_is_given_by_that_day_too(item, clock):
    completion = released_later(item, clock)
    assert (completion.centihours, completion.rule["plan"]) == (0, None)
    found = permit(item.course, cases.DAY, LAST)
    told = []
    assert give(found.source, lambda done, total: told.append(done)) == {
        "completions": 1,
        "classes": 0,
        "failed": 0,
    }
    assert told == [1]
    assert give(found.source)["completions"] == 0
    completion = Completion.objects.get(pk=completion.pk)
    assert completion.total_centihours > 0
    assert list(faults(completion)) == []


def test_days_outside_of_both_earn_nothing(item, clock):
    permit(item.course, LAST + timedelta(days=1), LAST + timedelta(days=9))
    assert released_later(item, clock).centihours == 0
