"""A file somebody handed in, opened whatever it is: zip, tar (also gzipped), or one document.

Owns the bounds of a tar, the folder into which it is unpacked under numbers (never under its names), and what
adapters take out of documents. Refuses links, devices, names that leave the archive, and what unpacks beyond bounds.
"""

from __future__ import annotations

import errno
import io
import os
import shutil
import tarfile
import tempfile
import unicodedata
import zlib
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import IO

from courses.packs import archive as files
from courses.packs.archive import Archive, open_archive
from courses.packs.problems import Problem, short
from courses.packs.sniff import HEAD_BYTES

_CHUNK = 1024 * 1024
_TAR_ERRORS = (tarfile.TarError, OSError, EOFError, zlib.error, ValueError, UnicodeError)


class Source:
    """An opened file. `name` is what its owner called it, `kind` "zip", "tar" or "file"; to be closed.

    Of a single file, `archive` holds one member of that name.
    """

    def __init__(self, path: Path, name: str) -> None:
        self.path, self.name = path, name
        self.folder = tempfile.TemporaryDirectory(prefix="rongtong-pack-")
        self._kept: dict[str, Path] = {}
        self._also: dict[str, str] = {}
        with open(path, "rb") as file:
            self.head = file.read(HEAD_BYTES)
        self.kind, self.archive, self.refused = self._opened()

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *_: object) -> None:
        self.archive.close()
        self.folder.cleanup()

    @property
    def extension(self) -> str:
        """Of the file's name, in small letters and without the dot; "tar.gz" is two."""
        name = self.name.lower()
        return "tar.gz" if name.endswith(".tar.gz") else name.rpartition(".")[2]

    @property
    def names(self) -> list[str]:
        return list(self.archive.sizes)

    @cached_property
    def folded(self) -> dict[str, str]:
        """The names by what they are where case, and how accents are written, tell no files apart."""
        return {folded_name(name): name for name in self.names}

    def text(self, name: str, limit: int = 32 * 1024**2) -> bytes | None:
        """A member to be parsed, or None where it is missing, broken or larger than `limit` bytes."""
        if name not in self.archive or self.archive.sizes[name] > limit:
            return None
        return self.archive.read(name, limit)

    def start(self, name: str) -> bytes | None:
        """A member's first bytes, to be recognised by; None where it is missing or broken, which is told when it is read
        in earnest."""
        try:
            with self.archive.open(name) as content:
                return content.read(HEAD_BYTES)
        except (KeyError, *files.READ_ERRORS):
            return None

    def keep(self, name: str, content: bytes | IO[bytes]) -> str:
        """Add a member that was taken out of another one (a picture of a document). Returns the name it got."""
        stem, dot, extension = name.rpartition(".")
        number, free = 1, name
        while free.casefold() in {taken.casefold() for taken in self._kept} or free in self.archive:
            free = f"{stem or extension}-{number}{dot}{extension if stem else ''}"
            number += 1
        path = Path(self.folder.name) / f"kept-{len(self._kept)}"
        with open(path, "wb") as out:
            shutil.copyfileobj(io.BytesIO(content) if isinstance(content, bytes) else content, out, _CHUNK)
        self._kept[free] = path
        self.archive.take(free, path.stat().st_size, free)
        return free

    def also_as(self, name: str, member: str) -> None:
        """Let a member be opened by a readable name, too: some systems keep files under their hash."""
        if name not in self.archive and self.archive.take(name, self.archive.sizes[member], name):
            self._also[name] = member

    # -- opening ------------------------------------------------------------------------------------

    def _opened(self) -> tuple[str, Archive, list[Problem]]:
        if self.head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            archive, refused = open_archive(self.path)
            return "zip", self._with_kept(archive or _empty()), refused
        if self.head.startswith(b"\x1f\x8b") or self.head[257:262] == b"ustar":
            archive, refused = _untar(self.path, Path(self.folder.name))
            return "tar", self._with_kept(archive), refused
        size = self.path.stat().st_size
        single = Archive(lambda _: _reading(self.path), lambda: None, {self.name: size})
        return "file", self._with_kept(single), []

    def _with_kept(self, archive: Archive) -> Archive:
        original = archive.opener

        def opener(name: str) -> IO[bytes]:
            if name in self._kept:
                return _reading(self._kept[name])
            return original(self._also.get(name, name))

        archive.opener = opener
        return archive


def folded_name(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _reading(path: Path) -> IO[bytes]:
    return open(path, "rb")


def _empty() -> Archive:
    def missing(name: str) -> IO[bytes]:
        raise KeyError(name)

    return Archive(missing, lambda: None)


def _untar(path: Path, folder: Path) -> tuple[Archive, list[Problem]]:
    """Unpack a tar under numbers, as a stream: what goes beyond the bounds ends it, whatever its headers claim."""
    places: dict[str, Path] = {}
    archive = Archive(lambda name: _reading(places[name]), lambda: None)
    total, packed = 0, max(1, path.stat().st_size)
    try:
        with tarfile.open(path, "r|*") as tar:
            for count, member in enumerate(_members(tar, archive), 1):
                total += member.size
                refused = files.bounds(count, total)
                if refused is None and total > max(files.RATIO_FREE_BYTES, files.MAX_RATIO * packed):
                    ratio = total // packed
                    refused = Problem("zip_ratio", "", {"name": short(member.name), "ratio": ratio})
                if refused is not None:
                    return _empty(), [refused]
                content = tar.extractfile(member)
                name = member.name.removeprefix("./")
                if content is None or not archive.take(name, member.size, member.name):
                    continue
                places[name] = folder / f"member-{count}"
                _copy(content, places[name])
    except _NotWrittenError as error:
        raise error.reason from None
    except _TAR_ERRORS:
        return _empty(), [Problem("tar_damaged")]
    return archive, []


class _NotWrittenError(Exception):
    """Our disk, not their file."""

    def __init__(self, reason: OSError) -> None:
        super().__init__(str(reason))
        self.reason = reason


def _copy(content: IO[bytes], path: Path) -> None:
    with open(path, "wb", buffering=0) as out:
        while chunk := content.read(_CHUNK):
            try:
                written = out.write(chunk)
            except OSError as error:
                raise _NotWrittenError(error) from error
            if written != len(chunk):
                raise _NotWrittenError(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))


def _members(tar: tarfile.TarFile, archive: Archive) -> Iterator[tarfile.TarInfo]:
    """The files worth reading; what else there is becomes a problem or a warning."""
    for member in tar:
        name = member.name.removeprefix("./")
        shown = {"name": short(member.name)}
        if member.isdir() or name in ("", "."):
            continue
        code = files.name_problem(name) or ("" if member.isfile() else "symlink")
        if code:
            archive.problems.append(Problem(code, "", shown))
        elif files.is_junk(name):
            archive.warnings.append(Problem("junk", "", shown))
        else:
            yield member
