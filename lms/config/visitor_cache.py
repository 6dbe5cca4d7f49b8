"""A small cache in front of Django for visitors' pages: most of a catalogue's readers are not signed in.

Owns: whole pages of home, catalogue and courses, per process, for a few seconds. Refuses: anything with a session,
anything that sets a cookie, anything but a plain GET. A page shown to a visitor is at most MAX_AGE_S old.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any

import brotli

MAX_AGE_S = 10
MAX_PAGES = 500
MAX_BYTES = 512 * 1024
PREFIXES = ("/courses/",)
# What may make two visitors' pages differ (themes/preferences.py), and the cookie that makes them a person.
PREFERENCE_COOKIES = {"django_language", "rt_theme", "rt_text", "rt_words"}
PERSON_COOKIES = {"sessionid", "__Host-sessionid", "messages"}

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
Page = tuple[float, str, Headers, bytes, bytes]


class VisitorCache:
    """WSGI wrapper. One dictionary look-up answers a page that another visitor asked for just now."""

    def __init__(
        self, app: Callable[..., Iterable[bytes]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.app = app
        self.clock = clock
        self.pages: OrderedDict[str, Page] = OrderedDict()
        self.lock = Lock()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        key = visitor_key(environ)
        if key is None:
            return self.app(environ, start_response)
        page = self.pages.get(key)
        if page is None or page[0] < self.clock():
            page = self._ask(environ, key)
        _expires, status, headers, body, packed = page
        if packed and "br" in environ.get("HTTP_ACCEPT_ENCODING", ""):
            start_response(
                status, [*headers, ("Content-Encoding", "br"), ("Content-Length", str(len(packed)))]
            )
            return [packed]
        start_response(status, [*headers, ("Content-Length", str(len(body)))])
        return [body]

    def _ask(self, environ: Environ, key: str) -> Page:
        told: list[Any] = []

        def remember(status: str, headers: Headers, exc_info: Any = None) -> None:
            told[:] = [status, headers]

        result = self.app(environ, remember)
        try:
            body = b"".join(result)
        finally:
            close = getattr(result, "close", None)
            if close:
                close()
        status, headers = told
        kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
        names = {name.lower() for name, _value in kept}
        storable = (
            status.startswith("200")
            and not names & {"set-cookie", "content-encoding"}
            and len(body) < MAX_BYTES
        )
        if not storable:
            return (0.0, status, kept, body, b"")
        page = (self.clock() + MAX_AGE_S, status, kept, body, brotli.compress(body, quality=5))
        with self.lock:
            self.pages[key] = page
            self.pages.move_to_end(key)
            while len(self.pages) > MAX_PAGES:
                self.pages.popitem(last=False)
        return page


def visitor_key(environ: Environ) -> str | None:
    """What the page is kept under, or None when the request must reach Django."""
    path = environ.get("PATH_INFO", "")
    if environ.get("REQUEST_METHOD") != "GET" or not (path == "/" or path.startswith(PREFIXES)):
        return None
    preferences = []
    for cookie in environ.get("HTTP_COOKIE", "").split(";"):
        name, _, value = cookie.strip().partition("=")
        if name in PERSON_COOKIES:
            return None
        if name in PREFERENCE_COOKIES:
            preferences.append(f"{name}={value}")
    language = environ.get("HTTP_ACCEPT_LANGUAGE", "")[:40]
    parts = (environ.get("HTTP_HOST", ""), environ.get("HTTP_X_FORWARDED_PROTO", ""), path)
    return "\0".join((*parts, environ.get("QUERY_STRING", ""), language, *sorted(preferences)))
