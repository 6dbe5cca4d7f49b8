"""What others wrote is answered at its own host and nowhere else; nothing else is answered there; nobody is led there
from signing in."""

import os
import subprocess
import sys
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.urls import get_resolver

from courses.h5p import api
from lms.config.origins import FOREIGN, own_host_only, shape
from lms.lib.actor import Actor
from tests.courses.h5p.packages import good
from tests.factories.accounts import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
SITE, CONTENT = "learn.example.org", "content.example.org"


@pytest.fixture(autouse=True)
def two_hosts(settings, tmp_path):
    settings.H5P_ROOT = tmp_path / "h5p"
    settings.PUBLIC_URL, settings.CONTENT_URL = f"https://{SITE}", f"https://{CONTENT}"
    settings.ALLOWED_HOSTS = [SITE, CONTENT, "127.0.0.1"]
    settings.CSRF_TRUSTED_ORIGINS = [f"https://{SITE}"]


@pytest.fixture
def frames():
    uuid = api.install_package(good(), actor=Actor(person=None, role="editor", body="shkd")).uuid
    return [
        f"/h5p/play/{uuid}/",
        f"/h5p/content/{uuid}/h5p.json",
        f"/h5p/content/{uuid}/content/content.json",
    ]


def status(host: str, address: str) -> int:
    found: int = Client().get(address, headers={"host": host}, secure=True).status_code
    return found


def test_content_frames_are_answered_on_the_content_host_only(frames):
    for address in frames:
        assert status(CONTENT, address) == 200
        assert status(f"{CONTENT}:443", address) == 200
        for host in (SITE, "127.0.0.1"):
            assert status(host, address) == 404


@pytest.mark.parametrize(
    "address", ["/", "/courses/", "/accounts/login/", "/admin/", "/api/v1/courses", "/verify/", "/media/a"]
)
def test_the_content_host_answers_nothing_else(address):
    answer = Client().get(address, headers={"host": CONTENT}, secure=True)
    assert answer.status_code == 404
    assert not answer.cookies
    assert b"<" not in answer.content


def test_nobody_is_known_on_the_content_host(frames):
    """Whoever is signed in at the site: a cookie goes to every port of its host, and is not heard there."""
    client = Client()
    client.force_login(UserFactory())
    session = client.cookies["sessionid"].value
    headers = {"host": CONTENT, "authorization": "Bearer x", "cookie": f"sessionid={session}"}
    for address in frames:
        answer = client.get(address, headers=headers, secure=True)
        assert answer.status_code == 200
        assert not answer.cookies
        assert not {"HTTP_COOKIE", "HTTP_AUTHORIZATION"} & answer.wsgi_request.META.keys()
        assert "Cookie" not in answer.get("Vary", "")


def test_what_is_not_there_is_no_page_of_ours(frames):
    for address in (frames[1].replace("h5p.json", "x.json"), f"/h5p/play/{uuid4()}/", "/h5p/"):
        answer = Client().get(address, headers={"host": CONTENT}, secure=True)
        assert (answer.status_code, answer.content) == (404, b"404")


def test_only_the_site_may_show_a_frame(frames):
    policy = Client().get(frames[0], headers={"host": CONTENT}, secure=True)["Content-Security-Policy"]
    assert f"frame-ancestors https://{SITE};" in f"{policy};"


def test_one_host_for_both_goes_on_as_before(settings, frames):
    settings.CONTENT_URL = settings.PUBLIC_URL
    assert [status(SITE, address) for address in (*frames, "/verify/")] == [200] * (len(frames) + 1)


def test_another_port_is_another_host(settings, frames):
    settings.PUBLIC_URL, settings.CONTENT_URL = "http://127.0.0.1:8001", "http://127.0.0.1:8002"
    assert status("127.0.0.1:8001", frames[0]) == 404
    assert status("127.0.0.1:8002", frames[0]) == 200
    assert status("127.0.0.1:8002", "/verify/") == 404


def test_the_guarded_prefix_is_where_the_frames_are():
    prefixes = {
        str(item.pattern)
        for item in get_resolver().url_patterns
        if getattr(item, "namespace", "") in ("h5p", "packages")
    }
    assert prefixes == {prefix.removeprefix("/") for prefix in FOREIGN}


@pytest.mark.parametrize(
    "target",
    [
        f"https://{CONTENT}/h5p/play/x/",
        "//evil.example/",
        "https://evil.example/",
        "http://[",
        "javascript:1",
    ],
)
def test_signing_in_leads_to_the_site_alone(target):
    user = UserFactory()
    answer = Client().post(
        f"/accounts/login/?next={target}",
        {"login": user.email, "password": PASSWORD, "next": target},
        headers={"host": SITE, "referer": f"https://{SITE}/accounts/login/"},
        secure=True,
    )
    assert (answer.status_code, answer["Location"]) == (302, "/learn/")


def test_the_check_before_a_start_names_a_shared_host(settings):
    settings.EMBEDDED = False
    assert shape(None) == []
    settings.CONTENT_URL = settings.PUBLIC_URL = f"http://{SITE}"
    assert {found.id for found in shape(None)} == {"config.W001", "config.W002"}


@pytest.mark.parametrize(
    ("host", "answered"),
    [
        (CONTENT, True),
        (CONTENT.upper(), True),
        (f"{CONTENT}:443", True),
        (f"{CONTENT}:8443", False),
        (SITE, False),
        ("localhost", False),
        ("", False),
        ("[::1", False),
    ],
)
def test_the_process_of_foreign_content_has_one_name(host, answered):
    heard, began = [], []
    guarded = own_host_only(lambda environ, start: [heard.append(1) or b"frame"])
    said = guarded({"HTTP_HOST": host}, lambda status, headers: began.append(status))
    assert list(said) == ([b"frame"] if answered else [b"404"])
    assert (bool(heard), began) == ((True, []) if answered else (False, ["404 Not Found"]))


@pytest.mark.parametrize(("scheme", "prefix"), [("https", "__Host-"), ("http", "")])
def test_over_https_no_other_host_can_set_our_cookies(scheme, prefix, tmp_path):
    code = "from django.conf import settings as s; print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME)"
    said = subprocess.run(
        [sys.executable, "-c", code],
        # Of the embedded shape, which makes its own secrets, whatever shape this run has.
        env={name: value for name, value in os.environ.items() if not name.endswith("_URL")}
        | {
            "DJANGO_SETTINGS_MODULE": "lms.config.settings",
            "PUBLIC_URL": f"{scheme}://learn.example.org",
            "RONGTONG_HOME": str(tmp_path),
        },
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.split() == [f"{prefix}sessionid", f"{prefix}csrftoken"]
