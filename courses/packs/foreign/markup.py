"""Foreign HTML → pieces of a lesson: text, and the pictures, films and files that stood in it.

Owns what of a page is content and what only ran or dressed it up. Refuses to clean (drafts.py does, by the one
allow-list) and to fetch anything. What stood inside a paragraph or table comes after it: our text holds no pictures.
"""

from __future__ import annotations

import base64
import binascii
import posixpath
import re
from collections.abc import Callable
from html import escape
from urllib.parse import unquote

from bs4 import BeautifulSoup, Comment, Tag
from bs4.element import NavigableString

from courses.packs.foreign.encodings import chinese
from courses.packs.foreign.outline import Download, Film, Lost, Picture, Piece, Subtitle, Text
from courses.packs.foreign.sources import Source, folded_name
from courses.packs.problems import Problem, short

# An address as it stands in the page → the member it means, or None where it means none.
Resolve = Callable[[str], str | None]

_RUNS = (
    "script",
    "iframe",
    "object",
    "embed",
    "applet",
    "form",
    "input",
    "select",
    "textarea",
    "canvas",
)
# Fields that nobody sees, or whose words belong to what a form does.
_UNSEEN = ("hidden", "submit", "reset", "button")
_TEXTS = ("p", "table", "ul", "ol", "h1", "h2", "h3", "h4", "img", "video")
_DRESS = ("style", "link", "meta", "title", "head", "template")
# Where pages that load a picture only when it is scrolled to keep its address.
LAZY = ("data-src", "data-original", "data-lazy-src", "data-actualsrc")
# What stands in its place till then.
_MAX_PLACEHOLDER = 400
_WRAPPERS = frozenset(
    {"div", "section", "article", "main", "header", "footer", "body", "html", "center", "aside", "nav"}
)
_INLINE = frozenset(
    {
        "a",
        "b",
        "strong",
        "i",
        "em",
        "u",
        "s",
        "span",
        "sub",
        "sup",
        "small",
        "mark",
        "code",
        "br",
        "font",
        "ruby",
        "abbr",
        "cite",
        "q",
        "kbd",
        "label",
        "big",
        "tt",
        "bdi",
        "bdo",
        "time",
        "del",
        "ins",
    }
)
_DATA = re.compile(r"data:image/(png|jpe?g|gif|webp|svg\+xml);base64,(.+)", re.I | re.S)
_MAX_DATA = 20 * 1024**2
_OUTSIDE = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?//|^[a-z][a-z0-9+.-]*:", re.I)
_LOOK_BACK = 50
_PAGES = ("htm", "html", "xhtml")
# Files of objects that run, which nobody can read without them.
PROGRAMS = ("xml", "json", "swf", "class", "jar", "dcr", "unity3d", "js")


def beside(member: str, source: Source) -> Resolve:
    """The usual way: an address is relative to the page's own place in the archive."""
    folder = posixpath.dirname(member)

    def resolve(address: str) -> str | None:
        if _OUTSIDE.match(address):
            return None
        path = unquote(re.split(r"[?#]", address, maxsplit=1)[0])
        if not path:
            return None
        joined = posixpath.normpath(posixpath.join(folder, path.replace("\\", "/"))).lstrip("/")
        # Written on Windows, where A.PNG and a.png are one, or zipped on a Mac, which takes accents apart.
        return joined if joined in source.archive else source.folded.get(folded_name(joined))

    return resolve


def decoded(data: bytes) -> str:
    """A page's text: as it says itself, else UTF-8, else what Chinese Windows writes, by what it looks like."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    said = re.search(
        rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]+)|encoding\s*=\s*[\"']([A-Za-z0-9_-]+)", data[:2048]
    )
    names = [(said.group(1) or said.group(2)).decode()] if said else []
    for name in (*names, "utf-8-sig"):
        try:
            return data.decode("gb18030" if name.lower() in ("gb2312", "gbk") else name)
        except (UnicodeDecodeError, LookupError):
            continue
    chosen = chinese(data)
    return data.decode(chosen.name) if chosen is not None else data.decode("utf-8", "replace")


class Markup:
    """One page's HTML, taken apart. `lost` is where items go that do not come in; `path` and `title` are the page's."""

    def __init__(self, source: Source, resolve: Resolve, lost: list[Lost], *, path: str, title: str) -> None:
        self.source, self.resolve, self.lost = source, resolve, lost
        self.path, self.title = path, title
        self.used: list[str] = []

    def pieces(self, html: str) -> list[Piece]:
        """The page's pieces in order. `used` then names the members it drew on."""
        soup = BeautifulSoup(html, "lxml")
        for comment in soup.find_all(string=lambda text: isinstance(text, Comment)):
            comment.extract()
        for tag in soup.find_all(_DRESS):
            tag.decompose()
        self._put_right(soup)
        found: list[Piece] = []
        run: list[str] = []
        words = False
        for child in self._blocks(soup.body or soup):
            media = self._media(child) if isinstance(child, Tag) else []
            run.append(str(child) if isinstance(child, Tag) else escape(str(child)))
            words = words or bool(child.get_text(strip=True))
            if media:
                self._close(run, found, words)
                words = False
                found += media
        self._close(run, found, words)
        return found

    # -- before it is taken apart -------------------------------------------------------------------

    def _put_right(self, soup: BeautifulSoup) -> None:
        """Contents that stand inside something that does not come in, or only seem to."""
        # It has no end, which the parser does not know: the rest of the page would stand in it.
        for tag in reversed(soup.find_all("embed")):
            for child in reversed(list(tag.children)):
                tag.insert_after(child.extract())
        # For those without scripts stand pictures that others load late, so they are said twice; its words are about scripts.
        shown = {_picture_address(tag) for tag in soup.find_all("img") if not tag.find_parent("noscript")}
        # The inner one first, where one stands in another: what was taken out of the tree has no place any more.
        for box in reversed(soup.find_all("noscript")):
            pictures = [tag.extract() for tag in box.find_all("img") if _attribute(tag, "src") not in shown]
            box.clear()
            box.extend(pictures)
            box.unwrap()
        for tag in reversed(soup.find_all(("object", "applet"))):
            self._instead(tag)
        for tag in soup.find_all("form"):
            if tag.find(_TEXTS):
                # Whole pages stand in a form where some tools made them.
                self._lose("lost_script", found="<form>")
                tag.unwrap()
        for tag in soup.find_all("button"):
            # The heading of a part that unfolds is one.
            tag.name, tag.attrs = "span", {}
        for tag in soup.find_all("area"):
            self._area(tag)

    def _instead(self, tag: Tag) -> None:
        """What a page shows where an object cannot run is its text; the object itself is named."""
        address = _attribute(tag, "data")
        member = self.resolve(address) if address and not _OUTSIDE.match(address) else None
        shown = member is not None and member.rpartition(".")[2].lower() not in (*_PAGES, *PROGRAMS)
        if shown or not (tag.find(_TEXTS) or tag.get_text(strip=True)):
            return
        self._ran(tag, address)
        for part in tag.find_all("param"):
            part.decompose()
        tag.unwrap()

    def _area(self, tag: Tag) -> None:
        """A place of a picture that leads somewhere becomes a link behind it; another page of the pack is a lesson of its own."""
        address = _attribute(tag, "href")
        words = _attribute(tag, "alt") or _attribute(tag, "title")
        member = self.resolve(address) if address and not _OUTSIDE.match(address) else None
        if not address or address.startswith("#") or (member and member.rpartition(".")[2].lower() in _PAGES):
            tag.decompose()
            return
        tag.name, tag.attrs = "a", {"href": address}
        tag.string = words or short(address)
        tag.insert_after(" ")

    # -- text ---------------------------------------------------------------------------------------

    def _blocks(self, parent: Tag) -> list[Tag | NavigableString]:
        """The page's blocks in order, out of whatever boxes they stand in."""
        found: list[Tag | NavigableString] = []
        for child in list(parent.children):
            if isinstance(child, Tag) and child.name in _WRAPPERS and not _is_text(child):
                found += self._blocks(child)
            elif isinstance(child, Tag | NavigableString):
                found.append(child)
        return found

    def _close(self, run: list[str], found: list[Piece], words: bool) -> None:
        if words:
            found.append(Text("".join(run).strip()))
        run.clear()

    # -- what is no text ----------------------------------------------------------------------------

    def _media(self, tag: Tag) -> list[Piece]:
        """Takes pictures, films and files out of a block and returns them in order."""
        found: list[Piece] = []
        for part in [tag, *tag.find_all(True)]:
            if part.decomposed:
                continue
            made: Piece | None = None
            if part.name == "img":
                made = self._picture(part)
            elif part.name in ("video", "audio"):
                made = self._film(part)
            elif part.name == "svg":
                found += self._drawing(part)
                continue
            elif part.name in _RUNS:
                made = self._framed(part)
            elif part.name == "a":
                made = self._link(part)
            if made is not None:
                found.append(made)
            if part.name == "form":
                # It is named; its fields need not be.
                for inner in part.find_all(("input", "select", "textarea")):
                    inner.decompose()
            if part.name in ("img", "video", "audio", *_RUNS):
                part.clear()
                part.name, part.attrs = "span", {}
        return found

    def _picture(self, tag: Tag) -> Piece | None:
        address = _picture_address(tag)
        alt = _attribute(tag, "alt").strip()
        inline = _DATA.match(address)
        if inline is not None:
            return self._inline(inline, alt)
        member = self._member(address)
        return Picture(member, alt) if member else None

    def _drawing(self, tag: Tag) -> list[Piece]:
        """A drawing that could not come in as a picture (drawings.py): named; what is written in it and the pictures it holds
        stay, apart from one another."""
        self._lose("lost_kind", what="SVG")
        lines = [" ".join(text.get_text().split()) for text in tag.find_all("text")]
        asked = [_attribute(i, "xlink:href") or _attribute(i, "href") for i in tag.find_all("image")]
        held = [member for address in asked if (member := self._member(address))]
        tag.clear()
        tag.name, tag.attrs = "span", {}
        tag.string = " ".join(filter(None, lines))
        return [Picture(member) for member in held]

    def _inline(self, found: re.Match[str], alt: str) -> Piece | None:
        try:
            data = base64.b64decode(found.group(2)[: _MAX_DATA * 2], validate=False)
        except (binascii.Error, ValueError):
            self._lose("lost_missing", name="data:image")
            return None
        extension = {"jpeg": "jpg", "svg+xml": "svg"}.get(found.group(1).lower(), found.group(1).lower())
        return Picture(self.source.keep(f"inline.{extension}", data), alt)

    def _film(self, tag: Tag) -> Piece | None:
        addresses = [_attribute(tag, "src"), *(_attribute(s, "src") for s in tag.find_all("source"))]
        member = next((m for m in (self.resolve(a) for a in addresses if a) if m), None)
        if member is None:
            address = next((a for a in addresses if a), "")
            if address:
                self._unresolved(address)
            else:
                self._lose("lost_empty")
            return None
        self.used.append(member)
        name = _attribute(tag, "title") or posixpath.basename(member)
        subtitles = []
        for track in tag.find_all("track"):
            file = self._member(_attribute(track, "src"))
            if file:
                lang = _attribute(track, "srclang") or "und"
                subtitles.append(Subtitle(file, lang, _attribute(track, "label")))
        poster = self.resolve(_attribute(tag, "poster")) or "" if _attribute(tag, "poster") else ""
        if poster:
            self.used.append(poster)
        return Film(member, name, tuple(subtitles), poster)

    def _link(self, tag: Tag) -> Piece | None:
        """A link to a file of the pack is a download; one to another page of it keeps its words."""
        address = _attribute(tag, "href")
        if not address or address.startswith("#") or _OUTSIDE.match(address):
            return None
        del tag["href"]
        member = self.resolve(address)
        if member is None:
            self._lose("lost_link", what=short(address))
            return None
        if member.rpartition(".")[2].lower() in _PAGES:
            return None
        self.used.append(member)
        words = tag.get_text(" ", strip=True)
        return Download(member, words if "." in words else posixpath.basename(member))

    def _framed(self, tag: Tag) -> Piece | None:
        """A document of the pack shown in a frame is a download; what runs is named."""
        address = _attribute(tag, "src") or _attribute(tag, "data")
        member = self.resolve(address) if address and tag.name in ("iframe", "object", "embed") else None
        if member is not None and member.rpartition(".")[2].lower() not in _PAGES:
            self.used.append(member)
            return Download(member, posixpath.basename(member))
        self._ran(tag, address)
        return None

    def _ran(self, tag: Tag, address: str) -> None:
        if tag.name in ("iframe", "object", "embed") and address and _OUTSIDE.match(address):
            self._lose("lost_outside", what=short(address))
        elif tag.name != "input" or _attribute(tag, "type").lower() not in _UNSEEN:
            self._lose("lost_script", found=f"<{tag.name}>")

    def _member(self, address: str) -> str | None:
        member = self.resolve(address) if address else None
        if member is None:
            self._unresolved(address)
        else:
            self.used.append(member)
        return member

    def _unresolved(self, address: str) -> None:
        code, key = ("lost_outside", "what") if _OUTSIDE.match(address) else ("lost_missing", "name")
        self._lose(code, **{key: short(address)})

    def _lose(self, code: str, **params: str) -> None:
        lose_once(self.lost, Lost(self.path, self.title, Problem(code, "", params)))


def _picture_address(tag: Tag) -> str:
    """Where a picture is, also one that a script would load when it is scrolled to."""
    address = _attribute(tag, "src")
    if address and not (_DATA.match(address) and len(address) <= _MAX_PLACEHOLDER):
        return address
    late = next((found for name in LAZY if (found := _attribute(tag, name))), "")
    # One of several sizes; data: has a comma of its own.
    several = _attribute(tag, "srcset").split(",")[0].split()
    return late or (several[0] if several and not several[0].startswith("data:") else "") or address


def lose_once(lost: list[Lost], item: Lost) -> None:
    """Add an item unless the same was lost just before. Looks back a little only: pages can lose thousands."""
    if item not in lost[-_LOOK_BACK:]:
        lost.append(item)


def _is_text(tag: Tag) -> bool:
    """Whether a box is a paragraph by another name: only words and inline tags in it."""
    return all(not isinstance(child, Tag) or child.name in _INLINE | {"img"} for child in tag.children)


def _attribute(tag: Tag, name: str) -> str:
    value = tag.get(name)
    return " ".join(value) if isinstance(value, list) else str(value or "").strip()
