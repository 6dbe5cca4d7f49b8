"""The class API: the learner's way and the organiser's, by role, with the pages' services behind."""

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lms.learning.classes import codes, rules
from lms.learning.classes.models import AttendanceEvent, ClassPlace
from lms.lib.clock import now
from tests.factories.accounts import OrganisationFactory, UserFactory, member
from tests.learning.classes.classroom import DAY, HOUR, Classroom

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock"), pytest.mark.long]
BASE = "/api/v1/learning/classes"


@pytest.fixture
def room():
    return Classroom(capacity=2)


class Api:
    def __init__(self, user=None):
        self.client = Client()
        if user is not None:
            self.client.force_login(user)

    def get(self, path):
        return self.client.get(BASE + path)

    def post(self, path, **data):
        return self.client.post(BASE + path, json.dumps(data), content_type="application/json")


def test_nobody_without_signing_in(room):
    for path in ("", "/mine", f"/{room.run.uuid}", "/staff/runs"):
        assert Api().get(path).status_code == 401


def test_the_learners_way(room, clock):
    online = room.meeting(DAY + timedelta(days=5), link="https://meeting.example/123", place="")
    user = UserFactory()
    api = Api(user)
    (run,) = api.get("").json()
    assert (run["uuid"], run["seated"], run["open_for_enrolment"]) == (str(room.run.uuid), 0, True)
    assert api.get(f"?course={room.course.uuid}").json() == [run]
    assert api.get(f"?course={room.run.uuid}").status_code == 404
    assert api.get("/mine").json() == []
    path = f"/{room.run.uuid}"
    assert api.get(path).json()["mine"] is None
    assert api.get(path + "/attendance").status_code == 404
    place = api.post(path + "/join").json()
    assert (place["state"], place["seat"]) == ("seated", 1)
    assert api.post(path + "/join").json()["uuid"] == place["uuid"]
    assert [row["mine"]["uuid"] for row in api.get("/mine").json()] == [place["uuid"]]
    assert [meeting["link"] for meeting in api.get(path).json()["meetings"]] == [None, None, None]
    clock.move_to(online.starts_at - timedelta(minutes=15))
    assert api.get(path).json()["meetings"][2]["link"] == "https://meeting.example/123"
    assert Api(UserFactory()).get(path).json()["meetings"][2]["link"] is None
    clock.move_to(online.ends_at)
    assert api.get(path).json()["meetings"][2]["link"] is None
    assert api.post(path + "/leave").json()["state"] == "left"
    assert api.get("/mine").json() == []


def test_signing_in_and_out_by_code(room, clock):
    place, meeting = room.learner(), room.meetings[0]
    api = Api(place.person)
    clock.move_to(DAY)

    def signed(act):
        code = codes.code_for(meeting.uuid, act, rules.period_of(now()))
        scanned = api.post("/scan", meeting=str(meeting.uuid), act=act, code=code).json()
        assert scanned["walk_in"] is False
        return api.post("/sign", meeting=str(meeting.uuid), act=act, ticket=scanned["ticket"])

    assert signed("in").json()["unconfirmed"] is False
    clock.shift(3600)
    assert signed("out").status_code == 200
    assert api.post("/scan", meeting=str(meeting.uuid), act="in", code="0" * 16).status_code == 409
    assert api.post("/scan", meeting=str(meeting.uuid), act="up", code="0" * 16).status_code == 422
    found = api.get(f"/{room.run.uuid}/attendance").json()
    assert (found["meetings"][0]["minutes"], found["attended"], found["required"]) == (60, 1, 2)
    assert found["centihours"] == 0
    assert found["explanation"]


def test_a_walk_in_and_the_organisers_word(room, clock):
    room.began()
    clock.move_to(DAY)
    user, meeting = UserFactory(), room.meetings[0]
    code = codes.code_for(meeting.uuid, "in", rules.period_of(now()))
    api = Api(user)
    scanned = api.post("/scan", meeting=str(meeting.uuid), act="in", code=code).json()
    assert scanned["walk_in"] is True
    signed = api.post("/sign", meeting=str(meeting.uuid), act="in", ticket=scanned["ticket"])
    assert signed.json()["unconfirmed"] is True
    staff = Api(room.teacher)
    (waiting,) = staff.get(f"/staff/runs/{room.run.uuid}").json()["walk_ins"]
    path = f"/staff/walk-ins/{waiting['uuid']}"
    assert api.post(path, confirm=True).status_code == 403
    assert Api(room.assessor).post(path, confirm=True).status_code == 403
    assert staff.post(path, confirm=False).status_code == 422
    assert staff.post(path, confirm=False, reason="不是本单位职工").json()["confirmed"] is False
    assert staff.post(path, confirm=True).status_code == 409


def test_planning_a_run_and_moving_it(room):
    staff = Api(room.teacher)
    said = {
        "course": str(room.course.uuid),
        "title": "秋季班",
        "place": "实训楼",
        "starts_on": "2026-04-10",
        "ends_on": "2026-04-11",
        "enrol_until": "2026-04-01",
        "capacity": 12,
    }
    assert Api(UserFactory()).post("/staff/runs", **said).status_code == 403
    assert staff.post("/staff/runs", **said | {"capacity": 0}).status_code == 422
    made = staff.post("/staff/runs", **said)
    assert made.status_code == 201
    path = f"/staff/runs/{made.json()['uuid']}"
    meeting = {
        "title": "第一次",
        "teacher": "吴工",
        "starts_at": "2026-04-10T09:00:00+08:00",
        "ends_at": "2026-04-10T12:00:00+08:00",
        "link": "https://meeting.example/9",
    }
    naive = meeting | {"starts_at": "2026-04-10T09:00:00"}
    assert staff.post(path + "/meetings", **naive).json()["code"] == "offset_missing"
    assert staff.post(path + "/meetings", **meeting | {"link_minutes": 2000}).status_code == 422
    assert staff.post(path + "/meetings", **meeting | {"link": "javascript:alert(1)"}).status_code == 422
    assert staff.post(path + "/meetings", **meeting).json()["link"] == "https://meeting.example/9"
    assert staff.post(path + "/act", act="open").json()["state"] == "open"
    assert staff.post(path + "/act", act="cancel").status_code == 422
    assert Api(member("teacher", OrganisationFactory())).post(path + "/act", act="close").status_code == 404
    assert [row["title"] for row in staff.get("/staff/runs").json()] == ["秋季班", "春季第一班"]


def test_roster_correction_and_import(room, clock):
    place, other = room.learner(), room.learner()
    meeting = room.meetings[0]
    clock.move_to(DAY + 4 * HOUR)
    staff, path = Api(room.teacher), f"/staff/meetings/{meeting.uuid}"
    for user in (place.person, room.assessor, member("editor", room.college)):
        assert Api(user).get(path).status_code == 404
    at = "2026-03-10T09:05:00+08:00"
    called = staff.post(path + "/call", places=[str(place.uuid)], act="in", at=at, reason="手机没电")
    assert called.json() == {"changed": 1}
    said = {"since": at, "until": "2026-03-10T10:05:00+08:00", "reason": "监控录像"}
    assert staff.post(f"{path}/places/{place.uuid}/correct", **said).json() == {"added": 3}
    people = staff.get(path).json()["people"]
    assert [row["minutes"] for row in people] == [60, 0]
    content = f"姓名,手机号,进入时间,离开时间\n甲,{other.person.phone},09:00,11:00\n小红,,09:00,10:00"
    answer = staff.client.post(
        BASE + path + "/import/plan", {"file": SimpleUploadedFile("名单.csv", content.encode("gbk"))}
    ).json()
    assert [line["matched_by"] for line in answer["lines"]] == ["phone", ""]
    assert [item["who"] for item in answer["strangers"]] == ["小红"]
    assert staff.post(path + "/import", plan=answer["plan"]).status_code == 422
    assert Api(room.assessor).post(path + "/import", plan=answer["plan"]).status_code == 404
    taken = staff.post(path + "/import", plan=answer["plan"], choices={"0": "out"})
    assert taken.json() == {"changed": 1}
    assert staff.post(path + "/import", plan=answer["plan"], choices={"0": "out"}).json() == {"changed": 0}
    assert AttendanceEvent.objects.filter(place=other).count() == 2
    bad = staff.client.post(BASE + path + "/import/plan", {"file": SimpleUploadedFile("x.csv", b"")})
    assert (bad.status_code, bad.json()["code"]) == (422, "list_unreadable")


def test_lists_do_not_ask_more_for_more_people(room, django_assert_max_num_queries):
    staff = Api(room.teacher)
    room.learner()
    path = f"/staff/runs/{room.run.uuid}"
    staff.get(path)
    with django_assert_max_num_queries(100) as first:
        staff.get(path)
    for _time in range(3):
        room.learner()
    assert ClassPlace.objects.count() == 4
    with django_assert_max_num_queries(len(first.captured_queries)):
        staff.get(path)
