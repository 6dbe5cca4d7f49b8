"""The pages at their statuses, without scripts: the learner's way and the staff's screens, by role."""

import re
from datetime import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from lms.accounts.api import staff_group
from lms.accounts.people.export import export_person
from lms.learning.classes import codes, imports, rules, services
from lms.learning.classes.models import (
    AttendanceEvent,
    ClassMeeting,
    ClassPlace,
    ClassRun,
    PracticeChecklist,
    PracticePhoto,
    PracticeResult,
)
from lms.lib import sheets
from lms.lib.clock import SHANGHAI, now
from tests.factories.accounts import OrganisationFactory, UserFactory, member
from tests.factories.courses import released_course
from tests.learning.classes.classroom import DAY, HOUR, PNG, Classroom, photo
from tests.learning.clients import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.long, pytest.mark.usefixtures("clock")]


@pytest.fixture
def room():
    return Classroom(capacity=1)


def staff(user):
    user.groups.add(staff_group())
    return signed_in(user)


def text(answer):
    return answer.content.decode()


def page(name, *args):
    return reverse(name, args=args)


class TestLearner:
    def test_visitors_sign_in_first(self, room):
        for address in (
            page("learning:classes"),
            page("learning:class", room.run.uuid),
            page("learning:classes_of", room.course.uuid),
            page("learning:class_sign", room.meetings[0].uuid, "in", "0" * 16),
        ):
            answer = Client().get(address)
            assert (answer.status_code, "login" in answer.headers["Location"]) == (302, True)

    def test_from_the_course_to_a_seat_and_out_again(self, room):
        client = signed_in(UserFactory())
        course = text(client.get(f"/courses/{room.course.slug}/"))
        assert "考评员考评通过" in course
        assert page("learning:class", room.run.uuid) in course
        assert "余 1 个名额" in text(client.get(page("learning:classes_of", room.course.uuid)))
        detail = page("learning:class", room.run.uuid)
        assert "对刀与首件" in text(client.get(detail))
        answer = client.post(page("learning:class_join", room.run.uuid), follow=True)
        assert "报名成功" in text(answer)
        assert "须出席" in text(answer)
        second = signed_in(UserFactory())
        answer = second.post(page("learning:class_join", room.run.uuid), follow=True)
        assert "候补第 1 位" in text(answer)
        assert "春季第一班" in text(client.get(page("learning:classes")))
        answer = client.post(page("learning:class_leave", room.run.uuid), follow=True)
        assert answer.status_code == 200
        assert "候补第" not in text(second.get(detail))
        assert "还没有报名班次" in text(client.get(page("learning:classes")))

    def test_what_is_planned_is_unseen(self, room):
        hidden = room.planned(title="夏季班")
        client = signed_in(UserFactory())
        assert client.get(page("learning:class", hidden.uuid)).status_code == 404
        assert client.post(page("learning:class_join", hidden.uuid)).status_code == 404
        assert "夏季班" not in text(client.get(page("learning:classes_of", room.course.uuid)))

    def test_a_cancelled_class_says_why_to_those_in_it(self, room):
        place = room.learner()
        services.move(room.teacher, room.run, "cancel", reason="机床大修")
        client = signed_in(place.person)
        assert "机床大修" in text(client.get(page("learning:class", room.run.uuid)))
        assert signed_in(UserFactory()).get(page("learning:class", room.run.uuid)).status_code == 404

    def test_what_is_missing_names_practice(self, room):
        place = room.learner()
        client = signed_in(place.person)
        assert "实操（应会）还没有通过" in text(client.get(page("learning:course", place.enrolment.uuid)))
        found = client.get(f"/api/v1/learning/enrolments/{place.enrolment.uuid}")
        assert found.json()["missing"]["practice"] is True

    def test_online_courses_say_nothing_of_classes(self):
        course = released_course().course
        answer = text(signed_in(UserFactory()).get(f"/courses/{course.slug}/"))
        assert "线下班次" not in answer
        assert "应会" not in answer

    def test_signing_in_by_the_code(self, room, clock):
        place, meeting = room.learner(), room.meetings[0]
        client = signed_in(place.person)
        clock.move_to(DAY)
        address = page(
            "learning:class_sign",
            meeting.uuid,
            "in",
            codes.code_for(meeting.uuid, "in", rules.period_of(now())),
        )
        answer = client.get(address)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert not AttendanceEvent.objects.exists()
        ticket = re.search(r'name="ticket" value="([^"]+)"', text(answer))[1]
        clock.shift(120)
        assert "已签到，09:00" in text(client.post(address, {"ticket": ticket}))
        assert "已签到，09:00" in text(client.post(address, {"ticket": ticket}))
        assert AttendanceEvent.objects.count() == 1
        answer = client.get(address)
        assert (answer.status_code, "过期" in text(answer)) == (409, True)
        assert client.post(address, {"ticket": "x"}).status_code == 409
        other = signed_in(UserFactory())
        assert other.get(address).status_code == 403

    def test_queries_do_not_grow_with_the_class(self, room, django_assert_max_num_queries):
        place = room.learner()
        client = signed_in(place.person)
        address = page("learning:class", room.run.uuid)
        client.get(address)
        with django_assert_max_num_queries(200) as first:
            client.get(address)
        for number in range(4):
            room.meeting(datetime(2026, 3, 12 + number, 9, tzinfo=SHANGHAI))
            room.learner()
        with django_assert_max_num_queries(len(first.captured_queries)):
            client.get(address)

    def test_ones_own_data_holds_it(self, room, clock):
        room.checklist()
        place = room.learner()
        room.began()
        clock.move_to(datetime(2026, 3, 11, 18, tzinfo=SHANGHAI))
        room.present(place)
        room.judged(place, photos=[photo()])
        found = export_person(place.person)
        (row,) = found["classes"]
        assert len(row["attendance"]) == 4
        assert row["practice"][0]["passed"] is True
        assert row["practice"][0]["photos"][0]["name"] == "首件.png"


class TestStaff:
    def test_by_role(self, room):
        place = room.learner()
        stranger = member("teacher", OrganisationFactory())
        editor, assessor = member("editor", room.college), room.assessor
        addresses = {
            page("learning_classes"): (200, 200, 200),
            page("learning_class", room.run.uuid): (404, 200, 200),
            page("learning_class_sheet", place.uuid): (404, 200, 200),
            page("learning_class_roll", room.meetings[0].uuid): (404, 404, 404),
            page("learning_class_code", room.meetings[0].uuid, "in"): (404, 404, 404),
            page("learning_class_list", room.meetings[0].uuid): (404, 404, 404),
            page("learning_class_correct", room.meetings[0].uuid, place.uuid): (404, 404, 404),
            page("learning_class_checklist", room.course.uuid): (404, 200, 404),
        }
        clients = [staff(user) for user in (stranger, editor, assessor)]
        found = {
            address: tuple(client.get(address).status_code for client in clients) for address in addresses
        }
        assert found == addresses
        teacher = staff(room.teacher)
        assert {teacher.get(address).status_code for address in addresses} == {200}
        hr = staff(member("hr", room.college))
        assert hr.get(page("learning_classes")).status_code in (302, 403)

    def test_planning_to_opening(self, room):
        client = staff(room.teacher)
        assert room.course.title in text(client.get(page("learning_class_new")))
        said = {
            "course": str(room.course.uuid),
            "title": "秋季班",
            "place": "实训楼",
            "starts_on": "2026-04-10",
            "ends_on": "2026-04-09",
            "enrol_until": "2026-04-01",
            "capacity": "12",
            "required_meetings": "",
            "assessor_body": str(room.body.uuid),
            "about": "",
        }
        answer = client.post(page("learning_class_new"), said)
        assert (answer.status_code, "结束日期早于开始日期" in text(answer)) == (422, True)
        answer = client.post(page("learning_class_new"), said | {"ends_on": "2026-04-11"})
        run = ClassRun.objects.get(title="秋季班")
        assert answer.headers["Location"] == page("learning_class", run.uuid)
        answer = client.post(page("learning_class_act", run.uuid), {"act": "open"}, follow=True)
        assert "还没有安排上课时间" in text(answer)
        meeting = {
            "title": "第一次",
            "teacher": "吴工",
            "starts_at": "2026-04-10T09:00",
            "ends_at": "2026-04-10T08:00",
            "place": "",
            "link": "",
        }
        address = page("learning_class_meeting", run.uuid)
        assert client.post(address, meeting).status_code == 422
        assert client.post(address, meeting | {"ends_at": "2026-04-10T12:00"}).status_code == 302
        made = ClassMeeting.objects.get(run=run)
        assert made.starts_at == datetime(2026, 4, 10, 9, tzinfo=SHANGHAI)
        client.post(page("learning_class_act", run.uuid), {"act": "open"})
        client.post(page("learning_class_act", run.uuid), {"act": "capacity", "capacity": "30"})
        client.post(page("learning_class_act", run.uuid), {"act": "capacity", "capacity": "x"})
        client.post(page("learning_class_act", run.uuid), {"act": "explode"})
        run.refresh_from_db()
        assert (run.state, run.capacity) == ("open", 30)
        client.post(page("learning_class_meeting_cancel", made.uuid), {"reason": "停电"})
        made.refresh_from_db()
        assert made.cancel_reason == "停电"

    def test_the_codes_screen_shows_a_code_in_time_and_reloads(self, room, clock):
        client = staff(room.teacher)
        address = page("learning_class_code", room.meetings[0].uuid, "in")
        assert "<svg" not in text(client.get(address))
        clock.move_to(datetime(2026, 3, 10, 9, 0, 10, tzinfo=SHANGHAI))
        answer = text(client.get(address))
        assert "<svg" in answer
        assert 'http-equiv="refresh" content="21"' in answer
        again = text(client.get(address))
        clock.shift(30)
        assert text(client.get(address)) != again
        assert client.get(page("learning_class_code", room.meetings[0].uuid, "clear")).status_code == 404

    def test_roster_and_correction(self, room, clock):
        place, meeting = room.learner(), room.meetings[0]
        client = staff(room.teacher)
        clock.move_to(DAY + HOUR)
        address = page("learning_class_roll", meeting.uuid)
        said = {"places": [str(place.uuid)], "act": "in", "at": "2026-03-10T09:05", "reason": "手机没电"}
        assert client.post(address, said | {"reason": ""}).status_code == 422
        assert client.post(address, said | {"places": ["x"]}).status_code == 422
        assert client.post(address, said).status_code == 302
        answer = text(client.get(address))
        assert "手机没电" in answer
        correct = page("learning_class_correct", meeting.uuid, place.uuid)
        assert "手机没电" in text(client.get(correct))
        wrong = {"since": "2026-03-10T09:00", "until": "", "reason": "记错了"}
        assert client.post(correct, wrong).status_code == 422
        assert client.post(correct, wrong | {"until": "2026-03-10T09:50"}).status_code == 302
        assert AttendanceEvent.objects.count() == 4
        assert client.get(page("learning_class_correct", meeting.uuid, room.run.uuid)).status_code == 404

    def test_a_live_sessions_list_from_preview_to_rows(self, room, clock):
        place, meeting = room.learner(), room.meetings[0]
        client = staff(room.teacher)
        clock.move_to(DAY + 4 * HOUR)
        address = page("learning_class_list", meeting.uuid)

        def upload(*lines):
            content = "\n".join(["手机,进入,离开", *lines]).encode("gb18030")
            return client.post(address, {"file": SimpleUploadedFile("名单.csv", content)})

        phone = place.person.phone
        answer = upload(f"{phone},2026-03-10 09:00,2026-03-10 10:00", "13900000000,2026-03-10 09:00,x")
        assert "有 1 行对不上" in text(answer)
        assert 'name="confirmed"' not in text(answer)
        answer = upload(
            f"{phone[3:]},2026-03-10 09:00,2026-03-10 10:00",
            f"{place.person.email.upper()},2026/03/10 10:30,2026/03/10 11:00",
        )
        value = re.search(r'name="confirmed" value="([^"]+)"', text(answer))[1]
        assert not AttendanceEvent.objects.exists()
        assert client.post(address, {"confirmed": value[:-2] + "xx"}).status_code == 409
        other = page("learning_class_list", room.meetings[1].uuid)
        assert client.post(other, {"confirmed": value}).status_code == 409
        assert client.post(address, {"confirmed": value}).status_code == 302
        assert client.post(address, {"confirmed": value}).status_code == 302
        assert AttendanceEvent.objects.count() == 4
        assert "90" in text(client.get(page("learning_class_roll", meeting.uuid)))
        for content in (b"", b"PK\x03\x04nonsense", b"\xff\xfe\x00\x00", b"a,b,c"):
            answer = client.post(address, {"file": SimpleUploadedFile("x.xlsx", content)})
            assert answer.status_code == 422

    def test_a_workbook_is_read_like_a_list(self, room, clock):
        place, meeting = room.learner(), room.meetings[0]
        clock.move_to(DAY + 4 * HOUR)
        rows = [
            ("手机", "进入", "离开"),
            (int(place.person.phone[3:]), datetime(2026, 3, 10, 9), datetime(2026, 3, 10, 10)),
            (str(place.person.uuid), "2026-03-10 10:00", "2026-03-10 10:30"),
            ("张三", "2026-03-10 10:00", "2026-03-10 10:30"),
            (place.person.email, "2026-03-10 10:00", "2026-03-10 09:30"),
            (place.person.email, "2026-03-11 10:00", "2026-03-11 10:30"),
            (place.person.email, "十点", "2026-03-10 10:30"),
        ]
        found = imports.preview(meeting, sheets.write([sheets.Sheet("名单", rows)]))
        assert [bool(line.problem) for line in found.lines] == [False, False, True, True, True, True]
        assert (found.lines[0].since, found.lines[0].until) == (DAY, DAY + HOUR)
        assert not found.good

    def test_a_name_that_two_learners_share_is_not_guessed(self, room, clock):
        services.set_capacity(room.teacher, room.run, 2)
        first, second = room.learner(phone="+8613900000001"), room.learner(phone="+113900000001")
        clock.move_to(DAY + 4 * HOUR)
        lines = "13900000001,2026-03-10 09:00,2026-03-10 10:00"
        (line,) = imports.preview(room.meetings[0], lines.encode()).lines
        assert line.problem == "对应不止一位学员"
        assert {first.state, second.state} == {"seated"}

    def test_checklist_and_sheet(self, room, clock):
        place = room.learner()
        room.began()
        clock.move_to(datetime(2026, 3, 11, 18, tzinfo=SHANGHAI))
        client, assessor = staff(room.teacher), staff(room.assessor)
        address = page("learning_class_sheet", place.uuid)
        assert "还没有公布考核清单" in text(assessor.get(address))
        checklist = page("learning_class_checklist", room.course.uuid)
        assert client.post(checklist, {"items": "", "source": "规程"}).status_code == 422
        client.post(checklist, {"items": "对刀\n\n首件检验\n", "source": "规程"})
        found = PracticeChecklist.objects.get()
        assert [item["text"] for item in found.items] == ["对刀", "首件检验"]
        said = {"checklist": str(found.uuid), "after": "0", "remark": "", "done-1": "on", "done-2": "on"}
        answer = assessor.post(address, said | {"action": "pass"})
        assert (answer.status_code, "须出席 2 次" in text(answer)) == (422, True)
        room.present(place)
        files = {"evidence": [SimpleUploadedFile("首件.png", PNG)]}
        answer = assessor.post(address, said | files | {"action": "pass", "remark-1": "两次对准"})
        assert answer.status_code == 302
        result = PracticeResult.objects.get()
        assert (result.passed, result.marks[0]["remark"]) == (True, "两次对准")
        picture = page("learning:class_photo", PracticePhoto.objects.get().uuid)
        answer = signed_in(place.person).get(picture)
        assert b"".join(answer.streaming_content) == PNG
        assert signed_in(UserFactory()).get(picture).status_code == 404
        assert "两次对准" in text(signed_in(place.person).get(page("learning:class", room.run.uuid)))
        assert "已通过" in text(client.get(page("learning_class", room.run.uuid)))

    def test_why_there_is_nothing_to_fill_in_is_said(self, room, clock):
        place = room.learner()
        room.checklist("对刀", "首件检验")
        address = page("learning_class_sheet", place.uuid)
        before = text(staff(room.assessor).get(address))
        assert "班次还没有开课" in before
        assert 'name="done-1"' not in before
        room.began()
        clock.move_to(datetime(2026, 3, 11, 18, tzinfo=SHANGHAI))
        assert 'name="done-1"' in text(staff(room.assessor).get(address))
        assert "这一步需要角色：考评员" in text(staff(member("admin", room.run.provider)).get(address))

    def test_taking_a_place_back(self, room):
        place = room.learner()
        waiting = room.learner()
        staff(room.teacher).post(page("learning_class_release", place.uuid), {"reason": "电话确认不来"})
        assert dict(ClassPlace.objects.values_list("pk", "state")) == {
            place.pk: "left",
            waiting.pk: "seated",
        }

    def test_queries_do_not_grow_with_the_people(self, room, django_assert_max_num_queries):
        services.set_capacity(room.teacher, room.run, 20)
        room.learner()
        client = staff(room.teacher)
        addresses = [
            page("learning_class", room.run.uuid),
            page("learning_class_roll", room.meetings[0].uuid),
            page("learning_classes"),
        ]
        for address in addresses:
            client.get(address)
        counts = []
        for address in addresses:
            with django_assert_max_num_queries(200) as first:
                client.get(address)
            counts.append(len(first.captured_queries))
        for _time in range(5):
            room.learner()
        room.planned(title="另一班")
        for address, count in zip(addresses, counts, strict=True):
            with django_assert_max_num_queries(count):
                client.get(address)
