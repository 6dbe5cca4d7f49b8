"""Real connections at the same moment: the last seats, those who wait, the door, one sign-in, one list, one sheet, hours
once.
"""

from datetime import date, datetime

import pytest
from django.db import IntegrityError, transaction

from lms.learning.classes import attendance, codes, filings, hours, rules, services, walk_ins
from lms.learning.classes.hours_models import ClassHours
from lms.learning.classes.imports import Resolved
from lms.learning.classes.models import (
    AttendanceEvent,
    AttendanceImport,
    ClassPlace,
    PracticeResult,
    WalkIn,
)
from lms.learning.completion.models import Completion
from lms.lib.clock import SHANGHAI, now
from tests.factories.accounts import OrganisationFactory, UserFactory, member
from tests.factories.learning import SECOND, blocks, opened, send
from tests.learning.classes.classroom import DAY, HOUR, Classroom
from tests.races import at_once, won

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.usefixtures("clock"),
]


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


def test_at_the_door_nobody_sits_on_a_seat_that_is_not_there(clock):
    room = Classroom(capacity=3)
    room.learner()
    room.began()
    clock.move_to(DAY)
    meeting, people = room.meetings[0], [UserFactory() for _ in range(6)]
    code = codes.code_for(meeting.uuid, "in", rules.period_of(now()))
    tickets = [walk_ins.scan(who, meeting.uuid, "in", code).ticket for who in people]
    results = at_once(
        *(
            lambda who=who, ticket=ticket: walk_ins.sign(who, meeting.uuid, "in", ticket)
            for who, ticket in zip(people, tickets, strict=True)
        ),
        # One of them presses twice.
        lambda: walk_ins.sign(people[0], meeting.uuid, "in", tickets[0]),
    )
    assert {row.place.person_id for row in won(results)} <= {who.pk for who in people}
    seats = ClassPlace.objects.filter(state="seated").values_list("seat", flat=True)
    assert sorted(seats) == [1, 2, 3]
    assert WalkIn.objects.count() == AttendanceEvent.objects.count() == 2


def test_the_last_seat_between_the_door_and_the_waiting_list(clock):
    room = Classroom(capacity=2)
    first, _second, waiting = [room.learner() for _ in range(3)]
    clock.move_to(DAY)
    meeting, comes = room.meetings[0], UserFactory()
    ticket = codes.ticket_for(comes, meeting.uuid, "in", now())
    at_once(
        lambda: services.leave(first.person, room.run),
        lambda: walk_ins.sign(comes, meeting.uuid, "in", ticket),
    )
    waiting.refresh_from_db()
    assert waiting.state == "seated"
    assert not WalkIn.objects.exists()


def test_the_same_list_twice_at_once_is_taken_once(clock):
    room = Classroom()
    place, meeting = room.learner(), room.meetings[0]
    clock.move_to(DAY + 4 * HOUR)
    found = Resolved("a" * 64, 1, {place.uuid: [(DAY, DAY + HOUR)]}, {}, 0)
    results = at_once(
        *(lambda: attendance.take_list(room.teacher, meeting, found, reason="") for _ in range(4))
    )
    assert sorted(results) == [0, 0, 0, 1]
    assert AttendanceEvent.objects.count() == 2
    assert AttendanceImport.objects.count() == 1


def test_two_judge_one_walk_in(clock):
    room = Classroom(capacity=2)
    clock.move_to(DAY)
    who, meeting = UserFactory(), room.meetings[0]
    walk_ins.sign(who, meeting.uuid, "in", codes.ticket_for(who, meeting.uuid, "in", now()))
    found = WalkIn.objects.get()
    results = at_once(
        lambda: walk_ins.decide(room.teacher, found.uuid, confirm=True),
        lambda: walk_ins.decide(room.teacher, found.uuid, confirm=False, reason="认错人"),
    )
    assert len(won(results)) == 1
    found.refresh_from_db()
    assert (ClassPlace.objects.get().state == "seated") == found.confirmed


def test_hours_are_reckoned_once_however_many_reckon_them(clock):
    room = Classroom()
    authority = OrganisationFactory(kind="authority")
    officer = member("officer", authority)
    hours.publish_rule(officer, hours.NewClassRule(date(2026, 1, 1), 45, 0, None, "试用文件"))
    filings.file(officer, room.run, authority=authority.uuid, reference="备 7", centihours=800)
    place = room.learner()
    room.began()
    clock.move_to(datetime(2026, 3, 11, 18, tzinfo=SHANGHAI))
    room.present(place)
    # The end has its event delivered at once; the others ask of themselves.
    at_once(
        lambda: services.move(room.teacher, room.run, "end"),
        *(lambda: hours.settle(place.pk) for _ in range(3)),
        refused=(),
    )
    at_once(*(lambda: hours.settle(place.pk) for _ in range(3)), refused=())
    assert ClassHours.objects.get().centihours == 800
    # A correction at the same moment: what stands afterwards is what is on record.
    at_once(
        lambda: hours.settle(place.pk),
        lambda: attendance.correct(
            room.teacher, room.meetings[0], place.uuid, since=None, until=None, reason="代签"
        ),
        refused=(),
    )
    at_once(*(lambda: hours.settle(place.pk) for _ in range(3)), refused=())
    standing = ClassHours.objects.filter(taken=None)
    assert sum(row.centihours for row in standing) == 400


def test_a_report_and_the_hours_of_a_class_wait_for_each_other_and_never_for_ever(clock):
    room = Classroom()
    place = room.learner()
    room.began()
    page = opened(place.enrolment, 0)
    clock.move_to(datetime(2026, 3, 11, 18, tzinfo=SHANGHAI))
    room.present(place)
    services.move(room.teacher, room.run, "end")
    results = at_once(
        lambda: hours.settle(place.pk),
        lambda: send(page.session, 1, until=30 * SECOND),
        lambda: room.present(place, room.meetings[0]),
        refused=(),
    )
    assert results[0] is False
