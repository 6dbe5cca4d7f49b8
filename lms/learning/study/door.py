"""The door of study reports for many learners at once: an ASGI application in front of Django, a process of its own.

Reports that wait while a commit is under way share the next one (together.py), and each is answered after its commit.
Owns: gathering them, one writer a process, and saying "later" (503 with Retry-After) when more wait than can be
written soon. Refuses: saying no. What cannot simply be taken goes on to Django, untouched, and is answered there: so
there is one place for refusals, and other addresses work here too.
"""

import asyncio
import json
import logging
import random
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from io import BytesIO
from time import sleep
from typing import Any

import orjson
from asgiref.sync import SyncToAsync, ThreadSensitiveContext, sync_to_async
from django.conf import settings
from django.core.cache import cache
from django.core.handlers.asgi import ASGIRequest
from django.db import DatabaseError, InterfaceError, close_old_connections, connection, connections
from django.http import parse_cookie
from django.http.request import split_domain_port, validate_host
from django.urls import reverse
from django.utils.translation import get_language_from_request, override
from django.utils.translation import gettext as _

from lms.learning.study import answers
from lms.learning.study.reports import MAX_BYTES, Report, parse
from lms.learning.study.together import Heard, take_together
from lms.lib.errors import Refusal
from lms.lib.middleware import refusal_json

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Any, Receive, Send], Coroutine[Any, Any, None]]

# A commit of more than this makes its first wait for its last longer than a disk does.
MOST_TOGETHER = 128
# Where reports come together, the next commit waits this long for those on their way: it holds twice as many, and what a
# commit costs besides its reports (a third of all) is then shared by twice as many.
GATHERING_SECONDS = 0.003
# At some thousands a second, what waits for about a second.
MOST_WAITING = 4096
# Django's part has this many threads, each with its connection; more requests than that in line would wait for longer
# than a page waits.
LANES = 4
MOST_ORDINARY = 256
# A part of study without a line costs as much as several reports: with more in line it would wait for half a minute.
MOST_PARTS = 64
LATER_SECONDS = (5, 30)

log = logging.getLogger(__name__)


class StudyDoor:
    """`ordinary` is Django's own ASGI application."""

    def __init__(self, ordinary: Application) -> None:
        self.ordinary = _Lanes(ordinary)
        self.path = reverse("learning:study_report")
        # Parts of study without a line go to Django one by one; they too are asked to come later when many wait.
        self.parts = reverse("learning:study_offline")
        self.writer = _Writer()

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        if scope["type"] != "http" or scope["path"] != self.path or scope["method"] != "POST":
            if scope.get("path") == self.parts and self.ordinary.inside >= MOST_PARTS:
                await _later(scope, send)
                return
            await self.ordinary(scope, receive, send)
            return
        heard = await _heard(receive)
        asked = _asked(scope, heard)
        if asked is not None:
            if not self.writer.has_room:
                await _later(scope, send)
                return
            found = await self.writer.take(asked)
            if found is not None:
                await _send(send, 200, found)
                return
        if not self.ordinary.has_room:
            await _later(scope, send)
            return
        await self.ordinary(scope, _again(heard, receive), send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            kind = (await receive())["type"].removeprefix("lifespan.")
            if kind == "shutdown":
                await self.close()
            await send({"type": f"lifespan.{kind}.complete"})
            if kind == "shutdown":
                return

    async def close(self) -> None:
        """What waits is written, and no connection is left open."""
        await asyncio.to_thread(self.writer.stop)
        await self.ordinary.close()


# --- gathering -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Waiting:
    report: Report
    web_session: str
    told: "asyncio.Future[bytes | None]"


class _Writer:
    """One thread that writes what waits, as often as commits allow. None for an answer: not taken here."""

    def __init__(self) -> None:
        self.waiting: deque[_Waiting] = deque()
        self.woken = threading.Event()
        self.thread: threading.Thread | None = None
        self.is_stopping = False
        store = import_module(settings.SESSION_ENGINE).SessionStore
        # Only where web sessions stand in the cache can those of a hundred reports be read in one go.
        self.prefix: str = getattr(store, "cache_key_prefix", "")
        self.can_gather = bool(self.prefix) and connection.vendor == "postgresql"

    @property
    def has_room(self) -> bool:
        return len(self.waiting) < MOST_WAITING

    async def take(self, asked: tuple[Report, str]) -> bytes | None:
        if not self.can_gather:
            return None
        self._start()
        loop = asyncio.get_running_loop()
        waiting = _Waiting(*asked, loop.create_future())
        self.waiting.append(waiting)
        self.woken.set()
        return await waiting.told

    def stop(self) -> None:
        """What waits is written first."""
        if self.thread is not None:
            self.is_stopping = True
            self.woken.set()
            self.thread.join()

    def _start(self) -> None:
        # Only the event loop's thread comes here.
        if self.thread is None:
            self.thread = threading.Thread(target=self._write, name="study-writer", daemon=True)
            self.thread.start()

    def _write(self) -> None:
        batch: list[_Waiting] = []
        while not self.is_stopping:
            self.woken.wait()
            self.woken.clear()
            while self.waiting:
                if len(batch) > 1:
                    sleep(GATHERING_SECONDS)
                batch = [self.waiting.popleft() for _ in range(min(len(self.waiting), MOST_TOGETHER))]
                found = self._written(batch)
                # One call for all: the event loop is woken once a commit.
                batch[0].told.get_loop().call_soon_threadsafe(_tell, batch, found)
        connection.close()

    def _written(self, batch: Sequence[_Waiting]) -> list[bytes | None]:
        try:
            keys = {item.web_session: f"{self.prefix}{item.web_session}" for item in batch}
            sessions = cache.get_many(list(keys.values()))
            heard = [Heard(item.report, sessions.get(keys[item.web_session]) or {}) for item in batch]
            return [
                None if taken is None else orjson.dumps(answers.taken(taken))
                for taken in take_together(heard)
            ]
        except Exception as error:  # the writer must outlive whatever happens to one batch
            # Nothing was written; each report is tried by itself, and what is wrong with it is said there.
            log.warning("study reports not written together, now one by one: %r", error)
            if isinstance(error, (DatabaseError, InterfaceError)):
                close_old_connections()
            return [None] * len(batch)


def _tell(batch: Sequence[_Waiting], found: Sequence[bytes | None]) -> None:
    for item, answer in zip(batch, found, strict=True):
        # Cancelled where the page did not wait; what it sent is written all the same.
        if not item.told.done():
            item.told.set_result(answer)


class _Lanes:
    """Django on a few threads that stay: left to itself it takes a thread, and a connection, for each request."""

    def __init__(self, ordinary: Application) -> None:
        self.ordinary = ordinary
        self.lanes = [ThreadSensitiveContext() for _ in range(LANES)]
        self.free = asyncio.Semaphore(LANES)
        self.inside = 0

    @property
    def has_room(self) -> bool:
        return self.inside < MOST_ORDINARY

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        self.inside += 1
        try:
            async with self.free:
                lane = self.lanes.pop()
                try:
                    await _on(lane, self.ordinary(scope, receive, send))
                finally:
                    self.lanes.append(lane)
        finally:
            self.inside -= 1

    async def close(self) -> None:
        for lane in self.lanes:
            await _on(lane, sync_to_async(connections.close_all)())


async def _on(lane: ThreadSensitiveContext, work: Awaitable[None]) -> None:
    token = SyncToAsync.thread_sensitive_context.set(lane)
    try:
        await work
    finally:
        SyncToAsync.thread_sensitive_context.reset(token)


# --- HTTP ------------------------------------------------------------------------------------------------


async def _heard(receive: Receive) -> list[Message]:
    """The messages of the body, until it ends or is longer than any report."""
    heard, size = [], 0
    while True:
        message = await receive()
        heard.append(message)
        size += len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body") or size > MAX_BYTES:
            return heard


def _again(heard: Sequence[Message], receive: Receive) -> Receive:
    """What was heard, said once more to the next in line; then whatever comes."""
    left = deque(heard)

    async def said() -> Message:
        return left.popleft() if left else await receive()

    return said


def _asked(scope: Any, heard: Sequence[Message]) -> tuple[Report, str] | None:
    """(report, key of the web session) of a request that may be taken; None: let Django look."""
    host = cookie = b""
    for name, value in scope["headers"]:
        if name == b"host":
            host = value
        elif name == b"cookie":
            cookie = value
    if heard[-1]["type"] != "http.request" or heard[-1].get("more_body"):
        return None
    if scope.get("query_string") or not _is_ours(host):
        return None
    web_session = _web_session(cookie)
    if not web_session:
        return None
    try:
        return parse(b"".join(message.get("body", b"") for message in heard)), web_session
    except Refusal:
        return None


@lru_cache(maxsize=16384)
def _web_session(cookie: bytes) -> str:
    # A page sends the same cookies with every report. Empty: signed in nowhere.
    return parse_cookie(cookie.decode("latin-1")).get(settings.SESSION_COOKIE_NAME, "")


@lru_cache(maxsize=64)
def _is_ours(host: bytes) -> bool:
    name, _port = split_domain_port(host.decode("latin-1"))
    foreign = settings.CONTENT_URL != settings.PUBLIC_URL and host.decode("latin-1") in settings.CONTENT_URL
    return bool(name) and validate_host(name, settings.ALLOWED_HOSTS) and not foreign


HEADERS = [
    (b"content-type", b"application/json"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"x-frame-options", settings.X_FRAME_OPTIONS.encode()),
    (b"cache-control", b"no-store"),
]


async def _send(send: Send, status: int, body: bytes, headers: Sequence[tuple[bytes, bytes]] = ()) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*HEADERS, length, *headers]})
    await send({"type": "http.response.body", "body": body})


async def _later(scope: Any, send: Send) -> None:
    """Busy: the page keeps its report and sends it again, each at another moment."""
    wait = str(random.randint(*LATER_SECONDS)).encode()  # noqa: S311 - spreads the load, guards nothing
    # Django's middleware, which would know the language, is what there is no room for.
    with override(get_language_from_request(ASGIRequest(scope, BytesIO()))):
        busy = Refusal(_("服务器正忙。学习记录保存在这台设备上，稍后会自动补交。"), code="busy", status=503)
        said = json.dumps(refusal_json(busy)).encode()
    await _send(send, 503, said, [(b"retry-after", wait)])
