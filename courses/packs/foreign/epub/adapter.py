"""EPUB 2 and 3 → lessons in the order of the book, with the titles and the nesting of its table of contents.

Owns container, package and contents of a book; package.py reads them. Refuses books that are locked: encrypted
fonts alone are no lock. What plays along (media overlays, scripts) is named.
"""

from __future__ import annotations

import posixpath
from html import escape

from django.utils.translation import gettext_lazy as _

from courses.packs.foreign.drawings import pictures_in, with_drawings, words_in
from courses.packs.foreign.epub.package import Book, Heading, read_book
from courses.packs.foreign.markup import Markup, beside
from courses.packs.foreign.nesting import Node, units_of
from courses.packs.foreign.outline import Download, Outline, Page, Picture, Piece, Text
from courses.packs.foreign.sources import Source
from courses.packs.foreign.webpages import (
    Leftovers,
    Tree,
    freed,
    leads_only,
    page_text,
    pages_fit,
    titles_of,
    tree_of,
    words_of,
)
from courses.packs.problems import short

CONTAINER = "META-INF/container.xml"
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml")


class Epub:
    name = "epub"
    label = _("EPUB 电子书")
    extensions = ("epub",)

    def recognises(self, source: Source) -> bool:
        return source.kind == "zip" and CONTAINER in source.archive

    def inspect(self, source: Source) -> Outline:
        outline = Outline(self.name)
        book = read_book(source, outline)
        if book is not None:
            _Making(source, outline, book).make()
        return outline


ADAPTER = Epub()


class _Making:
    def __init__(self, source: Source, outline: Outline, book: Book) -> None:
        self.source, self.outline, self.book = source, outline, book
        self.left = Leftovers(source, {*book.machinery, book.package})
        self.tops: list[Node] = []
        self.last: Page | None = None
        self.placed: dict[int, Node] = {}

    def make(self) -> None:
        book, outline = self.book, self.outline
        outline.version, outline.title, outline.language = book.version, book.title, book.language
        outline.authors, outline.licence, outline.summary = tuple(book.authors), book.rights, book.summary
        named = _named(book.contents)
        if not pages_fit(self.source, [member for member, _ in book.spine], outline):
            return
        top: Heading | None = None
        for member, kind in book.spine:
            heading, above = named.get(member, (None, None))
            top = above or top
            self._take(member, kind, heading, top)
        outline.units = units_of(self.tops, book.title)
        self._original()
        if book.overlays:
            outline.lose(book.overlays[0], "Media Overlays", "lost_kind", what="Media Overlays")
        self.left.tell(
            outline, [n for n in self.source.names if not n.startswith("META-INF/") and n != "mimetype"]
        )

    # -- pages --------------------------------------------------------------------------------------

    def _take(self, member: str, kind: str, heading: Heading | None, top: Heading | None) -> None:
        self.left.used.add(member)
        key = posixpath.relpath(member, posixpath.dirname(self.book.package) or ".")
        if kind in _PICTURES:
            title = heading.title if heading else posixpath.basename(member)
            self._place(Page(key, title, self._pictures([Picture(member, title)], key, title)), heading, top)
            return
        text = page_text(self.source, member, self.outline) if member in self.source.archive else None
        tree = tree_of(text or "")
        if tree is None:
            if member not in self.source.archive:
                self.outline.lose(key, heading.title if heading else key, "lost_missing", name=short(member))
            return
        own, head = titles_of(tree)
        title = heading.title if heading else head or own or posixpath.splitext(posixpath.basename(member))[0]
        if member in self.book.machinery:
            if _only_contents(tree):
                return
        elif leads_only(tree, beside(member, self.source)):
            self.outline.lose(key, title, "lost_contents")
            return
        pieces = self._pieces(tree, text or "", member, key, title)
        if heading is None and not head and self.last is not None and pieces:
            # Tools cut long chapters: a file without a name of its own goes on with the one before.
            self.last.pieces += pieces
            return
        self._place(Page(key, title, pieces), heading, top)

    def _pieces(self, tree: Tree, text: str, member: str, key: str, title: str) -> list[Piece]:
        self.left.sheet(member, text)
        for switch in list(tree.iter("switch")):
            # Other ways to say the same: every reader knows the default.
            if switch.find("default") is not None:
                for case in switch.findall("case"):
                    case.drop_tree()
                switch.find("default").drop_tag()
                switch.drop_tag()
        resolve = with_drawings(beside(member, self.source), text, tree, self.source)
        made = freed(tree, resolve)
        if made.scripts:
            self.outline.lose(key, title, "lost_script", found="<script>")
        if made.formulas:
            self.outline.lose(key, title, "lost_kind", what="MathML")
        markup = Markup(self.source, resolve, self.outline.lost, path=key, title=title)
        pieces = markup.pieces(made.html)
        self.left.used.update(markup.used)
        return self._pictures(pieces, key, title)

    def _pictures(self, pieces: list[Piece], key: str, title: str) -> list[Piece]:
        """The same pieces; an SVG that only holds pictures of the book gives way to these."""
        found: list[Piece] = []
        for piece in pieces:
            if isinstance(piece, Picture) and piece.file.lower().endswith(".svg"):
                found += self._drawn(piece, key, title)
            else:
                found.append(piece)
        return found

    def _drawn(self, picture: Picture, key: str, title: str) -> list[Piece]:
        inside = pictures_in(picture.file, self.source)
        if inside is None:
            return [picture]
        if not inside:
            self.outline.lose(key, title, "lost_kind", what="SVG")
        self.left.used.update(inside)
        found: list[Piece] = [Picture(name, picture.alt) for name in inside]
        if words := words_in(picture.file, self.source):
            # Its pictures come in apart from what is written over them.
            if inside:
                self.outline.lose(key, title, "lost_kind", what="SVG")
            found.append(Text("".join(f"<p>{escape(line)}</p>" for line in words.split("\n"))))
        return found

    def _place(self, page: Page, heading: Heading | None, top: Heading | None) -> None:
        """Below the unit its heading stands in; what comes before any heading stands by itself."""
        self.last = page
        if top is None:
            self.tops.append(Node(page.title, page))
            return
        node = self.placed.get(id(top))
        if node is None:
            node = self.placed[id(top)] = Node(top.title)
            self.tops.append(node)
            if heading is top:
                node.page = page
                return
        node.below.append(Node(page.title, page))

    def _original(self) -> None:
        if not self.outline.units:
            return
        name = posixpath.basename(self.source.name)
        with open(self.source.path, "rb") as whole:
            member = self.source.keep(name if "." in name else f"{name}.epub", whole)
        self.left.used.add(member)
        self.outline.units[-1].pages.append(Page("original", name, [Download(member, name)]))


def _only_contents(tree: Tree) -> bool:
    """Take the contents out of the page that holds them; whether nothing but headings is left."""
    for nav in list(tree.iter("nav")):
        nav.drop_tree()
    body = tree.find("body")
    headed = sum(len(words_of(one)) for one in tree.iter("h1", "h2", "h3"))
    return body is None or len(words_of(body).replace(" ", "")) <= headed


def _named(contents: list[Heading]) -> dict[str, tuple[Heading, Heading]]:
    """The first heading of each file, and the top one above it."""
    found: dict[str, tuple[Heading, Heading]] = {}
    rest = [(heading, heading) for heading in reversed(contents)]
    while rest:
        heading, top = rest.pop()
        if heading.member:
            found.setdefault(heading.member, (heading, top))
        rest += [(below, top) for below in reversed(heading.below)]
    return found
