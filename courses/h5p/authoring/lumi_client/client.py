"""Speaks to the service: contents made, read, saved, exported and deleted in one organisation.

Every call has a timeout. A call that changes something is sent once; only reading is tried again, and only where the
line failed. Keeps no state but connections; may be used by several threads.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any, Literal
from urllib.parse import quote

import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.exceptions import TimeoutError as LineTimeout

from .deadline import Deadline
from .deadline import transport as deadlined
from .errors import (
    AuthoringError,
    NotSigned,
    Refused,
    ServiceFailed,
    TooLarge,
    TooSlow,
    UnknownContent,
    Unreachable,
)
from .tokens import MIN_SECRET, sign

PREFIX = "/h5p-authoring"
_READING = urllib3.Retry(
    total=2, read=0, redirect=0, status=0, other=0, backoff_factor=0.2, allowed_methods=["GET"]
)
_ONCE = urllib3.Retry(total=0, redirect=False, raise_on_redirect=False)
_CALL_SECONDS = 60
# Whether it is there is asked while a page waits.
_SOON_SECONDS = 5
_SOON = urllib3.Timeout(connect=1, read=4)
_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Health:
    """editor: "h5p" where the service has H5P's own editor, "form" where it makes a form of its own."""

    editor: Literal["h5p", "form"]


@dataclass(frozen=True, slots=True)
class Library:
    """library: as parameters name it, "H5P.Blanks 1.14"."""

    library: str
    patch: int
    title: str
    runnable: bool


@dataclass(frozen=True, slots=True)
class Content:
    """metadata: h5p.json; params: content.json, None where the call does not give it back."""

    id: str
    library: str
    metadata: dict[str, Any]
    params: dict[str, Any] | None = None


class LumiClient:
    """One organisation's contents at the service that listens at ``url``.

    user: whose uploads these are (letters, digits, ``:_-``). seconds: how long to wait for an answer; packages may take
    longer to be worked through than pages. It is the time of the whole call, however its bytes come. transport: a shared one
    (``deadline.transport``).
    """

    def __init__(
        self,
        url: str,
        secret: str,
        *,
        organisation: str,
        user: str = "site",
        language: str = "en",
        seconds: float = 60,
        transport: urllib3.PoolManager | None = None,
    ) -> None:
        if len(secret) < MIN_SECRET:
            raise ValueError(f"the secret must have at least {MIN_SECRET} characters")
        self._url = url.rstrip("/") + PREFIX
        self._secret = secret
        self._organisation = organisation
        self._user = user
        self._language = language
        self._seconds = seconds
        self._timeout = urllib3.Timeout(connect=min(5, seconds), read=seconds)
        self._transport = transport or deadlined()

    # Asking --------------------------------------------------------------------

    def health(self) -> Health:
        """Whether the service answers, and with which editor."""
        answer = self._json("GET", "/health", signed=False, timeout=_SOON)
        editor = answer.get("editor")
        if answer.get("service") != "h5p-authoring" or editor not in ("h5p", "form"):
            raise ServiceFailed("something else answers there")
        return Health(editor=editor)

    def libraries(self) -> list[Library]:
        """What is installed for the organisation."""
        found = self._json("GET", "/h5p/libraries")
        with _reading():
            return [
                Library(str(each["library"]), int(each["patch"]), str(each["title"]), bool(each["runnable"]))
                for each in found["libraries"]
            ]

    def content(self, content_id: str) -> Content:
        """A content with its parameters."""
        return _content(self._json("GET", f"/h5p/{quote(content_id, safe='')}"))

    def editor_model(self, content_id: str) -> dict[str, Any]:
        """What an editor needs to be shown: ``integration``, ``scripts``, ``styles``."""
        return self._json("GET", f"/h5p/{quote(content_id, safe='')}/edit")

    def export(self, content_id: str, target: IO[bytes], *, most: int) -> int:
        """Write the content's package to ``target``. Returns its bytes; TooLarge beyond ``most``, with a part written."""
        written = 0
        with self._within(self._seconds):
            response = self._send("GET", f"/h5p/{quote(content_id, safe='')}/package", stream=True)
            try:
                self._check(response)
                for chunk in response.stream(_CHUNK):
                    written += len(chunk)
                    if written > most:
                        raise TooLarge(
                            f"the package has more than {most} bytes", code="too_large", status=413
                        )
                    target.write(chunk)
            finally:
                # Given back to the pool only when read to the end; closed otherwise.
                response.close()
        return written

    # Changing ------------------------------------------------------------------

    def install_libraries(self, package: IO[bytes] | bytes) -> int:
        """Install the libraries of a package (its content is left aside). Returns how many were new or newer."""
        answer = self._json("POST", "/h5p/libraries", body=package, kind="application/zip")
        with _reading():
            return sum(each.get("type") != "none" for each in answer["installed"])

    def create(self, library: str, params: Mapping[str, Any], metadata: Mapping[str, Any]) -> Content:
        """A new content. metadata needs ``title``; the library must be installed."""
        body = {"library": library, "params": params, "metadata": metadata}
        answer = self._json("POST", "/h5p/new", body=_dump(body), kind="application/json")
        with _reading():
            return Content(str(answer["id"]), library, dict(answer["metadata"]))

    def create_from_package(self, package: IO[bytes] | bytes) -> Content:
        """A new content of a package, with its files; the libraries in it are installed."""
        return _content(self._json("POST", "/h5p/packages", body=package, kind="application/zip"))

    def save(
        self, content_id: str, library: str, params: Mapping[str, Any], metadata: Mapping[str, Any]
    ) -> Content:
        """Replace parameters and metadata of a content."""
        body = {"library": library, "params": params, "metadata": metadata}
        path = f"/h5p/{quote(content_id, safe='')}"
        answer = self._json("PATCH", path, body=_dump(body), kind="application/json")
        with _reading():
            return Content(str(answer["id"]), library, dict(answer["metadata"]))

    def delete(self, content_id: str) -> None:
        """Take a content away; UnknownContent where it is gone already."""
        with self._within(self._seconds):
            self._check(self._send("DELETE", f"/h5p/{quote(content_id, safe='')}"))

    def frame_url(self, public_url: str, content_id: str, *, seconds: int) -> str:
        """Where a browser edits the content, for so many seconds. Whoever has the address may: show it to one person."""
        return f"{public_url.rstrip('/')}{PREFIX}/t/{self._token('edit', seconds, content_id)}/"

    # The line --------------------------------------------------------------------

    def _token(self, scope: Literal["manage", "edit"], seconds: int, content: str = "") -> str:
        return sign(
            self._secret,
            scope=scope,
            organisation=self._organisation,
            user=self._user,
            content=content,
            language=self._language,
            expires=int(time.time()) + seconds,
        )

    def _send(
        self,
        method: str,
        path: str,
        *,
        body: IO[bytes] | bytes | None = None,
        kind: str = "",
        signed: bool = True,
        stream: bool = False,
        timeout: urllib3.Timeout | None = None,
    ) -> urllib3.BaseHTTPResponse:
        headers = {"Content-Type": kind} if kind else {}
        if signed:
            headers["Authorization"] = f"Bearer {self._token('manage', _CALL_SECONDS)}"
        return self._transport.request(
            method,
            self._url + path,
            body=body,
            headers=headers,
            timeout=timeout or self._timeout,
            retries=_READING if method == "GET" else _ONCE,
            redirect=False,
            preload_content=not stream,
        )

    @contextmanager
    def _within(self, seconds: float) -> Iterator[None]:
        """Around a call and the reading of its answer: what the line does comes out as errors of this package."""
        slow = f"no whole answer within {seconds} s"
        with Deadline(seconds) as deadline:
            try:
                yield
            except (HTTPError, AuthoringError, OSError) as error:
                if deadline.over or _timed_out(error):
                    raise TooSlow(slow) from error
                if isinstance(error, HTTPError):
                    raise Unreachable(str(error)) from error
                raise
        if deadline.over:
            # An answer that does not say how long it is only seems to have ended.
            raise TooSlow(slow)

    def _json(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        soon = options.get("timeout") is _SOON
        with self._within(_SOON_SECONDS if soon else self._seconds):
            response = self._send(method, path, **options)
            self._check(response)
        try:
            answer = response.json()
        except (ValueError, RecursionError) as error:
            raise ServiceFailed("the answer is not JSON") from error
        if not isinstance(answer, dict):
            raise ServiceFailed("the answer is no object")
        return answer

    def _check(self, response: urllib3.BaseHTTPResponse) -> None:
        if 200 <= response.status < 300:
            return
        try:
            answer = json.loads(response.data)
            message, code = str(answer["message"]), str(answer["code"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            # Whatever answers there, our service says what it means.
            raise ServiceFailed(f"status {response.status} without a word") from error
        raise _error(response.status, message, code)


def _error(status: int, message: str, code: str) -> AuthoringError:
    if not 400 <= status < 500:
        return ServiceFailed(message)
    kinds: dict[int, type[Refused]] = {401: NotSigned, 404: UnknownContent, 413: TooLarge}
    return kinds.get(status, Refused)(message, code=code, status=status)


def _timed_out(error: BaseException) -> bool:
    reason = getattr(error, "reason", error)
    return isinstance(reason, LineTimeout) and not isinstance(reason, NewConnectionError)


@contextmanager
def _reading() -> Iterator[None]:
    """Around taking an answer apart: one of another shape is no answer of the service."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ServiceFailed("the answer lacks what it should have") from error


@_reading()
def _content(answer: Mapping[str, Any]) -> Content:
    params = answer.get("params")
    return Content(
        str(answer["id"]),
        str(answer["library"]),
        dict(answer["metadata"]),
        None if params is None else dict(params),
    )


def _dump(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
