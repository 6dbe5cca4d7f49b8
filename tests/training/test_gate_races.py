"""Real connections at the same moment: hours that waited for a plan are given once, and a plan is published once."""

from datetime import timedelta

import pytest

from creditbank.api import audit, posted_hours
from lms.learning.completion.models import Completion
from lms.learning.completion.queries import faults
from lms.learning.completion.services import settle, settle_recent
from lms.learning.permits.models import CoursePermit
from lms.learning.permits.services import give
from lms.lib.outbox.models import OutboxEvent
from lms.training.yearly_plans import services
from lms.training.yearly_plans.models import YearlyPlan
from tests.factories.courses import PARAGRAPH, released_course, text
from tests.factories.learning import enrolment
from tests.races import at_once, won
from tests.training.house import House
from tests.training.test_gate import delivered, plan, study

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
TIMES = 4


@pytest.fixture
def item(clock):
    contents = [[text(PARAGRAPH * 20)]]
    return enrolment(
        release=released_course(
            contents, kind="public", theme="ethics", centihours=60, min_coverage_percent=0, planned=False
        )
    )


def proved(item, centihours):
    fresh = Completion.objects.get(enrolment=item)
    assert fresh.total_centihours == centihours
    assert list(faults(fresh)) == []
    at_once(*[delivered] * 2)
    delivered()
    assert posted_hours(item.person.uuid)["public"] == centihours
    assert not audit().broken


def test_what_waited_is_given_once(item, clock):
    study(item, clock, 0, 5)
    source = plan(Completion.objects.get(enrolment=item)).source
    at_once(
        *[lambda: give(source)] * TIMES,
        lambda: settle(item.pk),
        lambda: settle_recent(timedelta(days=1)),
        refused=(),
    )
    assert OutboxEvent.objects.filter(kind="course.topped_up").count() == 1
    proved(item, 11)


def test_completing_while_the_plan_is_published(item, clock):
    """Whichever comes first: after the job that comes by regularly, the hours are there once."""
    house = House()
    draft = house.draft(item.release)
    at_once(lambda: study(item, clock, 0, 5), lambda: services.publish(house.officer, draft), refused=())
    (source,) = CoursePermit.objects.values_list("source", flat=True)
    at_once(lambda: give(source), lambda: settle_recent(timedelta(days=1)), refused=())
    proved(item, 11)


def test_two_officers_publish_one_version(item, clock):
    house = House()
    draft = house.draft(item.release)
    results = at_once(*[lambda: services.publish(house.officer, draft)] * TIMES)
    assert len(won(results)) == 1
    assert YearlyPlan.objects.count() == CoursePermit.objects.count() == 1


def test_two_officers_begin_one_draft(clock):
    house = House()
    assert len(won(at_once(*[lambda: house.draft()] * TIMES))) == 1
