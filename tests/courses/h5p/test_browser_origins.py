"""Two origins in a real browser: a content whose script wants a signed-in learner's cookies, page and API gets none."""

import json
import time

import pytest

from courses.h5p.client import open_package
from courses.h5p.files import store
from lms.lib.ids import uuid7
from tests.factories.accounts import UserFactory

from .packages import files, pack

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]

# What it tries, each by name, and what it got: a refusal, nothing, or (wrongly) something.
HOSTILE = """
var H5P = H5P || {};
H5P.Greet = function () {
  this.attach = function ($container) { $container.append('<p>here</p>'); };
};
window.tries = (site) => {
  const reach = (address, options) => fetch(address, options).then((got) => "reached " + got.status, () => "refused");
  const look = (read) => { try { return "read " + read(); } catch (error) { return error.name; } };
  const load = (tag, address) => new Promise((done) => {
    const element = document.createElement(tag);
    element.onload = () => done("loaded");
    element.onerror = () => done("refused");
    element.src = address;
    document.head.append(element);
    setTimeout(() => done("refused"), 1500);
  });
  const post = () => {
    const form = document.createElement("form");
    form.method = "post"; form.action = site + "/accounts/logout/";
    document.body.append(form);
    form.submit();
    return "sent";
  };
  const tried = {
    cookie: Promise.resolve(document.cookie),
    stored: Promise.resolve(look(() => localStorage.getItem("secret"))),
    parent: Promise.resolve(look(() => parent.document.title)),
    address: Promise.resolve(look(() => top.location.href)),
    leave: Promise.resolve(look(() => { top.location = "https://evil.example/"; return ""; })),
    form: Promise.resolve(look(post)),
    worker: Promise.resolve(look(() => navigator.serviceWorker && navigator.serviceWorker.register("/h5p/x.js") && "")),
    api: reach(site + "/api/v1/openapi.json"),
    apiWithCookies: reach(site + "/api/v1/openapi.json", { credentials: "include" }),
    blind: reach(site + "/learn/", { mode: "no-cors", credentials: "include" }),
    beacon: Promise.resolve(navigator.sendBeacon(site + "/learn/beacon", "x")),
    image: load("img", site + "/accounts/logout/"),
    script: load("script", site + "/static/rt/js/app.js"),
    frame: load("iframe", site + "/learn/"),
    home: reach("/learn/"),
  };
  return Promise.all(Object.values(tried)).then((got) =>
    Object.fromEntries(Object.keys(tried).map((name, place) => [name, got[place]])));
};
"""
MOUNT = """async (contentUrl) => {
  const { mountH5P } = await import("/static/rt/js/h5p-host.js");
  Object.assign(window, { statements: [], states: [], failed: [], started: 0 });
  localStorage.setItem("secret", "x");
  const frame = document.body.appendChild(document.createElement("iframe"));
  mountH5P(frame, {
    contentUrl, saveEvery: 100,
    onStatement: (statement) => window.statements.push(statement),
    onState: (state) => window.states.push(state),
    onStart: () => window.started++,
    onFail: (message) => window.failed.push(message),
  });
}"""


def eventually(page, true, seconds=20.0):
    """The page's policy forbids the eval that Playwright's own waiting needs."""
    end = time.monotonic() + seconds
    while not page.evaluate(true):
        assert time.monotonic() < end, true
        page.wait_for_timeout(50)


@pytest.fixture
def shown(chromium, live_server, server, client, settings, tmp_path):
    """The page of somebody signed in, at the site, with the hostile content's frame from the content host."""
    settings.H5P_ROOT = tmp_path / "h5p"
    settings.PUBLIC_URL, settings.CONTENT_URL = live_server.url, server
    policy = settings.CONTENT_SECURITY_POLICY
    directives = policy["DIRECTIVES"] | {"frame-src": ["'self'", server]}
    settings.CONTENT_SECURITY_POLICY = policy | {"DIRECTIVES": directives}
    uuid = str(uuid7())
    with open_package(pack({**files(), "H5P.Greet-1.0/greet.js": HOSTILE}), installed=store()) as package:
        store().install(package, uuid)
    client.force_login(UserFactory())
    context = chromium.new_context(locale="zh-CN")
    value = client.cookies["sessionid"].value
    context.add_cookies(
        [{"name": name, "value": value, "url": live_server.url} for name in ("sessionid", "readable")]
    )
    page = context.new_page()
    # A page of ours as it is, its policy too; what a lesson's script does is done by hand.
    page.goto(f"{live_server.url}/verify/")
    page.evaluate(MOUNT, f"{server}/h5p/play/{uuid}/")
    eventually(page, "started || failed.length")
    assert page.evaluate("failed") == []
    yield page
    context.close()


def test_a_hostile_content_gets_nothing_of_the_learner(shown, live_server, server):
    answered = []
    shown.context.on("response", lambda response: answered.append(response.url))
    frame = shown.frames[1]
    got = frame.evaluate("(site) => tries(site)", live_server.url)
    refused = "SecurityError"
    assert got == {
        "cookie": "",
        "stored": "read null",  # of what lives as long as the frame, not of the site
        "parent": refused,
        "address": refused,
        "leave": refused,
        "form": "read sent",
        "worker": refused,
        "api": "refused",
        "apiWithCookies": "refused",
        "blind": "refused",
        "beacon": got["beacon"],  # says nothing of what becomes of it
        "image": "refused",
        "script": "refused",
        "frame": got["frame"],
        "home": "refused",  # the content host has no page of ours and lets nobody read that
    }, json.dumps(got)
    assert [url for url in answered if url.startswith(live_server.url)] == []
    assert shown.url == f"{live_server.url}/verify/"


def test_the_frame_hears_and_tells_the_site_alone(shown, server):
    """Shown by another page, the content does not start there and says nothing of what was done."""
    stranger = shown.context.new_page()
    stranger.route(
        "**/other.html",
        lambda route: route.fulfill(
            body="<script>heard = []; onmessage = (e) => heard.push(e.data.type)</script>"
            f"<iframe sandbox='allow-scripts' src='{shown.frames[1].url}'></iframe>",
            content_type="text/html",
        ),
    )
    stranger.goto(server.replace("127.0.0.1", "localhost") + "/other.html")
    stranger.wait_for_timeout(1000)
    assert stranger.evaluate("heard") == []
    stranger.close()
    # The site's own page asks and is heard; a message that says it is a start, from the frame's own window, is not.
    frame = shown.frames[1]
    frame.evaluate("window.postMessage({context: 'rongtong-h5p', type: 'start', theme: 'dark'}, '*')")
    frame.evaluate("parent.postMessage({context: 'rongtong-h5p', type: 'state', state: {}}, '*')")
    eventually(shown, "states.length === 1")
    assert frame.evaluate("document.documentElement.dataset.theme") == "light"


def test_a_content_in_a_loop_is_not_listened_to_for_ever(shown):
    shown.frames[1].evaluate(
        """() => {
          const verb = {id: 'http://adlnet.gov/expapi/verbs/answered'};
          const data = {context: 'rongtong-h5p', type: 'statement', statement: {verb}};
          for (let n = 0; n < 3000; n++) parent.postMessage(data, '*');
          parent.postMessage({context: 'rongtong-h5p', type: 'size', height: 321}, '*');
        }"""
    )
    eventually(shown, "statements.length >= 500")
    shown.wait_for_timeout(300)
    # A minute may end among them.
    assert shown.evaluate("statements.length") <= 1200
