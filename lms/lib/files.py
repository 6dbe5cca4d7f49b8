"""Serving a file with byte ranges, so that a video can be sought in the embedded shape (production: nginx)."""

import mimetypes
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from django.core.exceptions import SuspiciousFileOperation
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
    content_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    modified = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    response: HttpResponseBase
    if modified is not None and int(found.st_mtime) <= modified:
        response = HttpResponse(status=304)
    else:
        response = _ranged(request, path, found.st_size, content_type)
    response["Accept-Ranges"] = "bytes"
    response["Last-Modified"] = http_date(found.st_mtime)
    response["Cache-Control"] = f"public, max-age={cache_seconds}"
    response["X-Content-Type-Options"] = "nosniff"
    # An uploaded SVG or HTML opened by its address must not run as a page of ours.
    response["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
    )
    if not content_type.startswith(INLINE):
        response["Content-Disposition"] = "attachment"
    return response


def _ranged(request: HttpRequest, path: Path, size: int, content_type: str) -> HttpResponseBase:
    asked = _RANGE.match(request.headers.get("Range", ""))
    if not asked or asked.groups() == ("", ""):
        return FileResponse(path.open("rb"), content_type=content_type)
    first, last = asked.groups()
    start = int(first) if first else max(size - int(last), 0)
    end = min(int(last), size - 1) if first and last else size - 1
    if start > end:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    body = StreamingHttpResponse(_chunks(path, start, end - start + 1), status=206, content_type=content_type)
    body["Content-Length"] = str(end - start + 1)
    body["Content-Range"] = f"bytes {start}-{end}/{size}"
    return body


def _chunks(path: Path, start: int, length: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        while length > 0:
            data = file.read(min(CHUNK, length))
            if not data:
                return
            length -= len(data)
            yield data
