"""One resource of a cartridge → pieces of a lesson: pages, files, links, discussions, assignments, quizzes.

Owns the addresses that only cartridges write ($IMS-CC-FILEBASE$, $WIKI_REFERENCE$ …) and what of each kind of resource
has a place here; the rest is named. Refuses to decide which resources are lessons and in what order (adapter.py).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from html import escape
from typing import Any
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from django.utils.translation import gettext as _

from courses.packs.foreign.cartridge.canvas import Canvas
from courses.packs.foreign.cartridge.manifest import Places, Resource
from courses.packs.foreign.markup import Markup, Resolve, decoded
from courses.packs.foreign.outline import (
    Download,
    Exercise,
    Film,
    Outline,
    Picture,
    Piece,
    Quiz,
    Subtitle,
    Text,
)
from courses.packs.foreign.qti12.reader import Assessment, read_assessment
from courses.packs.foreign.sources import Source
from courses.packs.foreign.webpages import (
    FILMS,
    MAX_PAGE_BYTES,
    Tree,
    extension,
    freed,
    is_page,
    page_text,
    titles_of,
    tree_of,
)
from courses.packs.foreign.xmltree import BrokenXML, child, children, line, local, parsed, said
from courses.packs.problems import short

_TOKEN = re.compile(
    r"^\$(?:(?:IMS|1EDTECH)[-_]CC[-_](FILEBASE)|(WIKI|CANVAS_OBJECT|CANVAS_COURSE)_REFERENCE)\$/?(.*)$",
    re.I | re.S,
)
_MEDIA = re.compile(r"media_(?:objects|comment|attachments)\w*/((?:m-)?[A-Za-z0-9]+)")
_FIGURE = re.compile(
    r"<figure>\s*<span\s*(?:/>|></span>)\s*<figcaption>((?:(?!</?fig).)*)</figcaption>\s*</figure>\s*$", re.S
)
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_WEB = re.compile(r"^(?:https?://|mailto:)", re.I)
PICTURES = ("png", "jpg", "jpeg", "gif", "webp", "svg")
_CAPTIONS = ("vtt", "srt")


class Parts:
    """`used` are members that came in or were named; `led` what pages lead to, in order: resources by their id,
    members by their name."""

    def __init__(
        self, source: Source, outline: Outline, places: Places, canvas: Canvas, resources: dict[str, Resource]
    ) -> None:
        self.source, self.outline, self.places = source, outline, places
        self.canvas, self.resources = canvas, resources
        self.used: set[str] = set()
        self.led: dict[str, None] = {}
        # Items of the tree, by their identifiers: pages lead to modules and their items, too.
        self.items: dict[str, str] = {}
        self.home = {r.file: key for key, r in reversed(resources.items()) if r.file}
        self.media = {posixpath.basename(n).rpartition(".")[0]: n for n in source.names if "media" in n}

    def of(self, key: str, title: str) -> list[Piece]:
        """The pieces of a resource; what of it does not come in is named in the outline."""
        resource = self.resources[key]
        self.claim(resource)
        if resource.kind in ("webcontent", "associated"):
            return self._content(resource, title)
        if resource.kind in ("imswl", "imsdt", "assignment") or resource.kind.startswith("qti/"):
            if not resource.file:
                self.outline.lose(resource.place, title, "lost_missing", name=short(resource.place))
                return []
            root = self._document(resource.file, title)
            if root is None:
                return []
            if resource.kind == "imswl":
                return self._link(root, resource, title)
            if resource.kind == "imsdt":
                return self._topic(root, resource, title)
            if resource.kind == "assignment":
                return self._assignment(root, resource, title)
            return self._quiz(root, resource, title)
        if resource.kind.startswith("imsbasiclti"):
            self.outline.lose(resource.place, title, "lost_tool")
        else:
            self.outline.lose(resource.place, title, "lost_kind", what=short(resource.kind))
        return []

    def claim(self, resource: Resource) -> None:
        """Count a resource's own file, and what only describes it, among what has been dealt with."""
        self.used.add(resource.file)
        if not is_page(resource.file) and resource.kind != "webcontent":
            self.used.update(resource.files)
        for need in (self.resources.get(id_) for id_ in resource.needs):
            if need is not None and need.kind == "associated":
                self.used.update(name for name in need.files if extension(name) in ("xml", "qti"))

    # -- pages and files ----------------------------------------------------------------------------

    def _content(self, resource: Resource, title: str) -> list[Piece]:
        if not resource.file:
            self.outline.lose(resource.place, title, "lost_missing", name=short(resource.place))
            return []
        if resource.assigns:
            self.used.update(resource.files)
            self.outline.lose(resource.file, title, "lost_kind", what=_("作业"))
        return self.member(resource.file, title, self.canvas.names.get(resource.id, ""))

    def member(self, name: str, title: str, shown: str = "") -> list[Piece]:
        """A file of the pack as pieces of a lesson."""
        self.used.add(name)
        if is_page(name):
            text = page_text(self.source, name, self.outline)
            return [] if text is None else self.markup(text, name, title)
        if extension(name) in PICTURES:
            return [Picture(name, title)]
        if extension(name) in FILMS:
            return [self._film(Film(name, title))]
        if extension(name) == "h5p":
            return [Exercise(name, title)]
        shown, kind = shown or title or posixpath.basename(name), extension(name)
        return [Download(name, shown if extension(shown) == kind else f"{shown}.{kind}")]

    def markup(self, html: str, member: str, title: str) -> list[Piece]:
        """HTML that stood in `member`, taken apart."""
        # A broken page may bring characters that no document may hold.
        tree = tree_of(_UNFIT.sub("", html))
        if tree is None:
            return []
        _formulas(tree)
        resolve = self._resolve(posixpath.dirname(member))
        made = freed(tree, resolve)
        if made.scripts:
            self.outline.lose(member, title, "lost_script", found="<script>")
        markup = Markup(self.source, resolve, self.outline.lost, path=member, title=title)
        pieces = [self._own(piece) for piece in markup.pieces(made.html)]
        self.used.update(markup.used)
        return _captioned(pieces)

    def _own(self, piece: Piece) -> Piece:
        if isinstance(piece, Download) and extension(piece.file) == "h5p":
            return Exercise(piece.file, piece.name.removesuffix(".h5p"))
        return self._film(piece) if isinstance(piece, Film) else piece

    def _film(self, film: Film) -> Film:
        """A film with the captions that Canvas keeps elsewhere, or that lie beside it under its own name."""
        there = [Subtitle(t.file, t.lang) for t in self.canvas.tracks.get(film.file, ())]
        if not film.subtitles and not there:
            stem = film.file.rpartition(".")[0]
            beside = (self.places.folded.get(f"{stem}.{kind}".casefold()) for kind in _CAPTIONS)
            there = [Subtitle(name, self.outline.language or "und") for name in beside if name]
        self.used.update(subtitle.file for subtitle in there)
        return Film(film.file, film.title, (*film.subtitles, *there), film.poster, film.transcript)

    # -- addresses ----------------------------------------------------------------------------------

    def _resolve(self, folder: str) -> Resolve:
        def resolve(address: str) -> str | None:
            found = self._meant(address.strip(), folder)
            if found is not None and is_page(found):
                self.led[self.home.get(found, found)] = None
            return found

        return resolve

    def _meant(self, address: str, folder: str) -> str | None:
        media = _MEDIA.search(address)
        if media and media.group(1) in self.media:
            return self.media[media.group(1)]
        token = _TOKEN.match(unquote(re.split(r"[?#]", address, maxsplit=1)[0]))
        if token is None:
            if re.match(r"^(?:[a-z][a-z0-9+.-]*:)?//|^[a-z][a-z0-9+.-]*:", address, re.I):
                return None
            return self.places.member(address, folder)
        base, rest = self.places.base, token.group(3)
        if token.group(1):
            tried = (posixpath.join(base, "web_resources"), base, folder)
            found = next((m for place in tried if (m := self.places.member(rest, place))), None)
            return found or self.places.alone(rest)
        name = rest.rstrip("/").rpartition("/")[2]
        if (token.group(2) or "").upper() == "WIKI":
            page = self.places.member(f"{name}.html", posixpath.join(base, "wiki_content"))
            return page or self._led(name)
        if "file_ref/" in rest:
            name = rest.partition("file_ref/")[2].partition("/")[0]
        return self._led(name)

    def _led(self, key: str) -> str | None:
        """Where a reference to a resource leads. What is a lesson of its own answers with the name of a page, so that
        the words of the link stay and nothing is taken for a file to download."""
        key = self.items.get(key) or key
        resource = self.resources.get(key)
        if resource is None:
            return f"{key}.html" if key in self.items else None
        if resource.kind == "webcontent" and not is_page(resource.file):
            return resource.file or None
        self.led[key] = None
        return f"{key}.html"

    # -- documents ----------------------------------------------------------------------------------

    def _document(self, member: str, title: str) -> Element | None:
        try:
            return parsed(self.source.text(member))
        except BrokenXML as error:
            self.outline.lose(member, title, "lost_file", reason=str(error))
            return None

    def _link(self, root: Element, resource: Resource, title: str) -> list[Piece]:
        found = child(root, "url")
        address = "" if found is None else (found.get("href", "") or found.text or "").strip()
        return self.link(address, title or said(root, "title"), resource.file)

    def link(self, address: str, title: str, path: str) -> list[Piece]:
        """A lesson that is nothing but the address of another site."""
        if not _WEB.match(address):
            self.outline.lose(path, title, "lost_link", what=short(address))
            return []
        return [Text(f'<p><a href="{escape(address)}">{escape(title or address)}</a></p>')]

    def _topic(self, root: Element, resource: Resource, title: str) -> list[Piece]:
        meta = next(self._descriptions(resource), None)
        announced = said(meta, "type") == "announcement"
        self.outline.lose(resource.file, title, "lost_kind", what=_("公告") if announced else _("讨论"))
        return [] if announced else self._worded(root, resource, title)

    def _assignment(self, root: Element, resource: Resource, title: str) -> list[Piece]:
        self.outline.lose(resource.file, title, "lost_kind", what=_("作业"))
        return self._worded(root, resource, title)

    def _worded(self, root: Element, resource: Resource, title: str) -> list[Piece]:
        """The text of a topic or an assignment, and what is attached to it."""
        text = child(root, "text")
        words = "" if text is None else "".join(text.itertext())
        if text is not None and text.get("texttype", "text/html").lower() == "text/plain":
            words = escape(words).replace("\n", "<br>")
        pieces = self.markup(words, resource.file, title) if words.strip() else []
        resolve = self._resolve(posixpath.dirname(resource.file))
        for attachment in children(child(root, "attachments"), "attachment"):
            address = attachment.get("href", "")
            member = resolve(address) or self.places.member(address, self.places.base)
            if member is None:
                self.outline.lose(resource.file, title, "lost_missing", name=short(address))
            else:
                pieces += self.member(member, title) if not is_page(member) else []
        return pieces

    def _descriptions(self, resource: Resource) -> Iterator[Element]:
        """The documents in which Canvas says more of a resource."""
        for need in (self.resources.get(id_) for id_ in resource.needs):
            if need is not None and need.kind == "associated" and extension(need.file) == "xml":
                try:
                    yield parsed(self.source.text(need.file))
                except BrokenXML:
                    continue

    # -- quizzes ------------------------------------------------------------------------------------

    def _quiz(self, root: Element, resource: Resource, title: str) -> list[Piece]:
        before = self.outline.lost.total
        made = self.assessment(root, resource, title)
        pieces: list[Piece] = []
        meta = next(self._descriptions(resource), None)
        if meta is not None:
            about = child(meta, "description")
            words = "" if about is None else "".join(about.itertext())
            pieces += self.markup(words, resource.file, title) if words.strip() else []
        for html in made.texts:
            pieces += self.markup(html, resource.file, title)
        if not made.questions:
            if not pieces and self.outline.lost.total == before:
                self.outline.lose(resource.file, title, "lost_empty")
            return pieces
        for what in _limits(root, meta):
            self.outline.lose(resource.file, title, "lost_setting", what=what)
        return [*pieces, Quiz(title, tuple(made.questions), made.pass_percent)]

    def assessment(self, root: Element, resource: Resource, title: str) -> Assessment:
        """The questions of a quiz and of the banks it draws on; of Canvas, from the document that holds all of them."""
        full = f"{self.places.base}non_cc_assessments/{resource.id}.xml.qti"
        if full in self.source.archive:
            try:
                root = parsed(self.source.text(full))
                self.used.add(full)
            except BrokenXML as error:
                self.outline.lose(full, title, "lost_file", reason=str(error))
        made = self._read(root, resource.file, title)
        for bank in dict.fromkeys(made.banks):
            found = self._bank(bank)
            if found is None:
                self.outline.lose(resource.file, title, "lost_missing", name=short(bank))
            else:
                made.questions += self._read(found, resource.file, title).questions
        return made

    def _read(self, root: Element, path: str, title: str) -> Assessment:
        resolve = self._resolve(posixpath.dirname(path))

        def lose(item: str, code: str, /, **params: Any) -> None:
            self.outline.lose(path, item or title, code, **params)

        def picture(address: str) -> None:
            if member := resolve(address):
                self.used.add(member)

        def keep(item: str, kind: str, source: Element) -> None:
            self.outline.keep(path, item or title, kind, source)

        return read_assessment(root, lose, picture, keep)

    def _bank(self, id_: str) -> Element | None:
        resource = self.resources.get(id_)
        member = resource.file if resource else f"{self.places.base}non_cc_assessments/{id_}.xml.qti"
        try:
            root = parsed(self.source.text(member))
        except BrokenXML:
            return None
        self.used.add(member)
        return root

    def title_of(self, resource: Resource) -> str:
        """What a resource calls itself, for one that no item names."""
        named = self.canvas.names.get(resource.id)
        member = resource.file
        if named or not member or (resource.kind == "webcontent" and not is_page(member)):
            return named or posixpath.basename(resource.place)
        if is_page(member):
            tree = tree_of(decoded(self.source.text(member, MAX_PAGE_BYTES) or b""))
            return (line(titles_of(tree)[0]) if tree is not None else "") or posixpath.basename(member)
        try:
            root = parsed(self.source.text(member, MAX_PAGE_BYTES))
        except BrokenXML:
            return posixpath.basename(member)
        return line(said(root, "title") or _titled(root)) or posixpath.basename(member)


def _titled(root: Element) -> str:
    for element in root.iter():
        if local(element) in ("assessment", "objectbank") and element.get("title"):
            return element.get("title", "")
        if local(element) == "qtimetadatafield" and said(element, "fieldlabel") == "bank_title":
            return said(element, "fieldentry")
    return ""


def _limits(root: Element, meta: Element | None) -> list[str]:
    """Limits of a quiz that have no place here."""
    found = {"time": said(meta, "time_limit"), "tries": said(meta, "allowed_attempts")}
    for element in root.iter():
        name = local(element)
        if name in ("section", "item"):
            break
        if name == "qtimetadatafield":
            label, entry = said(element, "fieldlabel"), said(element, "fieldentry")
            key = {"qmd_timelimit": "time", "cc_maxattempts": "tries"}.get(label, "")
            if key and not found[key]:
                found[key] = entry
    limits = []
    if found["time"].isdecimal() and int(found["time"]):
        limits.append(_("限时 %(minutes)s 分钟") % {"minutes": found["time"]})
    if found["tries"].isdecimal() and int(found["tries"]):
        limits.append(_("可答次数 %(count)s") % {"count": found["tries"]})
    return limits


def _captioned(pieces: list[Piece]) -> list[Piece]:
    """The words of a figure with one picture belong to the picture."""
    made: list[Piece] = []
    for piece in pieces:
        before = made[-1] if made else None
        if isinstance(piece, Picture) and isinstance(before, Text) and (found := _FIGURE.search(before.html)):
            made.pop()
            if rest := before.html[: found.start()].strip():
                made.append(Text(rest))
            words = line(tree.text_content()) if (tree := tree_of(found.group(1))) is not None else ""
            piece = Picture(piece.file, piece.alt, words)
        made.append(piece)
    return made


def _formulas(tree: Tree) -> None:
    """Formulas that Canvas draws as pictures on its own server come as they were typed."""
    for tag in list(tree.iter("img")):
        formula = (tag.get("data-equation-content") or "").strip()
        if formula:
            tag.tag, tag.text = "code", formula
            tag.attrib.clear()
