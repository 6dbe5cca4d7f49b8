"""Presentations: each slide a heading with its text, tables, pictures and notes below, some ten slides a lesson.

Owns how a deck reads on a phone: a page is a section of the deck, and where that is long or there is none, runs of at
most ten slides (some five minutes), all about equally long. Slides come in the order of their shapes, which is the
order a screen reader takes. A chart is its data, a SmartArt diagram its words, speaker notes stand under the slide.
Hidden slides stay out. Reads the XML itself: nothing but text is ever in memory, films of a gigabyte do not matter.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from courses.packs import sniff
from courses.packs.foreign.office import ooxml
from courses.packs.foreign.office.docx_body import first_of
from courses.packs.foreign.office.ooxml import (
    BrokenPart,
    Element,
    Naming,
    Parts,
    Relation,
    attribute,
    first,
    local,
    under,
)
from courses.packs.foreign.office.pptx_text import flat, place, relation_id, said, table_html, text_html
from courses.packs.foreign.outline import Download, Film, Outline, Page, Picture, Piece, Text, Unit
from courses.packs.foreign.sources import Source
from courses.packs.problems import short

NOTES = gettext_noop("讲解备注")
PICTURE = gettext_noop("第 {number} 张幻灯片里的图片")
SLIDES_A_PAGE = 10
_LONG_SECTION = 15
_MAX_SLIDES = 2_000
_MAX_DEPTH = 30
_REPEATED = 5
# Places on a slide that say nothing of it: the date, the footer, its number.
_FURNITURE = ("dt", "ftr", "sldNum", "hdr")
_TITLES = ("title", "ctrTitle")


@dataclass
class _Slide:
    key: str
    number: int
    part: str
    title: str = ""
    pieces: list[Piece] = field(default_factory=list)
    behind: list[str] = field(default_factory=list)


class Slides:
    """The adapter: see the module."""

    name = "pptx"
    label = _("PowerPoint 演示文稿")
    extensions = ("pptx", "ppsx")

    def recognises(self, source: Source) -> bool:
        types = ooxml.content_types(source)
        return "presentationml" in types or "ms-powerpoint" in types

    def inspect(self, source: Source) -> Outline:
        return ooxml.inspected(self.name, source, lambda outline: _Reading(source, outline).read())


class _Reading:
    def __init__(self, source: Source, outline: Outline) -> None:
        self.source, self.outline = source, outline
        self.parts = Parts(source)
        self.naming = Naming(outline)
        self.main = self.parts.main()
        self.seen = ""

    def read(self) -> None:
        ooxml.about(self.parts, self.outline)
        root = self.parts.root(self.main)
        relations = self.parts.relations(self.main)
        slides: dict[str, _Slide] = {}
        listed = first_of(root, "sldIdLst")
        for number, item in enumerate(() if listed is None else listed, 1):
            relation = relations.get(relation_id(item))
            if relation is None or number > _MAX_SLIDES:
                self.outline.lose(self.main, str(number), "lost_missing", name=f"slide {number}")
                continue
            slide = self._slide(_Slide(item.get("id") or str(number), number, relation.target))
            if slide is not None:
                slides[slide.key] = slide
        self.outline.title = self.outline.title or _first_title(slides) or self.source.name.rpartition(".")[0]
        self._once(slides)
        self._behind(slides)
        self.outline.language = ooxml.language_of(self.seen, self.outline.language)
        unit = Unit(self.outline.title, list(self._pages(root, slides)))
        if any(page.pieces for page in unit.pages):
            self.outline.units.append(unit)
            download = ooxml.original(self.source, self.parts, self.outline, "pptx")
            unit.pages[0].pieces += [download] if download is not None else []
        self.naming.close()

    # -- pages --------------------------------------------------------------------------------------

    def _pages(self, root: Element, slides: dict[str, _Slide]) -> Iterator[Page]:
        for name, group in _sections(root, slides):
            parts = _evenly(group, _LONG_SECTION if name else SLIDES_A_PAGE)
            for n, part in enumerate(parts, 1):
                title = name or part[0].title or self.outline.title
                if len(parts) > 1:
                    title = f"{title}（{n}）" if name else f"{part[0].number}–{part[-1].number} {title}"
                page = Page(part[0].key, short(title, 190))
                for slide in part:
                    page.pieces += slide.pieces
                yield page

    def _once(self, slides: dict[str, _Slide]) -> None:
        """A logo that stands on every slide is shown where it comes first."""
        counts = Counter(
            f for s in slides.values() for f in {p.file for p in s.pieces if isinstance(p, Picture)}
        )
        for file, count in counts.items():
            if count < _REPEATED or count * 2 < len(slides):
                continue
            self.outline.lose(file, file.rpartition("/")[2], "lost_repeated")
            met = False
            for slide in slides.values():
                kept = [p for p in slide.pieces if not (met and isinstance(p, Picture) and p.file == file)]
                met = met or any(isinstance(p, Picture) and p.file == file for p in kept)
                slide.pieces = kept

    def _behind(self, slides: dict[str, _Slide]) -> None:
        """Words and pictures that layouts and masters put behind the slides."""
        asked = list(dict.fromkeys(target for slide in slides.values() for target in slide.behind))
        for part in asked:
            try:
                masters = [r.target for r in self.parts.relations(part).values() if r.kind == "slideMaster"]
                root = self.parts.maybe(part)
            except BrokenPart as error:
                reason = f"{error.args[0]}: {error.args[1]}"
                self.outline.lose(part, part.rpartition("/")[2], "lost_file", reason=reason)
                continue
            # The list grows while it is read: masters stand behind layouts.
            asked += [target for target in masters if target not in asked]
            for shape in () if root is None else under(root, "sp", "pic"):
                if first(shape, "ph") is not None:
                    continue
                words = flat(shape) if local(shape) == "sp" else said(shape)
                if words:
                    self.outline.lose(part, short(words, 120), "lost_header", count=1)
                elif first(shape, "blip") is not None:
                    self.naming.add(part, self.source.name, "lost_header")

    # -- a slide ------------------------------------------------------------------------------------

    def _slide(self, slide: _Slide) -> _Slide | None:
        """The slide with its pieces, or None where it is hidden or broken (named)."""
        try:
            root = self.parts.root(slide.part)
            relations = self.parts.relations(slide.part)
        except BrokenPart as error:
            self.outline.lose(
                slide.part, f"{slide.number}", "lost_file", reason=f"{error.args[0]}: {error.args[1]}"
            )
            return None
        tree = first(root, "spTree")
        title = next((flat(s) for s in under(root, "sp") if place(s) in _TITLES and flat(s)), "")
        slide.title = title[:200]
        self.seen += title
        named = f"{slide.number} {title}".strip()
        if root.get("show") in ("0", "false"):
            self.outline.lose(slide.part, named, "lost_hidden")
            return None
        made = _Shapes(self, slide, relations, named)
        if tree is not None:
            made.walk(tree, 0)
        heading = f"<h2>{escape(title) or slide.number}</h2>"
        slide.pieces = (
            [Text(heading + made.taken()), *made.pieces] if not made.pieces else made.joined(heading)
        )
        slide.behind = [r.target for r in relations.values() if r.kind == "slideLayout" and not r.outside]
        self._beside(root, relations, slide, named)
        self._notes(relations, slide)
        return slide

    def _beside(self, root: Element, relations: dict[str, Relation], slide: _Slide, named: str) -> None:
        if first(root, "timing", "transition") is not None:
            self.naming.add(self.main, self.source.name, "lost_animation")
        background = first(root, "bg")
        if background is not None and first(background, "blip") is not None:
            self.naming.add(self.main, self.source.name, "lost_background")
        for relation in relations.values():
            if relation.kind == "comments" and not relation.outside:
                comments = self.parts.maybe(relation.target)
                count = 0 if comments is None else sum(1 for e in under(comments, "cm"))
                self.naming.add(relation.target, named, "lost_comments", count)

    def _notes(self, relations: dict[str, Relation], slide: _Slide) -> None:
        for relation in relations.values():
            if relation.kind != "notesSlide" or relation.outside:
                continue
            root = self.parts.maybe(relation.target)
            for shape in () if root is None else under(root, "sp"):
                if place(shape) in ("hdr", "ftr") and flat(shape):
                    self.naming.add(self.main, self.source.name, "lost_header")
            bodies = [] if root is None else [s for s in under(root, "sp") if place(s) == "body" and flat(s)]
            if bodies:
                inner = "".join(text_html(body, {}, listed=False) for body in bodies)
                words = ooxml.in_words_of(re.sub(r"<[^>]+>", "", inner), NOTES)
                head = f"<p><strong>{escape(words)}</strong></p>"
                slide.pieces.append(Text(f"<blockquote>{head}{inner}</blockquote>"))


class _Shapes:
    """Walks the shapes of one slide; text gathers until something that is no text comes after it."""

    def __init__(self, reading: _Reading, slide: _Slide, relations: dict[str, Relation], named: str) -> None:
        self.reading, self.slide, self.relations, self.named = reading, slide, relations, named
        self.pieces: list[Piece] = []
        self.html = ""

    def taken(self) -> str:
        html, self.html = self.html, ""
        return html

    def joined(self, heading: str) -> list[Piece]:
        """Everything in order below the heading."""
        self._flush()
        start = self.pieces[0]
        if isinstance(start, Text):
            return [Text(heading + start.html), *self.pieces[1:]]
        return [Text(heading), *self.pieces]

    def walk(self, parent: Element, depth: int) -> None:
        for child in parent:
            match local(child):
                case "AlternateContent":
                    kinds = {local(option): option for option in reversed(child)}
                    chosen = kinds.get("Choice")
                    if chosen is None or first(chosen, "sp", "pic", "chart", "tbl", "oleObj") is None:
                        chosen = kinds.get("Fallback", chosen)
                    if chosen is not None and depth < _MAX_DEPTH:
                        self.walk(chosen, depth + 1)
                case "grpSp" if depth < _MAX_DEPTH:
                    self.walk(child, depth + 1)
                case "sp":
                    self._shape(child)
                case "pic":
                    self._picture(child)
                case "graphicFrame":
                    self._frame(child, depth)
                case "contentPart" | "cxnSp":
                    self._name("lost_drawing")

    def _shape(self, shape: Element) -> None:
        kind = place(shape)
        if kind in _FURNITURE:
            if kind in ("ftr", "hdr") and flat(shape):
                self._name("lost_header", deck=True)
            return
        if kind in _TITLES and flat(shape) == self.slide.title:
            return
        formulas = sum(1 for _ in under(shape, "oMath"))
        if formulas:
            self._name("lost_formula", formulas)
        html = text_html(shape, self.relations, listed=kind in ("body", "obj", ""))
        if html:
            self._text(html)
        blip = first(shape, "blip")
        if blip is not None:
            self._blip(blip, shape)
        elif not html and not kind:
            self._name("lost_drawing")

    def _picture(self, picture: Element) -> None:
        media = list(under(picture, "videoFile", "audioFile", "media", "wavAudioFile", "quickTimeFile"))
        if media and self._media(picture, media):
            return
        blip = first(picture, "blip")
        if blip is not None:
            self._blip(blip, picture)

    def _media(self, picture: Element, media: list[Element]) -> bool:
        found = [self.relations.get(relation_id(e)) for e in media]
        inside = next((r for r in found if r is not None and not r.outside), None)
        if inside is None:
            for relation in found:
                if relation is not None:
                    self.reading.outline.lose(
                        self.slide.part, self.named, "lost_outside", what=short(relation.target)
                    )
            return False
        blip = first(picture, "blip")
        poster = self.relations.get(relation_id(blip)) if blip is not None else None
        title = said(picture) or self.slide.title or inside.target.rpartition("/")[2]
        self._flush()
        if self._kind(inside.target) in sniff.VIDEOS:
            has_poster = (
                poster is not None and not poster.outside and self._kind(poster.target) in sniff.IMAGES
            )
            self.pieces.append(
                Film(inside.target, title, poster=poster.target if poster and has_poster else "")
            )
        else:
            self.pieces.append(Download(inside.target, inside.target.rpartition("/")[2]))
        return True

    def _kind(self, member: str) -> str:
        return sniff.kind_of(self.reading.source.start(member) or b"")

    def _blip(self, blip: Element, shape: Element) -> None:
        relation = self.relations.get(relation_id(blip))
        if relation is None:
            return
        if relation.outside:
            self.reading.outline.lose(
                self.slide.part, self.named, "lost_outside", what=short(relation.target)
            )
            return
        self._flush()
        words = said(shape) or ooxml.in_words_of(self.reading.seen, PICTURE, number=self.slide.number)
        self.pieces.append(Picture(relation.target, words))

    def _frame(self, frame: Element, depth: int) -> None:
        table, chart, diagram = first(frame, "tbl"), first(frame, "chart"), first(frame, "relIds")
        thing = first(frame, "oleObj")
        if table is not None:
            words = said(frame)
            self._text((f"<p>{escape(words)}</p>" if words else "") + table_html(table, self.relations))
        elif chart is not None:
            self._data(chart, "id", ooxml.chart_html, "lost_chart")
        elif diagram is not None:
            self._data(diagram, "dm", ooxml.diagram_html, "lost_diagram")
        elif thing is not None:
            program = thing.get("progId") or ""
            self._name("lost_formula_object" if program.startswith("Equation") else "lost_object")
            # Its looks are a picture inside it.
            for picture in under(thing, "pic"):
                self._picture(picture)
        elif depth < _MAX_DEPTH:
            self.walk(frame, depth + 1)

    def _data(self, element: Element, key: str, made_of: object, code: str) -> None:
        relation = self.relations.get(attribute(element, key))
        self._name(code)
        if relation is None or relation.outside or not callable(made_of):
            return
        try:
            self._text(made_of(self.reading.parts.root(relation.target)))
        except BrokenPart as error:
            self.reading.outline.lose(error.args[0], self.named, "lost_file", reason=f"{error.args[1]}")

    def _text(self, html: str) -> None:
        self.html += html
        if len(self.reading.seen) < 20_000:
            self.reading.seen += re.sub(r"<[^>]+>", "", html)

    def _flush(self) -> None:
        if self.html:
            self.pieces.append(Text(self.taken()))

    def _name(self, code: str, count: int = 1, *, deck: bool = False) -> None:
        place = (self.reading.main, self.reading.source.name) if deck else (self.slide.part, self.named)
        self.reading.naming.add(*place, code, count)


# -- structure ---------------------------------------------------------------------------------------------


def _sections(root: Element, slides: dict[str, _Slide]) -> list[tuple[str, list[_Slide]]]:
    """Sections of the deck with their slides; what stands in none (or in a deck without) has no name."""
    named: dict[str, str] = {}
    order: list[tuple[str, list[_Slide]]] = []
    for section in under(root, "section"):
        for item in under(section, "sldId"):
            named[item.get("id") or ""] = section.get("name") or ""
    for slide in slides.values():
        name = named.get(slide.key, "")
        if not order or order[-1][0] != name:
            order.append((name, []))
        order[-1][1].append(slide)
    return order


def _evenly(slides: list[_Slide], most: int) -> list[list[_Slide]]:
    """Runs of at most `most` slides (SLIDES_A_PAGE where it has to be cut), no last one of two."""
    if len(slides) <= most:
        return [slides]
    count = -(-len(slides) // SLIDES_A_PAGE)
    bounds = [len(slides) * n // count for n in range(count + 1)]
    return [slides[a:b] for a, b in pairwise(bounds)]


def _first_title(slides: dict[str, _Slide]) -> str:
    return next((slide.title for slide in slides.values() if slide.title), "")


ADAPTER = Slides()
