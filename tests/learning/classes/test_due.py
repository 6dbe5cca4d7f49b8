"""What is due of classes: each kind comes and goes, each role sees its own, and a page costs the same however much is due."""

from datetime import date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from lms.accounts.api import staff_group
from lms.learning.classes import attendance, due, services, walk_ins
from lms.lib.clock import SHANGHAI
from lms.lib.outbox.services import deliver_pending
from tests.factories.accounts import OrganisationFactory, UserFactory, member
from tests.learning.classes.classroom import DAY, HOUR, Classroom
from tests.learning.classes.test_hours import file, rule
from tests.learning.classes.test_walk_ins import come

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock"), pytest.mark.long]
API = "/api/v1/learning/classes/staff/due"


@pytest.fixture
def room(clock):
    """Two meetings of three hours, open for enrolment, one learner, filed; nothing is due."""
    found = Classroom(capacity=3)
    found.authority = OrganisationFactory(kind="authority", name="申江市人社局")
    found.officer = member("officer", found.authority)
    found.place = found.learner()
    file(found)
    return found


def kinds(user, kind=""):
    """(run, what is due of it) as the user's list has it."""
    rows = list(due.runs_due(user, kind))
    return [(item.run.title, [line.kind for line in item.items]) for item in due.told(user, rows)]


def sentences(user):
    return "\n".join(line.text for item in due.told(user, list(due.runs_due(user))) for line in item.items)


class TestKinds:
    def test_nothing(self, room):
        assert kinds(room.teacher) == kinds(room.officer) == []

    def test_no_filing_out_of_the_filing_and_no_hours_in_it(self, room):
        bare = Classroom()
        bare.teacher = member("teacher", bare.college)
        assert kinds(bare.teacher) == [("春季第一班", ["filing"])]
        assert "372号" in sentences(bare.teacher)
        file(room, filed=False)
        assert kinds(room.teacher) == [("春季第一班", ["filing"])]
        file(room, None)
        assert "核定学时" in sentences(room.teacher)
        file(room, 800)
        assert kinds(room.teacher) == []

    def test_a_meeting_that_is_over_without_a_list(self, room, clock):
        room.began()
        clock.move_to(room.meetings[0].ends_at)
        assert kinds(room.teacher) == []
        clock.shift(60)
        assert kinds(room.teacher) == [("春季第一班", ["attendance"])]
        assert "2026-03-10 对刀与首件" in sentences(room.teacher)
        room.present(room.place, room.meetings[0])
        assert kinds(room.teacher) == []

    def test_not_of_a_meeting_that_was_called_off_or_a_class_without_anybody(self, room, clock):
        empty = Classroom()
        room.began()
        services.cancel_meeting(room.teacher, room.meetings[0], reason="教师生病")
        clock.move_to(room.meetings[0].ends_at + HOUR)
        assert kinds(room.teacher) == []
        assert kinds(empty.teacher) == [("春季第一班", ["filing"])]

    def test_who_never_signed_out(self, room, clock):
        room.began()
        clock.move_to(room.meetings[0].starts_at)
        attendance.call(
            room.teacher,
            room.meetings[0],
            [room.place.uuid],
            "in",
            at=room.meetings[0].starts_at,
            reason="没带手机",
        )
        clock.move_to(room.meetings[0].ends_at + HOUR)
        assert kinds(room.teacher) == [("春季第一班", ["correction"])]
        assert "1 人签到后没有签退" in sentences(room.teacher)
        room.present(room.place, room.meetings[0])
        assert kinds(room.teacher) == []

    def test_who_waits_at_the_door(self, room, clock):
        room.began()
        clock.move_to(DAY)
        come(UserFactory(), room.meetings[0])
        assert kinds(room.teacher) == [("春季第一班", ["walk_in"])]
        waiting = room.run.places.get(walk_ins__isnull=False).walk_ins.get()
        walk_ins.decide(room.teacher, waiting.uuid, confirm=True)
        assert kinds(room.teacher) == []

    def test_a_class_that_is_over_and_its_hours(self, room, clock):
        room.began()
        clock.move_to(room.meetings[1].ends_at + HOUR)
        room.present(room.place)
        clock.move_to(datetime(2026, 3, 21, 9, tzinfo=SHANGHAI))
        assert kinds(room.teacher) == [("春季第一班", ["ending"])]
        room.run = services.move(room.teacher, room.run, "end")
        deliver_all()
        assert kinds(room.teacher) == [("春季第一班", ["hours"])]
        assert "主管部门公布" in sentences(room.teacher)
        rule(room)
        assert "正在计算" in sentences(room.teacher)
        file(room, 801)
        deliver_all()
        assert kinds(room.teacher) == []

    def test_history_is_not_due(self, room, clock):
        file(room, filed=False)
        clock.move_to(datetime(2027, 3, 1, 9, tzinfo=SHANGHAI))
        assert kinds(room.teacher) == []


def deliver_all():
    while deliver_pending():
        pass


class TestRoles:
    @pytest.fixture
    def late(self, room, clock):
        """Out of the filing, and a meeting without a list."""
        room.began()
        file(room, filed=False)
        clock.move_to(room.meetings[0].ends_at + HOUR)
        return room

    def client(self, user):
        user.groups.add(staff_group())
        found = Client()
        found.force_login(user)
        return found

    def test_each_sees_what_is_theirs(self, late):
        assert kinds(late.teacher) == [("春季第一班", ["filing", "attendance"])]
        assert kinds(late.officer) == [("春季第一班", ["filing"])]
        assert kinds(late.teacher, "attendance") == [("春季第一班", ["filing", "attendance"])]
        assert kinds(late.officer, "attendance") == kinds(late.teacher, "hours") == []
        assert kinds(member("teacher", OrganisationFactory())) == []
        assert kinds(member("officer", OrganisationFactory(kind="college"))) == []

    def test_the_page(self, late):
        page = reverse("learning_classes_due")
        shown = self.client(late.teacher).get(page).content.decode()
        assert "还没有出席记录" in shown
        assert reverse("learning_class_roll", args=[late.meetings[0].uuid]) in shown
        shown = self.client(late.officer).get(page).content.decode()
        assert reverse("learning_class_file", args=[late.run.uuid]) in shown
        assert "还没有出席记录" not in shown
        assert "没有要办的事" in self.client(late.teacher).get(page, {"state": "hours"}).content.decode()
        assert self.client(late.teacher).get(page, {"state": "nonsense"}).status_code == 200

    def test_by_api_each_the_same(self, late):
        told = self.client(late.teacher).get(API).json()
        (run,) = told["runs"]
        assert (told["total"], run["run"], run["title"]) == (1, str(late.run.uuid), "春季第一班")
        assert [item["kind"] for item in run["items"]] == ["filing", "attendance"]
        meeting = late.meetings[0]
        assert [item["meeting"] for item in run["items"]] == [None, str(meeting.uuid)]
        assert run["items"][1]["address"] == reverse("learning_class_roll", args=[meeting.uuid])
        assert run["items"][1]["since"] == "2026-03-10"
        (run,) = self.client(late.officer).get(API).json()["runs"]
        assert [item["kind"] for item in run["items"]] == ["filing"]
        assert self.client(late.teacher).get(API, {"kind": "hours"}).json()["runs"] == []
        assert self.client(late.teacher).get(API, {"kind": "nonsense"}).status_code == 422

    @pytest.mark.parametrize("role", ["hr", "reviewer", "auditor", "assessor"])
    def test_nobody_elses(self, late, role):
        client = self.client(member(role, late.body))
        assert client.get(reverse("learning_classes_due")).status_code in (302, 403)
        assert client.get(API).status_code == 403
        assert self.client(UserFactory()).get(API).status_code == 403
        assert self.client(member("teacher", OrganisationFactory())).get(API).json()["runs"] == []

    def test_a_page_costs_the_same_however_much_is_due(self, late, clock, django_assert_max_num_queries):
        for number in range(4):
            run = late.planned(
                title=f"第 {number} 班", starts_on=date(2026, 3, 12), enrol_until=date(2026, 3, 11)
            )
            late.run = run
            late.meeting(DAY + timedelta(days=2))
            services.move(late.teacher, run, "open")
            late.learner()
            services.move(late.teacher, run, "start")
        clock.move_to(DAY + timedelta(days=3))
        with django_assert_max_num_queries(6):
            rows = due.told(late.teacher, list(due.runs_due(late.teacher)))
        assert len(rows) == 5
        assert all({line.kind for line in row.items} == {"filing", "attendance"} for row in rows)
