"""The files a manifest names: each read once, judged by its content, sizes and durations taken from it.

Refuses what does not fit its role, whatever its name says. H5P packages are judged by the function given.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import IO, Any

from courses.activities import kinds
from courses.h5p.api import Judged

from . import sniff, svg
from .archive import Archive, open_archive
from .plan import PackFile
from .problems import Problem, short

MB = 1024**2
_H5P_JSON = frozenset({"h5p.json", "content/content.json"})
_JSON_BYTES = 16 * MB
SIZE_LIMITS: dict[str, int] = {
    "image": 20 * MB,
    "video": 2048 * MB,
    "audio": 512 * MB,
    "vtt": 2 * MB,
    "download": 200 * MB,
    "h5p": 512 * MB,
    "package": 2048 * MB,
}
ALLOWED: dict[str, frozenset[str]] = {
    "image": sniff.IMAGES,
    "video": sniff.VIDEOS,
    "audio": frozenset({"mp3"}),
    "vtt": frozenset({"vtt"}),
    "h5p": frozenset({"zip"}),
    "package": frozenset({"zip"}),
    "download": sniff.DOWNLOADS,
}
# What becomes a picture or a document of Wagtail, which knows files by their SHA-1.
_OF_WAGTAIL = frozenset({"image", "download"})
# A seekable file → what the H5P room says of the package in it.
H5PCheck = Callable[[IO[bytes]], Judged]


class FileReader:
    """Looks at files of one archive; problems go to `report(code, pointer, **params)`."""

    def __init__(self, archive: Archive, report: Callable[..., None], h5p_check: H5PCheck | None) -> None:
        self.archive = archive
        self.report = report
        self.h5p_check = h5p_check
        self.seen: dict[tuple[str, str], PackFile | None] = {}
        # What lessons may show of each package.
        self.parts: dict[str, frozenset[str]] = {}

    def read(self, path: str, pointer: str, role: str) -> PackFile | None:
        """The file at `path`, fit for its role, or None with a problem. Each is read once."""
        if (path, role) not in self.seen:
            self.seen[path, role] = self._look(path, pointer, role)
        return self.seen[path, role]

    def foresee(self, named: Iterable[tuple[str, str]]) -> None:
        """Have the files that will be read, (path, role) in that order, unpacked and hashed beside whatever comes before."""
        self.archive.read_ahead(
            (path, role in _OF_WAGTAIL)
            for path, role in named
            if 0 < self.archive.sizes.get(path, 0) <= SIZE_LIMITS[role]
        )

    def used(self) -> set[str]:
        """The paths that were asked for."""
        return {path for path, _ in self.seen}

    def _look(self, path: str, pointer: str, role: str) -> PackFile | None:
        size = self.archive.sizes.get(path)
        name = short(path)
        if size is None:
            self.report("file_missing", pointer, name=name)
            return None
        if size == 0:
            self.report("file_empty", pointer, name=name)
            return None
        limit = SIZE_LIMITS[role]
        if size > limit:
            self.report("file_size", pointer, name=name, size=size // MB, limit=limit // MB)
            return None
        read = self.archive.digest(path, sha1=role in _OF_WAGTAIL)
        if read is None:
            return None
        sha256, head = read
        kind = sniff.kind_of(head)
        if kind not in ALLOWED[role]:
            if kind:
                self.report("file_type", pointer, name=name, found=kind, expected=role)
            else:
                self.report("file_unknown", pointer, name=name, expected=role)
            return None
        kind, mime, extensions = self._type(path, kind, role)
        if path.rpartition(".")[2].lower() not in extensions:
            self.report("file_extension", pointer, name=name, found=kind)
            return None
        return self._inside(PackFile(path, kind, mime, size, sha256), pointer, role)

    def _type(self, path: str, kind: str, role: str) -> tuple[str, str, tuple[str, ...]]:
        extension = path.rpartition(".")[2].lower()
        if role == "h5p":
            return "h5p", "application/zip", ("h5p",)
        if role == "package":
            return "package", "application/zip", ("zip",)
        if kind == "zip" and extension in sniff.OFFICE:
            return "odf" if extension.startswith("od") else "ooxml", sniff.OFFICE[extension], (extension,)
        mime, extensions = sniff.TYPES[kind]
        return kind, "text/csv" if extension == "csv" and kind == "text" else mime, extensions

    def _inside(self, file: PackFile, pointer: str, role: str) -> PackFile | None:
        """Look into the content where its type allows, filling sizes and durations."""
        if file.kind == "svg":
            return self._svg(file, pointer)
        if file.kind in sniff.IMAGES:
            return self._picture(file, pointer)
        # An MP3 to download need not be sound throughout; one that plays counts by its length.
        if file.kind in sniff.VIDEOS or (file.kind == "mp3" and role == "audio"):
            with self.archive.seekable(file.path) as stream:
                if sniff.cut_short(stream, file.kind, file.size):
                    self.report("file_cut", pointer, name=short(file.path))
                    return None
                duration = sniff.video_duration_ms(stream, file.kind, file.size)
            if duration is None:
                self.report("video_duration", pointer, name=short(file.path))
                return None
            return replace(file, duration_ms=duration)
        if file.kind == "vtt":
            text = sniff.vtt_text(self.archive.read(file.path, SIZE_LIMITS["vtt"]) or b"")
            if text is None:
                self.report("caption_broken", pointer, name=short(file.path))
                return None
            return replace(file, text=text)
        if file.kind == "h5p" and self.h5p_check is not None:
            with self.archive.seekable(file.path) as stream:
                judged = self.h5p_check(stream)
            for reason in judged.reasons:
                self.report("h5p_invalid", pointer, name=short(file.path), reason=reason)
            if judged.reasons:
                return None
            file = replace(
                file,
                unpacked=judged.bytes,
                libraries=tuple(judged.libraries.items()),
                elsewhere=judged.elsewhere,
            )
        if file.kind == "h5p":
            with self.archive.seekable(file.path) as stream:
                return replace(file, sha256=_h5p_digest(stream) or file.sha256)
        if file.kind == "package":
            return self._package(file, pointer)
        return file

    def _package(self, file: PackFile, pointer: str) -> PackFile | None:
        with self.archive.seekable(file.path) as stream:
            judged, _ = open_archive(stream)
            if judged is None:
                self.report("zip_damaged", pointer, name=short(file.path))
                return None
            with judged:
                reading = None if judged.problems else kinds.read(judged)
                problems = [*judged.problems, *(reading.problems if reading else [])]
                if reading is None and not problems:
                    problems = [Problem("package_unknown")]
                for problem in problems:
                    self.report("package_invalid", pointer, name=short(file.path), reason=problem)
                if reading is None or problems:
                    return None
                self.parts[file.path] = frozenset(reading.parts)
                whole = sum(judged.sizes.values())
                return replace(file, sha256=_members_digest(judged) or file.sha256, unpacked=whole)

    def _picture(self, file: PackFile, pointer: str) -> PackFile | None:
        with self.archive.seekable(file.path) as stream:
            size = sniff.image_size(stream)
        if size is None:
            self.report("image_broken", pointer, name=short(file.path))
            return None
        width, height = size
        if width * height > sniff.MAX_PIXELS:
            self.report("image_pixels", pointer, name=short(file.path), width=width, height=height)
            return None
        return replace(file, width=width, height=height)

    def _svg(self, file: PackFile, pointer: str) -> PackFile | None:
        name = short(file.path)
        if file.size > svg.MAX_BYTES:
            self.report("file_size", pointer, name=name, size=file.size // MB, limit=svg.MAX_BYTES // MB)
            return None
        checked = svg.check(self.archive.read(file.path, svg.MAX_BYTES) or b"")
        if checked.code:
            found: dict[str, Any] = {"found": short(checked.found)} if checked.found else {}
            self.report(checked.code, pointer, name=name, **found)
            return None
        if not checked.width or not checked.height:
            self.report("svg_size", pointer, name=name)
            return None
        return replace(file, width=checked.width, height=checked.height)


def _h5p_digest(stream: IO[bytes]) -> str:
    """Over what an H5P package holds, however it was zipped and its JSON written; "" where it cannot be read."""
    archive, _ = open_archive(stream)
    if archive is None:
        return ""
    with archive:
        return _members_digest(archive)


def _members_digest(archive: Archive) -> str:
    total = hashlib.sha256()
    for name in sorted(archive.sizes):
        data = archive.read(name, _JSON_BYTES) if name in _H5P_JSON else None
        digest = (_canonical(data) if data else None) or archive.digest(name)
        if digest is None:
            return ""
        total.update(f"{name}\0{digest[0]}\n".encode())
    return total.hexdigest()


def _canonical(data: bytes) -> tuple[str, bytes] | None:
    try:
        value = json.loads(data)
        written = json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
    except (ValueError, RecursionError):
        return None
    return hashlib.sha256(written).hexdigest(), b""


def problems_into(found: list[Problem]) -> Callable[..., None]:
    """A `report` function that collects into a list."""

    def report(code: str, pointer: str, **params: Any) -> None:
        found.append(Problem(code, pointer, params))

    return report
