"""What the credit bank's planner may propose: published courses with hours, kind and the next class, not those done."""

import pytest

from creditbank.planner.offers import offers_for
from lms.learning.completion.models import Completion
from lms.learning.offers import UNITS, offers
from lms.lib.clock import now, today
from tests.factories.courses import course_page, released_course
from tests.factories.learning import enrolment

pytestmark = pytest.mark.django_db


def test_published_courses_the_longest_first(django_assert_max_num_queries):
    short = released_course(code="short", kind="vocational", centihours=3).course
    long = released_course(code="long", kind="public", centihours=6).course
    course_page(code="draft", live=False)
    mine = enrolment()
    # One of them asks which pages are for some people only: none of those is offered to all.
    with django_assert_max_num_queries(4):
        found = offers(mine.person, today())
    named = [
        (offer.title, offer.centihours, offer.unit)
        for offer in found
        if offer.id in {str(short.uuid), str(long.uuid)}
    ]
    assert named == [(long.title, 6, "continuing"), (short.title, 3, "training")]
    assert all(offer.address and offer.starts_on is None for offer in found)
    assert set(UNITS.values()) == {"continuing", "training"}


def test_a_completed_course_is_not_offered_again():
    mine = enrolment()
    course = str(mine.release.course.uuid)
    assert course in {offer.id for offer in offers_for(mine.person, today())}
    Completion.objects.create(
        enrolment=mine,
        person=mine.person,
        release=mine.release,
        kind=mine.release.kind,
        counted_ms=1,
        centihours=100,
        rule={},
        evidence={},
        completed_at=now(),
    )
    assert course not in {offer.id for offer in offers_for(mine.person, today())}
    assert course in {offer.id for offer in offers_for(None, today())}
