"""A6, A05: the sign-in sheet of a programme's meeting, made from what was recorded at the door."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lms.accounts.models import User
from lms.learning.classes import attendance, codes, rules, services
from lms.learning.classes.models import ClassPlace
from lms.learning.erasure import erase
from lms.lib.audit.models import AuditRow
from lms.lib.clock import SHANGHAI, now
from lms.lib.verify import services as verify
from lms.training.programmes.sign_in import SIGN_IN
from tests.factories.accounts import UserFactory, member
from tests.learning.clients import signed_in
from tests.training.advanced import City, fresh

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 20, 9, tzinfo=SHANGHAI)


@pytest.fixture
def city(clock):
    return City()


@pytest.fixture
def lesson(city, clock):
    """A programme whose class is being held: one learner scanned the code, one was called by the teacher, one is not there."""
    programme = city.enrolling()
    people = [
        city.admitted(programme, user=UserFactory(display_name=name)) for name in ("闵如松", "柏文静", "祝远")
    ]
    city.by(city.proposer, programme.case, "begin")
    run = services.move(city.teacher, fresh(programme).run, "start")
    meeting = run.meetings.get()
    clock.move_to(START - timedelta(minutes=1))
    code = codes.code_for(meeting.uuid, "in", rules.period_of(now()))
    attendance.sign(
        people[0].person, meeting.uuid, "in", attendance.scan(people[0].person, meeting.uuid, "in", code)[2]
    )
    clock.move_to(START + timedelta(hours=3))
    place = ClassPlace.objects.get(pk=people[1].place_id)
    attendance.correct(
        city.teacher,
        meeting,
        place.uuid,
        since=START + timedelta(minutes=30),
        until=START + timedelta(hours=3),
        reason="手机没电，纸质签到",
    )
    programme = fresh(programme)
    programme.people_here = [row.person for row in people]
    programme.meeting = meeting
    return programme


def address(meeting, name="sheet"):
    return reverse(f"cases:{name}", args=[SIGN_IN, meeting.uuid])


def checked(meeting):
    return verify.check(verify.issue(SIGN_IN, meeting.uuid))[1]


def test_a05_a_sign_in_sheet_lists_who_was_there_and_how(city, lesson):
    page = signed_in(city.teacher).get(address(lesson.meeting)).content.decode()
    for text in (
        "P55",
        f"{lesson.case.number}-QD20260320-0900",
        "青溪技师学院",
        "闵如松：签到 08:59，签退 —",
        "扫码",
        "柏文静：签到 09:30，签退 12:00，150 分钟（更正 手机没电，纸质签到）",
        "祝远：未签到",
        "<dt>应到</dt><dd>3 人</dd>",
        "<dt>签到</dt><dd>2 人</dd>",
    ):
        assert text in page, text
    made = signed_in(city.officer).get(address(lesson.meeting, "sheet_pdf"))
    assert (made["Content-Type"], made.content[:5]) == ("application/pdf", b"%PDF-")
    assert signed_in(city.teacher).get(address(lesson.meeting, "sheet_pdf")).content == made.content


def test_a05_whoever_has_the_code_learns_how_many_were_there_and_not_who(city, lesson, client):
    code = verify.issue(SIGN_IN, lesson.meeting.uuid)
    said = client.get(reverse("verify:code", args=[code])).content.decode()
    assert "2 人" in said
    for person in lesson.people_here:
        assert person.display_name not in said
    before = dict(checked(lesson.meeting).rows)["内容指纹（SHA-256）"]
    attendance.correct(
        city.teacher,
        lesson.meeting,
        ClassPlace.objects.get(person=lesson.people_here[2], run=lesson.run).uuid,
        since=START,
        until=START + timedelta(hours=3),
        reason="补登记",
    )
    after = dict(checked(lesson.meeting).rows)
    assert after["签到"] == "3 人"
    assert after["内容指纹（SHA-256）"] != before


def test_a05_by_role_who_reads_a_sign_in_sheet_and_every_look_is_logged(city, lesson):
    for user, status in (
        (city.teacher, 200),
        (city.assessor, 200),
        (city.officer, 200),
        (city.proposer, 404),
        (lesson.people_here[0], 404),
        (member("teacher"), 404),
        (member("officer"), 404),
    ):
        assert signed_in(user).get(address(lesson.meeting)).status_code == status, user
    for person in lesson.people_here:
        looks = AuditRow.objects.filter(action="programme.view", target=person.uuid)
        assert {city.teacher.uuid, city.assessor.uuid, city.officer.uuid} <= set(
            looks.values_list("person", flat=True)
        )


def test_a05_host_and_authority_find_the_sheets_and_there_is_none_before_the_meeting(city, clock):
    programme = city.enrolling()
    city.admitted(programme)
    meeting = programme.run.meetings.get()
    host, staff = (
        reverse("programmes:host", args=[programme.uuid]),
        reverse("training_programme", args=[programme.uuid]),
    )
    assert signed_in(city.teacher).get(address(meeting)).status_code == 404
    assert address(meeting) not in signed_in(city.teacher).get(host).content.decode()
    clock.move_to(START)
    assert address(meeting) in signed_in(city.teacher).get(host).content.decode()
    assert address(meeting) in signed_in(city.officer, staff=True).get(staff).content.decode()
    assert signed_in(city.teacher).get(address(meeting)).status_code == 200


def test_a05_a_meeting_that_was_called_off_has_no_valid_sheet(city, clock):
    programme = city.enrolling()
    meeting = programme.run.meetings.get()
    services.cancel_meeting(city.teacher, meeting, reason="台风停课")
    clock.move_to(START)
    found = checked(meeting)
    assert (found.status, found.note) == ("revoked", "这次课已取消：台风停课")


def test_a05_a_sheet_reads_in_a_fixed_number_of_queries(city, lesson):
    def reads(user):
        with CaptureQueriesContext(connection) as found:
            assert user.get(address(lesson.meeting)).status_code == 200
        return len([row for row in found if row["sql"].startswith("SELECT")])

    client = signed_in(city.teacher)
    reads(client)
    three = reads(client)
    ClassPlace.objects.filter(person__in=lesson.people_here[1:]).update(state="left", seat=None)
    assert reads(client) == three


def test_a05_somebody_who_was_erased_stands_on_the_sheet_without_a_name(city, lesson):
    person = lesson.people_here[2]
    assert "祝远：未签到" in signed_in(city.teacher).get(address(lesson.meeting)).content.decode()
    erase(person)
    User.objects.filter(pk=person.pk).update(erased_at=now(), display_name="")
    assert "祝远" not in signed_in(city.teacher).get(address(lesson.meeting)).content.decode()
