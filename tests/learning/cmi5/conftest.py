"""cmi5 for tests: a package of the tests' own, a course whose lessons show it, and content that plays an AU."""

import base64
import io
import json
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

import pytest
from django.test import Client

from courses.activities.api import install_package
from lms.accounts.api import actor
from lms.learning.cmi5 import rules, services
from lms.lib.actor import Actor
from lms.lib.clock import now
from lms.records.api import issue, store_of
from tests.courses.packs.foreign.cmi5 import au, block, structure, zipped
from tests.factories.accounts import UserFactory
from tests.factories.courses import course_page, released_course
from tests.factories.learning import enrolment

CMI5 = {"id": rules.CATEGORY}
COUNTS = {"id": rules.MOVE_ON}
RESULTS = {
    "initialized": {},
    "completed": {"completion": True, "duration": "PT2M"},
    "passed": {"success": True, "duration": "PT2M"},
    "failed": {"success": False, "duration": "PT2M"},
    "terminated": {"duration": "PT3M"},
}


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    """Packages are unpacked below the platform's home; content has an origin of its own."""
    settings.HOME = tmp_path
    settings.CONTENT_URL = "http://content.testserver"
    settings.PUBLIC_URL = "http://testserver"
    services.course_by.cache_clear() if hasattr(services.course_by, "cache_clear") else None


def installed(xml, organisation=None, files=None):
    return install_package(
        io.BytesIO(zipped(xml, files)), actor=Actor.system("tests"), organisation=organisation
    )


class Course:
    """A course of one package, a learner in it; `keys` are the AUs' in order."""

    def __init__(self, *children, learner=None):
        page = course_page()
        self.package = installed(structure(*children), page.provider)
        self.units = services.course_by(self.package.uuid).aus
        self.keys = [unit.key for unit in self.units]
        shown = [
            {"package": self.package, "part": unit.key, "title": "单元", "minutes": 10} for unit in self.units
        ]
        self.release = released_course([[("package", one)] for one in shown])
        self.learner = learner or UserFactory()
        self.enrolment = enrolment(self.learner, self.release)
        self.lessons = list(self.release.lessons.all())

    @property
    def registration(self):
        return services.register(self.enrolment, self.package)

    def block(self, place=0):
        return self.lessons[place].blocks[0]["id"]

    def launch(self, place=0, **more):
        """An AU launched by its learner, as content that runs."""
        lesson = self.lessons[place]
        found = services.launch_block(self.learner, self.enrolment, lesson, self.block(place), **more)
        return Content(found)

    def lrs(self):
        """Reads all of the organisation's store (4.2)."""
        return Speaker(issue(store_of(self.package.organisation), "读取", ["all/read"]))

    def said(self, verb=None, **params):
        """The statements of the registration in the store, oldest first."""
        asked = {"registration": str(self.registration.uuid), "ascending": "true"} | params
        if verb:
            asked["verb"] = rules.VERBS[verb]
        return self.lrs().get("statements", asked).json()["statements"]


class Speaker:
    """Somebody with a credential of the store."""

    def __init__(self, secret=None, token=""):
        self.token = token or base64.b64encode(f"{secret.credential.key}:{secret.secret}".encode()).decode()
        self.client = Client()

    def call(self, method, path, params=None, body=None, **headers):
        query = f"?{urlencode(params)}" if params else ""
        told = {"Authorization": f"Basic {self.token}", "X-Experience-API-Version": "1.0.3"} | headers
        content = b"" if body is None else json.dumps(body).encode()
        return self.client.generic(
            method, f"/xapi/{path}{query}", content, content_type="application/json", headers=told
        )

    def get(self, path, params):
        response = self.call("GET", path, params)
        assert response.status_code == 200, response.content
        return response


class Content(Speaker):
    """Plays an AU that was launched: reads its address, fetches its token, speaks."""

    def __init__(self, found):
        self.session = found.session
        self.url, self.launch_method = found.url, found.launch_method
        self.query = {key: values[0] for key, values in parse_qs(urlsplit(found.url).query).items()}
        self.actor = json.loads(self.query["actor"])
        self.seconds = 0
        self.client = Client()
        self.token = ""

    def fetch(self, method="POST"):
        path = urlsplit(self.query["fetch"]).path
        return self.client.generic(method, path)

    def begin(self):
        """Fetches the token."""
        self.token = self.fetch().json()["auth-token"]
        return self

    @property
    def place(self):
        return {
            "activityId": self.query["activityId"],
            "agent": self.query["actor"],
            "registration": self.query["registration"],
        }

    def launch_data(self):
        return self.get("activities/state", self.place | {"stateId": "LMS.LaunchData"}).json()

    def statement(self, verb, **changes):
        """A statement as a good AU sends it; changes: its parts. Each a second after the one before."""
        self.seconds += 1
        context = self.context()
        result = changes.pop("result", RESULTS.get(verb, {}))
        category = [CMI5] + [COUNTS] * ("success" in result or "completion" in result)
        context["contextActivities"]["category"] = changes.pop("category", category)
        said = {
            "id": str(uuid4()),
            "actor": self.actor,
            "verb": {"id": rules.VERBS.get(verb, verb)},
            "object": {"objectType": "Activity", "id": self.query["activityId"]},
            "context": context,
            "timestamp": self.at(self.seconds),
        }
        if result:
            said["result"] = result
        return said | changes

    def at(self, seconds):
        moment = self.session.launched_at + timedelta(seconds=seconds)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def context(self):
        session = str(self.session.uuid)
        registration = self.session.registration
        unit = services.course_in(registration).by_key[self.session.unit.key]
        return {
            "registration": self.query["registration"],
            **rules.template(session, unit.publisher_id),
        }

    def allowed(self, verb="http://adlnet.gov/expapi/verbs/experienced", **changes):
        """A cmi5 allowed statement (7.1.3)."""
        said = self.statement(verb, result={}, category=[], **changes)
        del said["context"]["contextActivities"]["category"]
        return said

    def send(self, *statements):
        return self.call("POST", "statements", body=list(statements))

    def say(self, *verbs, **changes):
        """Sends one statement a verb; they must be taken."""
        for verb in verbs:
            response = self.send(self.statement(verb, **changes))
            assert response.status_code == 200, response.content
        return self

    def refused(self, statement, section):
        """The statement is refused, by this section's rule; nothing of it is kept."""
        response = self.send(statement)
        assert response.status_code == 403, (response.status_code, response.content)
        assert response.json()["requirement"] == f"cmi5 {section}", response.json()


@pytest.fixture
def make(db):
    return Course


@pytest.fixture
def course(db):
    """A block of one AU that wants completing and passing at 0.8, and one that wants nothing."""
    return Course(
        block(
            "a",
            au(
                "1",
                moveOn="CompletedAndPassed",
                masteryScore="0.8",
                after="<launchParameters>起点=1</launchParameters><entitlementKey>xyz-9</entitlementKey>",
            ),
        ),
        au("2", moveOn="Completed"),
    )


__all__ = ["Content", "Course", "Speaker", "actor", "au", "block", "installed", "now", "structure"]
