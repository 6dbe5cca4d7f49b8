"""Packs for programs: the pages' rights, an order watched, fetched and checked."""

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lms.learning.evidence import http_api
from lms.learning.evidence.models import EvidenceOrder
from lms.lib.audit.models import AuditRow
from lms.lib.jobs import services as jobs
from lms.lib.jobs.models import Job
from tests.factories.accounts import UserFactory, member
from tests.learning.clients import signed_in
from tests.learning.evidence.packs import Office, opened_zip

pytestmark = [pytest.mark.django_db, pytest.mark.long]
PACKS = "/api/v1/learning/evidence/packs"


@pytest.fixture
def office(clock):
    return Office()


def post(client, address, **said):
    return client.post(address, said, content_type="application/json")


def made(order):
    jobs.run(Job.objects.get(key=EvidenceOrder.objects.get(uuid=order).job_key).pk)


def test_the_whole_way(office, clock):
    item = office.learner(clock)
    client = signed_in(office.officer)
    said = {"release": str(office.release.uuid), "reason": "线上培训督导检查"}
    ordered = post(client, PACKS, **said)
    assert ordered.status_code == 202
    order = ordered.json()
    assert (order["state"], order["pack"], order["may_download"]) == ("queued", None, False)
    again = post(client, PACKS, **said)
    assert (again.status_code, again.json()["details"]["order"]) == (409, order["uuid"])
    early = post(client, f"{PACKS}/{order['uuid']}/download")
    assert (early.status_code, early.json()["code"]) == (409, "not_ready")
    made(order["uuid"])
    done = client.get(f"{PACKS}/{order['uuid']}").json()
    assert (done["state"], done["pack"]["counts"]["people"]) == ("done", 1)
    assert [row["uuid"] for row in client.get(PACKS).json()] == [order["uuid"]]
    file = post(client, f"{PACKS}/{order['uuid']}/download")
    assert file["Content-Type"] == "application/zip"
    data = file.getvalue()
    assert str(item.uuid).encode() in opened_zip(data).read("people.csv")
    assert AuditRow.objects.filter(action="evidence.download").count() == 1
    answer = client.post(
        "/api/v1/learning/evidence/verify", {"file": SimpleUploadedFile("p.zip", data)}
    ).json()
    assert (answer["right"], answer["faults"]) == (True, 0)
    assert "真的、完整的" in answer["says"][-1]
    broken = SimpleUploadedFile("p.zip", data[:-40])
    answer = client.post("/api/v1/learning/evidence/verify", {"file": broken}).json()
    assert (answer["right"], "不能采信" in answer["says"][-1]) == (False, True)


def test_some_people_a_day_and_names(office, clock):
    first = office.learner(clock)
    office.learner(clock)
    said = {
        "release": str(office.release.uuid),
        "reason": "课程过程自查",
        "people": [str(first.uuid)],
        "first": "2026-03-02",
    }
    teacher = signed_in(office.teacher)
    assert post(teacher, PACKS, **said, named=True).status_code == 403
    assert post(teacher, PACKS, **said | {"people": ["x"]}).status_code == 422
    assert post(teacher, PACKS, **said | {"first": "2026-03-05", "last": "2026-03-01"}).status_code == 422
    order = post(teacher, PACKS, **said).json()
    made(order["uuid"])
    assert teacher.get(f"{PACKS}/{order['uuid']}").json()["pack"]["counts"]["people"] == 1


def test_stopping(office, clock):
    client = signed_in(office.officer)
    order = post(client, PACKS, release=str(office.release.uuid), reason="线上培训督导检查").json()
    assert post(client, f"{PACKS}/{order['uuid']}/cancel").json()["state"] == "cancelled"


def test_one_s_own(office, clock):
    item = office.learner(clock)
    client = signed_in(item.person)
    order = post(client, f"{PACKS}/own", enrolment=str(item.uuid))
    assert (order.status_code, order.json()["own"]) == (202, True)
    made(order.json()["uuid"])
    assert client.get(PACKS).json() == []
    assert len(client.get(PACKS, {"own": "true"}).json()) == 1
    assert post(signed_in(UserFactory()), f"{PACKS}/own", enrolment=str(item.uuid)).status_code == 404


def test_others_meet_a_closed_door(office, clock):
    order = office.order()
    said = {"release": str(office.release.uuid), "reason": "线上培训督导检查"}
    assert Client().get(PACKS).status_code == 401
    for user in (UserFactory(), member("teacher"), member("editor", office.provider), office.auditor):
        client = signed_in(user)
        assert client.get(f"{PACKS}/{order.uuid}").status_code == 404
        for act in ("cancel", "download"):
            assert post(client, f"{PACKS}/{order.uuid}/{act}").status_code == 404
    for user in (UserFactory(), member("teacher"), member("editor", office.provider)):
        assert post(signed_in(user), PACKS, **said).status_code == 404
    assert signed_in(office.officer).get(f"{PACKS}/{uuid4()}").status_code == 404


def test_large_files_are_checked_elsewhere(office, monkeypatch):
    monkeypatch.setattr(http_api, "MAX_CHECKED", 10)
    answer = signed_in(office.officer).post(
        "/api/v1/learning/evidence/verify", {"file": SimpleUploadedFile("p.zip", b"x" * 11)}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "too_large")
