"""Serving a file with byte ranges, so that a video can be sought in the embedded shape (production: nginx)."""

import mimetypes
import re
import stat
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO, Any

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import Storage
from django.core.files.utils import validate_file_name
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils._os import safe_join
from django.utils.http import http_date, parse_http_date_safe

from lms.lib.errors import NotFound

CHUNK = 256 * 1024
# At most 18 digits: more is no place in any file, and beyond 4300 int() raises.
_RANGE = re.compile(r"^bytes=([0-9]{0,18})-([0-9]{0,18})$")
# What a browser may show by itself from uploads; the rest is downloaded.
INLINE = ("image/", "video/", "audio/", "text/vtt", "application/pdf", "application/vnd.apple.mpegurl")
mimetypes.add_type("text/vtt", ".vtt")
mimetypes.add_type("application/vnd.apple.mpegurl", ".m3u8")
mimetypes.add_type("audio/mp4", ".m4a")
mimetypes.add_type("font/woff2", ".woff2")


def serve_file(
    request: HttpRequest, root: Path, name: str, *, cache_seconds: int = 86_400
) -> HttpResponseBase:
    """The file `name` under `root`, whole or the one range asked for. Raises NotFound; never leaves `root`."""
    try:
        path = Path(safe_join(str(root), name))
        found = path.stat()
    # OSError: not there, or a name longer than any file's.
    except (ValueError, SuspiciousFileOperation, OSError):
        raise NotFound from None
    if not stat.S_ISREG(found.st_mode):
        raise NotFound
    return _answer(request, path.name, found.st_size, found.st_mtime, partial(path.open, "rb"), cache_seconds)


def serve_stored(
    request: HttpRequest, storage: Storage, name: str, *, cache_seconds: int = 86_400
) -> HttpResponseBase:
    """The same of a file in a storage, whatever it is: a folder, or one elsewhere that knows no paths. Raises NotFound."""
    try:
        root = Path(storage.path(""))
    except NotImplementedError:
        root = None
    if root is not None:
        return serve_file(request, root, name, cache_seconds=cache_seconds)
    try:
        validate_file_name(name, allow_relative_path=True)
        size, modified = storage.size(name), storage.get_modified_time(name).timestamp()
    except (ValueError, SuspiciousFileOperation, OSError):
        raise NotFound from None
    return _answer(request, name, size, modified, partial(storage.open, name), cache_seconds)


def _answer(
    request: HttpRequest, name: str, size: int, changed: float, opened: Callable[[], Any], cache_seconds: int
) -> HttpResponseBase:
    content_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    modified = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    response: HttpResponseBase
    if modified is not None and int(changed) <= modified:
        response = HttpResponse(status=304)
    else:
        response = _ranged(request, opened, size, content_type)
    response["Accept-Ranges"] = "bytes"
    response["Last-Modified"] = http_date(changed)
    response["Cache-Control"] = f"public, max-age={cache_seconds}"
    response["X-Content-Type-Options"] = "nosniff"
    # An uploaded SVG or HTML opened by its address must not run as a page of ours.
    response["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
    )
    if not content_type.startswith(INLINE):
        response["Content-Disposition"] = "attachment"
    return response


def _ranged(
    request: HttpRequest, opened: Callable[[], IO[bytes]], size: int, content_type: str
) -> HttpResponseBase:
    asked = _RANGE.match(request.headers.get("Range", ""))
    if not asked or asked.groups() == ("", ""):
        return FileResponse(opened(), content_type=content_type)
    first, last = asked.groups()
    start = int(first) if first else max(size - int(last), 0)
    end = min(int(last), size - 1) if first and last else size - 1
    if start > end:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    body = StreamingHttpResponse(
        _chunks(opened, start, end - start + 1), status=206, content_type=content_type
    )
    body["Content-Length"] = str(end - start + 1)
    body["Content-Range"] = f"bytes {start}-{end}/{size}"
    return body


def _chunks(opened: Callable[[], IO[bytes]], start: int, length: int) -> Iterator[bytes]:
    with opened() as file:
        file.seek(start)
        while length > 0:
            data = file.read(min(CHUNK, length))
            if not data:
                return
            length -= len(data)
            yield data
