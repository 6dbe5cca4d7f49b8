"""Guessing is slow, for whoever guesses and for nobody else."""

import subprocess
import sys

import pytest
from allauth.core.internal.httpkit import get_client_ip
from django.core.cache import cache
from django.test import Client, RequestFactory

from lms.lib.ids import uuid7
from lms.lib.limits import MOST_MISSES, address_of
from lms.lib.verify.rules import fresh_code
from lms.lib.verify.services import Verdict, issue, register_verifier
from tools.common import ROOT

pytestmark = [pytest.mark.django_db, pytest.mark.long]


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def real():
    register_verifier("tests.paper", lambda target: Verdict(title="A paper", status="valid"))
    return issue("tests.paper", uuid7())


@pytest.mark.parametrize("address", ["/verify/{}/", "/api/v1/verify/{}"])
def test_codes_that_are_none(address, real):
    guesser, other = Client(REMOTE_ADDR="203.0.113.5"), Client(REMOTE_ADDR="203.0.113.6")
    for _ in range(MOST_MISSES + 5):
        assert guesser.get(address.format(real)).status_code == 200  # what is found is never counted
    for _ in range(MOST_MISSES):
        assert guesser.get(address.format(fresh_code())).status_code == 404
    last = guesser.get(address.format(fresh_code()))
    assert last.status_code == 429
    assert last["Retry-After"]
    assert guesser.get(address.format(real)).status_code == 429
    assert other.get(address.format(real)).status_code == 200


def test_whose_address_it_is(settings):
    """Behind our proxy the visitor's, not the proxy's: else a city would share one limit. Without one, what a visitor
    writes is not believed: else there would be none."""
    asked = RequestFactory().get(
        "/", headers={"x-forwarded-for": "198.51.100.9, 203.0.113.5"}, REMOTE_ADDR="127.0.0.1"
    )
    for proxies, found in ((0, "127.0.0.1"), (1, "203.0.113.5"), (2, "198.51.100.9")):
        settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
        assert address_of(asked) == get_client_ip(asked) == found
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert address_of(RequestFactory().get("/")) == "127.0.0.1"


def started(**environment: str) -> subprocess.CompletedProcess[str]:
    """The settings as a process of the production shape reads them."""
    given = {
        "PATH": "/usr/bin:/bin",
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        "SECRET_KEY": "x" * 50,
        "RONGTONG_FIELD_KEYS": "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg=",
        "RONGTONG_LOOKUP_KEY": "y" * 40,
        "PUBLIC_URL": "https://learn.example.org",
    }
    code = (
        "from lms.config import settings as s;"
        "print(s.DEBUG, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.ALLAUTH_TRUSTED_PROXY_COUNT)"
    )
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=given | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_refuses_what_would_lay_it_open():
    good = started()
    assert (good.returncode, good.stdout.split()) == (0, ["False", "True", "True", "1"])
    assert "DEBUG" in started(DEBUG="1").stderr.splitlines()[-1]
    assert "SECRET_KEY" in started(SECRET_KEY="").stderr.splitlines()[-1]
