"""Word documents: headings become units and pages, the text comes by mammoth, the original is attached.

Owns where a document is cut: the outermost heading level with a deeper one below it opens units, the next one pages (a
level that stands once, at the beginning, is the title). Each page is turned by itself, so that memory follows the
longest chapter and not the book, and its footnotes stand below it. Pictures never pass through mammoth: it is handed
their names. The original stands at the end of the first page, where one finds it before one misses something.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape, unescape

import mammoth
from django.utils.translation import gettext_lazy as _
from lxml import etree

from courses.packs.foreign.markup import Markup
from courses.packs.foreign.office import ooxml
from courses.packs.foreign.office.docx_body import (
    MARK,
    R,
    Simplifier,
    W,
    first_of,
    outline_levels,
    set_heading,
    set_style,
    style_of,
    text_of,
    told_outside,
    without_words,
)
from courses.packs.foreign.office.ooxml import (
    BrokenPart,
    Element,
    Levels,
    Naming,
    Parts,
    attribute,
    first,
    local,
    under,
)
from courses.packs.foreign.outline import Lost, Outline, Page, Text, Unit
from courses.packs.foreign.sources import Source
from courses.packs.problems import Problem, short

_MAX_PAGE_BYTES = 2 * 1024**2  # of XML in one go
_MAX_BLOCKS = 200_000
# A document without any heading is cut for the phone: some ten minutes of reading.
_LONG_PAGE = 5_000
_MAX_HEADING = 200
_IMAGES = ("image", "hdphoto")
_STYLES = "p[style-name='Quote'] => blockquote > p:fresh\np[style-name='Intense Quote'] => blockquote > p:fresh\nu => u"
_NUMERAL = "[一二三四五六七八九十百零〇\\d]{1,4}"
_CHAPTER = re.compile(
    rf"^第\s*{_NUMERAL}\s*[章篇编讲课](?!.*[.…·\s]\d+$).{{0,40}}$|^(单元|模块|项目){_NUMERAL}\b.{{0,40}}$"
)
_SECTION = re.compile(rf"^第\s*{_NUMERAL}\s*节(?!.*[.…·\s]\d+$).{{0,40}}$")
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


@dataclass
class _Draft:
    """A page while it is collected: its heading's place in the document and the blocks below it."""

    key: str
    title: str
    blocks: list[Element] = field(default_factory=list)


class Word:
    """The adapter: see the module."""

    name = "docx"
    label = _("Word 文档")
    extensions = ("docx",)

    def recognises(self, source: Source) -> bool:
        return "wordprocessingml" in ooxml.content_types(source) or "ms-word" in ooxml.content_types(source)

    def inspect(self, source: Source) -> Outline:
        return ooxml.inspected(self.name, source, lambda outline: _Reading(source, outline).read())


class _Reading:
    def __init__(self, source: Source, outline: Outline) -> None:
        self.source, self.outline = source, outline
        self.parts = Parts(source)
        self.naming = Naming(outline)
        self.main = self.parts.main()
        self.relations = self.parts.relations(self.main)
        self.kinds = {relation.kind: relation.target for relation in self.relations.values()}
        styles = self._part("styles")
        self.levels, self.styles = outline_levels(styles)
        self.simple = Simplifier(self.parts, self.naming, source.name)
        self.notes = {kind: self._notes(kind) for kind in ("footnote", "endnote")}
        self.common = {
            "word/styles.xml": _slim_styles(styles, self.styles),
            "word/numbering.xml": _slim_numbering(self._part("numbering")),
        }
        self.seen = ""

    def read(self) -> None:
        ooxml.about(self.parts, self.outline)
        document = self.parts.root(self.main)
        body = first(document, "body")
        if body is None:
            raise BrokenPart(self.main, _("没有正文"))
        self.simple.simplify(body, self.main, self.relations)
        for reference in list(under(body, "footnoteReference", "endnoteReference")):
            notes, _relations = self.notes[local(reference).removesuffix("Reference")]
            parent = reference.getparent()
            if attribute(reference, "id") not in notes and parent is not None:
                parent.remove(reference)
        self._around()
        blocks = list(_blocks(body))[: _MAX_BLOCKS + 1]
        if len(blocks) > _MAX_BLOCKS:
            raise BrokenPart(self.main, _("超过 %(limit)s 段") % {"limit": _MAX_BLOCKS})
        self._cut([(block, *self._heading(block)) for block in blocks])
        for part, address in told_outside(self.simple):
            self.outline.lose(part, self.source.name, "lost_outside", what=address)
        self.naming.close()
        self._attach()
        self.outline.language = ooxml.language_of(self.seen, self.outline.language)

    # -- structure ----------------------------------------------------------------------------------

    def _cut(self, blocks: list[tuple[Element, int, str]]) -> None:
        if not any(level for _, level, _ in blocks):
            blocks = [(block, *_guessed(block)) for block, _, _ in blocks]
        levels = ooxml.levels_of([level for _, level, _ in blocks if level])
        title = self.outline.title or self._called(blocks, levels)
        self.outline.title = title or _stem(self.source.name)
        unit = Unit(self.outline.title)
        draft = _Draft("start", self.outline.title)
        keys: dict[str, int] = {}
        for block, level, words in blocks:
            if level and words and level in (levels.unit, levels.page):
                self._close(unit, draft)
                if level == levels.unit:
                    self._keep(unit)
                    unit = Unit(words)
                draft = _Draft(_key(keys, unit.title, words), words)
                if len(text_of(block)) > _MAX_HEADING:
                    # A whole paragraph that calls itself a heading: the title holds its beginning only.
                    draft.blocks.append(_as_text(block))
                elif first(block, "drawing", "pict", "footnoteReference", "endnoteReference") is not None:
                    draft.blocks.append(without_words(block))
            elif not (level and words == self.outline.title and not draft.blocks):
                if level:
                    set_heading(block, level - (levels.page or 0))
                draft.blocks.append(block)
        self._close(unit, draft)
        self._keep(unit)

    def _keep(self, unit: Unit) -> None:
        if unit.pages:
            self.outline.units.append(unit)

    def _called(self, blocks: list[tuple[Element, int, str]], levels: Levels) -> str:
        """The title as the document shows it: its paragraph of style Title, or the one heading above all others."""
        for block, level, words in blocks[:40]:
            if words and level and level not in (levels.unit, levels.page):
                return words[:200]
            style = self.styles.get(style_of(block), "")
            if local(block) == "p" and re.fullmatch(r"title|标题|標題", style, re.I) and text_of(block):
                return text_of(block)[:200]
        return ""

    def _close(self, unit: Unit, draft: _Draft) -> None:
        """A finished page, or several where the document has no headings to cut it by."""
        if not draft.blocks:
            if draft.key != "start":
                # A heading with nothing below it: its words must not vanish.
                unit.pages.append(Page(draft.key, draft.title, [Text(f"<p>{escape(draft.title)}</p>")]))
            return
        before = len(unit.pages)
        runs: list[list[Element]] = [[]]
        size = 0
        for block in draft.blocks:
            if draft.key == "start" and size > _LONG_PAGE and runs[-1]:
                runs.append([])
                size = 0
            runs[-1].append(block)
            size += len(text_of(block))
        for number, run in enumerate(runs, 1):
            many = len(runs) > 1
            key = f"{draft.key}/{number}" if many else draft.key
            page = Page(key, f"{draft.title}（{number}）" if many else draft.title)
            self._fill(page, run)
            if page.pieces:
                unit.pages.append(page)
        if len(unit.pages) == before and draft.key != "start":
            # Nothing but empty lines below it.
            unit.pages.append(Page(draft.key, draft.title, [Text(f"<p>{escape(draft.title)}</p>")]))

    def _heading(self, block: Element) -> tuple[int, str]:
        if local(block) != "p":
            return 0, ""
        said = attribute(first_of(first_of(block, "pPr"), "outlineLvl"), "val")
        level = int(said) + 1 if said.isdigit() else self.levels.get(style_of(block), 0)
        words = text_of(block)
        return (level, words[:_MAX_HEADING]) if 1 <= level <= 9 and words else (0, "")

    # -- a page's text ------------------------------------------------------------------------------

    def _fill(self, page: Page, blocks: list[Element]) -> None:
        markup = Markup(self.source, self._member, self.outline.lost, path=page.key, title=page.title)
        run: list[bytes] = []
        for block in blocks:
            if self._is_contents(block):
                continue
            run.append(etree.tostring(block, with_tail=False))
            if sum(map(len, run)) > _MAX_PAGE_BYTES:
                page.pieces += markup.pieces(self._html(run, page))
                run = []
        if run:
            page.pieces += markup.pieces(self._html(run, page))

    def _member(self, address: str) -> str | None:
        return address if address in self.source.archive else None

    def _is_contents(self, block: Element) -> bool:
        """The document's own table of contents: units and pages are ours, page numbers mean nothing here."""
        style = self.styles.get(style_of(block), "")
        if re.match(r"(toc|目录)\s*(\d|heading|标题)|目录$", style, re.I):
            self.naming.add(self.main, self.source.name, "lost_contents")
            return True
        return False

    def _html(self, blocks: list[bytes], page: Page) -> str:
        try:
            result = mammoth.convert_to_html(
                self._package(b"".join(blocks)),
                include_embedded_style_map=False,
                external_file_access=False,
                style_map=_STYLES,
                convert_image=mammoth.images.img_element(_named),
            )
        except Exception as error:  # mammoth trusts its input: what it stumbles over is a broken document
            raise BrokenPart(
                self.main, _("“%(title)s”这一部分的写法读不懂") % {"title": page.title}
            ) from error
        for message in result.messages:
            ignored = re.search(r"element was ignored: (?:\{.*\})?(?:\w+:)?(\S+)", message.message)
            if ignored:
                problem = Problem("lost_kind", "", {"what": short(ignored.group(1))})
                ooxml.once(self.outline, Lost(page.key, page.title, problem))
        if len(self.seen) < 20_000:
            self.seen += re.sub(r"<[^>]+>", "", result.value)[:20_000]
        return self._mended(result.value)

    def _mended(self, html: str) -> str:
        """Notes without their jumps (a lesson has no anchors), boxes one can tick as signs, data where its mark is."""
        html = re.sub(r'(?:<p>\s*)?<a href="#[^"]*">↑</a>(?:</p>)?', "", html)
        html = re.sub(r'<a href="#[^"]*"[^>]*>(.*?)</a>', r"\1", html, flags=re.S)
        html = re.sub(r'<ol><li id="(?:foot|end)note', r"<hr/>\g<0>", html, count=1)
        html = re.sub(r"<input[^>]*checked[^>]*>", "☑", html)
        html = re.sub(r"<input[^>]*>", "☐", html)
        html = MARK.sub(lambda found: f"</p>{self.simple.made[int(found.group(1))]}<p>", html)
        return re.sub(r"<p>\s*</p>", "", html)

    def _package(self, body: bytes) -> io.BytesIO:
        """The least Word file that holds these blocks; a picture in it is the name of the real one."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as made:
            made.writestr(ooxml.CONTENT_TYPES, f'<Types xmlns="{_PACKAGE}/content-types"/>')
            for name, data in self.common.items():
                made.writestr(name, data)
            made.writestr("word/document.xml", _wrapped("document", _wrapped("body", body)))
            used = set(re.findall(rb':(?:embed|id)="([^"]+)"', body))
            self._pictures(made, "document", self.relations, used)
            for kind, (notes, relations) in self.notes.items():
                asked = re.findall(rf"{kind}Reference[^>]*:id=\"([^\"]+)\"".encode(), body)
                data = b"".join(notes[key.decode()] for key in dict.fromkeys(asked) if key.decode() in notes)
                made.writestr(f"word/{kind}s.xml", _wrapped(f"{kind}s", data))
                self._pictures(
                    made, f"{kind}s", relations, set(re.findall(rb':(?:embed|id)="([^"]+)"', data))
                )
        out.seek(0)
        return out

    def _pictures(
        self, made: zipfile.ZipFile, part: str, relations: dict[str, ooxml.Relation], used: set[bytes]
    ) -> None:
        rows = []
        for number, (key, relation) in enumerate(relations.items()):
            if key.encode() not in used:
                continue
            target = relation.target
            if not relation.outside and relation.kind in _IMAGES:
                target = f"/i/{part}-{number}.png"
                made.writestr(target[1:], relation.target)
            values = "".join(
                f' {k}="{escape(v)}"'
                for k, v in (("Id", key), ("Target", target), ("Type", f"{R}/{relation.kind}"))
            )
            rows.append(f"<Relationship{values}/>")
        xml = f'<Relationships xmlns="{_PACKAGE}/relationships">{"".join(rows)}</Relationships>'
        made.writestr(f"word/_rels/{part}.xml.rels", xml)

    # -- the parts beside ---------------------------------------------------------------------------

    def _part(self, kind: str) -> Element | None:
        return self.parts.maybe(self.kinds[kind]) if kind in self.kinds else None

    def _notes(self, kind: str) -> tuple[dict[str, bytes], dict[str, ooxml.Relation]]:
        root = self._part(f"{kind}s")
        if root is None:
            return {}, {}
        part = self.kinds[f"{kind}s"]
        relations = self.parts.relations(part)
        self.simple.simplify(root, part, relations)
        for nested in list(under(root, "footnoteReference", "endnoteReference")):
            parent = nested.getparent()
            if parent is not None:
                parent.remove(nested)
        notes = {attribute(e, "id"): etree.tostring(e, with_tail=False) for e in root if local(e) == kind}
        return notes, relations

    def _around(self) -> None:
        """What stands beside the text: comments, headers, footers, and programs' own parts."""
        comments = self._part("comments")
        if comments is not None:
            self.naming.add(
                self.kinds["comments"],
                self.source.name,
                "lost_comments",
                len(list(under(comments, "comment"))),
            )
        for relation in self.relations.values():
            if relation.kind in ("header", "footer") and not relation.outside:
                root = self.parts.maybe(relation.target)
                if root is not None and (
                    text_of(root) or first(root, "blip", "imagedata", "textpath", "txbxContent") is not None
                ):
                    self.naming.add(self.main, self.source.name, "lost_header")

    def _attach(self) -> None:
        if not self.outline.units:
            return
        download = ooxml.original(self.source, self.parts, self.outline, "docx")
        if download is not None:
            self.outline.units[0].pages[0].pieces.append(download)


# -- small things ------------------------------------------------------------------------------------------


def _blocks(parent: Element) -> Iterator[Element]:
    """Paragraphs and tables in order, out of whatever holds them."""
    for child in parent:
        match local(child):
            case "sdt":
                if _is_gallery(child):
                    for inner in under(child, "p"):
                        set_style(inner, "TOC1")
                content = first_of(child, "sdtContent")
                if content is not None:
                    yield from _blocks(content)
            case "customXml" | "ins" | "moveTo" | "smartTag":
                yield from _blocks(child)
            case "p" | "tbl":
                yield child


def _is_gallery(sdt: Element) -> bool:
    return any("table of contents" in attribute(e, "val").lower() for e in under(sdt, "docPartGallery"))


def _guessed(block: Element) -> tuple[int, str]:
    """Chapters and sections of a document that numbers them by hand: 第一章 …, 第二节 …"""
    words = text_of(block) if local(block) == "p" else ""
    if _CHAPTER.match(words):
        return 1, words
    return (2, words) if _SECTION.match(words) else (0, "")


def _as_text(block: Element) -> Element:
    """The block as a paragraph that is no heading."""
    set_style(block, "")
    return block


def _key(taken: dict[str, int], unit: str, words: str) -> str:
    """A page is known by its headings: Word numbers its paragraphs anew at will."""
    path = f"{unit}/{words}"
    taken[path] = taken.get(path, 0) + 1
    return path if taken[path] == 1 else f"{path}#{taken[path]}"


def _stem(name: str) -> str:
    return name.rpartition("/")[2].rpartition(".")[0] or name


def _named(image: mammoth.images.Image) -> dict[str, str]:
    with image.open() as file:
        return {"src": unescape(file.read().decode())}


def _wrapped(name: str, inner: bytes) -> bytes:
    return f'<w:{name} xmlns:w="{W}">'.encode() + inner + f"</w:{name}>".encode()


def _slim_styles(styles: Element | None, names: dict[str, str]) -> bytes:
    rows = [
        f'<w:style w:type="paragraph" w:styleId="{escape(key)}"><w:name w:val="{escape(name)}"/></w:style>'.encode()
        for key, name in names.items()
    ]
    rows += [
        etree.tostring(style, with_tail=False)
        for style in (() if styles is None else under(styles, "style"))
        if attribute(style, "type") == "numbering" and attribute(style, "styleId")
    ]
    return _wrapped("styles", b"".join(rows))


def _slim_numbering(numbering: Element | None) -> bytes:
    """Which lists have numbers; how they look is not kept, and would be read anew for each page."""
    if numbering is None:
        return _wrapped("numbering", b"")
    for level in list(under(numbering, "lvl")):
        for child in list(level):
            if local(child) not in ("numFmt", "pStyle", "start"):
                level.remove(child)
    return _wrapped("numbering", b"".join(etree.tostring(e, with_tail=False) for e in numbering))


ADAPTER = Word()
