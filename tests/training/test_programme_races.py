"""Real connections at the same moment: the last seat of a programme, hours sent twice, a plan published twice."""

import pytest

from lms.learning.classes.models import ClassPlace
from lms.learning.declarations.models import HoursDeclaration, WorkCredit
from lms.lib.errors import Conflict
from lms.training.programmes import enrolment, results
from lms.training.programmes import services as programmes
from lms.training.programmes.enrolment import Decision
from lms.training.programmes.models import ProgrammeApplication, ProgrammePlan, ProgrammeResult
from tests.factories.accounts import member
from tests.races import at_once, won
from tests.training.advanced import City, ruled

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def test_a06_the_last_seat_is_given_once(clock):
    city = City()
    programme = city.enrolling(capacity=1)
    waiting = [city.applied(programme) for _person in range(4)]
    second = member("admin", city.college)
    results_ = at_once(
        *[
            lambda row=row, user=user: enrolment.decide(user, row, Decision(True, title_seen=True))
            for row, user in zip(waiting, [city.teacher, second] * 2, strict=True)
        ]
    )
    assert len(won(results_)) == 1
    assert {item.code for item in results_ if isinstance(item, Conflict)} == {"full"}
    assert ClassPlace.objects.count() == 1
    assert ProgrammeApplication.objects.filter(state="admitted").count() == 1


def test_a20_hours_sent_by_several_at_once_are_given_once(clock):
    city = City()
    ruled()
    programme = city.enrolling()
    done = city.reported(clock, programme, city.admitted(programme), city.admitted(programme))
    at_once(*[lambda: results.give(done)] * 4, refused=())
    assert ProgrammeResult.objects.count() == 2
    assert HoursDeclaration.objects.filter(state="accepted").count() == 2
    assert sorted(WorkCredit.objects.values_list("number", flat=True)) == [1, 1]


def test_a05_a_plan_is_published_once(clock):
    city = City()
    city.approved()
    found = at_once(*[lambda: programmes.publish_plan(city.officer, city.call, "计划", "测〔1〕号")] * 3)
    assert len(won(found)) == 1
    assert ProgrammePlan.objects.count() == 1
