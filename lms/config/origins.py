"""Two origins, told apart by the host that was asked for: the site's, and CONTENT_URL's for what others wrote (H5P, SCORM).

Owns: which of the two answers an address. Refuses: foreign content on the site's own hosts, where it would stand beside
people's sessions, and every other address on the content host, where nobody is ever signed in: what a browser says of
a person there (a cookie is sent to every port of its host) is not heard, and no cookie is set. Where both addresses name
one host, only the frame's sandbox parts them, and nothing is refused here.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.http import HttpRequest, HttpResponse

# Of content frames; static files are answered before this is reached (WhiteNoise, nginx).
FOREIGN = ("/h5p/", "/packages/")
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def host_of(url: str) -> str:
    """learn.example.org:8443: as the Host header says it, without the scheme's own port."""
    parts = urlsplit(url)
    return parts.netloc.lower().removesuffix(":443" if parts.scheme == "https" else ":80")


def _bare(status: int) -> HttpResponse:
    """A page of ours would ask for the session, and on the content host would look like the site."""
    return HttpResponse(str(status), status=status, content_type="text/plain")


class OriginsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        content = host_of(settings.CONTENT_URL)
        if content == host_of(settings.PUBLIC_URL):
            return self.get_response(request)
        asked = host_of(f"{urlsplit(settings.CONTENT_URL).scheme}://{request.get_host()}")
        if (asked == content) != request.path_info.startswith(FOREIGN):
            return _bare(404)
        if asked != content:
            return self.get_response(request)
        for name in ("HTTP_COOKIE", "HTTP_AUTHORIZATION"):
            request.META.pop(name, None)
        response = self.get_response(request)
        if response.status_code >= 400 and response.get("Content-Type", "").startswith("text/html"):
            return _bare(response.status_code)
        response.cookies.clear()
        return response


def own_host_only(application: Application) -> Application:
    """The process of foreign content answers its own host name and no other: by another name of the machine (localhost)
    the site would stand at a port where what others wrote stands."""

    def guarded(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        scheme = urlsplit(settings.CONTENT_URL).scheme
        with suppress(ValueError):  # a host that is none
            if host_of(f"{scheme}://{environ.get('HTTP_HOST', '')}") == host_of(settings.CONTENT_URL):
                return application(environ, start_response)
        start_response("404 Not Found", [("Content-Type", "text/plain"), ("Content-Length", "3")])
        return [b"404"]

    return guarded


def shape(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """`check --deploy`: what a production shape that people reach should not be started with."""
    found: list[checks.CheckMessage] = []
    if settings.EMBEDDED:
        return found
    if host_of(settings.CONTENT_URL) == host_of(settings.PUBLIC_URL):
        found.append(
            checks.Warning(
                "Foreign content shares the site's host; only its sandbox parts them. Set CONTENT_URL.",
                id="config.W001",
            )
        )
    if not settings.PUBLIC_URL.startswith("https://"):
        found.append(
            checks.Warning("PUBLIC_URL is not https: cookies travel in the clear.", id="config.W002")
        )
    return found
