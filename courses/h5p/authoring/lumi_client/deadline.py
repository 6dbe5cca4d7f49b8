"""A time for a whole call. A socket's own timeout begins anew with every byte, so an answer that drips never ends by it."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

_at_hand = threading.local()


class Deadline:
    """Ends whatever the connection of this thread is at when its seconds are over. Needs connections of ``transport``."""

    def __init__(self, seconds: float) -> None:
        self.over = False
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> Deadline:
        _at_hand.deadline = self
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        _at_hand.deadline = None

    def watch(self, connected: socket.socket | None) -> None:
        self._socket = connected
        if self.over:
            self._end()

    def _end(self) -> None:
        self.over = True
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)


def _watch(connection: HTTPConnection) -> None:
    deadline: Deadline | None = getattr(_at_hand, "deadline", None)
    if deadline is not None:
        deadline.watch(connection.sock)


class _Connection(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        _watch(self)

    def request(self, *args: Any, **options: Any) -> None:
        _watch(self)
        super().request(*args, **options)


class _SecureConnection(HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        _watch(self)

    def request(self, *args: Any, **options: Any) -> None:
        _watch(self)
        super().request(*args, **options)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


def transport(**options: Any) -> urllib3.PoolManager:
    """A ``urllib3.PoolManager`` whose connections keep deadlines. Shared by as many clients and threads as one likes."""
    made = urllib3.PoolManager(**options)
    made.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
    return made
