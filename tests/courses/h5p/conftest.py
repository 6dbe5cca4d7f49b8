"""A real server and a real Chromium for the player; the store is filled without the database."""

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

HOST_PAGE = """<!doctype html><html lang="zh-CN" data-theme="%(theme)s"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<title>host</title><body style="margin:0">
<iframe id="frame" title="H5P" width="100%%" style="border:0"></iframe>
<script type="module">
import { mountH5P } from "/static/rt/js/h5p-host.js";
Object.assign(window, { statements: [], states: [], failed: [], started: 0, acts: 0 });
window.mount = (contentUrl, state, saveEvery) => {
  window.player = mountH5P(document.getElementById("frame"), {
    contentUrl, state, saveEvery,
    onStatement: (statement) => window.statements.push(statement),
    onState: (state, info) => window.states.push([state, info.last]),
    onActivity: () => window.acts++,
    onStart: () => window.started++,
    onFail: (message) => window.failed.push(message),
  });
};
window.ready = true;
</script>"""


@pytest.fixture(scope="session")
def server():
    """The platform behind a threaded server of its own; the player's views ask no database."""
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_):
            pass

    httpd = ThreadedWSGIServer(("127.0.0.1", 0), Quiet)
    httpd.daemon_threads = True
    httpd.set_app(get_wsgi_application())
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()


@dataclass
class Played:
    """One content in a page: `frame` is the sandboxed one, `page` the host around it."""

    page: Any
    frame: Any
    url: str
    console: list[str] = field(default_factory=list)

    def statements(self, verb: str | None = None) -> list[dict[str, Any]]:
        all_of_them = self.page.evaluate("statements")
        return [s for s in all_of_them if verb in (None, s["verb"]["id"].rpartition("/")[2])]

    def state(self) -> Any:
        """What the host would have saved by now. H5P itself looks for changes every two seconds."""
        look = "(H5P.instances.forEach((i) => H5P.setUserData(i.contentId, 'state', i.getCurrentState())), 0)"
        self.frame.evaluate(look)
        self.page.wait_for_function("(player.flush(), states.length > 0)")
        return self.page.evaluate("states[states.length - 1][0]")

    def scores(self, verb: str) -> list[tuple[int, int]]:
        return [(s["result"]["score"]["raw"], s["result"]["score"]["max"]) for s in self.statements(verb)]


@pytest.fixture
def play(chromium, server, settings, tmp_path):
    """play(package, state=…, width=…) → Played, after the content has started without an error."""
    from courses.h5p.client import open_package
    from courses.h5p.files import store

    assert (Path(settings.BASE_DIR) / "themes/static/rt/js/h5p-host.js").is_file(), (
        "build the front end first"
    )
    settings.H5P_ROOT = tmp_path / "h5p"
    settings.ROOT_URLCONF = "tests.courses.h5p.player_urls"
    contexts = []

    def start(
        source: Any, state: Any = None, *, width: int = 360, theme: str = "light", touch: bool = False
    ) -> Played:
        from lms.lib.ids import uuid7

        if isinstance(source, str):
            uuid = source
        else:
            uuid = str(uuid7())
            with open_package(source, installed=store()) as package:
                store().install(package, uuid)
        context = chromium.new_context(
            viewport={"width": width, "height": 740}, has_touch=touch, locale="zh-CN"
        )
        contexts.append(context)
        page = context.new_page()
        played = Played(page, None, f"{server}/h5p/play/{uuid}/")
        page.on(
            "console",
            lambda message: played.console.append(message.text) if message.type == "error" else None,
        )
        page.on("pageerror", lambda error: played.console.append(str(error)))
        page.route(
            "**/host.html",
            lambda route: route.fulfill(body=HOST_PAGE % {"theme": theme}, content_type="text/html"),
        )
        page.goto(f"{server}/host.html")
        page.wait_for_function("window.ready")
        page.evaluate("([url, state]) => mount(url, state, 200)", [played.url, state])
        try:
            page.wait_for_function("started || failed.length", timeout=20_000)
        except Exception as error:
            raise AssertionError(f"{played.url} did not start: {played.console}") from error
        assert page.evaluate("failed") == []
        played.frame = page.frames[1]
        assert played.console == []
        return played

    yield start
    for context in contexts:
        context.close()
