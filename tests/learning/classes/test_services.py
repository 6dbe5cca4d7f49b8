"""Runs, places and attendance, step by step, by role and object."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from lms.learning.classes import attendance, codes, queries, rules, services
from lms.learning.classes.imports import Resolved
from lms.learning.classes.models import AttendanceEvent, ClassPlace, ClassRun
from lms.learning.enrolment.models import Enrolment
from lms.lib.actor import Actor
from lms.lib.audit.models import AuditRow
from lms.lib.clock import SHANGHAI, now
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.factories.accounts import OrganisationFactory, UserFactory, member
from tests.learning.classes.classroom import DAY, HOUR, Classroom

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(clock):
    return Classroom()


def code(meeting, act="in"):
    return codes.code_for(meeting.uuid, act, rules.period_of(now()))


def scanned(place, meeting, act="in"):
    _place, _meeting, ticket = attendance.scan(place.person, meeting.uuid, act, code(meeting, act))
    return attendance.sign(place.person, meeting.uuid, act, ticket)


def standing(place, meeting):
    found = {item.meeting.pk: item for item in queries.attendance_of(place)}
    return found[meeting.pk]


class TestRuns:
    def test_only_staff_of_the_provider_plan_and_move(self, room):
        stranger = member("teacher", OrganisationFactory())
        for user in (stranger, room.assessor, UserFactory()):
            with pytest.raises(NotAllowed):
                services.plan(user, room.said())
            with pytest.raises(NotAllowed):
                services.move(user, room.run, "close")
            with pytest.raises(NotAllowed):
                services.set_capacity(user, room.run, 9)
        assert ClassRun.objects.count() == 1

    @pytest.mark.parametrize(
        ("field", "changes"),
        [
            ("ends_on", {"ends_on": date(2026, 3, 9), "enrol_until": date(2026, 3, 1)}),
            ("enrol_until", {"enrol_until": date(2026, 3, 21)}),
            ("capacity", {"capacity": 0}),
            ("capacity", {"capacity": 501}),
            ("title", {"title": " "}),
            ("place", {"place": "a\0b"}),
            ("required_meetings", {"required_meetings": 0}),
        ],
    )
    def test_what_cannot_be_planned(self, room, field, changes):
        with pytest.raises(Invalid) as refusal:
            room.planned(**changes)
        assert refusal.value.details["field"] == field

    def test_opening_needs_a_meeting_and_time(self, clock):
        room = Classroom(meetings=0)
        with pytest.raises(Conflict, match="上课时间"):
            services.move(room.teacher, room.run, "open")
        room.meeting()
        clock.move_to(DAY)
        with pytest.raises(Conflict, match="截止日期"):
            services.move(room.teacher, room.run, "open")

    def test_cancelling_needs_a_reason_and_is_final(self, room):
        with pytest.raises(Invalid):
            services.move(room.teacher, room.run, "cancel")
        run = services.move(room.teacher, room.run, "cancel", reason="设备检修")
        assert (run.state, run.cancel_reason) == ("cancelled", "设备检修")
        with pytest.raises(Conflict):
            services.move(room.teacher, run, "open")
        with pytest.raises(Conflict):
            services.join(UserFactory(), run)

    def test_meetings_stay_within_the_run(self, room):
        for starts_at in (
            datetime(2026, 3, 9, 9, tzinfo=SHANGHAI),
            datetime(2026, 3, 21, 9, tzinfo=SHANGHAI),
        ):
            with pytest.raises(Invalid):
                room.meeting(starts_at)
        with pytest.raises(Invalid, match="已经有一次课"):
            room.meeting(DAY)
        for link in ("javascript:alert(1)", "直播间"):
            with pytest.raises(Invalid):
                room.meeting(DAY + 5 * HOUR, link=link)
        assert room.meeting(DAY + 5 * HOUR, link="https://live.example.com/1").where == "线上直播"

    def test_a_filing_is_a_row_that_training_writes(self, room):
        authority = OrganisationFactory(kind="authority")
        assert queries.filing_of(room.run) is None
        who = Actor.system("tests")
        services.note_filing(who, room.run, filed=True, reference="备案 2026-1", authority=authority)
        assert queries.filing_of(room.run).reference == "备案 2026-1"
        services.note_filing(who, room.run, filed=False, reference="备案 2026-1 撤销", authority=authority)
        assert queries.filing_of(room.run) is None


class TestPlaces:
    def test_full_then_waiting_then_in_order(self, room):
        first, second, third, fourth = [room.learner() for _ in range(4)]
        assert [place.state for place in (first, second, third, fourth)] == ["seated"] * 2 + ["waiting"] * 2
        assert queries.waiting_position(fourth) == 2
        services.leave(first.person, room.run)
        third.refresh_from_db()
        assert (third.state, third.seat) == ("seated", 1)
        assert queries.waiting_position(fourth) == 1
        # Who comes back stands at the end.
        again = services.join(first.person, room.run)
        assert (again.pk, again.state, queries.waiting_position(again)) == (first.pk, "waiting", 2)

    def test_joining_begins_the_course_and_twice_is_once(self, room):
        place = room.learner()
        assert services.join(place.person, room.run) == place
        enrolment = Enrolment.objects.get(person=place.person)
        assert (enrolment.course_id, place.enrolment_id) == (room.course.pk, enrolment.pk)
        assert AuditRow.objects.filter(action="class.join").count() == 1

    def test_more_seats_go_to_those_who_wait(self, room):
        places = [room.learner() for _ in range(5)]
        services.set_capacity(room.teacher, room.run, 4)
        states = ClassPlace.objects.order_by("number").values_list("state", flat=True)
        assert list(states) == ["seated"] * 4 + ["waiting"]
        with pytest.raises(Invalid, match="已有 4 人"):
            services.set_capacity(room.teacher, room.run, 3)
        services.leave(places[0].person, room.run)
        services.leave(places[1].person, room.run)
        run = services.set_capacity(room.teacher, room.run, 3)
        seats = ClassPlace.objects.filter(state="seated").values_list("seat", flat=True)
        assert sorted(seats) == [1, 2, 3]
        assert run.capacity == 3

    def test_not_after_the_last_day_nor_while_closed(self, room, clock):
        place = room.learner()
        services.move(room.teacher, room.run, "close")
        with pytest.raises(Conflict):
            room.learner()
        services.leave(place.person, room.run)
        services.move(room.teacher, room.run, "open")
        clock.move_to(datetime(2026, 3, 10, 0, 1, tzinfo=SHANGHAI))
        with pytest.raises(Conflict):
            room.learner()

    def test_leaving_a_class_that_runs_is_not_possible(self, room):
        place = room.learner()
        room.began()
        with pytest.raises(Conflict):
            services.leave(place.person, room.run)
        with pytest.raises(NotFound):
            services.leave(UserFactory(), room.run)

    def test_staff_take_a_place_back_with_a_reason(self, room, clock):
        first, _second, third = [room.learner() for _ in range(3)]
        with pytest.raises(Invalid):
            services.release_place(room.teacher, first, reason="")
        with pytest.raises(NotAllowed):
            services.release_place(room.assessor, first, reason="没有来")
        services.release_place(room.teacher, first, reason="电话确认不来")
        third.refresh_from_db()
        assert third.state == "seated"
        clock.move_to(DAY + 4 * HOUR)
        room.present(third, room.meetings[0])
        with pytest.raises(Conflict):
            services.release_place(room.teacher, third, reason="没有来")


class TestCodes:
    def test_in_and_out_once(self, room, clock):
        place, meeting = room.learner(), room.meetings[0]
        clock.move_to(DAY)
        row = scanned(place, meeting)
        clock.shift(60)
        assert scanned(place, meeting) == row
        clock.move_to(DAY + 2 * HOUR)
        scanned(place, meeting, "out")
        scanned(place, meeting, "out")
        assert AttendanceEvent.objects.count() == 2
        found = standing(place, meeting)
        assert (found.minutes, found.attended) == (120, True)

    def test_an_old_code_is_refused_and_the_one_before_is_taken(self, room, clock):
        place, meeting = room.learner(), room.meetings[0]
        clock.move_to(DAY)
        shown = code(meeting)
        clock.shift(59)
        attendance.scan(place.person, meeting.uuid, "in", shown)
        clock.shift(2)
        with pytest.raises(Conflict, match="过期"):
            attendance.scan(place.person, meeting.uuid, "in", shown)

    def test_a_code_is_bound_to_its_meeting_and_act(self, room, clock):
        place, (meeting, other) = room.learner(), room.meetings
        clock.move_to(DAY)
        for wrong in (code(other), code(meeting, "out"), "0" * 16, "", "签到"):
            with pytest.raises(Conflict):
                attendance.scan(place.person, meeting.uuid, "in", wrong)
        with pytest.raises(Conflict):
            attendance.scan(place.person, meeting.uuid, "clear", code(meeting, "clear"))

    def test_a_ticket_is_ones_own_and_for_five_minutes(self, room, clock):
        place, friend, meeting = room.learner(), room.learner(), room.meetings[0]
        clock.move_to(DAY)
        ticket = attendance.scan(place.person, meeting.uuid, "in", code(meeting))[2]
        for user, act in ((friend.person, "in"), (place.person, "out")):
            with pytest.raises(Conflict):
                attendance.sign(user, meeting.uuid, act, ticket)
        with pytest.raises(Conflict):
            attendance.sign(place.person, meeting.uuid, "in", ticket[:-1] + "x")
        clock.shift(301)
        with pytest.raises(Conflict, match="失效"):
            attendance.sign(place.person, meeting.uuid, "in", ticket)

    def test_an_old_ticket_after_going_out_opens_nothing_again(self, room, clock):
        place, meeting = room.learner(), room.meetings[0]
        clock.move_to(DAY)
        ticket = attendance.scan(place.person, meeting.uuid, "in", code(meeting))[2]
        first = attendance.sign(place.person, meeting.uuid, "in", ticket)
        clock.shift(120)
        scanned(place, meeting, "out")
        assert attendance.sign(place.person, meeting.uuid, "in", ticket) == first
        assert not standing(place, meeting).inside

    def test_the_moment_is_that_of_the_scan(self, room, clock):
        place, meeting = room.learner(), room.meetings[0]
        clock.move_to(DAY)
        ticket = attendance.scan(place.person, meeting.uuid, "in", code(meeting))[2]
        clock.shift(240)
        assert attendance.sign(place.person, meeting.uuid, "in", ticket).at == DAY

    def test_who_waits_left_or_never_came_is_refused(self, room, clock):
        room.learner(), room.learner()
        waiting = room.learner()
        clock.move_to(DAY)
        for user in (waiting.person, UserFactory(), room.teacher):
            with pytest.raises(NotAllowed, match="没有报名"):
                attendance.scan(user, room.meetings[0].uuid, "in", code(room.meetings[0]))

    def test_out_before_in_and_out_of_time(self, room, clock):
        place, meeting = room.learner(), room.meetings[0]
        with pytest.raises(Conflict, match="不在这次课"):
            scanned(place, meeting)
        clock.move_to(DAY)
        with pytest.raises(Conflict, match="还没有签到"):
            scanned(place, meeting, "out")
        services.move(room.teacher, room.run, "cancel", reason="停电")
        with pytest.raises(Conflict):
            scanned(place, meeting)


class TestRoster:
    def test_called_with_a_reason_and_once(self, room, clock):
        places, meeting = [room.learner(), room.learner()], room.meetings[0]
        clock.move_to(DAY + 4 * HOUR)
        names = [place.uuid for place in places]
        with pytest.raises(Invalid):
            attendance.call(room.teacher, meeting, names, "in", at=DAY, reason="")
        assert attendance.call(room.teacher, meeting, names, "in", at=DAY, reason="手机没电") == 2
        assert attendance.call(room.teacher, meeting, names, "in", at=DAY, reason="手机没电") == 0
        assert attendance.call(room.teacher, meeting, names[:1], "out", at=DAY + HOUR, reason="点名") == 1
        assert [standing(place, meeting).minutes for place in places] == [60, 0]
        assert set(AttendanceEvent.objects.values_list("by", "way")) == {(room.teacher.pk, "roster")}

    def test_only_the_providers_teachers_and_nobody_themselves(self, room, clock):
        place, meeting = room.learner(), room.meetings[0]
        clock.move_to(DAY)
        for user in (room.assessor, member("editor", room.college), place.person):
            with pytest.raises(NotAllowed):
                attendance.call(user, meeting, [place.uuid], "in", at=DAY, reason="点名")
        with pytest.raises(Invalid):
            attendance.call(room.teacher, meeting, [room.college.uuid], "in", at=DAY, reason="点名")

    def test_not_ones_own(self, room, clock):
        own = services.join(room.teacher, room.run)
        clock.move_to(DAY)
        with pytest.raises(NotAllowed, match="自己"):
            attendance.call(room.teacher, room.meetings[0], [own.uuid], "in", at=DAY, reason="点名")

    @pytest.mark.parametrize("at", [DAY + timedelta(minutes=1), DAY - 2 * HOUR, DAY - timedelta(days=1)])
    def test_not_in_the_future_nor_on_another_day(self, room, clock, at):
        place = room.learner()
        clock.move_to(DAY)
        with pytest.raises(Invalid):
            attendance.call(room.teacher, room.meetings[0], [place.uuid], "in", at=at, reason="点名")

    def test_a_correction_adds_rows_and_takes_the_place_of_what_was(self, room, clock):
        place, meeting = room.learner(), room.meetings[0]
        clock.move_to(DAY)
        scanned(place, meeting)
        clock.move_to(DAY + 3 * HOUR)
        before = list(AttendanceEvent.objects.values())
        attendance.correct(
            room.teacher, meeting, place.uuid, since=DAY, until=DAY + 2 * HOUR, reason="忘记签退"
        )
        assert list(AttendanceEvent.objects.order_by("id").values()[:1]) == before
        assert standing(place, meeting).minutes == 120
        assert (
            attendance.correct(
                room.teacher, meeting, place.uuid, since=DAY, until=DAY + 2 * HOUR, reason="忘记签退"
            )
            == 0
        )
        attendance.correct(room.teacher, meeting, place.uuid, since=None, until=None, reason="代签")
        assert not standing(place, meeting).attended
        acts = AttendanceEvent.objects.order_by("number").values_list("act", flat=True)
        assert list(acts) == ["in", "clear", "in", "out", "clear"]
        # Afterwards one can sign in again.
        clock.shift(60)
        scanned(place, meeting)
        assert standing(place, meeting).inside

    @pytest.mark.parametrize(
        ("since", "until"),
        [(DAY, None), (DAY + HOUR, DAY), (DAY, DAY + 5 * HOUR), (DAY - 3 * HOUR, DAY - 2 * HOUR)],
    )
    def test_corrections_that_cannot_be(self, room, clock, since, until):
        place = room.learner()
        clock.move_to(DAY + 4 * HOUR)
        with pytest.raises(Invalid):
            attendance.correct(
                room.teacher, room.meetings[0], place.uuid, since=since, until=until, reason="更正"
            )
        assert not AttendanceEvent.objects.exists()

    def test_a_list_of_a_live_session_all_or_none_and_twice_is_once(self, room, clock):
        first, second = room.learner(), room.learner()
        meeting = room.meetings[0]
        clock.move_to(DAY + 4 * HOUR)
        people = {
            first.uuid: [(DAY, DAY + HOUR), (DAY + HOUR, DAY + 2 * HOUR)],
            second.uuid: [(DAY - HOUR / 2, DAY + HOUR / 2)],
        }
        found = Resolved("a" * 64, 3, people, {}, 0)
        other = Resolved("b" * 64, 4, people | {room.run.uuid: [(DAY, DAY + HOUR)]}, {}, 0)
        with pytest.raises(Invalid):
            attendance.take_list(room.teacher, meeting, other, reason="")
        assert not AttendanceEvent.objects.exists()
        assert attendance.take_list(room.teacher, meeting, found, reason="") == 2
        assert attendance.take_list(room.teacher, meeting, found, reason="") == 0
        assert attendance.take_list(room.teacher, meeting, replace(found, sha256="c" * 64), reason="") == 0
        assert [standing(place, meeting).minutes for place in (first, second)] == [120, 30]

    def test_a_meeting_with_records_is_not_called_off(self, room, clock):
        place, (meeting, other) = room.learner(), room.meetings
        clock.move_to(DAY + 4 * HOUR)
        room.present(place, meeting)
        with pytest.raises(Conflict):
            services.cancel_meeting(room.teacher, meeting, reason="停电")
        services.cancel_meeting(room.teacher, other, reason="停电")
        assert queries.practice_of(place).required == 1
