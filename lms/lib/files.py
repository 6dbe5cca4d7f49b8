"""Serving a file with byte ranges, so that a video can be sought: of a folder (production: nginx), of a storage elsewhere.

Of a storage that knows ranges itself (`Ranged`, lms/lib/objects.py) only what is asked for is fetched, in small pieces, and nothing for
HEAD and for what the browser still has.
"""

import errno
import logging
import mimetypes
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, Protocol, runtime_checkable

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import Storage
from django.core.files.utils import validate_file_name
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils._os import safe_join
from django.utils.http import http_date, parse_etags, parse_http_date_safe
from django.utils.translation import gettext as _

from lms.lib.errors import NotFound, Refusal

logger = logging.getLogger(__name__)

CHUNK = 256 * 1024
# At most 18 digits: more is no place in any file, and beyond 4300 int() raises.
_RANGE = re.compile(r"^bytes=([0-9]{0,18})-([0-9]{0,18})$")
# What a browser may show by itself from uploads; the rest is downloaded.
INLINE = ("image/", "video/", "audio/", "text/vtt", "application/pdf", "application/vnd.apple.mpegurl")
mimetypes.add_type("text/vtt", ".vtt")
mimetypes.add_type("application/vnd.apple.mpegurl", ".m3u8")
mimetypes.add_type("audio/mp4", ".m4a")
mimetypes.add_type("font/woff2", ".woff2")


class Stored(NamedTuple):
    """What is known of a file before it is read: bytes, seconds since 1970, and its mark (a strong ETag, with its quotes), which is
    another where the bytes are."""

    size: int
    changed: float
    mark: str


@runtime_checkable
class Ranged(Protocol):
    """A storage elsewhere that brings parts of files."""

    def look(self, name: str) -> Stored: ...

    def stream(self, name: str, start: int, length: int, mark: str) -> Iterator[bytes]: ...


class _Begun:
    """Pieces whose first was waited for: a store that refuses is told as such, not by an answer that breaks off. Closed with the
    answer, wherever that ended, so that the rest is not fetched."""

    def __init__(self, coming: Iterator[bytes]) -> None:
        self._first, self._coming = next(coming, b""), coming

    def __iter__(self) -> Iterator[bytes]:
        return chain([self._first], self._coming)

    def close(self) -> None:
        if close := getattr(self._coming, "close", None):
            close()


# Bytes of a file from a place, so many, in pieces.
Pieces = Callable[[int, int], Iterable[bytes]]


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
    known = Stored(found.st_size, found.st_mtime, f'"{found.st_mtime_ns:x}-{found.st_size:x}"')
    opened = partial(path.open, "rb")
    return _answer(request, path.name, known, partial(_pieces, opened), opened, cache_seconds)


def serve_stored(
    request: HttpRequest, storage: Storage, name: str, *, cache_seconds: int = 86_400
) -> HttpResponseBase:
    """The same of a file in a storage, whatever it is: a folder, or one elsewhere that knows no paths. Raises NotFound, Refusal 503
    where the storage does not answer."""
    try:
        root = Path(storage.path(""))
    except NotImplementedError:
        root = None
    if root is not None:
        return serve_file(request, root, name, cache_seconds=cache_seconds)
    # A lazy one is not what it stands for.
    storage = getattr(storage, "_wrapped", storage)
    try:
        validate_file_name(name, allow_relative_path=True)
        return _elsewhere(request, storage, name, cache_seconds)
    except (ValueError, SuspiciousFileOperation, FileNotFoundError):
        raise NotFound from None
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise NotFound from None
        logger.exception("%s is not to be had", name[:200])
        raise Refusal(_("文件暂时取不到，请过几分钟再试。"), code="storage_away", status=503) from error


def _elsewhere(request: HttpRequest, storage: Storage, name: str, cache_seconds: int) -> HttpResponseBase:
    if isinstance(storage, Ranged):
        known = storage.look(name)

        def pieces(start: int, length: int) -> Iterable[bytes]:
            return _Begun(storage.stream(name, start, length, known.mark))

        return _answer(request, name, known, pieces, None, cache_seconds)
    size, changed = storage.size(name), storage.get_modified_time(name).timestamp()
    known = Stored(size, changed, f'"{int(changed * 1e6):x}-{size:x}"')
    opened = partial(storage.open, name)
    return _answer(request, name, known, partial(_pieces, opened), opened, cache_seconds)


def _answer(
    request: HttpRequest,
    name: str,
    known: Stored,
    pieces: Pieces,
    opened: Callable[[], Any] | None,
    cache_seconds: int,
) -> HttpResponseBase:
    content_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    response: HttpResponseBase
    if _still_held(request, known):
        response = HttpResponse(status=304)
    else:
        response = _ranged(request, known, pieces, opened, content_type)
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = known.mark
    response["Last-Modified"] = http_date(known.changed)
    response["Cache-Control"] = f"public, max-age={cache_seconds}"
    response["X-Content-Type-Options"] = "nosniff"
    # An uploaded SVG or HTML opened by its address must not run as a page of ours.
    response["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
    )
    if not content_type.startswith(INLINE):
        response["Content-Disposition"] = "attachment"
    return response


def _still_held(request: HttpRequest, known: Stored) -> bool:
    """Whether the browser has this very file (RFC 9110, 13.2.2: its mark is asked first, the time only where no mark is named)."""
    marks = request.headers.get("If-None-Match")
    if marks is not None:
        held = parse_etags(marks)
        return held == ["*"] or known.mark in {mark.removeprefix("W/") for mark in held}
    modified = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    return modified is not None and int(known.changed) <= modified


def _whole_again(request: HttpRequest, known: Stored) -> bool:
    """Whether a range is asked for of another file than this is by now (If-Range: its mark, or its very time)."""
    condition = request.headers.get("If-Range", "").strip()
    return condition not in ("", known.mark, http_date(known.changed))


def _ranged(
    request: HttpRequest,
    known: Stored,
    pieces: Pieces,
    opened: Callable[[], Any] | None,
    content_type: str,
) -> HttpResponseBase:
    size = known.size
    if request.method == "HEAD":
        # Without its bytes, and of the whole: ranges are GET's alone (RFC 9110, 14.2).
        told = HttpResponse(content_type=content_type)
        told["Content-Length"] = str(size)
        return told
    asked = _RANGE.match(request.headers.get("Range", ""))
    # Of nothing there is no part, and nothing to refuse: a proxy that asks in slices asks for a first one.
    if not size or not asked or asked.groups() == ("", "") or _whole_again(request, known):
        if opened is not None:
            return FileResponse(opened(), content_type=content_type)
        body = StreamingHttpResponse(pieces(0, size), content_type=content_type)
        body["Content-Length"] = str(size)
        return body
    first, last = asked.groups()
    start = int(first) if first else max(size - int(last), 0)
    end = min(int(last), size - 1) if first and last else size - 1
    if start > end:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    length = end - start + 1
    part = StreamingHttpResponse(pieces(start, length), status=206, content_type=content_type)
    part["Content-Length"] = str(length)
    part["Content-Range"] = f"bytes {start}-{end}/{size}"
    return part


def _pieces(opened: Callable[[], Any], start: int, length: int) -> Iterator[bytes]:
    with opened() as file:
        file.seek(start)
        while length > 0:
            data = file.read(min(CHUNK, length))
            if not data:
                return
            length -= len(data)
            yield data
