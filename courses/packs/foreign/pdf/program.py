"""Reads one PDF in a process of its own: lines of text, pictures, bookmarks, what else is in it.

Run as a program: `python program.py FILE FOLDER`. Owns the bounds that no hostile file can get round: seconds of the
processor and bytes of memory, set on the process before the file is opened. Writes one JSON object a line as it goes,
so that what was read before a bound was met is not lost; pictures go into the folder under numbers. Refuses to import
anything of the project: the less it knows, the less there is to steal.
"""

from __future__ import annotations

import contextlib
import json
import logging
import resource
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image
from pypdf import PdfReader
from pypdf.generic import DictionaryObject, IndirectObject

CPU_SECONDS = 60  # and for each page
CPU_SECONDS_A_PAGE = 0.3
MAX_CPU_SECONDS = 300
PAGE_SECONDS = 10  # of the processor, for one page
MEMORY_BYTES = 1536 * 1024**2
FILE_BYTES = 64 * 1024**2
MAX_PAGES = 2_000
MAX_CONTENT_BYTES = 8 * 1024**2  # of one page: drawings of a map, not text
MAX_PICTURES = 400
_MAX_PICTURES_A_PAGE = 12
_MIN_SIDE = 64
_MIN_AREA = 10_000
_MAX_AREA = 40_000_000
_SIDE = 2_000
_MAX_LINES = 2_000
_MAX_OUTLINE = 2_000
_MAX_DEPTH = 3


def bounded() -> None:
    """Nothing below may take longer or more than this, whatever the file says."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, MAX_CPU_SECONDS + 5))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    Image.MAX_IMAGE_PIXELS = _MAX_AREA


def read(path: str, folder: Path) -> Iterator[dict[str, Any]]:
    """What is in the file, piece by piece: first "file", then each "page", at last "outline" and "extras"."""
    reader = PdfReader(path, strict=False)
    if reader.is_encrypted and not reader.decrypt(""):
        yield {"kind": "locked"}
        return
    yield {"kind": "file", "pages": len(reader.pages), **_about(reader)}
    count = min(len(reader.pages), MAX_PAGES)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    if hard != resource.RLIM_INFINITY:
        seconds = min(MAX_CPU_SECONDS, CPU_SECONDS + int(count * CPU_SECONDS_A_PAGE))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, hard))
    pictures = _Pictures(folder)
    guessed = _Guessed()
    logging.getLogger().addHandler(guessed)
    for number in range(count):
        found: dict[str, Any] = {"kind": "page", "number": number, "lines": [], "pictures": []}
        try:
            with _seconds(PAGE_SECONDS):
                _page(reader.pages[number], found, pictures)
        except (_EnoughError, *_BROKEN) as error:
            found["unreadable"] = f"{type(error).__name__}: {error}"[:120]
        if guessed.taken():
            found["unreadable"] = "encoding"
        yield found
    outline: list[list[Any]] = []
    with contextlib.suppress(*_BROKEN):
        _outline(reader, reader.outline, 1, outline)
    yield {"kind": "outline", "entries": outline}
    yield {"kind": "extras", **_extras(reader)}


class _EnoughError(BaseException):
    """A page took its time. No Exception: the library would swallow it."""


@contextlib.contextmanager
def _seconds(most: float) -> Iterator[None]:
    """Seconds of the processor for what is inside; raises _EnoughError in it, again each second."""

    def enough(*_: object) -> None:
        raise _EnoughError

    signal.signal(signal.SIGVTALRM, enough)
    signal.setitimer(signal.ITIMER_VIRTUAL, most, 1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, signal.SIG_IGN)


def _page(page: Any, found: dict[str, Any], pictures: _Pictures) -> None:
    """Fill in one page; what of it was read stays when the rest breaks."""
    with contextlib.suppress(*_BROKEN):
        found |= _annotations(page)
    try:
        found["drawn"], found["lines"] = _lines(page)
    except _BROKEN as error:
        found["unreadable"] = f"{type(error).__name__}: {error}"[:120]
    with contextlib.suppress(*_BROKEN):
        found["pictures"], found["left"] = pictures.of(page)


# A library in front of hostile files raises what it likes; MemoryError is the bound above being met.
_BROKEN = (Exception,)


def _about(reader: PdfReader) -> dict[str, str]:
    said = {"title": "", "author": "", "language": ""}
    with contextlib.suppress(*_BROKEN):
        information = reader.metadata
        if information is not None:
            said |= {"title": str(information.title or ""), "author": str(information.author or "")}
    with contextlib.suppress(*_BROKEN):
        said["language"] = str(reader.root_object.get("/Lang") or "")
    return {key: value[:300] for key, value in said.items()}


def _lines(page: Any) -> tuple[int, list[str]]:
    """How many bytes draw the page, and its lines of text."""
    size = 0
    content = page.get_contents()
    if content is not None:
        size = len(content.get_data())
        if size > MAX_CONTENT_BYTES:
            raise ValueError(f"{size} > {MAX_CONTENT_BYTES}")
    text = page.extract_text() or ""
    return size, [line[:4_000] for line in text.split("\n")[:_MAX_LINES]]


def _annotations(page: Any) -> dict[str, Any]:
    """Addresses linked to, and how many marks of readers there are."""
    links: list[str] = []
    marks = attachments = 0
    for item in list(page.get("/Annots", []) or [])[:2_000]:
        annotation = item.get_object()
        kind = annotation.get("/Subtype")
        if kind == "/Link":
            action = annotation.get("/A")
            address = action.get_object().get("/URI") if action is not None else None
            if address is not None and str(address) not in links:
                links.append(str(address)[:1_000])
        elif kind == "/FileAttachment":
            attachments += 1
        elif kind not in ("/Widget", "/Popup", "/PrinterMark", "/TrapNet", "/Watermark"):
            marks += 1
    return {"links": links[:200], "marks": marks, "attached": attachments}


class _Guessed(logging.Handler):
    """Hears the library say that it does not know a font's encoding and will make something up."""

    heard = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.heard += "not implemented yet" in str(record.msg)

    def taken(self) -> int:
        heard, self.heard = self.heard, 0
        return heard


class _Pictures:
    """Takes the pictures worth seeing out of pages, each once in the file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: dict[Any, str] = {}
        self.made = 0

    def of(self, page: Any) -> tuple[list[dict[str, Any]], int]:
        """The page's pictures, and how many were left: too small, too large, broken or too many."""
        found: list[dict[str, Any]] = []
        left = 0
        candidates = list(self._candidates(page, [], set()))
        for path, key, image in candidates:
            width, height = int(image.get("/Width", 0)), int(image.get("/Height", 0))
            if min(width, height) < _MIN_SIDE or width * height < _MIN_AREA:
                left += 1
                continue
            if key in self.names:
                # The same picture again: a logo, a frame of the page.
                continue
            if width * height > _MAX_AREA or len(found) >= _MAX_PICTURES_A_PAGE or self.made >= MAX_PICTURES:
                left += 1
                continue
            try:
                name = self._kept(page.images[path if len(path) > 1 else path[0]])
            except _BROKEN:
                left += 1
                continue
            self.names[key] = name
            found.append({"file": name, "whole": self._whole(page, width, height, len(candidates))})
        return found, left

    def _candidates(self, thing: Any, path: list[str], met: set[Any]) -> Iterator[tuple[list[str], Any, Any]]:
        resources = thing.get("/Resources")
        objects = resources.get_object().get("/XObject") if resources is not None else None
        if objects is None or len(path) > _MAX_DEPTH:
            return
        for name, raw in list(objects.get_object().items())[:500]:
            value = raw.get_object()
            if not isinstance(value, DictionaryObject):
                continue
            key = raw.idnum if isinstance(raw, IndirectObject) else (*path, name, id(value))
            if key in met:
                continue
            met.add(key)
            if value.get("/Subtype") == "/Image":
                yield [*path, name], key, value
            elif value.get("/Subtype") == "/Form":
                yield from self._candidates(value, [*path, name], met)

    def _kept(self, file: Any) -> str:
        image = file.image
        if image is None:
            raise ValueError("no picture")
        self.made += 1
        if image.format == "JPEG" and image.mode in ("L", "RGB") and max(image.size) <= 2 * _SIDE:
            name = f"picture-{self.made}.jpg"
            (self.folder / name).write_bytes(file.data)
            return name
        few = image.mode in ("1", "P", "L")
        if image.mode in ("RGBA", "LA", "PA"):
            flat = Image.new("RGB", image.size, "white")
            flat.paste(image.convert("RGBA"), mask=image.convert("RGBA").getchannel("A"))
            image = flat
        elif image.mode == "1":
            image = image.convert("L")
        elif image.mode != "L":
            image = image.convert("RGB")
        image.thumbnail((_SIDE, _SIDE))
        name = f"picture-{self.made}.{'png' if few else 'jpg'}"
        image.save(self.folder / name, **({} if few else {"quality": 85}))
        return name

    def _whole(self, page: Any, width: int, height: int, count: int) -> bool:
        """Whether a picture looks like the page itself: alone on it, large, of its shape."""
        box = page.mediabox
        paper = float(box.width) / max(float(box.height), 1.0)
        if int(page.get("/Rotate", 0) or 0) % 180:
            paper = 1 / paper
        return count <= 2 and width >= 700 and abs(width / height / max(paper, 0.01) - 1) < 0.08


def _outline(reader: PdfReader, items: Any, level: int, found: list[list[Any]]) -> None:
    for item in items:
        if len(found) >= _MAX_OUTLINE or level > 9:
            return
        if isinstance(item, list):
            _outline(reader, item, level + 1, found)
            continue
        with contextlib.suppress(*_BROKEN):
            page = reader.get_destination_page_number(item)
            if page is not None and page >= 0:
                found.append([level, " ".join(str(item.title).split())[:200], page])


def _extras(reader: PdfReader) -> dict[str, Any]:
    """Forms, scripts, attached files, by their names and numbers."""
    found: dict[str, Any] = {"fields": 0, "scripts": 0, "attachments": []}
    with contextlib.suppress(*_BROKEN):
        form = reader.root_object.get("/AcroForm")
        if form is not None:
            found["fields"] = len(form.get_object().get("/Fields", []))
    with contextlib.suppress(*_BROKEN):
        root = reader.root_object
        names = root.get("/Names", DictionaryObject()).get_object()
        found["scripts"] += "/JavaScript" in names
        for key in ("/OpenAction", "/AA"):
            action = root.get(key)
            found["scripts"] += action is not None and "/JavaScript" in repr(action.get_object())[:5_000]
    with contextlib.suppress(*_BROKEN):
        for number, attachment in enumerate(reader.attachment_list):
            if number < 100:
                found["attachments"].append(str(attachment.name)[:200])
    return found


def main(path: str, folder: str) -> int:
    logging.lastResort = None
    bounded()
    try:
        for piece in read(path, Path(folder)):
            print(json.dumps(piece), flush=True)
    except _BROKEN as error:
        print(json.dumps({"kind": "broken", "reason": f"{type(error).__name__}: {error}"[:160]}), flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
