"""An outside driver over /api/v1/: a package in, a learner registered, a launch address out (docs/cmi5.md)."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from lms.learning.cmi5.models import Cmi5Registration, Cmi5Session
from lms.learning.cmi5.services import Launched
from tests.accounts.machines.programs import machine, token
from tests.courses.packs.foreign.cmi5 import BASE, au, block, structure, zipped
from tests.factories.accounts import UserFactory
from tests.factories.creditbank import college
from tests.learning.cmi5.conftest import Content

pytestmark = pytest.mark.django_db
API = "/api/v1/learning/cmi5"
XML = structure(block("a", au("1", moveOn="Completed")), au("2", moveOn="Passed"))


class Driver:
    def __init__(self, client, organisation, scopes=("packages.run",)):
        made = machine(organisation, name="驱动程序", scopes=list(scopes))
        self.client, self.token = client, token(client, made)

    def post(self, path, data=None, **more):
        kind = {} if data is None or "file" in data else {"content_type": "application/json"}
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.client.post(API + path, data or {}, headers=headers, **kind, **more)

    def get(self, path):
        return self.client.get(API + path, headers={"Authorization": f"Bearer {self.token}"})

    def hand_in(self, content, name="course.zip"):
        return self.post("/packages", {"file": SimpleUploadedFile(name, content)})


@pytest.fixture
def body(db):
    return college("ydzy", "云岭职业学院")


@pytest.fixture
def driver(client, body):
    return Driver(client, body)


def test_a_package_in_a_learner_registered_a_launch_address_out(driver):
    answer = driver.hand_in(zipped(XML))
    assert answer.status_code == 201, answer.content
    package = answer.json()
    assert [one["publisher_id"] for one in package["aus"]] == [f"{BASE}au/1", f"{BASE}au/2"]
    registered = driver.post(f"/packages/{package['uuid']}/registrations", {"learner": "learner-7"})
    assert registered.status_code == 201, registered.content
    where = f"/registrations/{registered.json()['uuid']}"
    launched = driver.post(f"{where}/launch", {"au": package["aus"][0]["key"]})
    assert launched.status_code == 200, launched.content
    said = launched.json()
    session = Cmi5Session.objects.get(uuid=said["session"])
    content = Content(Launched(session, said["url"], said["launch_method"])).begin()
    content.say("initialized", "completed", "terminated")
    now = driver.get(where).json()
    assert [one["satisfied"] for one in now["aus"]] == [True, False]
    assert len(now["satisfied"]) == 1
    waived = driver.post(f"{where}/waive", {"au": package["aus"][1]["key"], "reason": "Tested Out"})
    assert "course" in waived.json()["satisfied"]
    ends = [one["end"] for one in driver.get(f"{where}/sessions").json()["items"]]
    assert ends == ["terminated"]


def test_an_xml_alone_is_a_package(driver):
    answer = driver.hand_in(structure(au(url="https://au.example.com/")).encode(), "cmi5.xml")
    assert answer.status_code == 201, answer.content


def test_a_driver_chooses_where_content_leads_back_to(driver):
    package = driver.hand_in(zipped(XML)).json()
    row = driver.post(f"/packages/{package['uuid']}/registrations", {"learner": "a"}).json()
    body = {"au": package["aus"][0]["key"], "return_url": "https://driver.example.com/back"}
    said = driver.post(f"/registrations/{row['uuid']}/launch", body).json()
    session = Cmi5Session.objects.get(uuid=said["session"])
    data = Content(Launched(session, said["url"], "")).begin().launch_data()
    assert data["returnURL"] == "https://driver.example.com/back"
    bad = body | {"return_url": "javascript:alert(1)"}
    assert driver.post(f"/registrations/{row['uuid']}/launch", bad).status_code == 422


@pytest.mark.parametrize(
    "content",
    [
        zipped(structure(au(moveOn="Often"))),
        zipped(XML, {"other.html": b"x"}),
        zipped(XML, {"index.html": b"x", "../evil.html": b"x"}),
        structure(au()).encode(),
        b"PK\x03\x04 broken",
        b"",
        b"not xml",
    ],
)
def test_what_is_no_good_package_is_refused_with_its_faults(driver, content):
    answer = driver.hand_in(content)
    assert answer.status_code == 422, answer.content
    assert answer.json()["message"]


def test_the_same_name_is_the_same_registration_and_another_drivers_is_not(driver, client, body):
    package = driver.hand_in(zipped(XML)).json()["uuid"]
    path = f"/packages/{package}/registrations"
    first, again = (driver.post(path, {"learner": "a"}).json()["uuid"] for _n in range(2))
    assert first == again
    second = Driver(client, body)
    assert second.post(path, {"learner": "a"}).json()["uuid"] != first
    assert second.get(f"/registrations/{first}").status_code == 404
    assert second.post(f"/registrations/{first}/launch", {"au": "x"}).status_code == 404


def test_another_organisations_package_is_not_found(driver, client):
    package = driver.hand_in(zipped(XML)).json()["uuid"]
    other = Driver(client, college("hhzy", "湖海职业学院"))
    assert other.post(f"/packages/{package}/registrations", {"learner": "a"}).status_code == 404
    assert not Cmi5Registration.objects.exists()


def test_without_the_scope_or_a_token_nothing_opens(client, body):
    other = Driver(client, body, scopes=("outcomes.deposit",))
    assert other.hand_in(zipped(XML)).status_code in (401, 403)
    client.force_login(UserFactory())
    assert client.post(f"{API}/packages").status_code in (401, 403)


def test_a_learner_launches_over_the_api(course, client):
    client.force_login(course.learner)
    lesson = course.lessons[0].uuid
    path = f"{API}/enrolments/{course.enrolment.uuid}/lessons/{lesson}/{course.block()}/launch"
    answer = client.post(path, {"mode": "Browse"}, content_type="application/json")
    assert answer.status_code == 200, answer.content
    assert answer.json()["url"].startswith("http://content.testserver/packages/")
    client.force_login(UserFactory())
    assert client.post(path, {}, content_type="application/json").status_code == 404
