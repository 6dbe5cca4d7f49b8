"""A03: what was done in a plan's days and completed later, for reasons of ours, earns by the day on which it was done."""

from datetime import timedelta

import pytest

from lms.learning.completion.models import Completion
from lms.learning.completion.queries import faults
from lms.learning.evidence.lines import completion_line
from lms.learning.holds.services import appeal
from lms.learning.hours import queries as hours
from lms.learning.permits.services import give
from lms.learning.records.export import part
from lms.learning.statements.paper import rule_line
from lms.learning.statements.records import records_of
from lms.lib.clock import now
from lms.lib.outbox.models import OutboxEvent
from tests.factories.courses import permit
from tests.factories.learning import enrolment, opened
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
    assert completion.rule["plan_day"] == completion.rule["plan"]["day"] == LAST.isoformat()
    assert any(f"以 {LAST} 这一天为准" in sentence for sentence in hours.explanation(completion))
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


def test_what_was_studied_beyond_what_is_asked_moves_no_day(item, clock):
    """All that the course asks for was done on the last day of the plan; more of it was studied while the hold waited."""
    permit(item.course, cases.DAY, LAST)
    hold = cases.half(item, clock)
    cases.later(clock, item, 1, cases.QUARTER, days=1)
    cases.later(clock, item, 1, 40, days=5, first=cases.QUARTER)
    clock.move_to(cases.at(9, day=cases.DAY + timedelta(days=40)), tick=False)
    cases.release(cases.House().officer, hold)
    completion = Completion.objects.get(enrolment=item)
    assert completion.rule["plan"]["day"] == LAST.isoformat()
    assert completion.centihours > 0


def test_a_correction_names_the_plan_too(item, clock):
    """Hours given under a plan that came later, and taken back because some study does not count."""
    cases.completed(item, clock)
    found = permit(item.course, cases.DAY, LAST)
    give(found.source)
    clock.move_to(cases.at(9), tick=False)
    for place, page in enumerate([opened(item, place, device=f"machine-{place}") for place in (0, 1)]):
        cases.reports(clock, item, page, 200, place=place, first=cases.QUARTER, state="leaving")
    (hold,) = cases.looked(clock)
    cases.confirm(cases.House().officer, hold)
    events = OutboxEvent.objects.filter(kind__in=("course.topped_up", "course.corrected"))
    assert {event.kind for event in events} == {"course.topped_up", "course.corrected"}
    for event in events:
        plan = event.payload["rule"]["plan"]
        assert (plan["plan"], plan["version"], plan["day"]) == (str(found.plan), 1, cases.DAY.isoformat())
    completion = Completion.objects.get(enrolment=item)
    assert list(faults(completion)) == []
    records = [row for row in records_of(item.person, cases.DAY.year) if row.centihours]
    assert records
    for record in records:
        assert record.rule["plan"]["plan"] == str(found.plan)
        assert f"《{found.title}》" in rule_line(dict(record.rule))
    line = completion_line(completion, now())
    assert line["top_ups"][0]["plan"]["plan"] == str(found.plan)
    taken = part(item.person)
    assert taken["top_ups"][0]["plan"]["plan"] == str(found.plan)
    assert taken["corrections"][0]["top_up__plan"]["plan"] == str(found.plan)


def test_time_that_comes_back_later_belongs_to_its_own_day(item, clock):
    """Barred, studied again and completed, studied further; on appeal the first study counts after all."""
    house = cases.House()
    permit(item.course, cases.DAY, cases.DAY + timedelta(days=60))
    hold = cases.confirm(house.officer, cases.half(item, clock))
    for place in (0, 1):
        cases.later(clock, item, place, cases.QUARTER, days=2, hour=9 + 2 * place)
    completion = Completion.objects.get(enrolment=item)
    completed_on = cases.DAY + timedelta(days=2)
    cases.later(clock, item, 1, 20, days=3, first=cases.QUARTER)
    assert [row.day for row in completion.top_ups.all()] == [completed_on + timedelta(days=1)]
    cases.release(house.second, appeal(item.person, hold, text="不同意"))
    again, back = Completion.objects.get(enrolment=item).top_ups.all()
    assert (again.day, back.day) == (completed_on + timedelta(days=1), completed_on)
    assert list(faults(Completion.objects.get(enrolment=item))) == []
