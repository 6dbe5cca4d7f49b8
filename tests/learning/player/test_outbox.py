"""What waits on the device while the server is busy, in a real browser with a clock of the test's: never sent again
before the time the server named, and in the end always."""

import pytest

pytestmark = pytest.mark.browser
REPORT = "http://modules.test/report"
OUTBOX = """
async (url) => {
  const { Outbox } = await import("/study/outbox.js");
  window.outbox = new Outbox("test");
  window.put = (id) => { window.outbox.put({ id, url, body: { id } }); window.outbox.flush(); };
}
"""


class Server:
    """Answers with what is said next; knows what it was sent."""

    def __init__(self, page):
        self.page, self.sent = page, []
        self.status, self.headers = 200, {}
        page.route(REPORT, self._answer)

    def _answer(self, route):
        self.sent.append(route.request.post_data_json["id"])
        route.fulfill(status=self.status, headers=self.headers, body="{}", content_type="application/json")

    def after(self, seconds):
        """What it was sent once this much time has gone by after the last answer, and the page has come to rest."""
        for milliseconds in (0, seconds * 1000):
            self.page.clock.run_for(milliseconds)
            self.page.wait_for_function("!window.outbox.sending")
        return self.sent


@pytest.fixture
def server(module_page):
    module_page.clock.install()
    module_page.evaluate(OUTBOX, REPORT)
    return Server(module_page)


@pytest.mark.parametrize("status", [429, 503])
def test_nothing_is_sent_before_the_time_that_a_busy_server_named(module_page, server, status):
    server.status, server.headers = status, {"Retry-After": "60"}
    module_page.evaluate("put('1')")
    assert server.after(0) == ["1"]
    server.status = 200
    # Neither by its own timer, nor for something new, nor because the line is back.
    module_page.evaluate("put('2')")
    module_page.evaluate("window.dispatchEvent(new Event('online'))")
    assert server.after(59) == ["1"]
    assert server.after(3) == ["1", "1", "2"]
    assert module_page.evaluate("outbox.waiting") == 0


def test_a_server_that_names_a_day_is_asked_again_after_ten_minutes(module_page, server):
    server.status, server.headers = 503, {"Retry-After": "86400"}
    module_page.evaluate("put('1')")
    assert server.after(595) == ["1"]
    server.status = 200
    assert server.after(10) == ["1", "1"]


def test_without_a_time_named_it_is_tried_again_soon_and_at_once_for_something_new(module_page, server):
    server.status = 503
    module_page.evaluate("put('1')")
    assert server.after(0) == ["1"]
    assert server.after(6) == ["1", "1"]
    server.status = 200
    module_page.evaluate("put('2')")
    assert server.after(0) == ["1", "1", "1", "2"]
