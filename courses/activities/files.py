"""Where packages stand unpacked: a folder of its uuid for each, below the platform's home.

Owns: unpacking and removing. Refuses: names that leave the folder (the archive has judged them before) and half a package:
files are written beside the place and moved there whole, once the disk has them.
"""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import IO
from uuid import UUID, uuid4

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.utils._os import safe_join

from courses.packs.archive import Archive
from lms.lib.disk import flush_names, flush_tree

_CHUNK = 1024 * 1024
# How long a folder without a row may be one whose row is just being written.
KEEP_LEFT_DAYS = 2
# The same archive, whenever it is written.
_DAY = (2000, 1, 1, 0, 0, 0)


def root() -> Path:
    """Asked for each time: tests choose their own home."""
    return Path(settings.HOME) / "activities"


def folder(uuid: UUID) -> Path:
    return root() / str(uuid)


def member(uuid: UUID, name: str) -> Path | None:
    """A file of a package, or None."""
    try:
        path = Path(safe_join(str(folder(uuid)), name))
        return path if path.is_file() else None
    except (ValueError, SuspiciousFileOperation, OSError):
        return None


def digest_of(archive: Archive) -> str:
    """Over what an archive holds, however it was zipped; "" where a member cannot be read."""
    total = hashlib.sha256()
    for name in sorted(archive.sizes):
        found = archive.digest(name)
        if found is None:
            return ""
        total.update(f"{name}\0{found[0]}\n".encode())
    return total.hexdigest()


def unpack(archive: Archive, uuid: UUID) -> None:
    """Write every member of an archive that has been judged. The disk has them when this returns, since
    the file they came in goes soon after. Raises OSError where the disk refuses it, with nothing left."""
    beside = root() / f".{uuid4()}"
    try:
        for name in archive.sizes:
            path = Path(safe_join(str(beside), name))
            path.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(name) as content, open(path, "wb") as out:
                shutil.copyfileobj(content, out, _CHUNK)
        beside.mkdir(parents=True, exist_ok=True)
        flush_tree(beside)
        beside.rename(folder(uuid))
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    flush_names(root())


def remove(uuid: UUID) -> None:
    shutil.rmtree(folder(uuid), ignore_errors=True)


def folders_of(moment: datetime) -> Iterator[UUID]:
    """The packages whose folder nobody has written into since, with a row or without."""
    for path in _untouched(moment):
        try:
            yield UUID(path.name)
        except ValueError:
            continue


def remove_halves(moment: datetime) -> int:
    """Remove what was being unpacked and has not been gone on with since. Returns how many."""
    halves = [path for path in _untouched(moment) if path.name.startswith(".")]
    for path in halves:
        shutil.rmtree(path, ignore_errors=True)
    return len(halves)


def _untouched(moment: datetime) -> list[Path]:
    found = []
    for path in root().iterdir() if root().is_dir() else ():
        # Another worker may take it away meanwhile.
        with suppress(OSError):
            if path.is_dir() and path.stat().st_mtime < moment.timestamp():
                found.append(path)
    return found


def write_zip(uuid: UUID, out: IO[bytes]) -> None:
    """The package as the zip file it came in, by content."""
    place = folder(uuid)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack:
        for path in sorted(place.rglob("*")):
            if path.is_file():
                info = zipfile.ZipInfo(path.relative_to(place).as_posix(), _DAY)
                info.compress_type = zipfile.ZIP_DEFLATED
                with open(path, "rb") as content, pack.open(info, "w", force_zip64=True) as into:
                    shutil.copyfileobj(content, into, _CHUNK)
