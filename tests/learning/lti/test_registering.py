"""Tools registered by hand and by themselves, switched on and off, and the pages on which it is done."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings

from lms.learning.lti.platform.models import LtiTool, Scope
from lms.learning.lti.platform.services import PLATFORM_CLAIM, TOOL_CLAIM, invite, switch
from lms.lib.audit.models import AuditRow
from lms.lib.clock import now
from lms.lib.errors import Invalid, NotAllowed
from lms.lib.outgoing import Unreachable, ask, is_public
from tests.factories.accounts import member
from tests.factories.courses import organisation
from tests.learning.clients import signed_in
from tests.learning.lti.conftest import tool_of
from tests.learning.lti.parties import LAUNCH, PRIVATE, TOOL, jwks_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(admin):
    return signed_in(admin, staff=True)


def wanted(**more):
    return {
        "client_name": "电路仿真",
        "initiate_login_uri": f"{TOOL}/login",
        "redirect_uris": [LAUNCH],
        "jwks_uri": f"{TOOL}/jwks",
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": f"openid {Scope.SCORES} https://example.com/other",
        TOOL_CLAIM: {
            "target_link_uri": f"{TOOL}/open",
            "claims": ["iss", "sub", "name"],
            "messages": [{"type": "LtiDeepLinkingRequest", "target_link_uri": f"{TOOL}/choose"}],
        },
    } | more


def register(client, token, said):
    return client.post(
        "/lti/register", said, content_type="application/json", headers={"Authorization": f"Bearer {token}"}
    )


def test_a_tool_registers_itself_and_waits(client, admin):
    found = client.get("/lti/openid-configuration").json()
    assert found["issuer"] == settings.PUBLIC_URL
    assert PLATFORM_CLAIM in found
    assert found["registration_endpoint"].endswith("/lti/register")
    token = invite(admin, organisation()).token
    made = register(client, token, wanted())
    assert made.status_code == 200, made.content.decode()
    row = LtiTool.objects.get()
    assert made.json()["client_id"] == row.client_id
    assert made.json()["scope"] == Scope.SCORES
    assert made.json()[TOOL_CLAIM]["deployment_id"] == row.deployment_id
    assert row.state == "waiting"
    assert row.asks_names
    assert row.deep_link_url == f"{TOOL}/choose"
    # An invitation is good once.
    assert register(client, token, wanted()).status_code == 401
    assert switch(admin, row, on=True).state == "on"
    assert set(AuditRow.objects.filter(target=row.uuid).values_list("action", flat=True)) == {
        "lti.tool.register",
        "lti.tool.on",
    }


def test_an_invitation_ends(client, admin):
    token = invite(admin, organisation()).token
    with time_machine.travel(now() + timedelta(minutes=61)):
        assert register(client, token, wanted()).status_code == 401
    assert register(client, "", wanted()).status_code == 401
    assert register(client, "guess", wanted()).status_code == 401


@pytest.mark.parametrize(
    "change",
    [
        {"redirect_uris": ["http://tool.example.edu.cn/launch"]},
        {"redirect_uris": ["javascript:alert(1)"]},
        {"redirect_uris": "https://tool.example.edu.cn"},
        {"redirect_uris": []},
        {"initiate_login_uri": None},
        {"client_name": ""},
        {"jwks_uri": "", "jwks": {"keys": []}},
        {"jwks_uri": "http://169.254.169.254/"},
        {"token_endpoint_auth_method": "client_secret_basic"},
        {"id_token_signed_response_alg": "none"},
        {TOOL_CLAIM: "x"},
    ],
)
def test_a_registration_that_is_none_is_refused_and_uses_nothing_up(client, admin, change):
    token = invite(admin, organisation()).token
    refused = register(client, token, wanted(**change))
    assert refused.status_code == 400
    assert refused.json()["error"] == "invalid_client_metadata"
    assert not LtiTool.objects.exists()
    assert register(client, token, wanted()).status_code == 200


def test_keys_that_are_too_short_or_none_are_no_keys(admin):
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

    short = generate_private_key(public_exponent=65537, key_size=1024)
    for keys in ({}, {"keys": []}, jwks_of(short), {"keys": [{"kty": "oct", "k": "AAAA", "kid": "x"}]}):
        with pytest.raises(Invalid):
            tool_of(admin, public_keys=keys)


def test_administrators_alone_keep_tools(admin, row):
    editor = member("editor", organisation())
    theirs = member("admin", organisation("else"))
    for user in (editor, theirs):
        with pytest.raises(NotAllowed):
            tool_of(user)
        with pytest.raises(NotAllowed):
            switch(user, row, on=False, reason="x")
        with pytest.raises(NotAllowed):
            invite(user, organisation())
    with pytest.raises(Invalid):
        switch(admin, row, on=False)


def test_the_staff_page_registers_invites_and_switches(desk, admin):
    address = f"/admin/lti/of/{organisation().code}/"
    said = {
        "name": "电路仿真",
        "login_url": f"{TOOL}/login",
        "target_url": f"{TOOL}/open",
        "redirect_uris": f"{LAUNCH}\n{LAUNCH}/2",
        "jwks_url": f"{TOOL}/jwks",
        "scopes": [Scope.SCORES],
    }
    wrong = desk.post(address, said | {"login_url": "http://tool.example.edu.cn"})
    assert wrong.status_code == 422
    assert "https" in wrong.content.decode()
    assert desk.post(address, said | {"jwks_url": "", "public_keys": "{"}).status_code == 422
    assert desk.post(address, said).status_code == 302
    row = LtiTool.objects.get()
    page = desk.get(address).content.decode()
    assert row.client_id in page
    assert row.redirect_uris == [LAUNCH, f"{LAUNCH}/2"]
    assert "登记令牌" in desk.post(f"{address}invite/").content.decode()
    desk.post(f"/admin/lti/switch/{row.uuid}/", {"reason": "合同到期"})
    row.refresh_from_db()
    assert row.state == "off"
    assert desk.post("/admin/lti/rotate/").status_code == 403


def test_the_staff_pages_are_their_administrators(row):
    address = f"/admin/lti/of/{organisation().code}/"
    other = signed_in(member("admin", organisation("else")), staff=True)
    editor = signed_in(member("editor", organisation()), staff=True)
    assert other.get(address).status_code == 404
    assert other.post(f"/admin/lti/switch/{row.uuid}/", {"reason": "x"}).status_code == 404
    assert editor.get(address).status_code == 403
    row.refresh_from_db()
    assert row.state == "on"


# --- calling others ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "224.0.0.1",
        "2002:a00:1::",
    ],
)
def test_these_addresses_are_not_public(address):
    assert not is_public(address)


def test_public_ones_are():
    assert is_public("1.1.1.1")
    assert is_public("2606:4700:4700::1111")


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "https://127.0.0.1/",
        "https://u:p@example.com/",
        "https://[::1]/",
        "ftp://x/",
        "https://",
    ],
)
def test_these_are_not_called(url):
    with pytest.raises(Unreachable):
        ask("GET", url)


def test_a_key_list_is_kept_and_looked_at_again_for_an_unknown_key(settings):
    """Fetched once for many launches; a new key is found without waiting."""
    import json
    import threading
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    from django.core.cache import cache

    from lms.learning.lti.jwks import Forged, fetched, keys_in

    cache.clear()
    asked = []

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            long = self.path == "/long"
            body = b"x" * 400_000 if long else json.dumps(jwks_of(PRIVATE, f"k{len(asked)}")).encode()
            self.send_response(302 if self.path == "/away" else 200)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Keys)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host = f"127.0.0.1:{server.server_port}"
    settings.LTI_HOSTS = frozenset({host})
    try:
        assert list(keys_in(fetched(f"http://{host}/jwks"))) == ["k1"]
        assert list(keys_in(fetched(f"http://{host}/jwks"))) == ["k1"]
        assert list(keys_in(fetched(f"http://{host}/jwks", again=True))) == ["k2"]
        assert list(keys_in(fetched(f"http://{host}/jwks", again=True))) == ["k2"]
        assert len(asked) == 2
        for path in ("/away", "/long"):
            with pytest.raises(Forged):
                fetched(f"http://{host}{path}")
    finally:
        server.shutdown()
        server.server_close()
