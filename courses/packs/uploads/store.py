"""The bytes of uploads: one file each below HOME/packs/uploads, readable by the platform's own user only.

Owns: whose turn it is to write. A request holds a turn; each piece is written under a short lock and only as long as the
turn is still the request's own. A writer from whom nothing came for SILENT_S (a phone that lost its line without
saying so, a killed worker) loses its turn to the next one; until then the next one is Busy. Refuses: following links.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import UUID

from django.conf import settings

SILENT_S = 10.0
_FLAGS = os.O_NOFOLLOW | os.O_CLOEXEC


class Busy(Exception):
    """Somebody else writes."""


class Missing(Exception):
    """The bytes are not there, or fewer than the row counts: a disk or a backup lost them."""


def folder() -> Path:
    return Path(settings.HOME) / "packs" / "uploads"


def data_path(uuid: UUID) -> Path:
    return folder() / f"{uuid}.data"


def taken_path(uuid: UUID) -> Path:
    return folder() / f"{uuid}.taken"


def _turn_path(uuid: UUID) -> Path:
    return folder() / f"{uuid}.turn"


def free_bytes() -> int:
    folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    found = os.statvfs(folder())
    return found.f_bavail * found.f_frsize


def create(uuid: UUID) -> None:
    """The empty file, there also after a power cut."""
    folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    for path in (data_path(uuid), _turn_path(uuid)):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | _FLAGS, 0o600))
    _sync_folder()


def remove(uuid: UUID) -> None:
    for path in (data_path(uuid), _turn_path(uuid)):
        path.unlink(missing_ok=True)


def move_out(uuid: UUID) -> Path:
    """Gives the finished file its second name, which nothing here writes to any more. Raises Missing."""
    target = taken_path(uuid)
    try:
        # As new again: until the caller has moved it, it has no row and must not look like one left behind.
        os.utime(data_path(uuid))
        os.replace(data_path(uuid), target)
    except FileNotFoundError:
        raise Missing from None
    _turn_path(uuid).unlink(missing_ok=True)
    _sync_folder()
    return target


def strays(older_than_s: float) -> Iterator[tuple[UUID, Path]]:
    """Files nobody has touched for that long, with the upload they belong to."""
    if not folder().is_dir():
        return
    limit = time.time() - older_than_s
    for path in folder().iterdir():
        with suppress(ValueError, FileNotFoundError):
            if path.lstat().st_mtime < limit:
                yield UUID(path.stem), path


def _sync_folder() -> None:
    fd = os.open(folder(), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


class Turn:
    """The right to write to one upload, from `with` to its end. Raises Busy and Missing."""

    def __init__(self, uuid: UUID) -> None:
        self.uuid = uuid
        self._data = self._lock = -1
        self._number = 0

    def __enter__(self) -> Self:
        try:
            self._lock = os.open(_turn_path(self.uuid), os.O_RDWR | _FLAGS)
            self._data = os.open(data_path(self.uuid), os.O_RDWR | _FLAGS)
            with self._locked():
                number, busy = self._told()
                if busy and time.time() - os.fstat(self._lock).st_mtime < SILENT_S:
                    raise Busy
                self._number = number + 1
                self._tell(busy=True)
        except FileNotFoundError:
            self._close()
            raise Missing from None
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            with suppress(Busy), self.section():
                self._tell(busy=False)
        finally:
            self._close()

    @contextmanager
    def section(self) -> Iterator[None]:
        """A moment in which nobody else writes, and the turn is ours for certain. Raises Busy where it is not."""
        with self._locked():
            if self._told()[0] != self._number:
                raise Busy
            yield

    def begin_at(self, offset: int) -> None:
        """Lets go of what was written beyond `offset`. Inside a section. Raises Missing where less is there."""
        if os.fstat(self._data).st_size < offset:
            raise Missing
        os.ftruncate(self._data, offset)

    def write(self, piece: bytes, offset: int) -> None:
        """Writes all of `piece`, and says that this turn is alive. Raises OSError (a full disk), Busy."""
        with self.section():
            view = memoryview(piece)
            while view:
                written = os.pwrite(self._data, view, offset)
                view, offset = view[written:], offset + written
            self.alive()

    def alive(self) -> None:
        os.utime(self._lock)

    def sync(self) -> None:
        os.fsync(self._data)

    def pieces(self, size: int) -> Iterator[bytes]:
        """All that was written, for its hash; says now and then that this turn is alive."""
        with os.fdopen(os.dup(self._data), "rb", closefd=True, buffering=0) as file:
            file.seek(0)
            while piece := file.read(size):
                self.alive()
                yield piece

    @contextmanager
    def _locked(self) -> Iterator[None]:
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)

    def _told(self) -> tuple[int, bool]:
        number, _space, word = os.pread(self._lock, 40, 0).decode("ascii").strip().partition(" ")
        return int(number or 0), word == "busy"

    def _tell(self, *, busy: bool) -> None:
        os.pwrite(self._lock, f"{self._number:20d} {'busy' if busy else 'free'}".encode("ascii"), 0)

    def _close(self) -> None:
        for fd in (self._data, self._lock):
            if fd >= 0:
                os.close(fd)
        self._data = self._lock = -1
