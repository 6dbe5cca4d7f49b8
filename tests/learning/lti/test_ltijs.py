"""Our platform and a tool made of ltijs (npm), each a server of its own: registering, opening, scores, members, deep linking.

What ltijs makes of our messages, and what it sends, is none of our code. The browser between them keeps cookies and follows
what it is sent, as one does.
"""

import json
import subprocess

import pytest
import requests

from courses.pages.models import LessonPage
from lms.accounts.api import staff_group
from lms.learning.lti.platform.models import LtiScore, LtiTool
from lms.learning.lti.platform.services import invite, switch
from tests.factories.accounts import UserFactory, member
from tests.factories.courses import organisation, released_course, text
from tests.factories.learning import enrolment
from tests.interop.installing import INTEROP, installed
from tests.learning.clients import signed_in
from tests.learning.lti.conftest import DETAILS, place
from tests.learning.lti.parties import Form
from tools.environment import NODE_FOLDER, child_environment

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
# By another name than our platform's: cookies of the one are not sent to the other.
HOST = "127.0.0.1"
CSRF = "c" * 32


@pytest.fixture(scope="module")
def ltijs():
    """The tool's address."""
    process = subprocess.Popen(
        [NODE_FOLDER / "node", "tool.mjs", HOST],
        cwd=installed(INTEROP / "content"),
        env=child_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield f"http://{HOST}:{int(process.stdout.readline())}"
    process.stdin.close()
    process.wait(timeout=20)


@pytest.fixture
def site(live_server, settings, ltijs):
    settings.PUBLIC_URL = live_server.url
    settings.LTI_HOSTS = frozenset({ltijs.removeprefix("http://")})
    return live_server.url


class Browser:
    """Of somebody signed in at our site."""

    def __init__(self, site, person, **more):
        self.site, self.session = site, requests.Session()
        cookies = {"sessionid": signed_in(person, **more).cookies["sessionid"].value, "csrftoken": CSRF}
        for name, value in cookies.items():
            self.session.cookies.set(name, value, domain="localhost.local", path="/")

    def get(self, address, **params):
        return self._seen(self.session.get(address, params=params, timeout=30))

    def post(self, address, **said):
        return self._seen(
            self.session.post(address, said | {"csrfmiddlewaretoken": CSRF}, timeout=30, allow_redirects=True)
        )

    def send(self, page):
        """The page's form, as its script sends it."""
        form = Form(page.text)
        return self._seen(self.session.post(form.action, form.fields, timeout=30))

    def _seen(self, page):
        assert page.status_code == 200, (page.status_code, page.url, page.text[:2000])
        return page


@pytest.fixture
def tool(site, ltijs, admin):
    """The tool, which registered itself by an administrator's invitation and was switched on."""
    asked = {
        "openid_configuration": f"{site}/lti/openid-configuration",
        "registration_token": invite(admin, organisation()).token,
    }
    answer = requests.get(f"{ltijs}/register", asked, timeout=60)
    assert answer.status_code == 200, answer.text
    row = LtiTool.objects.get()
    assert (row.state, row.name, row.redirect_uris) == ("waiting", "电路仿真", [f"{ltijs}/open"])
    return switch(admin, row, on=True)


@pytest.fixture
def item(tool, ltijs):
    block = place(tool, url=f"{ltijs}/open", details=DETAILS)
    return enrolment(UserFactory(display_name="林一舟"), released_course(lessons=[[text(), block]]))


def test_a_learner_opens_it_and_it_sends_a_score(site, ltijs, tool, item, admin):
    lesson = item.release.lessons.get()
    block = next(block for block in lesson.blocks if block["type"] == "lti")
    browser = Browser(site, item.person)
    address = f"{site}/lti/launch/{item.uuid}/{lesson.uuid}/{block['id']}/"
    # ltijs asks for whatever a platform has to tell; the person says whether their name is.
    assert "不告诉，直接打开" in browser.get(address).text
    page = browser.post(address, named="no")
    told = browser.send(browser.send(page)).json()
    token, ask = told["token"], {"ltik": told["ltik"]}
    where = token["platformContext"]
    assert (token["iss"], token["clientId"], token["deploymentId"]) == (
        site,
        tool.client_id,
        tool.deployment_id,
    )
    assert "name" not in token["userInfo"]
    assert where["custom"] == {"task": "1"}
    assert where["context"]["id"]

    said = browser.get(f"{ltijs}/score", **ask, given=8.5).json()
    row = LtiScore.objects.get()
    assert (str(row.given), str(row.maximum), row.enrolment) == ("8.5000", "10.0000", item)
    # It asked our line item how much can be reached, and our results what came of it.
    assert said["sent"]["scoreMaximum"] == 10
    assert [(one["userId"], one["resultScore"], one["resultMaximum"]) for one in said["results"]] == [
        (token["user"], 8.5, 10)
    ]

    (one,) = browser.get(f"{ltijs}/members", **ask).json()["members"]
    assert one["user_id"] == token["user"]

    columns = browser.get(f"{ltijs}/columns", **ask).json()
    assert columns["changed"]["label"] == "期末考试"
    assert [column["id"] for column in columns["listed"]] == [columns["made"]["id"]]
    assert columns["left"] == []

    # Switched off, it is answered nothing more, whatever token it still has.
    switch(admin, tool, on=False, reason="合同到期")
    refused = requests.get(f"{ltijs}/score", ask | {"given": 9}, cookies=browser.session.cookies, timeout=30)
    assert refused.status_code == 502, refused.text
    assert LtiScore.objects.count() == 1


def test_an_author_chooses_what_it_offers(site, ltijs, tool, item):
    editor = member("editor", organisation())
    editor.groups.add(staff_group())
    lesson = LessonPage.objects.descendant_of(item.course).get()
    desk = Browser(site, editor, staff=True)
    page = desk.post(f"{site}/admin/lti/lesson/{lesson.pk}/", tool=str(tool.uuid), how="choose")
    offered = desk.send(desk.send(page))
    shown = desk.session.post(
        f"{site}/lti/deep-linking", {"JWT": offered.text.split('name="JWT" value="')[1].split('"')[0]}
    )
    assert "仿真二" in shown.text
    desk.post(shown.url)
    lesson.refresh_from_db()
    body = lesson.get_latest_revision_as_object().body
    chosen = [block.value for block in body if block.block_type == "lti"][-1]
    assert (chosen["title"], chosen["tool"], chosen["url"]) == (
        "仿真二",
        str(tool.uuid),
        f"{ltijs}/open?task=2",
    )
    details = json.loads(chosen["details"])
    assert details["custom"] == {"task": "2"}
    assert (details["column"]["maximum"], details["column"]["label"]) == ("20.0000", "仿真二")
