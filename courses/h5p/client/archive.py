"""Zip archives from strangers: names, sizes and kinds of all entries are judged before anything is
unpacked.

Owns every read of the archive. Refuses names that leave the folder, links, passwords, bombs and duplicates;
never trusts a declared size while unpacking.
"""

from __future__ import annotations

import json
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from . import errors
from .directory import members_named
from .limits import Limits

Source = str | os.PathLike[str] | IO[bytes]

_CHUNK = 256 * 1024
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\]')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)


def check_path(name: str, limits: Limits) -> None:
    """Refuse a path (segments parted by ``/``) that could leave its folder or that some system can't store.

    Raises ``UnsafePath``.
    """
    parts = name.split("/")
    bad = (
        not name
        or len(name.encode("utf-8", "surrogatepass")) > limits.path_bytes
        or len(parts) > limits.depth
        or _FORBIDDEN.search(name) is not None
        or any(
            part in ("", ".", "..") or part[-1] in ". " or part[0] == " " or _RESERVED.fullmatch(part)
            for part in parts
        )
    )
    if bad:
        raise errors.UnsafePath("this name is not a safe path", where=name[:200])


def ignored(name: str) -> bool:
    """Whether a path is one that H5P skips: anything hidden or starting with an underscore."""
    return any(part.startswith((".", "_")) for part in name.split("/"))


class Archive:
    """A zip archive whose directory has been checked. Use as a context manager."""

    def __init__(self, source: Source, limits: Limits) -> None:
        self.limits = limits
        size = _size(source)
        if size > limits.archive_bytes:
            raise errors.ArchiveTooLarge("the file is too large", size=size, limit=limits.archive_bytes)
        try:
            # Before it is read: of each entry of its list an object would be made.
            count = members_named(source)
            if count is None or count > limits.files:
                raise errors.TooManyFiles(
                    "the archive names too many files", count=count or 0, limit=limits.files
                )
            self._zip = zipfile.ZipFile(source)
        except (
            zipfile.BadZipFile,
            OSError,
            ValueError,
            NotImplementedError,
            EOFError,
            OverflowError,
        ) as error:
            raise errors.NotAnArchive("the file is not a readable zip archive") from error
        try:
            self.files = self._directory(size)
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file (one that was passed in open stays open)."""
        self._zip.close()

    def _directory(self, size: int) -> dict[str, zipfile.ZipInfo]:
        infos = self._zip.infolist()
        limits = self.limits
        files: dict[str, zipfile.ZipInfo] = {}
        seen: set[str] = set()
        unpacked = packed = 0
        for info in infos:
            name = _name(info)
            check_path(name.removesuffix("/"), limits)
            if name.casefold() in seen:
                raise errors.DuplicatePath("two entries have this name", where=name)
            seen.add(name.casefold())
            _check_kind(info, name)
            if info.file_size > limits.file_bytes:
                raise errors.FileTooLarge(
                    "the file is too large", where=name, size=info.file_size, limit=limits.file_bytes
                )
            if info.file_size > limits.ratio_from and info.file_size > info.compress_size * limits.ratio:
                raise errors.SuspiciousCompression("the file is packed suspiciously well", where=name)
            unpacked += info.file_size
            packed += info.compress_size
            if unpacked > limits.unpacked_bytes:
                raise errors.ArchiveTooLarge(
                    "the archive unpacks to too much", size=unpacked, limit=limits.unpacked_bytes
                )
            if not info.is_dir():
                files[name] = info
        # Entries that share bytes (a zip bomb without nesting) claim together more than the file has.
        if packed > size:
            raise errors.SuspiciousCompression("the entries of the archive overlap")
        for name in files:
            head = name
            while "/" in head:
                head = head.rpartition("/")[0]
                if head in files:
                    raise errors.DuplicatePath("this name is both a file and a folder", where=head)
        return files

    def chunks(self, name: str) -> Iterator[bytes]:
        """The bytes of one file, in pieces.

        Raises ``CorruptFile`` on damage and on more bytes than declared.
        """
        info = self.files[name]
        left = info.file_size
        try:
            with self._zip.open(info) as stream:
                while chunk := stream.read(_CHUNK):
                    left -= len(chunk)
                    if left < 0:
                        raise errors.SuspiciousCompression("the file is longer than declared", where=name)
                    yield chunk
        except (
            zipfile.BadZipFile,
            zlib.error,
            OSError,
            EOFError,
            ValueError,
            NotImplementedError,
            RuntimeError,
        ) as error:
            raise errors.CorruptFile("the file is damaged", where=name) from error

    def read(self, name: str, limit: int | None = None) -> bytes:
        """The whole of one file, at most ``limit`` bytes (default: the limit for JSON)."""
        limit = self.limits.json_bytes if limit is None else limit
        if self.files[name].file_size > limit:
            raise errors.FileTooLarge(
                "the file is too large", where=name, size=self.files[name].file_size, limit=limit
            )
        return b"".join(self.chunks(name))

    def head(self, name: str, count: int = 64) -> bytes:
        """The first bytes of one file."""
        for chunk in self.chunks(name):
            return chunk[:count]
        return b""

    def read_json(self, name: str, error: type[errors.H5PError]) -> Any:
        """One file as JSON; raises ``error`` where it is not JSON."""
        return parse_json(self.read(name), error, where=name)

    def copy(self, name: str, target: Path) -> None:
        """Unpack one file to ``target``, whose folder is made."""
        target.parent.mkdir(parents=True, exist_ok=True)
        with open(target, "xb") as out:
            for chunk in self.chunks(name):
                out.write(chunk)


def parse_json(data: bytes, error: type[errors.H5PError], *, where: str) -> Any:
    """Strict JSON in UTF-8 (a byte order mark is forgiven): no NaN, no endless nesting.

    Raises ``error``.
    """
    try:
        return json.loads(data.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as cause:
        raise error("this is not JSON in UTF-8", where=where) from cause


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


def _size(source: Source) -> int:
    try:
        if isinstance(source, (str, os.PathLike)):
            return os.stat(source).st_size
        source.seek(0, os.SEEK_END)
        size = source.tell()
        source.seek(0)
        return size
    except OSError as error:
        raise errors.NotAnArchive("the file can't be read") from error


def _name(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & 0x800 or info.orig_filename.isascii():
        # orig_filename: ZipInfo itself cuts at NUL and turns the system's separator, which would hide what
        # we refuse.
        return info.orig_filename
    try:
        return info.orig_filename.encode("cp437").decode("utf-8")
    except UnicodeError as error:
        raise errors.UnsafePath("the name is not in UTF-8", where=info.filename) from error


def _check_kind(info: zipfile.ZipInfo, name: str) -> None:
    mode = info.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise errors.SpecialFile("links and special files are not permitted", where=name)
    if info.flag_bits & 0x1:
        raise errors.EncryptedFile("the file is protected by a password", where=name)
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise errors.UnsupportedCompression("the file is packed by an unknown method", where=name)
