"""Real connections at the same moment: a course is asked for once, a person is reminded once."""

from datetime import timedelta

import pytest

from lms.learning.enrolment.models import Enrolment
from lms.learning.rosters.models import AssignedCourse, CourseAssignment, StudyReminder
from lms.learning.rosters.services import Whom, assign, remind
from lms.lib.audit.models import AuditRow
from lms.lib.clock import today
from lms.lib.outbox.models import OutboxEvent
from tests.accounts.rosters import Firm
from tests.factories.accounts import member
from tests.factories.courses import released_course
from tests.factories.learning import enrolment
from tests.learning.rosters.firm import TrainingFirm
from tests.races import at_once, won

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def ask(firm, course, by=None):
    due = today() + timedelta(days=30)
    return assign(by or firm.hr, firm.organisation, course, due_on=due, whom=Whom())


def test_four_officers_assign_the_same_course():
    firm, course = TrainingFirm(employees=3), released_course().course
    officers = [member("hr", firm.organisation) for _ in range(4)]
    results = at_once(*(lambda by=by: ask(firm, course, by) for by in officers))
    assert len(won(results)) == 1
    assert CourseAssignment.objects.count() == 1
    assert Enrolment.objects.count() == AssignedCourse.objects.count() == 3
    assert AuditRow.objects.filter(action="enrolment.begin").count() == 3


def test_people_begin_while_they_are_enrolled():
    firm, release = TrainingFirm(employees=3), released_course()
    results = at_once(
        lambda: ask(firm, release.course),
        *(lambda user=user: enrolment(user, release) for user in firm.workers),
    )
    assert len(won(results)) == 4
    assert Enrolment.objects.count() == 3
    assert AuditRow.objects.filter(action="enrolment.begin").count() == 3
    assert {row.enrolment for row in AssignedCourse.objects.all()} == set(Enrolment.objects.all())


def test_two_employers_assign_the_same_course_to_the_same_people():
    first, course = TrainingFirm(employees=6), released_course().course
    second = Firm(name="第二家")
    second.employ(*reversed(first.workers))
    results = at_once(*(lambda firm=firm: ask(firm, course) for firm in (first, second)))
    assert len(won(results)) == 2
    assert (Enrolment.objects.count(), AssignedCourse.objects.count()) == (6, 12)


def test_two_employers_remind_at_once():
    first, course = TrainingFirm(employees=3), released_course().course
    second = Firm(name="第二家")
    second.employ(*first.workers)
    asked = [(firm, ask(firm, course)) for firm in (first, second)]
    at_once(*(lambda firm=firm, made=made: remind(firm.hr, made) for firm, made in asked for _ in range(2)))
    assert StudyReminder.objects.count() == 3
    assert OutboxEvent.objects.filter(kind="study.reminded").count() == 3
