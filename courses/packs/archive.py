"""A zip file that strangers sent: opened with care, every defect named, nothing unpacked to disk.

Owns the limits of a pack as a file. Refuses paths that leave the zip, links, passwords, bombs.
"""

from __future__ import annotations

import hashlib
import re
import stat
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from .problems import Problem, short

MANIFEST = "manifest.json"
MAX_ENTRIES = 5_000
MAX_TOTAL_BYTES = 4 * 1024**3
MAX_MANIFEST_BYTES = 8 * 1024**2
MAX_RATIO = 200  # text compresses 10–20 times, SVG up to 50
RATIO_FREE_BYTES = 1024**2  # small files may be as repetitive as they like
MAX_NAME = 200
_CHUNK = 1024 * 1024
_JUNK = re.compile(r"(^|/)(__MACOSX/|\.DS_Store$|Thumbs\.db$|desktop\.ini$|\._)")
# What reading a member of a broken zip raises.
READ_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)


@dataclass
class Archive:
    """An opened zip: its good members by name, and what is wrong with it."""

    zip: zipfile.ZipFile
    members: dict[str, zipfile.ZipInfo] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def read(self, name: str, limit: int) -> bytes | None:
        """The bytes of a member, or None (with a problem) when broken. At most `limit` bytes are read."""
        try:
            with self.zip.open(self.members[name]) as file:
                return file.read(limit + 1)
        except READ_ERRORS:
            self.problems.append(Problem("zip_damaged", "", {"name": short(name)}))
            return None

    def digest(self, name: str) -> tuple[str, bytes] | None:
        """SHA-256 (hex) and the first bytes of a member read to its end, or None (with a problem)."""
        sha, head = hashlib.sha256(), b""
        try:
            with self.zip.open(self.members[name]) as file:
                while chunk := file.read(_CHUNK):
                    if len(head) < 4096:
                        head += chunk[: 4096 - len(head)]
                    sha.update(chunk)
        except READ_ERRORS:
            self.problems.append(Problem("zip_damaged", "", {"name": short(name)}))
            return None
        return sha.hexdigest(), head


def open_archive(source: str | Path | IO[bytes]) -> tuple[Archive | None, list[Problem]]:
    """Open a zip. Returns (archive, []) or (None, problems); the caller closes `archive.zip`."""
    try:
        opened = zipfile.ZipFile(source)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, OverflowError):
        return None, [Problem("not_zip")]
    archive = Archive(opened)
    infos = opened.infolist()
    if len(infos) > MAX_ENTRIES:
        opened.close()
        return None, [Problem("zip_entries", "", {"count": len(infos), "limit": MAX_ENTRIES})]
    total = sum(info.file_size for info in infos)
    if total > MAX_TOTAL_BYTES:
        opened.close()
        limit = MAX_TOTAL_BYTES // 1024**2
        return None, [Problem("zip_total", "", {"size": total // 1024**2, "limit": limit})]
    for info in infos:
        _take(archive, info)
    return archive, []


def _take(archive: Archive, info: zipfile.ZipInfo) -> None:
    # zipfile cuts names at a NUL and turns the system's separator; judge what was really written.
    raw = info.orig_filename
    name = info.filename
    shown = {"name": short(raw)}
    code = _name_problem(raw)
    if not code and stat.S_ISLNK(info.external_attr >> 16):
        code = "symlink"
    if code:
        archive.problems.append(Problem(code, "", shown))
        return
    if info.is_dir():
        return
    if _JUNK.search(name):
        archive.warnings.append(Problem("junk", "", shown))
        return
    if info.flag_bits & 0x1:
        archive.problems.append(Problem("zip_encrypted", "", shown))
    elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        archive.problems.append(Problem("zip_method", "", shown))
    elif info.file_size > RATIO_FREE_BYTES and info.file_size > MAX_RATIO * max(1, info.compress_size):
        ratio = info.file_size // max(1, info.compress_size)
        archive.problems.append(Problem("zip_ratio", "", {**shown, "ratio": ratio}))
    elif name in archive.members:
        archive.problems.append(Problem("zip_duplicate", "", shown))
    else:
        archive.members[name] = info


def _name_problem(name: str) -> str:
    if name.startswith("/") or re.match(r"^[A-Za-z]:", name):
        return "path_absolute"
    parts = name.replace("\\", "/").split("/")
    if ".." in parts:
        return "path_traversal"
    if name.startswith("\\"):
        return "path_absolute"
    if "\\" in name or len(name) > MAX_NAME or "." in parts or any(not part for part in parts[:-1]):
        return "path_odd"
    if any(unicodedata.category(c) in ("Cc", "Cs", "Cf") for c in name):
        return "path_odd"
    return ""
