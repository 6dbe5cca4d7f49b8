"""What a book says of itself: META-INF, the package file, and its contents as nav or NCX.

Refuses locked books and broken packages with a sentence; reads no page.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from courses.packs.archive import MAX_ENTRIES
from courses.packs.foreign.markup import Resolve, beside, decoded
from courses.packs.foreign.outline import Outline
from courses.packs.foreign.sources import Source
from courses.packs.foreign.trees import read_tree
from courses.packs.foreign.webpages import MAX_PAGE_BYTES, tree_of, words_of
from courses.packs.problems import short

_ENCRYPTION = "META-INF/encryption.xml"
# What publishers do to fonts so that they are not simply copied: no words are hidden by it.
_FONTS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_PACKAGE = "application/oebps-package+xml"
# What stands in a spine by itself; "" where an old book does not say.
_SHOWN = (
    "",
    "application/xhtml+xml",
    "text/html",
    "text/x-oeb1-document",
    "image/svg+xml",
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
)
_MAX_FALLBACKS = 10


@dataclass
class Heading:
    """A line of the contents; `member` is the file it leads to, "" for none."""

    title: str
    member: str = ""
    below: list[Heading] = field(default_factory=list)


@dataclass
class Book:
    """`spine` holds the members in reading order with their media types; `machinery` what is no page of the book."""

    package: str
    version: str = ""
    title: str = ""
    language: str = ""
    rights: str = ""
    summary: str = ""
    authors: list[str] = field(default_factory=list)
    spine: list[tuple[str, str]] = field(default_factory=list)
    contents: list[Heading] = field(default_factory=list)
    machinery: set[str] = field(default_factory=set)
    overlays: list[str] = field(default_factory=list)


@dataclass
class _Item:
    member: str
    kind: str
    properties: tuple[str, ...]
    fallback: str


def read_book(source: Source, outline: Outline) -> Book | None:
    """The book's package; None where the book is refused (and the outline says why)."""
    if _locked(source, outline):
        return None
    container = read_tree(source, "META-INF/container.xml", outline)
    if container is None:
        return None
    files = [one for one in _all(container, "rootfile") if one.get("media-type", _PACKAGE) == _PACKAGE]
    names = [unquote(one.get("full-path", "")) for one in files]
    if not names or names[0] not in source.archive:
        name = names[0] if names else "rootfile"
        outline.refuse("file_missing", "META-INF/container.xml", name=short(name))
        return None
    root = read_tree(source, names[0], outline)
    if root is None:
        return None
    for other in names[1:]:
        outline.lose(other, posixpath.basename(other), "lost_kind", what="rendition")
    return _book(source, names[0], root)


def _locked(source: Source, outline: Outline) -> bool:
    if _ENCRYPTION not in source.archive:
        return False
    root = read_tree(source, _ENCRYPTION, outline)
    if root is None:
        return True
    for data in _all(root, "EncryptedData"):
        ways = [way.get("Algorithm", "") for way in _all(data, "EncryptionMethod")]
        if not ways or any(way not in _FONTS for way in ways):
            outline.refuse("epub_locked", _ENCRYPTION, name=short(source.name))
            return True
    return False


def _book(source: Source, package: str, root: Element) -> Book:
    resolve = beside(package, source)
    book = Book(package, version=root.get("version", ""))
    _about(book, root)
    items = {one.get("id", "").strip(): _item(one, resolve, package) for one in _all(root, "item")}
    spine = next(iter(_all(root, "spine")), None)
    order = (_readable(items, reference.get("idref", "").strip()) for reference in _all(root, "itemref"))
    # No book names more files than a pack may have.
    book.spine = list(dict.fromkeys((item.member, item.kind) for item in order if item is not None))[
        :MAX_ENTRIES
    ]
    nav = next((item for item in items.values() if "nav" in item.properties), None)
    ncx = items.get(spine.get("toc", "") if spine is not None else "") or next(
        (item for item in items.values() if item.kind == "application/x-dtbncx+xml"), None
    )
    book.machinery = {item.member for item in (nav, ncx) if item is not None}
    book.overlays = [item.member for item in items.values() if item.kind == "application/smil+xml"]
    if nav is not None:
        book.contents = _from_nav(source, nav.member)
    if ncx is not None and not book.contents:
        book.contents = _from_ncx(source, ncx.member)
    return book


def _readable(items: dict[str, _Item], id_: str) -> _Item | None:
    """An item of the spine, or what it falls back to where it is of a kind that no reader has to know."""
    item, steps = items.get(id_), 0
    while item is not None and item.kind not in _SHOWN and item.fallback in items and steps < _MAX_FALLBACKS:
        item, steps = items[item.fallback], steps + 1
    return item


def _about(book: Book, root: Element) -> None:
    says: dict[str, list[str]] = {}
    box = next(iter(_all(root, "metadata")), None)
    for one in box.iter() if box is not None else ():
        text = " ".join((one.text or "").split())
        if text and "purl.org/dc/" in str(one.tag):
            says.setdefault(str(one.tag).rpartition("}")[2].lower(), []).append(text)
    book.title = next(iter(says.get("title", ())), "")
    book.language = next(iter(says.get("language", ())), "")
    book.rights = next(iter(says.get("rights", ())), "")
    book.summary = next(iter(says.get("description", ())), "")
    book.authors = list(dict.fromkeys(says.get("creator", ())))


def _item(one: Element, resolve: Resolve, package: str) -> _Item:
    address = one.get("href", "")
    # A member that is not there keeps the name by which it is missed.
    member = resolve(address) or posixpath.normpath(
        posixpath.join(posixpath.dirname(package), unquote(address))
    )
    return _Item(
        member,
        one.get("media-type", ""),
        tuple(one.get("properties", "").split()),
        one.get("fallback", "").strip(),
    )


# -- contents ----------------------------------------------------------------------------------------------


def _from_nav(source: Source, member: str) -> list[Heading]:
    data = source.text(member, MAX_PAGE_BYTES)
    tree = tree_of(decoded(data)) if data is not None else None
    if tree is None:
        return []
    navs = list(tree.iter("nav"))
    toc = next(
        (nav for nav in navs if "toc" in (nav.get("epub:type") or nav.get("type") or "").split()), None
    )
    if toc is None:
        toc = navs[0] if navs else None
    resolve = beside(member, source)
    found: list[Heading] = []
    rest: list[tuple[Any, list[Heading]]] = (
        [(row, found) for row in reversed(_rows(toc))] if toc is not None else []
    )
    while rest:
        row, into = rest.pop()
        label = next((child for child in row if child.tag in ("a", "span")), None)
        heading = Heading(words_of(label) if label is not None else "")
        if label is not None and label.get("href"):
            heading.member = resolve(label.get("href")) or ""
        into.append(heading)
        rest += [(below, heading.below) for below in reversed(_rows(row))]
    return found


def _rows(box: Any) -> list[Any]:
    """The lines right below a box or a line."""
    lists = [child for child in box.iter("ol") if child.getparent() is box or box.tag == "nav"][:1]
    return [row for one in lists for row in one if row.tag == "li"]


def _from_ncx(source: Source, member: str) -> list[Heading]:
    # A contents file that cannot be read costs the titles, not the book.
    root = read_tree(source, member, Outline(""))
    box = next(iter(_all(root, "navMap")), None) if root is not None else None
    resolve = beside(member, source)
    found: list[Heading] = []
    rest = [(point, found) for point in reversed(_points(box))]
    while rest:
        point, into = rest.pop()
        label = next((child for child in point if _local(child) == "navLabel"), None)
        target = next((child for child in point if _local(child) == "content"), None)
        words = " ".join("".join(label.itertext()).split()) if label is not None else ""
        heading = Heading(words, resolve(target.get("src", "")) or "" if target is not None else "")
        into.append(heading)
        rest += [(below, heading.below) for below in reversed(_points(point))]
    return found


def _points(box: Element | None) -> list[Element]:
    return [child for child in box if _local(child) == "navPoint"] if box is not None else []


def _all(root: Element, name: str) -> list[Element]:
    return [element for element in root.iter() if _local(element) == name]


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
