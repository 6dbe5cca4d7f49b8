"""The look through everybody's totals finds what the slow way finds, whatever was planted, in few queries for many people."""

from datetime import datetime

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from lms.learning.study import auditing, projection
from lms.learning.study.models import LessonProgress, StudySession
from lms.learning.study.services import take_over
from lms.lib.clock import SHANGHAI
from tests.conftest import guards_aside
from tests.factories.courses import released_course
from tests.factories.learning import SECOND, blocks, enrolment, opened, send
from tests.learning.evidence.packs import pass_quiz

pytestmark = [pytest.mark.django_db, pytest.mark.long]
PLANTED = [
    *(
        f"UPDATE learning_lessonprogress SET {change} WHERE id = %(progress)s"
        for change in (
            "counted_ms = counted_ms + 1",
            "active_ms = active_ms - 1",
            "overlap_ms = overlap_ms + 1000",
            "barred_ms = 1",
            "budget_hundredths = budget_hundredths + 200",
            "covered_ms = covered_ms + 1",
            "met_ms = met_ms - 1",
            "percent = 3",
            "coverage = '{}'",
            "granted = '[\"b\"]'",
            "days = '{}'",
        )
    ),
    *(
        f"UPDATE learning_studysession SET {change} WHERE id = %(session)s"
        for change in (
            "turns = '[]'",
            "active = '[]'",
            "attributed_ms = attributed_ms + 1",
            "barred_ms = 1",
            "barred = '[[0, 10000000000000, \"held\"]]'",
            "opened_ms = opened_ms + 1000",
            "person_id = %(other)s",
            "progress_id = %(another)s",
        )
    ),
    "UPDATE learning_studyreport SET active = '[[0, 1000]]' WHERE session_id = %(session)s",
    "UPDATE learning_studyreport SET coverage = '{}' WHERE session_id = %(session)s",
    "UPDATE learning_studyreport SET received_ms = received_ms - 50000 WHERE session_id = %(session)s",
    "DELETE FROM learning_studyreport WHERE session_id = %(session)s",
    "UPDATE learning_streamclaim SET at_ms = at_ms + 30000 WHERE session_id = %(session)s",
    "DELETE FROM learning_streamclaim WHERE session_id = %(session)s",
    "DELETE FROM learning_studygrant",
]


@pytest.fixture(scope="module")
def year(world):
    """Four learners with two devices, a lesson twice over and a quiz each."""
    with time_machine.travel(datetime(2026, 3, 2, 12, tzinfo=SHANGHAI), tick=False) as clock:
        release = released_course(with_quiz=True)
        return [study(enrolment(release=release), clock).pk for _number in range(4)]


def study(item, clock):
    block = blocks(item, 0)[0]
    desk = opened(item, 0, device="desk")
    clock.shift(120)
    send(desk.session, 1, until=120 * SECOND, coverage={block["id"]: [[0, 60_000]]})
    phone = opened(item, 1, device="phone", kind="phone")
    take_over(item.person, phone.session.uuid.hex)
    clock.shift(60)
    send(desk.session, 2, until=180 * SECOND, active=[[120_000, 180_000]])
    send(phone.session, 1, until=60 * SECOND, coverage={blocks(item, 1)[0]["id"]: [[0, 40_000]]})
    pass_quiz(item)
    return item


def quick():
    found = list(auditing.looked_through(people=2))
    return (
        {pk for item in found for pk in item.progress},
        {pk for item in found for pk in item.sessions},
    )


def slow():
    return (
        {row.pk for row in LessonProgress.objects.all() if projection.differences(row)},
        {
            row.pk
            for row in StudySession.objects.select_related("rule")
            if projection.session_differences(row)
        },
    )


def test_nothing_where_nothing_is_wrong(year):
    assert quick() == slow() == (set(), set())
    assert sum(item.checked for item in auditing.looked_through()) == LessonProgress.objects.count() == 12


@pytest.mark.parametrize("change", PLANTED)
def test_what_was_planted_is_found_as_by_the_slow_way(year, change):
    row = LessonProgress.objects.filter(enrolment=year[1]).order_by("pk").first()
    other = LessonProgress.objects.filter(enrolment=year[3]).order_by("pk").first()
    values = {
        "progress": row.pk,
        "session": StudySession.objects.filter(progress=row).order_by("pk").first().pk,
        "other": other.person_id,
        "another": other.pk,
    }
    if connection.vendor == "postgresql" and "opened_ms" in change:
        # There the database itself holds a report to its session's opening.
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change % values)
            connection.check_constraints()
        return
    with guards_aside(connection), connection.cursor() as cursor:
        cursor.execute(change % values)
    found = quick()
    assert found == slow()
    assert any(found)


def test_one_person_alone(year):
    LessonProgress.objects.update(counted_ms=1)
    row = LessonProgress.objects.filter(enrolment=year[2]).first()
    (found,) = auditing.looked_through(row.person_id)
    assert set(found.progress) == set(
        LessonProgress.objects.filter(person=row.person_id).values_list("pk", flat=True)
    )


def test_queries_do_not_grow_with_people(year):
    def cost(*args):
        with CaptureQueriesContext(connection) as found:
            list(auditing.looked_through(*args))
        return len(found)

    one = cost(LessonProgress.objects.get(enrolment=year[0], lesson__position=1).person_id)
    # Besides: twice who comes next, in two tables.
    assert cost() == one + 4
    assert one <= 12
