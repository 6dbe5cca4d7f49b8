"""Files of packages, and the page that plays SCORM. Thin; knows no learner and reads no cookie.

A SCO looks for its API in the windows around it, so these pages run with their own origin, the content host's, sandboxed
otherwise: nothing of ours is stored there, nobody is signed in there, and what they say goes to the lesson's page alone,
which believes none of it (lms/learning/scorm). On the site's own origin they are not served at all.
"""

import mimetypes
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from courses.activities import files, queries
from courses.activities.models import ContentPackage
from courses.h5p.http import sites
from lms.lib.errors import NotFound
from lms.lib.files import serve_file

_FOREVER = "public, max-age=31536000, immutable"
# Where cmi5 content asks for its token (lms/learning/urls.py).
_FETCH = "/learn/cmi5/fetch/"
_SANDBOX = "sandbox allow-scripts allow-forms allow-popups allow-modals allow-downloads allow-same-origin"
# What mimetypes may not know, or calls otherwise on some systems.
_TYPES = {
    "js": "text/javascript",
    "mjs": "text/javascript",
    "json": "application/json",
    "htm": "text/html",
    "html": "text/html",
    "xhtml": "application/xhtml+xml",
    "css": "text/css",
    "xml": "application/xml",
    "xsd": "application/xml",
    "wasm": "application/wasm",
    "woff": "font/woff",
    "woff2": "font/woff2",
    "ttf": "font/ttf",
    "mp4": "video/mp4",
    "m4a": "audio/mp4",
    "mp3": "audio/mpeg",
    "svg": "image/svg+xml",
    "vtt": "text/vtt",
}


@require_safe
@xframe_options_exempt
def file(request: HttpRequest, uuid: UUID, name: str) -> HttpResponseBase:
    """A file of a package; it never changes. Raises NotFound."""
    # A worker that stays behind would answer in our place the next time.
    if not queries.own_origin() or request.headers.get("Service-Worker"):
        raise NotFound
    path = files.member(uuid, name)
    if path is None:
        raise NotFound
    response = serve_file(request, path.parent, path.name)
    response["Content-Type"] = _type(path.name)
    del response["Content-Disposition"]
    # Only a document's policy says what its scripts reach: nothing is asked for its pictures.
    talks = "html" in response["Content-Type"] and queries.talks(uuid)
    response["Content-Security-Policy"] = _policy(request, talks=talks)
    response["Cache-Control"] = _FOREVER
    response["Referrer-Policy"] = "same-origin"
    return response


def _type(name: str) -> str:
    extension = name.rpartition(".")[2].lower()
    # No charset: packages say theirs in the page, and old ones are not UTF-8.
    return _TYPES.get(extension) or mimetypes.guess_type(name)[0] or "application/octet-stream"


@require_safe
@xframe_options_exempt
def scorm(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The page around a SCO: it has the API that a SCO looks for. Raises NotFound."""
    if not queries.own_origin():
        raise NotFound
    row = queries.package(uuid)
    if row.kind == ContentPackage.Kind.CMI5:
        raise NotFound
    config = _config(row, request.GET.get("part", ""), request)
    response = render(request, "packages/scorm.html", {"title": row.title, "config": config})
    response["Content-Security-Policy"] = _policy(request, ancestors=" ".join(sites(_origin(request))))
    response["Cache-Control"] = "no-cache"
    response["Referrer-Policy"] = "same-origin"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _config(row: ContentPackage, part: str, request: HttpRequest) -> dict[str, Any]:
    items = row.manifest["items"]
    if part in items:
        found: dict[str, Any] = {"items": {part: items[part]}, "tree": None}
    elif part in row.manifest["trees"]:
        found = {"items": items, "tree": row.manifest["trees"][part]}
    else:
        raise NotFound
    return found | {
        "kind": row.kind,
        "part": part,
        "files": queries.file_url(row.uuid),
        "sites": sites(_origin(request)),
        "texts": {
            "next": _("下一步"),
            "previous": _("上一步"),
            "menu": _("目录"),
            "over": _("这一部分已经结束。可以关闭或进入下一课。"),
            "broken": _("这个课件打不开。请刷新页面再试。"),
        },
    }


def _origin(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"


def _policy(request: HttpRequest, ancestors: str = "", *, talks: bool = False) -> str:
    """Scripts of packages are inline and evaluate text more often than not; what they load comes from here alone.

    talks: the content speaks to the record store itself, as cmi5's does (docs/cmi5.md).
    """
    own = _origin(request)
    doors = f" {settings.PUBLIC_URL}/xapi/ {settings.PUBLIC_URL}{_FETCH}" if talks else ""
    return "; ".join(
        (
            f"default-src {own} data: blob: 'unsafe-inline' 'unsafe-eval'",
            f"connect-src {own} data: blob:{doors}",
            f"frame-src {own} data: blob:",
            f"worker-src {own} blob:",
            f"form-action {own}",
            f"frame-ancestors {ancestors or ' '.join(dict.fromkeys((own, *sites(own))))}",
            _SANDBOX,
        )
    )
