"""Visitors share pages for a few seconds; a person's request always reaches Django."""

import brotli
import pytest

from lms.config.visitor_cache import MAX_AGE_S, VisitorCache


class Site:
    """A WSGI application that counts its answers."""

    def __init__(self, status="200 OK", headers=(("Content-Type", "text/html"),)):
        self.status, self.headers, self.asked = status, list(headers), 0

    def __call__(self, environ, start_response):
        self.asked += 1
        start_response(self.status, self.headers)
        return [f"page {self.asked}".encode()]


def ask(cache, path="/courses/", **environ):
    told = {}

    def start_response(status, headers, exc_info=None):
        told.update(status=status, headers=dict(headers))

    body = b"".join(
        cache({"REQUEST_METHOD": "GET", "PATH_INFO": path, "HTTP_HOST": "h"} | environ, start_response)
    )
    return told, body


def test_two_visitors_one_page():
    site = Site()
    cache = VisitorCache(site)
    assert ask(cache)[1] == ask(cache)[1] == b"page 1"
    told, body = ask(cache, HTTP_ACCEPT_ENCODING="gzip, br")
    assert told["headers"]["Content-Encoding"] == "br"
    assert brotli.decompress(body) == b"page 1"


@pytest.mark.parametrize(
    "environ",
    [
        {"HTTP_COOKIE": "a=b; sessionid=x"},
        {"REQUEST_METHOD": "POST"},
        {"path": "/learn/"},
        {"path": "/admin/"},
    ],
)
def test_people_and_changes_reach_django(environ):
    site = Site()
    cache = VisitorCache(site)
    ask(cache, **environ)
    ask(cache, **environ)
    assert site.asked == 2


@pytest.mark.parametrize(
    "environ",
    [
        {"HTTP_ACCEPT_LANGUAGE": "en"},
        {"HTTP_COOKIE": "rt_theme=dark"},
        {"QUERY_STRING": "page=2"},
        {"HTTP_HOST": "other"},
    ],
)
def test_what_makes_pages_differ_keeps_them_apart(environ):
    cache = VisitorCache(Site())
    assert ask(cache)[1] != ask(cache, **environ)[1]


def test_pages_that_set_cookies_or_fail_are_not_kept():
    for site in (Site(headers=[("Set-Cookie", "a=b")]), Site(status="500 Internal Server Error")):
        cache = VisitorCache(site)
        ask(cache)
        assert ask(cache)[1] == b"page 2"


def test_a_page_grows_old():
    seconds = [0.0]
    cache = VisitorCache(Site(), clock=lambda: seconds[0])
    ask(cache)
    seconds[0] = MAX_AGE_S - 1
    assert ask(cache)[1] == b"page 1"
    seconds[0] = MAX_AGE_S + 1
    assert ask(cache)[1] == b"page 2"
