"""A learner opens a tool in a real browser: the window, the forms that go to another site and back, and our page's rules."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlencode

import jwt
import pytest
from django.test import Client

from lms.learning.lti.platform.models import LtiTool
from tests.learning.lti.conftest import tool_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
AXE = (Path(__file__).parents[3] / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


class Pages(BaseHTTPRequestHandler):
    """A tool of few words: sends the browser on to its login, and keeps what comes back."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        said = {name: values[0] for name, values in parse_qs(body).items()}
        if self.path == "/login":
            asked = {
                "scope": "openid",
                "response_type": "id_token",
                "response_mode": "form_post",
                "prompt": "none",
                "client_id": said["client_id"],
                "redirect_uri": f"{self.server.address}/launch",
                "state": "state-1",
                "nonce": f"nonce-{len(self.server.heard)}-{said['lti_message_hint']}",
                "login_hint": said["login_hint"],
                "lti_message_hint": said["lti_message_hint"],
            }
            self.send_response(302)
            self.send_header("Location", f"{self.server.platform}/lti/authorize?{urlencode(asked)}")
            self.end_headers()
            return
        self.server.heard.append(said)
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write("<h1>仿真台</h1>".encode())

    def log_message(self, *args):
        pass


@pytest.fixture
def server(live_server, settings):
    found = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    # By another name than ours: another site to the browser.
    found.address, found.platform = f"http://tool.localhost:{found.server_port}", live_server.url
    found.heard = []
    settings.LTI_HOSTS = frozenset({f"tool.localhost:{found.server_port}"})
    threading.Thread(target=found.serve_forever, daemon=True).start()
    yield found
    found.shutdown()
    found.server_close()


@pytest.fixture
def row(admin, server):
    return tool_of(
        admin,
        login_url=f"{server.address}/login",
        target_url=f"{server.address}/open",
        redirect_uris=[f"{server.address}/launch"],
    )


@pytest.mark.parametrize("script", [True, False])
def test_a_learner_opens_a_tool_in_a_window(chromium, live_server, server, row, item, address, script):
    LtiTool.objects.update(asks_names=True)
    client = Client()
    client.force_login(item.person)
    context = chromium.new_context(
        locale="zh-CN", viewport={"width": 360, "height": 740}, java_script_enabled=script
    )
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    context.add_cookies([cookie])
    try:
        page = context.new_page()
        page.goto(f"{live_server.url}/learn/{item.uuid}/{item.release.lessons.get().uuid}/")
        with context.expect_page() as opened:
            page.get_by_role("link", name="打开工具").click()
        window = opened.value
        window.get_by_role("button", name="不告诉，直接打开").wait_for()
        assert window.evaluate("document.documentElement.scrollWidth") <= 360
        if script:
            window.evaluate(AXE)
            assert window.evaluate("axe.run().then(found => found.violations.map(one => one.id))") == []
        window.get_by_role("button", name="不告诉，直接打开").click()
        if not script:
            for _turn in range(2):
                window.get_by_role("button", name="继续").click()
        window.get_by_role("heading", name="仿真台").wait_for()
        assert window.evaluate("window.opener") is None
    finally:
        context.close()
    (said,) = server.heard
    claims = jwt.decode(said["id_token"], options={"verify_signature": False})
    assert said["state"] == "state-1"
    assert claims["aud"] == row.client_id
    assert "name" not in claims
