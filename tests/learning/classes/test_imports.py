"""A live session's list against the class: matched for certain or asked about, planned first, all or nothing, once."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation

from lms.accounts.api import staff_group
from lms.learning.classes import attendance, imports, queries
from lms.learning.classes.models import AttendanceEvent, AttendanceImport
from lms.lib.audit.models import AuditRow
from lms.lib.errors import Conflict, Invalid, NotAllowed
from tests.factories.accounts import UserFactory
from tests.learning.classes.classroom import DAY, HOUR, Classroom
from tests.learning.statements.years import named

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
HEAD = "姓名,手机号,进入时间,离开时间"


@pytest.fixture
def room(clock):
    found = Classroom(capacity=4)
    found.first, found.second = found.learner(), found.learner()
    clock.move_to(DAY + 4 * HOUR)
    return found


def call(place, name):
    """Give the learner a real name."""
    named(place.person, name)


def preview(room, *rows, head=HEAD):
    return imports.preview(room.meetings[0], "\n".join([head, *rows]).encode())


def taken(room, found, choices=(), reason=""):
    meeting, user = room.meetings[0], room.teacher
    held = imports.confirmed(user, meeting, imports.kept(user, meeting, found))
    return attendance.take_list(user, meeting, imports.resolved(held, dict(choices), reason), reason=reason)


def minutes(place, meeting):
    return {item.meeting.pk: item.minutes for item in queries.attendance_of(place)}[meeting.pk]


class TestMatching:
    def test_by_number_address_and_real_name(self, room):
        call(room.second, "钱进")
        found = preview(
            room,
            f"随便写,{room.first.person.phone[3:]},2026-03-10 09:00,2026-03-10 10:00",
            f"x,{room.first.person.email},2026-03-10 10:00,2026-03-10 10:30",
            f"y,{room.first.person.uuid},2026-03-10 10:30,2026-03-10 11:00",
            "钱 进,,2026-03-10 09:00,2026-03-10 10:00",
            "钱进,138****0000,2026-03-10 10:00,2026-03-10 10:10",
        )
        assert [line.how for line in found.lines] == ["phone", "email", "number", "name", "name"]
        assert found.good
        assert not found.strangers
        assert taken(room, found) == 2
        meeting = room.meetings[0]
        assert (minutes(room.first, meeting), minutes(room.second, meeting)) == (120, 70)

    @pytest.mark.parametrize("language", ["en", "zh-hans"])
    def test_where_it_comes_from_is_read_in_ones_own_language(self, room, language):
        found = preview(room, f"x,{room.first.person.email},2026-03-10 10:00,2026-03-10 10:30")
        with translation.override(language):
            taken(room, found)
        notes = {}
        for reader in ("zh-hans", "en"):
            with translation.override(reader):
                notes[reader] = queries.attendance_of(room.first)[0].notes
        assert notes["zh-hans"] == [f"直播平台名单 · {room.teacher} · 直播平台名单"]
        assert "名单" not in notes["en"][0]

    def test_a_display_name_is_nobodys_proof(self, room):
        found = preview(room, f"{room.first.person},,2026-03-10 09:00,2026-03-10 10:00")
        assert [item.who for item in found.strangers] == [str(room.first.person)]

    def test_two_of_one_name_are_asked_about(self, room):
        call(room.first, "王伟")
        call(room.second, "王伟")
        (line,) = preview(room, "王伟,,2026-03-10 09:00,2026-03-10 10:00").lines
        assert line.place is None
        assert "同名" in line.problem

    def test_somebody_elses_number_beside_a_learners_name(self, room):
        call(room.first, "王伟")
        (line,) = preview(room, "王伟,13911112222,2026-03-10 09:00,2026-03-10 10:00").lines
        assert (line.place, line.asked) == (None, True)

    def test_names_outside_this_class_are_strangers(self, room):
        named(UserFactory(), "赵外")
        (line,) = preview(room, "赵外,,2026-03-10 09:00,2026-03-10 10:00").lines
        assert line.asked


class TestTimes:
    def test_cut_to_the_meeting_and_overlaps_once(self, room):
        phone = room.first.person.phone
        found = preview(
            room,
            f"a,{phone},2026-03-10 08:30,2026-03-10 09:30",
            f"a,{phone},2026-03-10 09:10,2026-03-10 10:00",
            f"a,{phone},2026-03-10 11:50,2026-03-10 12:40",
            f"a,{phone},2026-03-10 08:00,2026-03-10 08:20",
        )
        assert found.good
        assert [bool(line.note) for line in found.lines] == [True, False, True, True]
        taken(room, found)
        assert minutes(room.first, room.meetings[0]) == 70
        assert not AttendanceEvent.objects.filter(at__lt=DAY).exists()

    @pytest.mark.parametrize(
        "times",
        ["2026-03-12 09:00,2026-03-12 10:00", "2026-03-10 10:00,2026-03-10 09:00", "十点,x", "09:00,23:00"],
    )
    def test_one_bad_row_stops_the_list(self, room, times):
        phone = room.first.person.phone
        found = preview(room, f"a,{phone},2026-03-10 09:00,2026-03-10 10:00", f"a,{phone},{times}")
        assert not found.good
        assert [line.number for line in found.faults] == [3]


class TestTaking:
    def test_the_same_file_again_changes_nothing_even_after_a_correction(self, room):
        row = f"a,{room.first.person.phone},2026-03-10 09:00,2026-03-10 10:00"
        assert taken(room, preview(room, row)) == 1
        assert preview(room, row).taken is not None
        assert not preview(room, row).good
        meeting = room.meetings[0]
        attendance.correct(
            room.teacher, meeting, room.first.uuid, since=DAY, until=DAY + 2 * HOUR, reason="看了录像"
        )
        assert taken(room, preview(room, row)) == 0
        assert minutes(room.first, meeting) == 120
        # Another file takes the place of what is there, and everything stays on record.
        assert taken(room, preview(room, row.replace("10:00", "11:30"))) == 1
        assert minutes(room.first, meeting) == 150
        assert AttendanceEvent.objects.filter(place=room.first).count() == 2 + 3 + 3
        assert AttendanceImport.objects.count() == 2

    def test_strangers_are_matched_by_hand_with_a_reason_or_left_out(self, room):
        found = preview(
            room,
            "小红,,2026-03-10 09:00,2026-03-10 10:00",
            "小红,,2026-03-10 10:00,2026-03-10 10:20",
            "听众,,2026-03-10 09:00,2026-03-10 10:00",
        )
        assert [item.who for item in found.strangers] == ["小红", "听众"]
        mine = str(room.first.uuid)
        for choices, reason in (({}, "看了头像"), ({0: mine, 1: "x"}, "看了头像"), ({0: mine, 1: "out"}, "")):
            with pytest.raises(Invalid):
                taken(room, found, choices, reason)
        with pytest.raises(Invalid):
            taken(room, found, {0: str(room.run.uuid), 1: "out"}, "看了头像")
        assert not AttendanceEvent.objects.exists()
        assert taken(room, found, {0: mine, 1: "out"}, "本人打开了摄像头") == 1
        assert minutes(room.first, room.meetings[0]) == 80
        event = AttendanceEvent.objects.first()
        assert "小红" in event.reason
        assert "本人打开了摄像头" in event.reason
        row = AttendanceImport.objects.get()
        assert (row.lines, row.people, row.left_out) == (3, 1, 1)
        assert AuditRow.objects.filter(action="class.attendance_list", target=room.meetings[0].uuid).exists()

    def test_only_those_who_call_the_roll_and_never_for_themselves(self, room):
        row = f"a,{room.first.person.phone},2026-03-10 09:00,2026-03-10 10:00"
        meeting = room.meetings[0]
        held = imports.confirmed(
            room.teacher, meeting, imports.kept(room.teacher, meeting, preview(room, row))
        )
        with pytest.raises(NotAllowed):
            attendance.take_list(room.assessor, meeting, imports.resolved(held, {}, ""), reason="")
        with pytest.raises(Conflict):
            imports.confirmed(room.assessor, meeting, imports.kept(room.teacher, meeting, preview(room, row)))


def test_the_page_asks_and_keeps_the_answers(room, clock):
    room.teacher.groups.add(staff_group())
    client = Client()
    client.force_login(room.teacher)
    address = reverse("learning_class_list", args=[room.meetings[0].uuid])
    content = "\n".join([HEAD, "小红,,2026-03-10 09:00,2026-03-10 10:00"]).encode("gbk")
    page = client.post(address, {"file": SimpleUploadedFile("名单.csv", content)}).content.decode()
    assert "不能确定是哪位学员" in page
    said = {
        "confirmed": re.search(r'name="confirmed" value="([^"]+)"', page)[1],
        "choice-0": str(room.second.uuid),
    }
    answer = client.post(address, said)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'<option value="{room.second.uuid}" selected>' in page
    assert client.post(address, said | {"reason": "核对了头像"}).status_code == 302
    assert minutes(room.second, room.meetings[0]) == 60
    page = client.post(address, {"file": SimpleUploadedFile("名单.csv", content)}).content.decode()
    assert "导入过" in page
    assert 'name="confirmed"' not in page


def test_planning_asks_as_often_for_a_long_list(room, django_assert_max_num_queries):
    rows = [f"生人{number},,2026-03-10 09:00,2026-03-10 10:00" for number in range(200)]
    with django_assert_max_num_queries(4):
        preview(room, *rows)
