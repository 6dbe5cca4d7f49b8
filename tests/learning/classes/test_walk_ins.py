"""At the door without a place: seats, marks, the organiser's word."""

import pytest
from django.test import Client
from django.urls import reverse

from lms.accounts.api import staff_group
from lms.learning.classes import codes, queries, rules, services, walk_ins
from lms.learning.classes.models import AttendanceEvent, ClassPlace, WalkIn
from lms.learning.enrolment.models import Enrolment
from lms.lib.clock import now
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.factories.accounts import OrganisationFactory, UserFactory, member
from tests.learning.classes.classroom import DAY, HOUR, Classroom

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock"), pytest.mark.long]


@pytest.fixture
def room(clock):
    found = Classroom(capacity=2)
    found.seated = found.learner()
    found.began()
    clock.move_to(DAY)
    return found


def come(user, meeting):
    code = codes.code_for(meeting.uuid, "in", rules.period_of(now()))
    found = walk_ins.scan(user, meeting.uuid, "in", code)
    return walk_ins.sign(user, meeting.uuid, "in", found.ticket)


def test_a_seat_is_left_so_they_come_in_with_a_mark(room):
    user, meeting = UserFactory(), room.meetings[0]
    code = codes.code_for(meeting.uuid, "in", rules.period_of(now()))
    found = walk_ins.scan(user, meeting.uuid, "in", code)
    assert found.place is None
    assert not ClassPlace.objects.filter(person=user).exists()
    first = walk_ins.sign(user, meeting.uuid, "in", found.ticket)
    assert walk_ins.sign(user, meeting.uuid, "in", found.ticket) == first
    place = ClassPlace.objects.get(person=user)
    assert (place.state, place.seat) == ("seated", 2)
    assert Enrolment.objects.filter(person=user, course=room.course).exists()
    assert WalkIn.objects.get().confirmed is None
    assert AttendanceEvent.objects.count() == 1


def test_no_seat_nobody_ahead_and_no_signing_out(room):
    come(UserFactory(), room.meetings[0])
    with pytest.raises(NotAllowed):
        come(UserFactory(), room.meetings[0])
    code = codes.code_for(room.meetings[0].uuid, "out", rules.period_of(now()))
    with pytest.raises(NotAllowed):
        walk_ins.scan(UserFactory(), room.meetings[0].uuid, "out", code)
    assert ClassPlace.objects.count() == 2


def test_a_ticket_is_its_owners_and_a_planned_class_has_no_door(room, clock):
    user, other = UserFactory(), UserFactory()
    meeting = room.meetings[0]
    code = codes.code_for(meeting.uuid, "in", rules.period_of(now()))
    ticket = walk_ins.scan(user, meeting.uuid, "in", code).ticket
    with pytest.raises(Conflict):
        walk_ins.sign(other, meeting.uuid, "in", ticket)
    services.move(room.teacher, room.run, "end")
    with pytest.raises((Conflict, NotAllowed)):
        walk_ins.sign(user, meeting.uuid, "in", ticket)
    assert ClassPlace.objects.count() == 1


def test_confirmed_once_by_those_who_call_the_roll(room):
    user = UserFactory()
    come(user, room.meetings[0])
    found = WalkIn.objects.get()
    for who in (
        room.assessor,
        member("editor", room.college),
        member("teacher", OrganisationFactory()),
        user,
    ):
        with pytest.raises(NotAllowed):
            walk_ins.decide(who, found.uuid, confirm=True)
    with pytest.raises(NotFound):
        walk_ins.decide(room.teacher, room.run.uuid, confirm=True)
    assert walk_ins.decide(room.teacher, found.uuid, confirm=True).confirmed is True
    with pytest.raises(Conflict):
        walk_ins.decide(room.teacher, found.uuid, confirm=False, reason="认错人")
    assert queries.walk_ins_waiting(room.run) == []


def test_refused_with_a_reason_the_seat_is_free_and_the_attendance_taken_back(room):
    user, meeting = UserFactory(), room.meetings[0]
    come(user, meeting)
    found = WalkIn.objects.get()
    with pytest.raises(Invalid):
        walk_ins.decide(room.teacher, found.uuid, confirm=False)
    walk_ins.decide(room.teacher, found.uuid, confirm=False, reason="不是本单位职工")
    place = ClassPlace.objects.get(person=user)
    assert (place.state, place.seat) == ("left", None)
    assert [event.act for event in place.attendance.all()] == ["in", "clear"]
    assert all(not item.stretches for item in queries.attendance_of(place))
    with pytest.raises(NotAllowed):
        come(user, meeting)


def test_somebody_of_ones_own_confirms_nobody_can_be_ones_own(room):
    come(room.teacher, room.meetings[0])
    with pytest.raises(NotAllowed):
        walk_ins.decide(room.teacher, WalkIn.objects.get().uuid, confirm=True)
    other = member("admin", room.college)
    assert walk_ins.decide(other, WalkIn.objects.get().uuid, confirm=True).confirmed


def test_no_sheet_before_the_word(room, clock):
    user = UserFactory()
    come(user, room.meetings[0])
    room.checklist()
    clock.shift(4 * HOUR)
    place = ClassPlace.objects.get(person=user)
    with pytest.raises(Conflict):
        room.judged(place, passed=False)
    walk_ins.decide(room.teacher, WalkIn.objects.get().uuid, confirm=True)
    assert room.judged(place, passed=False).number == 1


def test_the_pages(room, clock):
    user, meeting = UserFactory(), room.meetings[0]
    client = Client()
    client.force_login(user)
    code = codes.code_for(meeting.uuid, "in", rules.period_of(now()))
    address = reverse("learning:class_sign", args=[meeting.uuid, "in", code])
    page = client.get(address)
    assert "现场报名并签到" in page.content.decode()
    answer = client.post(address, {"ticket": page.context["ticket"]})
    assert "等待确认" in answer.content.decode()
    detail = reverse("learning:class", args=[room.run.uuid])
    assert "等待确认" in client.get(detail).content.decode()
    room.teacher.groups.add(staff_group())
    staff = Client()
    staff.force_login(room.teacher)
    roll = reverse("learning_class_roll", args=[meeting.uuid])
    assert "现场报名，等待确认" in staff.get(roll).content.decode()
    decide = reverse("learning_class_walk_in", args=[WalkIn.objects.get().uuid])
    assert staff.post(decide, {"act": "refuse", "reason": ""}).status_code == 302
    assert WalkIn.objects.get().confirmed is None
    staff.post(decide, {"act": "confirm"})
    assert WalkIn.objects.get().confirmed is True
    assert "等待确认" not in client.get(detail).content.decode()
