"""The page in which the libraries' own upgrade scripts run: a sandboxed frame on the staff's screen, as foreign as the
player's (http.py). Thin; writes nothing, knows nobody, reads no cookie: its address is signed, since it lists a shelf.
"""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from courses.h5p import http, queries
from courses.h5p.client import LibraryName, Store, newer
from courses.h5p.client.upgrade import METADATA
from courses.h5p.files import store
from lms.lib.errors import NotFound

#: How long the scripts may work on one content before they are ended; h5p-upgrades.js waits a little longer.
MOST_MS = 60_000


@require_safe
@xframe_options_exempt
def upgrade(request: HttpRequest, uuid: UUID, folder: str) -> HttpResponse:
    """The frame that upgrades one content to the library of a folder's name (``H5P.Blanks-1.14``). Raises NotFound."""
    to = LibraryName.from_folder(folder)
    if to is None or not queries.may_upgrade(uuid, folder, request.GET.get("key", "")):
        raise NotFound
    if not queries.exists(uuid):
        raise NotFound
    manifest, shelf = store().manifest(str(uuid)), store().shelf_of(str(uuid))
    if to not in newer(shelf.library_names(), manifest.main_library):
        raise NotFound
    origin = f"{request.scheme}://{request.get_host()}"
    job: dict[str, Any] = {
        "from": str(manifest.main_library),
        "to": str(to),
        "content": origin + reverse("h5p:content", args=[uuid, "content/content.json"]),
        "libraries": origin + http.libraries_path(shelf),
        "known": _known(shelf),
        "metadata": {key: manifest.raw[key] for key in ("title", *METADATA) if key in manifest.raw},
        "worker": http.absolute(static("rt/js/h5p-upgrade-worker.js"), origin),
        "sites": http.sites(origin),
        "most_ms": MOST_MS,
    }
    response = render(request, "h5p/upgrade.html", {"job": job})
    response["Content-Security-Policy"] = "; ".join(
        (
            "default-src 'none'",
            f"script-src {origin}",
            "worker-src blob:",
            f"connect-src {origin}",
            "base-uri 'none'",
            "form-action 'none'",
            f"frame-ancestors {' '.join(http.sites(origin))}",
            "sandbox allow-scripts",
        )
    )
    response["Cache-Control"] = "no-cache"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _known(shelf: Store) -> dict[str, dict[str, bool]]:
    """Each library of the shelf, and which of an upgrade's two files it has."""
    return {
        str(name): {
            "semantics": shelf.library_file(name.folder, "semantics.json") is not None,
            "upgrades": shelf.library_file(name.folder, "upgrades.js") is not None,
        }
        for name in shelf.library_names()
    }
