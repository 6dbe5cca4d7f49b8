"""Pages as they lie in zips of web pages and in books: parsed, made ready for markup.py, and what no page drew on.

Owns what every format made of HTML files needs before a page is taken apart: scripts and frames gone and counted, an
embedded file turned into a link, a film into a film. Refuses to judge what is content: that is markup.py and drafts.py.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from lxml import etree
from lxml import html as lxml_html

from courses.packs.foreign.markup import LAZY, PROGRAMS, Resolve, beside, decoded
from courses.packs.foreign.outline import Outline
from courses.packs.foreign.sources import Source
from courses.packs.problems import Problem, short

PAGES = ("htm", "html", "xhtml", "xht")
FILMS = ("mp4", "m4v", "webm")
MAX_PAGE_BYTES = 4 * 1024**2
MAX_TEXT_BYTES = 64 * 1024**2
_MAX_SHEETS = 200
_MAX_BEHIND = 5
# What dresses pages up or makes them run: nobody misses these files one by one.
_DRESS = frozenset(
    {
        "css",
        "js",
        "mjs",
        "cjs",
        "map",
        "less",
        "scss",
        "json",
        "woff",
        "woff2",
        "ttf",
        "otf",
        "eot",
        "ico",
        "cur",
    }
    | {"xml", "xsl", "xslt", "xsd", "dtd", "ncx", "opf", "pls", "smil", "gitkeep", "htaccess", "webmanifest"}
)
_PARSER: dict[str, Any] = {
    "no_network": True,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}
# What XML cannot hold, and a tree that is written again would stumble over.
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_URL = re.compile(r"url\(\s*['\"]?([^'\")]+)", re.I)
SHOWN = ("img", "video", "audio", "svg", "object", "embed", "iframe", "canvas", "image")
# Boxes and marks of text that our text has not: their words stay, and nobody need be told.
_BOXES = frozenset(
    {
        "article",
        "section",
        "aside",
        "header",
        "footer",
        "main",
        "details",
        "summary",
        "fieldset",
        "legend",
        "address",
    }
    | {"center", "hgroup", "dialog", "search"}
)
_MARKS = frozenset(
    {
        "cite",
        "abbr",
        "acronym",
        "font",
        "big",
        "tt",
        "time",
        "del",
        "ins",
        "q",
        "kbd",
        "var",
        "samp",
        "dfn",
        "label",
    }
    | {
        "nobr",
        "wbr",
        "bdi",
        "bdo",
        "data",
        "map",
        "o:p",
        "strike",
        "basefont",
        "rb",
        "rtc",
        "output",
        "slot",
    }
)
# What markup.py reads, and what says that something runs; any other attribute only dressed up.
_SAID = frozenset(
    {"src", "href", "alt", "title", "srclang", "kind", "label", "poster", "lang", "data", "type"}
)
_SAID |= {*LAZY, "colspan", "rowspan", "scope", "srcset", "{http://www.w3.org/1999/xlink}href", "xlink:href"}
_TITLED = frozenset({"a", "video", "audio"})
# An element of lxml, which has no types of its own.
Tree = Any


@dataclass
class Freed:
    """A page ready to be taken apart. `scripts` counts what ran in it, `films` and files are links to members."""

    html: str
    scripts: int = 0
    words: bool = False
    shows: bool = False
    forms: bool = False
    formulas: bool = False


@dataclass
class Leftovers:
    """Members that a format itself is made of, or that pages drew on; the rest is named by `tell`."""

    source: Source
    used: set[str] = field(default_factory=set)
    drawn: set[str] = field(default_factory=set)

    def sheet(self, name: str, text: str) -> None:
        """Count files that a style sheet (or the styles in a page) names among what dresses pages up."""
        resolve = beside(name, self.source)
        self.drawn.update(member for url in _URL.findall(text) if (member := resolve(url)))

    def tell(self, outline: Outline, names: Iterable[str] | None = None) -> None:
        """Name every member nobody drew on; style sheets, scripts and fonts in one line, pictures behind the text in another."""
        names = list(self.source.names if names is None else names)
        sheets = [name for name in names if name.lower().endswith(".css")]
        for name in sheets[:_MAX_SHEETS]:
            self.sheet(name, decoded(self.source.text(name, MAX_PAGE_BYTES) or b""))
        dress = [name for name in names if name not in self.used and extension(name) in _DRESS]
        if dress:
            kinds = ", ".join(sorted({f"*.{extension(name)}" for name in dress}))
            outline.lose(dress[0], kinds, "lost_dress", count=len(dress))
        behind = [name for name in names if name in self.drawn - self.used and extension(name) not in _DRESS]
        if behind:
            told = ", ".join(posixpath.basename(name) for name in behind[:_MAX_BEHIND])
            outline.lose(behind[0], told, "lost_behind", count=len(behind))
        for name in names:
            if name not in self.used | self.drawn and extension(name) not in _DRESS:
                outline.lose(name, posixpath.basename(name), "lost_unused")


def extension(name: str) -> str:
    """The last extension of a name in small letters, without its dot."""
    return posixpath.basename(name).rpartition(".")[2].lower()


def natural(name: str) -> list[tuple[int, int, str]]:
    """Sorts names as people count: 2 before 10, digits before letters, a before a2."""
    parts = re.split(r"(\d{1,18})", posixpath.splitext(name)[0].casefold())
    return [
        (0, int(part), "") if part.isascii() and part.isdigit() else (1, 0, part) for part in parts if part
    ]


def is_page(name: str) -> bool:
    return extension(name) in PAGES


def page_text(source: Source, name: str, outline: Outline) -> str | None:
    """A page's text, or None where it is broken or too long (which is then said)."""
    size = source.archive.sizes.get(name, 0)
    if size > MAX_PAGE_BYTES:
        mega = 1024**2
        reason = Problem(
            "file_size", "", {"name": short(name), "size": size // mega, "limit": MAX_PAGE_BYTES // mega}
        )
        outline.lose(name, posixpath.basename(name), "lost_file", reason=reason)
        return None
    data = source.text(name, MAX_PAGE_BYTES)
    return None if data is None else decoded(data)


def pages_fit(source: Source, names: Iterable[str], outline: Outline) -> bool:
    """Whether the text of all pages fits into memory; the pack is refused where it does not."""
    total = sum(source.archive.sizes.get(name, 0) for name in names if is_page(name))
    if total > MAX_TEXT_BYTES:
        mega = 1024**2
        outline.refuse("zip_total", "", size=total // mega, limit=MAX_TEXT_BYTES // mega)
    return total <= MAX_TEXT_BYTES


def tree_of(text: str) -> Tree | None:
    """The page as libxml2 reads it, however bad it is; None where nothing is in it."""
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", _NO_XML.sub("", text), count=1)
    if not text.strip():
        return None
    try:
        return lxml_html.document_fromstring(text, parser=lxml_html.HTMLParser(**_PARSER))
    except (etree.LxmlError, ValueError, AssertionError):
        return None


def words_of(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def titles_of(tree: Tree) -> tuple[str, str]:
    """What the page calls itself in its head, and its first heading."""
    title, heading = tree.find(".//title"), None
    for level in ("h1", "h2", "h3"):
        heading = next((h for h in tree.iter(level) if words_of(h)), None)
        if heading is not None:
            break
    return ("" if title is None else words_of(title)), ("" if heading is None else words_of(heading))


def addresses_of(tree: Tree) -> list[str]:
    """Where a page leads, in order: links, frames, and the page it forwards to."""
    found = []
    for tag in tree.iter("a", "area", "frame", "iframe", "meta", "object"):
        if tag.tag == "meta":
            forward = re.search(r"url\s*=\s*['\"]?([^'\"]+)", tag.get("content") or "", re.I)
            if (tag.get("http-equiv") or "").lower() == "refresh" and forward:
                found.append(forward.group(1))
        else:
            found.append(tag.get("href") or tag.get("src") or tag.get("data") or "")
    return [address.strip() for address in found if address.strip()]


def freed(tree: Tree, resolve: Resolve) -> Freed:
    """The page without what ran in it; what it showed of the pack's own files stays, as a link or a film.

    Changes the tree. A frame that shows another page of the pack goes: that page is a lesson of its own."""
    made = Freed("")
    for tag in list(
        tree.iter("script", "noscript", "nav", "iframe", "embed", "object", "form", "a", "image")
    ):
        if tag.tag == "script":
            made.scripts += 1
            _drop(tag)
        elif tag.tag == "noscript":
            # Pictures of pages that load them late; what is said to people without scripts is not about the matter.
            if not _keep_pictures(tag):
                _drop(tag)
        elif tag.tag == "nav" and _leads_only(tag, resolve):
            _drop(tag)
        elif tag.tag in ("iframe", "embed", "object"):
            if tag.tag == "embed":
                _let_go(tag)
            _framed(tag, resolve)
        elif tag.tag == "form" and tag.find(".//p") is not None:
            # Whole pages stand in a form where some tools made them.
            made.forms = True
            tag.drop_tag()
        elif tag.tag == "a":
            _film(tag, resolve)
    made.formulas = _plainly(tree)
    made.words = bool(words_of(tree.find("body") if tree.find("body") is not None else tree))
    made.shows = any(True for _ in tree.iter(*SHOWN))
    made.html = lxml_html.tostring(tree, encoding="unicode")
    return made


def _plainly(tree: Tree) -> bool:
    """Tags and attributes that only dressed the text up go; whether there were formulas, of which words stay."""
    formulas = False
    for tag in list(tree.iter()):
        if not isinstance(tag.tag, str) or tag.getparent() is None:
            continue
        if tag.tag in ("col", "colgroup"):
            tag.drop_tag()
            continue
        if tag.tag == "math":
            formulas = True
            _formula(tag)
        elif tag.tag in _BOXES:
            tag.tag = "div"
        elif tag.tag in _MARKS:
            tag.drop_tag()
            continue
        for name in list(tag.attrib):
            if not name.startswith("on") and (
                name not in _SAID or (name == "title" and tag.tag not in _TITLED)
            ):
                del tag.attrib[name]
    return formulas


def _formula(tag: Any) -> None:
    """A formula as its own words for it, else as its signs in a row."""
    words = tag.get("alttext") or words_of(tag)
    tail = tag.tail
    tag.clear()
    tag.tag, tag.text, tag.tail = "code", words, tail


def leads_only(tree: Tree, resolve: Resolve) -> bool:
    """Whether a page is a table of contents: nothing in it but headings and links to pages of the pack."""
    body = tree.find("body")
    return body is not None and _leads_only(body, resolve) and not any(True for _ in body.iter(*SHOWN))


def _leads_only(box: Any, resolve: Resolve) -> bool:
    links = [a for a in box.iter("a") if words_of(a)]
    own = [a for a in links if is_page(resolve(a.get("href") or "") or "")]
    if not own or len(own) < len([a for a in links if a.get("href")]):
        return False
    linked = sum(len(words_of(a)) for a in links)
    headed = sum(
        len(words_of(h)) for h in box.iter("h1", "h2", "h3", "h4", "h5", "h6") if h.find(".//a") is None
    )
    # Signs between links are no words: | · » numbers.
    plain = re.sub(r"[\W\d_]+", "", words_of(box))
    return len(plain) <= linked + headed


def _drop(tag: Any) -> None:
    # A root cannot be dropped from itself.
    if tag.getparent() is not None:
        tag.drop_tree()


def _let_go(tag: Any) -> None:
    """An <embed> has no end, which the parser does not know: what follows it would stand in it."""
    parent = tag.getparent()
    if parent is None:
        return
    place, tail = parent.index(tag) + 1, tag.tail
    children, tag.tail = list(tag), tag.text
    for number, child in enumerate(children):
        parent.insert(place + number, child)
    tag.text = None
    last = children[-1] if children else tag
    last.tail = (last.tail or "") + (tail or "")


def _keep_pictures(tag: Any) -> bool:
    """Whether there are any; nothing else of it stays."""
    pictures = list(tag.iter("img"))
    for child in list(tag):
        tag.remove(child)
    tag.text = None
    for picture in pictures:
        picture.tail = None
        tag.append(picture)
    return bool(pictures)


def _framed(tag: Any, resolve: Resolve) -> None:
    address = (tag.get("src") or tag.get("data") or "").strip()
    member = resolve(address) if address else None
    if member is None or tag.getparent() is None:
        return
    if tag.tag == "object" and extension(member) in PROGRAMS and words_of(tag):
        # What is written for those where it cannot run stays; markup.py names the object.
        return
    if is_page(member):
        _drop(tag)
        return
    tag.tag = "video" if extension(member) in FILMS else "img" if _is_picture(member) else "a"
    kept = {"src" if tag.tag != "a" else "href": address, "title": tag.get("title") or ""}
    tag.attrib.clear()
    tag.attrib.update({key: value for key, value in kept.items() if value})
    if tag.tag == "a":
        for child in list(tag):
            tag.remove(child)
        tag.text = posixpath.basename(member)


def _film(tag: Any, resolve: Resolve) -> None:
    """A link to a film of the pack shows it behind its words."""
    address = (tag.get("href") or "").strip()
    member = resolve(address) if address else None
    if member is None or extension(member) not in FILMS or tag.getparent() is None:
        return
    film = etree.SubElement(tag, "video")
    film.set("src", address)
    film.set("title", words_of(tag) or posixpath.basename(member))
    del tag.attrib["href"]


def unwrap(tree: Tree) -> None:
    """A picture in an SVG that holds nothing else (covers of books) is a picture."""
    for tag in list(tree.iter("image", "img")):
        _wrapped(tag)


def _wrapped(tag: Any) -> None:
    box = next((up for up in tag.iterancestors("svg")), None)
    address = tag.get("xlink:href") or tag.get("href") or tag.get("{http://www.w3.org/1999/xlink}href") or ""
    if box is None or box.getparent() is None or not address:
        return
    drawn = [t for t in box.iter() if t.tag not in ("svg", "image", "img", "title", "desc", "g", "defs")]
    if drawn or len(list(box.iter("image", "img"))) > 1:
        return
    named = box.find(".//title")
    alt = words_of(named) if named is not None else box.get("aria-label") or ""
    tail = box.tail
    box.clear()
    box.tag, box.tail = "img", tail
    box.set("src", address)
    box.set("alt", alt)


def _is_picture(member: str) -> bool:
    return extension(member) in ("png", "jpg", "jpeg", "gif", "webp", "svg")
