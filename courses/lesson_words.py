"""The words inside lessons, for search: what a page shows as text, and what stands in films, exercises, packages and files.

Owns: which words of a block may be shown in a result (`seen`) and which only find it (`unseen`: whoever finds it may not be
allowed to open it), and reading files in bounds. Refuses: questions, and the answers of exercises: nobody finds a solution.
"""

from __future__ import annotations

import re
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.storage import default_storage
from lxml import etree

from courses.activities import files as packages
from courses.h5p.client import H5PError
from courses.h5p.files import store
from courses.html import text_of
from courses.media.models import CourseDocument
from courses.packs.foreign.markup import decoded
from courses.packs.foreign.pdf.process import pieces

Block = Mapping[str, Any]
Reader = Callable[[], str]
MOST_CHARS = 60_000
MOST_BYTES = 64 * 1024**2
# Of one part of an Office file, and of one page of a package.
_MOST_PART = 8 * 1024**2
_MOST_PAGES = 200
_PDF_SECONDS = 120
_DOCUMENT = re.compile(r"/documents/(\d{1,19})/")
_PAGES = (".html", ".htm", ".xhtml")
_OFFICE = {
    ".docx": re.compile(r"word/(document|footnotes|endnotes)\.xml"),
    ".pptx": re.compile(r"ppt/(slides|notesSlides)/[^/]+\.xml"),
    ".xlsx": re.compile(r"xl/(sharedStrings|workbook|worksheets/sheet\d+)\.xml"),
}
# OpenDocument and electronic books: archives, too.
_OPEN = {".odt", ".odp", ".ods", ".epub"}
_PARTING = {"p", "h", "tab", "s", "line-break", "table-cell"}
# What was struck out, and what readers wrote beside the text, are no words of it.
_NOT_TEXT = ("tracked-changes", "annotation")
_OPENS = re.compile(r"<(script|style|template)\b", re.I)
_CLOSES = {name: re.compile(rf"</{name}\s*>", re.I) for name in ("script", "style", "template")}
_CUE = re.compile(r"^(WEBVTT.*|NOTE\b.*|STYLE|REGION|\d+|.*-->.*)$")
# What an exercise says of right and wrong, and what is no sentence of a person.
_NO_WORDS = re.compile(
    r"answer|solution|correct|expla|rationale|feedback|tip|hint|alternativ|confirm|path|mime|library|copyright|licen|"
    r"color|css|id$|metadata|behaviour|l10n|^ui|url|code",
    re.I,
)
_BLANKS = re.compile(r"\*[^*\n]{1,200}\*")


@dataclass
class Words:
    """seen: may be shown; unseen: only finds; keys: of files whose words are to be had besides (`readers`)."""

    seen: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)


def words_of(blocks: Iterable[Block], readers: dict[str, Reader]) -> Words:
    """The words of a lesson's blocks; how the files in them are read is added to `readers`, by key. No query, no file opened."""
    found = Words()
    for block in blocks:
        value = block["value"]
        match block["type"]:
            case "text":
                found.seen.append(text_of(value["html"]))
            case "image":
                found.seen += [value.get("alt", ""), value.get("caption", "")]
            case "video" | "audio":
                found.seen.append(value.get("title", ""))
                found.seen += [chapter.get("title", "") for chapter in value.get("chapters", ())]
                found.unseen.append(value.get("transcript", ""))
                for caption in value.get("captions", ()):
                    _add(found, readers, f"captions:{caption['src']}", partial(captions, caption["src"]))
            case "h5p":
                found.seen.append(value.get("title", ""))
                # The first part of a key names how it is read, too: read otherwise it is another.
                _add(found, readers, f"exercise:{value['content']}", partial(h5p, value["content"]))
            case "package":
                found.seen.append(value.get("title", ""))
                _add(found, readers, f"package:{value['package']}", partial(package, value["package"]))
            case "file":
                found.seen.append(value.get("name", ""))
                number = _DOCUMENT.search(value.get("src", ""))
                if number:
                    # An address names its document for good; a file of another size is another file.
                    kind = "open" if Path(value["src"]).suffix.lower() in _OPEN else "file"
                    key = f"{kind}:{number[1]}:{value.get('size', 0)}"
                    _add(found, readers, key, partial(document, int(number[1])))
            case "quiz" | "lti":
                found.seen.append(value.get("title", ""))
    return found


def _add(found: Words, readers: dict[str, Reader], key: str, reader: Reader) -> None:
    if len(key) <= 120:
        found.keys.append(key)
        readers[key] = reader


# --- files: raise OSError or ValueError where there is nothing to be read ------------------------------------


def captions(address: str) -> str:
    """What is said in a film, of its captions' address."""
    name = address.removeprefix(settings.MEDIA_URL)
    with default_storage.open(name) as file:
        lines = decoded(file.read(MOST_CHARS * 8)).splitlines()
    said = [text_of(line) for line in lines if line.strip() and not _CUE.match(line.strip())]
    # Captions say a line twice where two cues overlap.
    return " ".join(dict.fromkeys(said))


def h5p(uuid: str) -> str:
    """The sentences of an exercise without what is right in it."""
    try:
        return _joined(_sentences(store().params(uuid)))
    except H5PError as error:
        raise ValueError(str(error)) from error


def _sentences(value: Any, depth: int = 0) -> Iterator[str]:
    if depth > 40:
        return
    if isinstance(value, dict):
        # An alternative of a question says beside its text whether it is right.
        if not any(isinstance(one, bool) and re.search("correct", name, re.I) for name, one in value.items()):
            for name, one in value.items():
                if not _NO_WORDS.search(str(name)):
                    yield from _sentences(one, depth + 1)
    elif isinstance(value, list):
        for one in value:
            yield from _sentences(one, depth + 1)
    elif isinstance(value, str) and len(value.strip()) > 1:
        yield _BLANKS.sub(" ", text_of(value))


def package(uuid: str) -> str:
    """The pages of a package."""
    folder = packages.folder(UUID(uuid))
    pages = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _PAGES and path.is_file())
    return _joined(_page(path) for path in pages[:_MOST_PAGES])


def _page(path: Path) -> str:
    if path.stat().st_size > _MOST_PART:
        return ""
    return text_of(without_scripts(decoded(path.read_bytes())))


def without_scripts(html: str) -> str:
    """The page without what is no text of it. Each sign is looked at a bounded number of times, whatever the page is made of: a
    kind of element that is closed nowhere further on is not looked for again.
    """
    kept: list[str] = []
    place = 0
    endless: set[str] = set()
    for opened in _OPENS.finditer(html):
        name = opened[1].lower()
        if opened.start() < place or name in endless:
            continue
        closed = _CLOSES[name].search(html, opened.end())
        if closed is None:
            endless.add(name)
            continue
        kept.append(html[place : opened.start()])
        place = closed.end()
    return " ".join([*kept, html[place:]])


def document(number: int) -> str:
    """The words of a PDF, Word, PowerPoint, Excel, OpenDocument or EPUB file, or of plain text; "" for any other."""
    row = CourseDocument.objects.filter(pk=number).first()
    if row is None:
        return ""
    suffix = Path(row.file.name).suffix.lower()
    if suffix not in {".pdf", ".txt", ".md", ".csv", *_OFFICE, *_OPEN} or row.file.size > MOST_BYTES:
        return ""
    with row.file.open("rb") as file:
        if suffix == ".pdf":
            return _pdf(file)
        if suffix in _OFFICE:
            return office(file, suffix)
        if suffix in _OPEN:
            return opened(file, suffix)
        return decoded(file.read(MOST_CHARS * 4))


def _pdf(file: Any) -> str:
    """By the program that imports read PDF files with: in a process of its own, with bounds of its own."""
    with tempfile.TemporaryDirectory(prefix="rongtong-words-") as folder:
        path = Path(folder) / "file.pdf"
        with open(path, "wb") as copy:
            for chunk in file.chunks() if hasattr(file, "chunks") else iter(partial(file.read, 2**20), b""):
                copy.write(chunk)
        pictures = Path(folder) / "pictures"
        pictures.mkdir()
        read = pieces(path, pictures, seconds=_PDF_SECONDS)
        return _joined(" ".join(one.get("lines", ())) for one in read if one.get("kind") == "page")


def office(file: Any, suffix: str) -> str:
    """The text of an Office file's parts, in their order. Raises ValueError for what is none."""
    try:
        with zipfile.ZipFile(file) as archive:
            wanted = [one for one in archive.infolist() if _OFFICE[suffix].fullmatch(one.filename)]
            wanted.sort(key=lambda one: (len(one.filename), one.filename))
            return _joined(_part(archive, one) for one in wanted if one.file_size <= _MOST_PART)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, KeyError) as error:
        raise ValueError(str(error)) from error


def opened(file: Any, suffix: str) -> str:
    """The text of an OpenDocument file, or of the pages of a book (EPUB). Raises ValueError for what is none."""
    try:
        with zipfile.ZipFile(file) as archive:
            parts = [one for one in archive.infolist() if one.file_size <= _MOST_PART]
            if suffix == ".epub":
                pages = [one for one in parts if Path(one.filename).suffix.lower() in _PAGES]
                pages.sort(key=lambda one: (len(one.filename), one.filename))
                read = (archive.read(one) for one in pages[:_MOST_PAGES])
                return _joined(text_of(without_scripts(decoded(page))) for page in read)
            return _joined(_of_open_document(archive, one) for one in parts if one.filename == "content.xml")
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, KeyError) as error:
        raise ValueError(str(error)) from error


def _of_open_document(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> str:
    root = _tree(archive, part)
    if root is None:
        return ""
    for name in _NOT_TEXT:
        for one in list(root.iter(f"{{*}}{name}")):
            one.clear(keep_tail=True)
    # A text box stands inside the paragraph that it is fixed to: all of it is read in one go, in its order.
    bodies = root.iter("{urn:oasis:names:tc:opendocument:xmlns:office:1.0}body")
    return " ".join("".join(_open_pieces(body)) for body in bodies)


def _open_pieces(body: Any) -> Iterator[str]:
    """A sentence, a tab, several blanks and the end of a line part words."""
    for event, one in etree.iterwalk(body, events=("start", "end")):
        name = etree.QName(one).localname if isinstance(one.tag, str) else ""
        if event == "start":
            yield " " if name in _PARTING else ""
            yield (one.text or "") if name else ""
        else:
            yield " " if name in _PARTING else ""
            # What follows the body is none of it.
            yield (one.tail or "") if one is not body else ""


def _tree(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Any:
    """A part of an archive as XML; None where it is none, or would fetch something."""
    with archive.open(part) as content:
        data = content.read(_MOST_PART)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    return None if root.getroottree().docinfo.doctype else root


def _part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> str:
    root = _tree(archive, part)
    if root is None:
        return ""
    # w:p, a:p, and in tables si and is (written into the cell itself) hold a sentence each; its pieces are cut wherever its look
    # changes. What a workbook calls its sheets stands in an attribute.
    named = [sheet.get("name", "") for sheet in root.iter("{*}sheet")]
    sentences = ("".join(_pieces(one)) for one in root.iter("{*}p", "{*}si", "{*}is"))
    return " ".join([*named, *sentences])


def _pieces(sentence: Any) -> Iterator[str]:
    """A tab or the end of a line parts words as a blank does."""
    for one in sentence.iter("{*}t", "{*}tab", "{*}br", "{*}cr"):
        yield (one.text or "") if etree.QName(one).localname == "t" else " "


def _joined(pieces: Iterable[str]) -> str:
    found: list[str] = []
    size = 0
    for piece in pieces:
        text = " ".join(piece.split())
        if text:
            found.append(text)
            size += len(text)
        if size > MOST_CHARS:
            break
    return " ".join(found)[:MOST_CHARS]
