"""The player page and the files it loads. Thin; knows no learner and reads no cookie.

The page is made for a frame sandboxed without allow-same-origin, and says so itself: its content policy
holds the sandbox too, so even opened by its own address its scripts run in an origin of their own and
see nothing of ours. From such an origin every fetch is a cross-origin one without cookies, hence
Access-Control-Allow-Origin: *.
"""

from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_http_methods, require_safe

from courses.h5p import queries
from courses.h5p.client import CONTENT_TYPES, PackageManifest, PlayerFiles, Store, extension, player_documents
from courses.h5p.files import store
from lms.lib.errors import NotFound
from lms.lib.files import serve_file

_FOREVER = "public, max-age=31536000, immutable"
_FILE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
# Popups, so that a link to a source opens; they stay in the sandbox, or a content could open a page that looks like
# ours, free of it, and ask for a password there.
_SANDBOX = "sandbox allow-scripts allow-forms allow-popups"


@require_safe
@xframe_options_exempt
def play(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The page in the frame. Raises NotFound."""
    if not queries.exists(uuid):
        raise NotFound
    files = queries.files(uuid)
    manifest = store().manifest(str(uuid))
    origin = f"{request.scheme}://{request.get_host()}"
    config = _config(uuid, manifest, files, origin)
    response = render(
        request,
        "h5p/player.html",
        {
            "title": manifest.title,
            "language": config["language"],
            "own": manifest.main_library.machine_name.startswith("H5P.Rt"),
            "config": config,
            # In the order they are loaded in; all are on their way before the player's own script is read.
            "styles": [config["frameCss"], *(f"{config['libraries']}/{path}" for path in files.styles)],
            "scripts": [config["frameJs"], *(f"{config['libraries']}/{path}" for path in files.scripts)],
        },
    )
    response["Content-Security-Policy"] = _policy(origin, files)
    response["Cache-Control"] = "no-cache"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _config(uuid: UUID, manifest: PackageManifest, files: PlayerFiles, origin: str) -> dict[str, Any]:
    at = partial(absolute, origin=origin)
    here = reverse("h5p:content", args=[uuid, "h5p.json"]).removesuffix("/h5p.json")
    shelf = store().shelf_of(str(uuid))
    language = manifest.default_language
    main = shelf.library(manifest.main_library)
    return {
        "id": str(uuid),
        "title": manifest.title,
        "language": "zh-CN" if language == "und" else language,
        "fullscreen": bool(main and main.raw.get("fullscreen") in (1, "1", True)),
        "library": manifest.main_library.ubername,
        "activity": queries.activity_iri(uuid),
        "content": at(here),
        "libraries": at(libraries_path(shelf)),
        "documents": _documents(uuid, at(here), at(libraries_path(shelf))),
        "frameJs": at(static("vendor/h5p/frame.bundle.js")),
        "frameCss": at(static("vendor/h5p/styles/h5p.css")),
        "bridge": at(static("rt/js/h5p-bridge.js")),
        "sites": sites(origin),
        "texts": _texts(),
    }


def _documents(uuid: UUID, content: str, libraries: str) -> dict[str, Any]:
    """What the player would ask for one by one before it starts, by its address."""
    found = player_documents(store(), str(uuid))
    return {
        f"{libraries if name.endswith('/library.json') else content}/{name}": value
        for name, value in found.items()
    }


def absolute(url: str, origin: str) -> str:
    """The address with an origin: what has none already gets that of the server that was asked."""
    return url if urlsplit(url).netloc else origin + url


def libraries_path(shelf: Store) -> str:
    """Where the libraries of a shelf are served, without a slash at its end; changes when a file behind it may have."""
    named: list[Any] = [shelf.name] if shelf.name else []
    return reverse("h5p:library", args=[*named, shelf.generation, "-", "-"]).removesuffix("/-/-")


def _texts() -> dict[str, str]:
    """H5P's own words (its core's), as far as a learner can meet them, and ours for a failure."""
    return {
        "fullscreen": _("全屏"),
        "disableFullscreen": _("退出全屏"),
        "close": _("关闭"),
        "contentChanged": _("内容在你上次学习之后有改动。"),
        "startingOver": _("这次将从头开始。"),
        "confirmDialogHeader": _("请确认"),
        "confirmDialogBody": _("确定要继续吗？这一步不能撤回。"),
        "cancelLabel": _("取消"),
        "confirmLabel": _("确定"),
        "offlineDialogHeader": _("网络已断开"),
        "offlineDialogBody": _("暂时无法提交，请检查网络。"),
        "offlineDialogRetryMessage": _(":num 秒后重试"),
        "offlineDialogRetryButtonLabel": _("现在重试"),
        "offlineSuccessfulSubmit": _("已提交。"),
        "failed": _("这个互动内容暂时打不开。请刷新页面再试。"),
    }


def sites(origin: str) -> list[str]:
    """Whose pages may show the frame and hear what it says: the site's. A server that has one origin for both may be asked
    for by more than one name."""
    site = _origin(settings.PUBLIC_URL)
    shared = _origin(settings.CONTENT_URL) == site
    return list(dict.fromkeys((site, origin))) if shared else [site]


def _policy(origin: str, files: PlayerFiles) -> str:
    # Named instead of 'self': the page's own origin is opaque, and not every browser takes 'self' for the
    # server's.
    more = " ".join(getattr(settings, "H5P_MEDIA_ORIGINS", ()))
    script = f"script-src {origin}"
    script += " 'unsafe-eval'" * files.needs_eval + " 'unsafe-inline'" * files.needs_inline
    return "; ".join(
        (
            "default-src 'none'",
            script,
            f"style-src {origin} 'unsafe-inline'",
            f"img-src {origin} data: blob: {more}".rstrip(),
            f"media-src {origin} data: blob: {more}".rstrip(),
            f"font-src {origin} data:",
            f"connect-src {origin}",
            f"frame-src {more}".rstrip() if more else "frame-src 'none'",
            f"base-uri {origin}",
            "form-action 'none'",
            f"frame-ancestors {' '.join(sites(origin))}",
            _SANDBOX,
        )
    )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


@require_http_methods(["GET", "HEAD", "OPTIONS"])
def content_file(request: HttpRequest, uuid: UUID, name: str) -> HttpResponseBase:
    """h5p.json or a file of the content; a content's files never change. Raises NotFound."""
    # The rest of a content's folder is the store's own note.
    served = name == "h5p.json" or name.startswith("content/")
    path = store().content_file(str(uuid), name) if served and queries.exists(uuid) else None
    return _file(request, path, _FOREVER)


@require_http_methods(["GET", "HEAD", "OPTIONS"])
def library_file(
    request: HttpRequest, generation: int, folder: str, name: str, shelf: str = ""
) -> HttpResponseBase:
    """A library's file, of a provider's shelf or of the platform's. The generation in the address changes when a newer
    patch takes a library's place, so the answer to the present one may be kept for ever. Raises NotFound."""
    if shelf and not store().has_shelf(shelf):
        raise NotFound
    there = store().shelf(shelf)
    path = there.library_file(folder, name)
    return _file(request, path, _FOREVER if generation == there.generation else "no-cache")


def _file(request: HttpRequest, path: Path | None, cache: str) -> HttpResponseBase:
    if path is None:
        raise NotFound
    if request.method == "OPTIONS":
        # Asked before an XMLHttpRequest with a header of its own (sound libraries do that).
        return HttpResponse(
            status=204,
            headers={
                "Access-Control-Allow-Origin": "*",
                "Access-Control-Allow-Methods": "GET, HEAD",
                "Access-Control-Allow-Headers": "*",
                "Access-Control-Max-Age": "86400",
            },
        )
    response = serve_file(request, path.parent, path.name)
    kind = CONTENT_TYPES.get(extension(path.name))
    if kind is None:
        response["Content-Type"] = "application/octet-stream"
        response["Content-Disposition"] = "attachment"
    else:
        response["Content-Type"] = kind
        del response["Content-Disposition"]
    response["Cache-Control"] = cache
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Content-Security-Policy"] = _FILE_POLICY
    response["X-Content-Type-Options"] = "nosniff"
    return response
