"""A zip file that strangers sent: opened with care, every defect named, nothing unpacked to disk.

Owns the limits of a pack as a file. Refuses paths that leave the zip, links, passwords, bombs.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import stat
import struct
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import IO

from courses.h5p.client import members_named

from .ahead import Ahead
from .problems import Problem, short

MANIFEST = "manifest.json"
MAX_ENTRIES = 20_000
MAX_TOTAL_BYTES = 4 * 1024**3
MAX_MANIFEST_BYTES = 8 * 1024**2
MAX_RATIO = 200  # text compresses 10–20 times, SVG up to 50
RATIO_FREE_BYTES = 1024**2  # small files may be as repetitive as they like
MAX_NAME = 200
MAX_DEPTH = 20
_SPOOL_BYTES = 16 * 1024**2
_CHUNK = 1024 * 1024
_HASHED_BESIDE = 64 * 1024  # bytes; below, handing over costs more than hashing
_JUNK = re.compile(r"(^|/)(__MACOSX/|\.DS_Store$|Thumbs\.db$|desktop\.ini$|\._)")
# What reading a member of a broken zip raises.
READ_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,  # a member's own header, cut off
    OSError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)


@dataclass(frozen=True)
class Unpacked:
    """A member written to disk while it was hashed: hashes in hexadecimal (`sha1` "" where it was not asked for), its first
    bytes."""

    path: Path
    sha256: str
    sha1: str
    head: bytes


@dataclass(frozen=True)
class _Read:
    """What reading a member told; `whole`: to its end. `path` where it was written."""

    path: Path | None
    sha256: str
    sha1: str
    head: bytes
    whole: bool


@dataclass
class Archive:
    """A file of files, opened: its good members' sizes (bytes) by name, and what is wrong with it.

    With `keep_in`, a folder, members that are hashed are written there under numbers on the same way: what is then read
    of them, and stored, is not unpacked again. Whoever gave the folder removes it.
    """

    opener: Callable[[str], IO[bytes]]
    closer: Callable[[], None]
    sizes: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    keep_in: Path | None = None
    unpacked: dict[str, Unpacked] = field(default_factory=dict)
    _beside: ThreadPoolExecutor | None = field(default=None, init=False, repr=False)
    _ahead: Ahead[_Read] | None = field(default=None, init=False, repr=False)
    _numbers: count[int] = field(default_factory=count, init=False, repr=False)

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __contains__(self, name: str) -> bool:
        return name in self.sizes

    def close(self) -> None:
        if self._ahead is not None:
            self._ahead.close()
        if self._beside is not None:
            self._beside.shutdown()
        self.closer()

    def open(self, name: str) -> IO[bytes]:
        """A member, to be read from its beginning. Raises KeyError, and READ_ERRORS where it is broken."""
        if name not in self.sizes:
            raise KeyError(name)
        there = self.unpacked.get(name)
        return open(there.path, "rb") if there else self.opener(name)

    def read(self, name: str, limit: int) -> bytes | None:
        """The bytes of a member, or None (with a problem) when broken. At most `limit` + 1 bytes are read."""
        try:
            with self.open(name) as file:
                return file.read(limit + 1)
        except READ_ERRORS:
            self.problems.append(Problem("zip_damaged", "", {"name": short(name)}))
            return None

    def digest(self, name: str, *, sha1: bool = False) -> tuple[str, bytes] | None:
        """SHA-256 (hex) and the first bytes of a member read to its end, or None (with a problem). Of one that is kept the
        SHA-1, too, where it is asked for. Raises OSError where the disk is full."""
        if there := self.unpacked.get(name):
            return there.sha256, there.head
        ready = self._ahead.take(name) if self._ahead is not None else None
        read = ready[0] if ready is not None else self._read(name, sha1=sha1, beside=True)
        if not read.whole:
            self.problems.append(Problem("zip_damaged", "", {"name": short(name)}))
            return None
        if read.path is not None:
            self.unpacked[name] = Unpacked(read.path, read.sha256, read.sha1, read.head)
        return read.sha256, read.head

    def read_ahead(self, wanted: Iterable[tuple[str, bool]]) -> None:
        """Begin with what `digest` will be asked for, (member, whether with SHA-1) in that order, in threads of its own."""
        asked = dict(wanted)
        self._ahead = Ahead(
            lambda name: self._read(name, sha1=asked[name]),
            [(name, self.sizes[name]) for name in asked if name not in self.unpacked],
        )

    def _read(self, name: str, *, sha1: bool, beside: bool = False) -> _Read:
        """Read a member to its end, for `digest`. `beside`: the second hash in a thread of its own."""
        total, head = hashlib.sha256(), b""
        path = self.keep_in / str(next(self._numbers)) if self.keep_in else None
        second = hashlib.sha1(usedforsecurity=False) if sha1 and path else None
        broken: list[bool] = []
        waiting: Future[None] | None = None
        with open(path, "wb") if path else nullcontext() as out:
            for chunk in self._chunks(name, broken):
                if len(head) < 4096:
                    head += chunk[: 4096 - len(head)]
                if waiting is not None:
                    waiting.result()
                    waiting = None
                if second is not None and beside:
                    waiting = self._hashed(second, chunk)
                elif second is not None:
                    second.update(chunk)
                total.update(chunk)
                if out is not None:
                    out.write(chunk)
        if waiting is not None:
            waiting.result()
        return _Read(path, total.hexdigest(), second.hexdigest() if second else "", head, not broken)

    def _hashed(self, total: hashlib._Hash, chunk: bytes) -> Future[None] | None:
        """Put a chunk into a second hash, a large one in a thread beside the first (hashlib lets go of Python's lock):
        wait for what is given before the next."""
        if len(chunk) < _HASHED_BESIDE:
            total.update(chunk)
            return None
        if self._beside is None:
            self._beside = ThreadPoolExecutor(max_workers=1)
        return self._beside.submit(total.update, chunk)

    def _chunks(self, name: str, broken: list[bool]) -> Iterator[bytes]:
        """A member's bytes; where it cannot be read to its end, `broken` says so. What befalls the caller is not caught."""
        try:
            with self.open(name) as file:
                while chunk := file.read(_CHUNK):
                    if self._ahead is not None and self._ahead.over.is_set():
                        raise EOFError  # Nobody asks for it any more.
                    yield chunk
        except READ_ERRORS:
            broken.append(True)

    def seekable(self, name: str) -> IO[bytes]:
        """A member that one can jump about in, a copy where it must be; the caller closes it. Raises as `open`."""
        if name in self.unpacked:
            return self.open(name)
        copy = tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES)  # noqa: SIM115
        with self.open(name) as member:
            shutil.copyfileobj(member, copy, _CHUNK)
        copy.seek(0)
        return copy

    def take(self, name: str, size: int, shown: str) -> bool:
        """Note a member; False (with a problem) where another has its name, in whatever case: not every disk tells
        these apart, and what is judged must be what is opened."""
        folded = name.casefold()
        if folded in self._folded:
            code = "zip_duplicate" if name in self.sizes else "zip_case"
            self.problems.append(Problem(code, "", {"name": short(shown)}))
            return False
        self._folded.add(folded)
        self.sizes[name] = size
        return True

    def __post_init__(self) -> None:
        self._folded = {name.casefold() for name in self.sizes}


def open_archive(source: str | Path | IO[bytes]) -> tuple[Archive | None, list[Problem]]:
    """Open a zip. Returns (archive, []) or (None, problems); the caller closes the archive."""
    try:
        # Before it is read: of each entry of its list an object would be made.
        count = members_named(source)
        if count is None:
            return None, [Problem("zip_list")]
        if refused := bounds(count, 0):
            return None, [refused]
        opened = zipfile.ZipFile(source)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, OverflowError):
        return None, [Problem("zip_cut" if _begins_as_zip(source) else "not_zip")]
    infos = opened.infolist()
    if infos and min(info.header_offset for info in infos) > 0 and _begins_as_zip(source):
        # The list found is that of a zip inside (an H5P package in a pack): the file's own did not arrive.
        opened.close()
        return None, [Problem("zip_cut")]
    refused = bounds(len(infos), sum(info.file_size for info in infos)) or _overlap(infos)
    if refused:
        opened.close()
        return None, [refused]
    members: dict[str, zipfile.ZipInfo] = {}
    archive = Archive(lambda name: opened.open(members[name]), opened.close)
    for info in infos:
        _take(archive, members, info)
    return archive, []


def _begins_as_zip(source: str | Path | IO[bytes]) -> bool:
    """Whether a file that is no whole zip begins as one: its end, where the list of its members stands, did not arrive."""
    try:
        with nullcontext(source) if not isinstance(source, str | Path) else open(source, "rb") as file:
            file.seek(0)
            return file.read(4) == b"PK\x03\x04"
    except (OSError, ValueError):
        return False


def bounds(count: int, total: int) -> Problem | None:
    """What is wrong with so many members of so many bytes in all."""
    if count > MAX_ENTRIES:
        return Problem("zip_entries", "", {"count": count, "limit": MAX_ENTRIES})
    if total > MAX_TOTAL_BYTES:
        mega = 1024**2
        return Problem("zip_total", "", {"size": total // mega, "limit": MAX_TOTAL_BYTES // mega})
    return None


def _overlap(infos: list[zipfile.ZipInfo]) -> Problem | None:
    """Members that share their bytes: a small file that unpacks to anything one likes."""
    end = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < end:
            return Problem("zip_overlap", "", {"name": short(info.orig_filename)})
        end = info.header_offset + 30 + info.compress_size
    return None


def _take(archive: Archive, members: dict[str, zipfile.ZipInfo], info: zipfile.ZipInfo) -> None:
    # zipfile cuts names at a NUL and turns the system's separator; judge what was really written.
    raw = _written(info, info.orig_filename)
    name = _written(info, info.filename)
    shown = {"name": short(raw)}
    code = name_problem(raw)
    if not code and stat.S_ISLNK(info.external_attr >> 16):
        code = "symlink"
    if code:
        archive.problems.append(Problem(code, "", shown))
        return
    if info.is_dir():
        return
    if is_junk(name):
        archive.warnings.append(Problem("junk", "", shown))
        return
    if info.flag_bits & 0x1:
        archive.problems.append(Problem("zip_encrypted", "", shown))
    elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        archive.problems.append(Problem("zip_method", "", shown))
    elif info.file_size > RATIO_FREE_BYTES and info.file_size > MAX_RATIO * max(1, info.compress_size):
        ratio = info.file_size // max(1, info.compress_size)
        archive.problems.append(Problem("zip_ratio", "", {**shown, "ratio": ratio}))
    elif archive.take(name, info.file_size, raw):
        members[name] = info


def _written(info: zipfile.ZipInfo, name: str) -> str:
    """A name without the flag for UTF-8 is in the encoding of the tool's country; zipfile takes it for code page 437.

    Chinese Windows writes GBK, newer tools write UTF-8 and forget the flag."""
    if info.flag_bits & 0x800 or name.isascii():
        return name
    data = name.encode("cp437", "surrogateescape")
    for encoding in ("utf-8", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name


def is_junk(name: str) -> bool:
    """Whether a system left this file behind, which nobody meant to send."""
    return _JUNK.search(name) is not None


def name_problem(name: str) -> str:
    """The code of what is wrong with a member's name, or ""."""
    if name.startswith("/") or re.match(r"^[A-Za-z]:", name):
        return "path_absolute"
    parts = name.replace("\\", "/").split("/")
    if ".." in parts:
        return "path_traversal"
    if name.startswith("\\"):
        return "path_absolute"
    if (
        "\\" in name
        or len(name) > MAX_NAME
        or len(parts) > MAX_DEPTH
        or "." in parts
        or any(not part for part in parts[:-1])
    ):
        return "path_odd"
    if any(unicodedata.category(c) in ("Cc", "Cs", "Cf") for c in name):
        return "path_odd"
    return ""
