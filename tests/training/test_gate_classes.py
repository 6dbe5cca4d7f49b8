"""A03 for attendance: a class of a course of public subjects gives hours when a plan has the class's last day."""

from datetime import date

import pytest

from lms.learning.classes import hours
from lms.learning.classes.hours_models import ClassHours
from lms.learning.evidence.lines import class_hours_line
from lms.learning.permits.services import give
from lms.learning.statements.records import records_of
from lms.lib.clock import now
from lms.lib.outbox.models import OutboxEvent
from tests.factories.accounts import OrganisationFactory, member
from tests.factories.courses import permit
from tests.learning.classes.classroom import Classroom
from tests.learning.classes.test_hours import booked, delivered, end, ended, explained, file, rule, there

pytestmark = [pytest.mark.django_db, pytest.mark.long]


@pytest.fixture
def room(db, clock):
    """Filed, with a rule in force; the learner was there for three hours; the course stands in no plan."""
    found = Classroom(kind="public", theme="ethics", planned=False)
    found.authority = OrganisationFactory(kind="authority", name="申江市人社局")
    found.officer = member("officer", found.authority)
    found.place = found.learner()
    rule(found)
    file(found)
    ended(found, clock)
    there(found, 0, 180)
    end(found)
    return found


def test_a_class_outside_a_plan_gives_nothing_and_says_why(room):
    assert not ClassHours.objects.exists()
    assert "公需科目年度培训实施计划" in explained(room.place).explanation[0]


def test_it_follows_once_when_a_plan_takes_the_course_in(room):
    day = room.run.ends_on
    assert give(permit(room.course, date(2026, 1, 1), date(2026, 3, 15)).source)["classes"] == 0
    found = permit(room.course, day, day)
    assert give(found.source)["classes"] == 1
    assert give(found.source)["classes"] == 0
    delivered()
    row = ClassHours.objects.get()
    assert row.evidence["plan"]["plan"] == str(found.plan)
    assert row.evidence["plan"]["day"] == day.isoformat()
    event = OutboxEvent.objects.get(kind="class.hours_given")
    assert (
        event.payload["rule"]["plan"] == class_hours_line(row, now())["rule"]["plan"] == row.evidence["plan"]
    )
    (record,) = records_of(room.place.person, row.day.year)
    assert record.rule["plan"] == row.evidence["plan"]
    assert booked(room) == 400
    assert any(found.title in sentence for sentence in explained(room.place).explanation)
    found.delete()
    assert not hours.settle(room.place.pk)
    assert booked(room) == 400
