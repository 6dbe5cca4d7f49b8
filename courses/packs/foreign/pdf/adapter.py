"""PDF files: text and pictures page by page, bookmarks become units and pages, the original is attached.

Owns how a printed page reads on a phone: paragraphs instead of lines, no page numbers, pictures after the text of their
page; bookmarks cut the file (as headings cut a Word document), 第…章 at the head of a line does where there are none,
else ten pages are one lesson. A page without text (a scan) is its picture. The file itself is only ever opened by
program.py, a process with bounds of its own; what it could not read by then is named and stands in the original.
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from courses.packs.foreign.office import ooxml
from courses.packs.foreign.office.ooxml import Naming
from courses.packs.foreign.outline import Outline, Page, Picture, Piece, Text, Unit
from courses.packs.foreign.pdf import text as pdf_text
from courses.packs.foreign.pdf.process import pieces
from courses.packs.foreign.sources import Source
from courses.packs.problems import short

PICTURE = gettext_noop("第 {number} 页的图片")
PAGES_A_LESSON = 10
# A clock only behind the processor's: a process that waits for nothing has used its seconds long before.
_PATIENCE_SECONDS = 900
_CONTENTS = re.compile(r"^(目\s*[录次錄]|(table of )?contents)$", re.I)
_SCAN_CHARACTERS = 20
_BLANK_BYTES = 60  # an empty page is drawn by less


@dataclass
class _Sheet:
    """A printed page: its lines (cleaned), its pictures as members, addresses it links to."""

    lines: list[str]
    pictures: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Mark:
    """Where something begins: a page (from 0) and a line on it."""

    page: int
    line: int
    level: int
    title: str


class Pdf:
    """The adapter: see the module."""

    name = "pdf"
    label = _("PDF 文件")
    extensions = ("pdf",)

    def recognises(self, source: Source) -> bool:
        return source.kind == "file" and b"%PDF-" in source.head[:1024]

    def inspect(self, source: Source) -> Outline:
        outline = Outline(self.name)
        with tempfile.TemporaryDirectory(prefix="rongtong-pdf-") as folder:
            _Reading(source, outline, Path(folder)).read()
        return outline


class _Reading:
    def __init__(self, source: Source, outline: Outline, folder: Path) -> None:
        self.source, self.outline, self.folder = source, outline, folder
        self.naming = Naming(outline)
        self.sheets: list[_Sheet] = []
        self.entries: list[list[Any]] = []
        self.text = ""
        self.about: dict[str, Any] = {}

    def read(self) -> None:
        for piece in pieces(self.source.path, self.folder, seconds=_PATIENCE_SECONDS):
            self._take(piece)
        if self.outline.problems:
            return
        if not self.about:
            self._broken(_("读到一半就到了时间或内存的上限"))
            return
        total = int(self.about["pages"])
        if len(self.sheets) < total:
            self.outline.lose(self.source.name, self.source.name, "lost_pages", first=len(self.sheets))
        self._clean()
        title = " ".join(pdf_text.cleaned(str(self.about["title"])).split())
        self.outline.title = title if title and not _is_file(title) else self.source.name.rpartition(".")[0]
        author = pdf_text.cleaned(str(self.about["author"])).strip()[:100]
        self.outline.authors = (author,) if author else ()
        self.text = "".join(line for sheet in self.sheets[:20] for line in sheet.lines)
        self.outline.language = ooxml.language_of(self.text, str(self.about["language"]))
        self._cut()
        self.naming.close()
        if not self.outline.units and total:
            # Nothing could be taken out, but the file is there to be read.
            self.outline.units.append(Unit(self.outline.title, [Page("pages", self.outline.title)]))
        if self.outline.units:
            self.outline.units[0].pages[0].pieces.append(ooxml.whole(self.source, "pdf"))

    # -- what the reader says -----------------------------------------------------------------------

    def _take(self, piece: dict[str, Any]) -> None:
        match piece["kind"]:
            case "locked":
                self.outline.refuse("office_locked", "", name=short(self.source.name))
            case "broken" if not self.about:
                # What the library says of it helps nobody who hands in a file.
                self._broken(_("文件不完整或者已经损坏"))
            case "file":
                self.about = piece
            case "page":
                self._sheet(piece)
            case "outline":
                self.entries = [
                    [level, pdf_text.cleaned(title), page] for level, title, page in piece["entries"]
                ]
            case "extras":
                self._extras(piece)

    def _broken(self, reason: object) -> None:
        self.outline.refuse("foreign_broken", "", name=short(self.source.name), reason=str(reason))

    def _sheet(self, piece: dict[str, Any]) -> None:
        name = self.source.name
        lines = [line for line in map(pdf_text.cleaned, pdf_text.as_chinese(piece["lines"])) if line.strip()]
        unreadable = bool(piece.get("unreadable")) or not pdf_text.is_readable(piece["lines"])
        if unreadable:
            self.naming.add(name, name, "lost_unreadable")
            lines = []
        self.naming.add(name, name, "lost_annotation", int(piece.get("marks", 0)))
        self.naming.add(name, name, "lost_small", int(piece.get("left", 0)))
        if piece.get("attached"):
            self.outline.lose(name, name, "lost_attachment", name=f"p. {piece['number'] + 1}")
        has_text = sum(map(len, lines)) >= _SCAN_CHARACTERS
        pictures = []
        for picture in piece["pictures"]:
            if picture["whole"] and has_text:
                self.naming.add(name, name, "lost_backdrop")
                continue
            path = self.folder / Path(picture["file"]).name
            with open(path, "rb") as file:
                pictures.append(self.source.keep(f"p{piece['number'] + 1:04}{path.suffix}", file))
            path.unlink()
        if not has_text and pictures and not unreadable:
            self.naming.add(name, name, "lost_scan")
        elif not has_text and piece.get("drawn", 0) > _BLANK_BYTES and not lines and not unreadable:
            self.naming.add(name, name, "lost_unreadable")
        self.sheets.append(
            _Sheet(lines, pictures, [pdf_text.cleaned(link) for link in piece.get("links", [])])
        )

    def _extras(self, piece: dict[str, Any]) -> None:
        name = self.source.name
        self.naming.add(name, name, "lost_form", int(piece["fields"]))
        if piece["scripts"]:
            self.outline.lose(name, name, "lost_script", found="JavaScript")
        for attachment in piece["attachments"]:
            self.outline.lose(name, short(attachment), "lost_attachment", name=short(attachment))

    def _clean(self) -> None:
        lines, taken = pdf_text.without_furniture([sheet.lines for sheet in self.sheets])
        self.naming.add(self.source.name, self.source.name, "lost_repeating", taken)
        for sheet, kept in zip(self.sheets, lines, strict=True):
            sheet.lines = kept

    # -- structure ----------------------------------------------------------------------------------

    def _cut(self) -> None:
        marks = self._marks()
        levels = ooxml.levels_of([mark.level for mark in marks])
        cuts = [mark for mark in marks if mark.level in (levels.unit, levels.page)]
        inner = [mark for mark in marks if mark.level > (levels.page or 99)]
        if not cuts:
            self._by_number()
            return
        unit = Unit(self.outline.title)
        keys: dict[str, int] = {}
        first = _Mark(0, 0, 0, self.outline.title)
        for start, end in zip([first, *cuts], [*cuts, _Mark(len(self.sheets), 0, 0, "")], strict=True):
            if start.level and start.level == levels.unit:
                self._keep(unit)
                unit = Unit(start.title)
            if len(cuts) > 1 and _CONTENTS.match(start.title):
                self.outline.lose(self.source.name, start.title, "lost_contents")
                continue
            path = f"{unit.title}/{start.title}" if start.level else "start"
            keys[path] = keys.get(path, 0) + 1
            page = Page(path if keys[path] == 1 else f"{path}#{keys[path]}", start.title)
            page.pieces = self._between(start, end, inner)
            if not page.pieces and start.level and (start.level == levels.page or end.level != levels.page):
                # A bookmark with nothing of its own behind it: its words must not vanish.
                page.pieces = [Text(f"<p>{escape(start.title)}</p>")]
            if page.pieces:
                unit.pages.append(page)
        self._keep(unit)

    def _keep(self, unit: Unit) -> None:
        if unit.pages:
            self.outline.units.append(unit)

    def _by_number(self) -> None:
        unit = Unit(self.outline.title)
        count = max(1, -(-len(self.sheets) // PAGES_A_LESSON))
        bounds = [len(self.sheets) * n // count for n in range(count + 1)]
        for a, b in pairwise(bounds):
            title = self.outline.title if count == 1 else f"{self.outline.title}（{a + 1}–{b}）"
            page = Page(f"pages-{a + 1}", title, self._between(_Mark(a, 0, 0, ""), _Mark(b, 0, 0, ""), []))
            if page.pieces:
                unit.pages.append(page)
        self._keep(unit)

    def _marks(self) -> list[_Mark]:
        """Bookmarks with the line they mean, in the order of the text; or the chapters one sees."""
        marks = []
        for level, title, page in self.entries:
            if page >= len(self.sheets) or not title:
                continue
            lines = self.sheets[page].lines
            line = next((n for n, text in enumerate(lines) if pdf_text.same(text, title)), 0)
            marks.append(_Mark(page, line, level, title))
        if len(marks) < 2:
            marks = []
            for page, sheet in enumerate(self.sheets):
                here = [
                    _Mark(page, n, 1, t.strip())
                    for n, t in enumerate(sheet.lines)
                    if pdf_text.CHAPTER.match(t.strip())
                ]
                # Three on one page are a table of contents.
                marks += here if len(here) < 3 else []
            marks = marks if len(marks) > 1 else []
        return sorted(marks, key=lambda mark: (mark.page, mark.line, mark.level))

    # -- text ---------------------------------------------------------------------------------------

    def _between(self, start: _Mark, end: _Mark, inner: list[_Mark]) -> list[Piece]:
        pieces: list[Piece] = []
        run: list[str] = []
        links: list[str] = []
        for number in range(start.page, min(end.page + 1, len(self.sheets))):
            sheet = self.sheets[number]
            stop = end.line if number == end.page else len(sheet.lines)
            begin = start.line if number == start.page else 0
            heads = {
                m.line: m
                for m in inner
                if m.page == number and pdf_text.same(_at(sheet.lines, m.line), m.title)
            }
            self._page_text(sheet.lines[begin:stop], begin, heads, start.title, run)
            if number == end.page and number != start.page:
                # What is left of that page belongs to the next piece, its pictures too.
                break
            links += [link for link in sheet.links if link not in links]
            if sheet.pictures:
                _close(run, pieces)
                alt = ooxml.in_words_of(self.text, PICTURE, number=number + 1)
                pieces += [Picture(member, alt) for member in sheet.pictures]
                sheet.pictures = []
        run += [
            f'<p><a href="{escape(link)}">{escape(link)}</a></p>' for link in links if link.startswith("http")
        ]
        _close(run, pieces)
        return pieces

    def _page_text(
        self, lines: list[str], offset: int, heads: dict[int, _Mark], title: str, run: list[str]
    ) -> None:
        part: list[str] = []
        for n, line in enumerate(lines, offset):
            if n in heads:
                _flow(part, run)
                run.append(f"<h2>{escape(heads[n].title)}</h2>")
            elif not (n == offset and pdf_text.same(line, title)):
                part.append(line)
        _flow(part, run)


def _flow(lines: list[str], run: list[str]) -> None:
    """Lines to paragraphs at the end of the run; the first may go on what the page before left."""
    for number, paragraph in enumerate(pdf_text.paragraphs(lines)):
        last = run[-1] if run and run[-1].startswith("<p>") else ""
        if not number and last and pdf_text.continues(last[3:-4], paragraph):
            run[-1] = f"<p>{pdf_text.join(last[3:-4], escape(paragraph))}</p>"
        else:
            run.append(f"<p>{escape(paragraph)}</p>")
    lines.clear()


def _close(run: list[str], pieces: list[Piece]) -> None:
    if run:
        pieces.append(Text("".join(run)))
        run.clear()


def _at(lines: list[str], n: int) -> str:
    return lines[n] if n < len(lines) else ""


def _is_file(title: str) -> bool:
    """Whether a title is what a program wrote there by itself."""
    return (
        re.search(r"[\\/]|\.\w{2,5}$|^(microsoft |untitled|无标题|title$|document\d*$)", title, re.I)
        is not None
    )


ADAPTER = Pdf()
