"""The page's session alone in a real browser: what it does with a question, or where it cannot show one."""

import json

import pytest

pytestmark = pytest.mark.browser
MINUTE = 60_000
OPENED = {
    "session": "token",
    "counting": True,
    "elsewhere": None,
    "rule": {"idle_ms": 300_000, "speed_hundredths": 200, "session_ms": 12 * 60 * MINUTE},
    "lengths": {},
    "coverage": {},
    "prompt": None,
}
ANSWER = {"counting": True, "elsewhere": None, "refused": [], "session_active_ms": 10**9, "prompt": None}
BEGIN = """
async (shows) => {
  const { StudySession } = await import("/study/session.js");
  const config = { person: "p", enrolment: "e", lesson: "l" };
  for (const name of ["open", "report", "presence", "takeOver"]) config[name] = `/door/${name}`;
  window.asked = [];
  const on = { opened: () => {}, counted: () => {}, state: () => {}, refused: () => {}, offline: () => {} };
  if (shows) on.asked = (prompt) => window.asked.push(prompt);
  const look = () => ({ visible: true, playing: true, paused: false, texts: [], position: null });
  window.session = new StudySession(config, look, on);
  window.session.start();
}
"""


class Server:
    """Answers as ours would; `heard` keeps what it was told, door by door."""

    def __init__(self, page):
        self.page, self.heard, self.prompt, self.fails = page, [], None, 0
        page.route("http://modules.test/door/*", self.answer)

    def answer(self, route):
        door = route.request.url.rsplit("/", 1)[1]
        self.heard.append((door, json.loads(route.request.post_data)))
        if self.fails:
            self.fails -= 1
            route.fulfill(status=500, body="")
            return
        found = (
            OPENED | {"id": f"s{len(self.of('open'))}"}
            if door == "open"
            else ANSWER | {"prompt": self.prompt}
        )
        route.fulfill(status=200, body=json.dumps(found), content_type="application/json")

    def of(self, door):
        return [body for name, body in self.heard if name == door]

    def wait(self, door, number):
        for _ in range(100):
            if len(self.of(door)) >= number:
                return self.of(door)[number - 1]
            self.page.wait_for_timeout(50)
        raise AssertionError((door, self.heard))


@pytest.fixture
def server(module_page):
    return Server(module_page)


def begin(page, *, shows=True):
    page.evaluate(BEGIN, shows)
    page.wait_for_function("window.session.meter !== null")


def test_a_page_that_shows_no_questions_says_so_and_measures(module_page, server):
    """The quiz under way: without a bar of its own."""
    begin(module_page, shows=False)
    assert server.of("open")[0]["asks"] is False
    module_page.wait_for_timeout(2500)
    module_page.evaluate("window.session.report('here')")
    assert server.wait("report", 1)["active"]


def test_one_heard_of_late_is_open_for_as_long_from_then_on(module_page, server):
    begin(module_page)
    assert (server.of("open")[0]["asks"], server.of("open")[0]["again"]) == (True, False)
    module_page.wait_for_timeout(2500)
    server.prompt = {"id": "q", "due_ms": -12 * MINUTE, "until_ms": -2 * MINUTE}
    module_page.evaluate("window.session.report('here')")
    module_page.wait_for_function("window.asked.some((prompt) => prompt)")
    module_page.wait_for_timeout(1500)
    assert module_page.evaluate("window.session.presence.at(window.session.meter.clock())") == "asked"
    assert module_page.evaluate("window.session.meter.shut") is False
    # Told again with each answer; the time it was first heard of stays.
    module_page.evaluate("window.session.report('here')")
    server.wait("report", 2)
    module_page.evaluate("window.session.confirm()")
    told = server.wait("presence", 1)
    assert 2000 < told["heard_ms"] <= told["at_ms"]


def test_one_heard_of_in_time_says_nothing_of_when(module_page, server):
    begin(module_page)
    server.prompt = {"id": "q", "due_ms": 5 * MINUTE, "until_ms": 15 * MINUTE}
    module_page.evaluate("window.session.report('here')")
    module_page.wait_for_function("window.asked.some((prompt) => prompt)")
    module_page.evaluate("window.session.confirm()")
    assert "heard_ms" not in server.wait("presence", 1)


def test_who_comes_back_to_a_page_whose_question_ran_out_is_there(module_page, server):
    begin(module_page)
    clock = module_page.evaluate("window.session.meter.clock()")
    server.prompt = {"id": "q", "due_ms": int(clock) + 1500, "until_ms": int(clock) + 2500}
    module_page.evaluate("window.session.report('here')")
    module_page.wait_for_function("window.session.meter.shut")
    module_page.evaluate("window.session.leave(); window.session.back()")
    opened = server.wait("open", 2)
    assert opened["again"] is False
    module_page.wait_for_function("window.session.id === 's2'")
    module_page.wait_for_timeout(1500)
    assert module_page.evaluate("[window.session.meter.shut, window.session.meter.was]") == [False, "active"]


def test_what_was_told_at_the_end_of_a_question_is_sent_at_once_and_ends_there(module_page, server):
    begin(module_page)
    module_page.wait_for_timeout(1500)
    until = int(module_page.evaluate("window.session.meter.clock()")) + 2500
    server.prompt = {"id": "q", "due_ms": until - 1000, "until_ms": until}
    module_page.evaluate("window.session.report('here')")
    last = server.wait("report", 2)
    assert last["elapsed_ms"] == until
    assert all(end <= until for _start, end in last["active"])


def test_a_session_that_could_not_be_opened_is_tried_again(module_page, server):
    server.fails = 1
    module_page.clock.install()
    module_page.evaluate(BEGIN, True)
    server.wait("open", 1)
    module_page.clock.run_for(40_000)
    server.wait("open", 2)


def test_an_answer_that_was_lost_on_the_device_is_given_again_for_its_own_moment(module_page, server):
    begin(module_page)
    server.prompt = {"id": "q", "due_ms": 0, "until_ms": 15 * MINUTE}
    module_page.evaluate("window.session.report('here')")
    module_page.wait_for_function("window.asked.some((prompt) => prompt)")
    server.fails = 1
    module_page.evaluate("window.session.confirm()")
    first = server.wait("presence", 1)
    module_page.wait_for_timeout(300)
    module_page.evaluate("localStorage.clear()")
    module_page.evaluate("window.session.report('here')")
    assert server.wait("presence", 2) == first
    assert module_page.evaluate("window.session.presence.prompt") is None
