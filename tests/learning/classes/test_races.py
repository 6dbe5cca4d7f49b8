"""Real connections at the same moment: the last seats, those who wait, one sign-in, one sheet."""

from datetime import datetime

import pytest
import time_machine
from django.db import IntegrityError, transaction

from lms.learning.classes import attendance, codes, rules, services
from lms.learning.classes.models import AttendanceEvent, ClassPlace, PracticeResult
from lms.learning.completion.models import Completion
from lms.lib.clock import SHANGHAI, now
from tests.factories.accounts import UserFactory
from tests.factories.learning import SECOND, blocks, opened, send
from tests.learning.classes.classroom import DAY, Classroom
from tests.races import at_once, won

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(datetime(2026, 3, 2, 12, tzinfo=SHANGHAI), tick=False) as traveller:
        yield traveller


def test_six_people_for_the_last_two_seats():
    room = Classroom(capacity=2)
    people = [UserFactory() for _ in range(6)]
    at_once(*(lambda who=who: services.join(who, room.run) for who in people))
    rows = ClassPlace.objects.order_by("number")
    assert [row.state for row in rows] == ["seated"] * 2 + ["waiting"] * 4
    assert [row.seat for row in rows] == [1, 2, None, None, None, None]
    assert [row.number for row in rows] == [1, 2, 3, 4, 5, 6]


def test_the_same_person_four_times():
    room = Classroom()
    who = UserFactory()
    at_once(*(lambda: services.join(who, room.run) for _ in range(4)))
    assert ClassPlace.objects.count() == 1


def test_two_leave_while_one_joins_and_the_first_in_line_go_in():
    room = Classroom(capacity=2)
    first, second, third, fourth = [room.learner() for _ in range(4)]
    at_once(
        lambda: services.leave(first.person, room.run),
        lambda: services.leave(second.person, room.run),
        lambda: services.join(UserFactory(), room.run),
    )
    states = dict(ClassPlace.objects.values_list("pk", "state"))
    assert [states.pop(place.pk) for place in (first, second, third, fourth)] == ["left"] * 2 + ["seated"] * 2
    assert list(states.values()) == ["waiting"]
    seats = ClassPlace.objects.filter(state="seated").values_list("seat", flat=True)
    assert sorted(seats) == [1, 2]


def test_one_sign_in_however_often_the_button_is_pressed(clock):
    room = Classroom()
    place, meeting = room.learner(), room.meetings[0]
    clock.move_to(DAY)
    code = codes.code_for(meeting.uuid, "in", rules.period_of(now()))
    ticket = attendance.scan(place.person, meeting.uuid, "in", code)[2]
    results = at_once(
        *(lambda: attendance.sign(place.person, meeting.uuid, "in", ticket) for _ in range(3)),
        lambda: attendance.call(room.teacher, meeting, [place.uuid], "in", at=DAY, reason="点名"),
    )
    assert won(results) == results
    assert AttendanceEvent.objects.count() == 1


def test_two_assessors_at_once_make_one_sheet_and_one_completion(clock):
    room = Classroom()
    room.checklist()
    place = room.learner()
    room.began()
    for number in range(2):
        page = opened(place.enrolment, number)
        block = blocks(place.enrolment, number)[0]
        clock.shift(120)
        send(
            page.session,
            1,
            until=120 * SECOND,
            coverage={block["id"]: [[0, block["nominal_ms"]]]},
            state="leaving",
        )
    clock.move_to(datetime(2026, 3, 11, 18, tzinfo=SHANGHAI))
    room.present(place)
    results = at_once(
        lambda: room.judged(place, after=0), lambda: room.judged(place, by=room.teacher, after=0)
    )
    assert len(won(results)) == 1
    assert PracticeResult.objects.count() == Completion.objects.count() == 1


def test_the_database_itself_refuses_a_seat_twice():
    room = Classroom()
    first, second = room.learner(), room.learner()
    with pytest.raises(IntegrityError), transaction.atomic():
        ClassPlace.objects.filter(pk=second.pk).update(seat=first.seat)
