"""A small AU of the tests' own in Chromium: from the lesson's launch button to "satisfied", on a phone."""

import copy

import pytest
from django.test import Client
from django.urls import reverse

from lms.learning.cmi5.models import Cmi5Satisfied, Cmi5Session, Cmi5Unit
from lms.learning.study.models import StudyGrant
from tests.courses.packs.foreign.cmi5 import au, zipped
from tests.interop.installing import INTEROP, installed
from tests.learning.cmi5 import conftest as world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]

# A cmi5 AU with nothing but fetch: what any library does.
PAGE = """<!doctype html><html lang="zh"><title>AU</title><p id="was">…</p><button id="done" disabled>完成</button>
<script type="module">
const told = new URLSearchParams(location.search);
const actor = JSON.parse(told.get("actor")), endpoint = told.get("endpoint");
const { "auth-token": token } = await (await fetch(told.get("fetch"), { method: "POST" })).json();
const headers = { Authorization: "Basic " + token, "X-Experience-API-Version": "1.0.3", "Content-Type": "application/json" };
const place = new URLSearchParams({ activityId: told.get("activityId"), agent: told.get("actor"),
  registration: told.get("registration"), stateId: "LMS.LaunchData" });
const data = await (await fetch(endpoint + "activities/state?" + place, { headers })).json();
const send = async (verb, result) => {
  const context = structuredClone(data.contextTemplate);
  context.registration = told.get("registration");
  context.contextActivities.category = [{ id: "https://w3id.org/xapi/cmi5/context/categories/cmi5" }];
  if (result && "completion" in result)
    context.contextActivities.category.push({ id: "https://w3id.org/xapi/cmi5/context/categories/moveon" });
  const body = JSON.stringify({ id: crypto.randomUUID(), actor, verb: { id: "http://adlnet.gov/expapi/verbs/" + verb },
    object: { objectType: "Activity", id: told.get("activityId") }, context, timestamp: new Date().toISOString(),
    ...(result ? { result } : {}) });
  const answer = await fetch(endpoint + "statements", { method: "POST", headers, body });
  if (!answer.ok) throw new Error(await answer.text());
};
let cookies = "none";
try { cookies = document.cookie || "none"; } catch { /* a sandbox without an origin */ }
await send("initialized");
document.getElementById("was").textContent = data.launchMode + " " + cookies;
const button = document.getElementById("done");
button.disabled = false;
button.onclick = async () => {
  await send("completed", { completion: true, duration: "PT9H" });
  await send("terminated", { duration: "PT9H" });
  location.href = data.returnURL;
};
</script></html>""".encode()


# The same by a library that others wrote: what it says, and in what order, is its own doing.
LIBRARY = """<!doctype html><html lang="zh"><title>AU</title><p id="was">…</p><button id="done" disabled>交卷</button>
<script src="cmi5.js"></script><script>
const au = new Cmi5();
const failed = (error) => { document.getElementById("was").textContent = error.response?.data?.message ?? error; };
au.initialize().then(() => {
  const data = au.getLaunchData(), button = document.getElementById("done");
  document.getElementById("was").textContent = data.launchMode + " " + data.masteryScore + " " + au.getLearnerPreferences().languagePreference;
  button.disabled = false;
  button.onclick = async () => {
    try {
      await au.interactionTrueFalse("t", "1", true, true, undefined, undefined, true);
      await au.progress(50);
      await au.moveOn({ score: { scaled: 0.9, raw: 9, min: 0, max: 10 } });
      location.href = data.returnURL;
    } catch (error) { failed(error); }
  };
}, failed);
</script></html>""".encode()


@pytest.fixture
def made(settings, live_server, monkeypatch):
    """Makes a course of one AU from its files. The site by one name of the machine, content by another."""
    settings.PUBLIC_URL = live_server.url
    settings.CONTENT_URL = f"http://127.0.0.1:{live_server.url.rpartition(':')[2]}"
    policy = copy.deepcopy(settings.CONTENT_SECURITY_POLICY)
    policy["DIRECTIVES"]["frame-src"] = ["'self'", settings.CONTENT_URL]
    settings.CONTENT_SECURITY_POLICY = policy

    def make(files, unit):
        monkeypatch.setattr(world, "zipped", lambda xml, _files=None: zipped(xml, files))
        return world.Course(unit)

    return make


@pytest.fixture
def opened(chromium, live_server):
    """Opens the lesson of a course as its learner, on a phone."""
    contexts = []

    def lesson(course):
        context = chromium.new_context(locale="zh-CN", viewport={"width": 360, "height": 780})
        contexts.append(context)
        client = Client()
        client.force_login(course.learner)
        value = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": value, "url": live_server.url}])
        page = context.new_page()
        place = [course.enrolment.uuid, course.lessons[0].uuid]
        page.goto(live_server.url + reverse("learning:player", args=place))
        return page

    yield lesson
    for context in contexts:
        context.close()


def test_from_launch_to_satisfied_in_the_lessons_page(opened, made):
    course = made({"index.html": PAGE}, au("1", moveOn="Completed"))
    page = opened(course)
    page.get_by_role("button", name="打开课件").click()
    frame = page.frame_locator("iframe[name^=cmi5-]")
    frame.locator("#done:enabled").wait_for(timeout=15_000)
    assert frame.locator("#was").inner_text() == "Normal none"
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    frame.locator("#done").click()
    frame.get_by_role("link", name="回到这一课").click(timeout=15_000)
    page.get_by_text("已达到要求").wait_for(timeout=15_000)
    assert page.get_by_role("button", name="复习").is_visible()
    assert Cmi5Session.objects.get().end == Cmi5Session.End.TERMINATED
    assert Cmi5Satisfied.objects.get().key == "course"
    assert Cmi5Unit.objects.get().progress == 100
    assert StudyGrant.objects.get().source == "package"


def test_an_au_of_another_library_passes(opened, made):
    """npm @xapi/cmi5 fetches its token, reads what it is launched with, answers, passes and ends."""
    folder = installed(INTEROP / "content") / "node_modules" / "@xapi" / "cmi5" / "dist"
    files = {"index.html": LIBRARY, "cmi5.js": (folder / "Cmi5.umd.js").read_bytes()}
    course = made(files, au("1", moveOn="CompletedAndPassed", masteryScore="0.8"))
    page = opened(course)
    page.get_by_role("button", name="打开课件").click()
    frame = page.frame_locator("iframe[name^=cmi5-]")
    frame.locator("#done:enabled").wait_for(timeout=15_000)
    assert frame.locator("#was").inner_text() == "Normal 0.8 zh-Hans,zh-CN"
    frame.locator("#done").click()
    frame.get_by_role("link", name="回到这一课").click(timeout=15_000)
    page.get_by_text("已达到要求").wait_for(timeout=15_000)
    verbs = [one["verb"]["id"].rpartition("/")[2] for one in course.said()]
    assert verbs[:4] == ["launched", "initialized", "answered", "progressed"]
    assert sorted(verbs[4:]) == ["completed", "passed", "satisfied", "terminated"]
    assert Cmi5Session.objects.get().end == Cmi5Session.End.TERMINATED
    unit = Cmi5Unit.objects.get()
    assert (unit.passed_at is not None, unit.completed_at is not None) == (True, True)
    assert Cmi5Satisfied.objects.get().key == "course"
