"""A25: a person-time is a completed course of professionals or a programme that was passed, each once and none lost."""

import pytest

from lms.learning.classes.models import ClassPlace
from lms.learning.completion.models import Completion
from lms.lib.clock import now
from lms.training.programmes import queries, results, rules
from tests.training.advanced import City

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("kind", ["specialty", "vocational"])
def test_a25_whose_course_is_complete_beside_counts_once_whatever_the_course_is(clock, kind):
    city = City()
    programme = city.enrolling()
    passed = city.admitted(programme)
    results.give(city.reported(clock, programme, passed))
    enrolment = ClassPlace.objects.get(person=passed.person).enrolment
    Completion.objects.create(
        enrolment=enrolment,
        person=passed.person,
        release=enrolment.release,
        kind=kind,
        counted_ms=0,
        centihours=0,
        rule={},
        evidence={},
        completed_at=now(),
    )
    assert rules.in_all(queries.person_times()) == 1
