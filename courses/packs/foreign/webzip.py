"""A zip of web pages, or one page → lessons, one per page, in the order in which its first page leads to them.

Recognised last of all, since packs of most other systems hold web pages, too. Refuses to run anything: a page that is
only a program is named, and what dressed pages up is counted in one line.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from courses.packs.foreign.drawings import with_drawings
from courses.packs.foreign.markup import Markup, beside
from courses.packs.foreign.outline import Outline, Page, Unit
from courses.packs.foreign.sources import Source
from courses.packs.foreign.trees import tree_of as xml_tree
from courses.packs.foreign.webpages import (
    PAGES,
    SHOWN,
    Leftovers,
    Tree,
    addresses_of,
    freed,
    is_page,
    leads_only,
    natural,
    page_text,
    pages_fit,
    titles_of,
    tree_of,
    words_of,
)
from courses.packs.foreign.xmltree import BrokenXML, child, children

MANIFEST = "imsmanifest.xml"
_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_FIRST = ("index", "default", "start", "home", "main")


@dataclass
class _Seen:
    """What is known of a page before its text is taken."""

    title: str = ""
    heading: str = ""
    leads: list[str] = field(default_factory=list)


class WebZip:
    name = "webzip"
    label = _("网页（HTML，可以打成 zip）")
    extensions = ("zip", *PAGES)

    def recognises(self, source: Source) -> bool:
        if source.kind == "file":
            return source.extension in PAGES and b"<" in source.head
        return source.kind == "zip" and any(is_page(name) for name in source.names)

    def inspect(self, source: Source) -> Outline:
        outline = Outline(self.name)
        _Reading(source, outline).read()
        return outline


ADAPTER = WebZip()


class _Reading:
    def __init__(self, source: Source, outline: Outline) -> None:
        self.source, self.outline = source, outline
        self.pages = sorted((name for name in source.names if is_page(name)), key=natural)
        self.seen: dict[str, _Seen] = {}
        self.left = Leftovers(source)
        self.scripted: list[str] = []
        self.contents: list[str] = []

    def read(self) -> None:
        if not pages_fit(self.source, self.pages, self.outline):
            return
        first = _first(self.pages)
        for name in self.pages:
            self._look(name, says_language=name == first)
        base = _base(first, self.pages)
        self.titles = Counter(seen.title for seen in self.seen.values())
        self.outline.title = self.seen[first].title or self.seen[first].heading if first in self.seen else ""
        units: dict[str, Unit] = {}
        for name in self._ordered(first):
            page = self._page(name, base)
            if page is not None:
                folder = _folder(name, base)
                if folder not in units:
                    units[folder] = Unit(self._unit_title(folder, base))
                units[folder].pages.append(page)
        self.outline.units = list(units.values())
        self._tell()

    def _look(self, name: str, *, says_language: bool) -> None:
        text = page_text(self.source, name, self.outline)
        if text is None:
            self.left.used.add(name)
            return
        tree = tree_of(text)
        seen = self.seen[name] = _Seen()
        if tree is None:
            return
        seen.title, seen.heading = titles_of(tree)
        resolve = beside(name, self.source)
        leads = (resolve(address) for address in addresses_of(tree))
        seen.leads = list(dict.fromkeys(lead for lead in leads if lead and is_page(lead)))
        if says_language:
            self.outline.language = (tree.get("lang") or tree.get("xml:lang") or "").strip()
            for meta in tree.iter("meta"):
                self._about((meta.get("name") or "").lower(), (meta.get("content") or "").strip())

    def _about(self, name: str, content: str) -> None:
        if name == "author" and content:
            self.outline.authors = (content,)
        elif name == "description":
            self.outline.summary = content

    def _ordered(self, first: str) -> Iterator[str]:
        """A SCORM package's own order; else the first page, what it leads to, what that leads to; and the rest by name."""
        for name in dict.fromkeys([*self._organised(), *self._reached(first), *self.pages]):
            if name in self.seen:
                yield name

    def _organised(self) -> list[str]:
        """The pages as the organisation of a SCORM manifest has them; none where there is none that can be read."""
        if MANIFEST not in self.source.archive:
            return []
        try:
            root = xml_tree(self.source.text(MANIFEST))
        except BrokenXML:
            return []
        resolve = beside(MANIFEST, self.source)
        pages = {
            resource.get("identifier"): resolve((resource.get(_BASE) or "") + (resource.get("href") or ""))
            for resource in root.findall(".//{*}resource")
        }
        made = child(root, "organizations")
        found = children(made, "organization")
        default = "" if made is None else made.get("default", "")
        chosen = next((one for one in found if one.get("identifier") == default), found[0] if found else None)
        items = [] if chosen is None else chosen.findall(".//{*}item")
        return [name for item in items if (name := pages.get(item.get("identifierref")))]

    def _reached(self, first: str) -> list[str]:
        queue = [first]
        known = {first}
        for name in queue:
            for lead in self.seen[name].leads if name in self.seen else ():
                if lead not in known:
                    known.add(lead)
                    queue.append(lead)
        return queue

    # -- one page -----------------------------------------------------------------------------------

    def _page(self, name: str, base: str) -> Page | None:
        text = page_text(self.source, name, self.outline)
        tree = tree_of(text or "")
        title = self._title(name)
        key = posixpath.relpath(name, base) if base else name
        self.left.used.add(name)
        if tree is None:
            self.outline.lose(key, title, "lost_empty")
            return None
        self.left.sheet(name, text or "")
        resolve = beside(name, self.source)
        if tree.find(".//frameset") is not None or self._forwards(name, tree):
            return None
        if leads_only(tree, resolve):
            self.contents.append(name)
            return None
        resolve = with_drawings(resolve, text or "", tree, self.source)
        made = freed(tree, resolve)
        if made.scripts:
            self.scripted.append(name)
        if made.forms:
            self.outline.lose(key, title, "lost_script", found="<form>")
        if not made.words and not made.shows:
            self.outline.lose(key, title, "lost_runs" if made.scripts else "lost_empty")
            return None
        markup = Markup(self.source, resolve, self.outline.lost, path=key, title=title)
        page = Page(key, title, markup.pieces(made.html))
        self.left.used.update(markup.used)
        return page

    def _forwards(self, name: str, tree: Tree) -> bool:
        """Whether a page only sends its visitor on."""
        body = tree.find("body")
        empty = body is None or not (words_of(body) or any(True for _ in body.iter(*SHOWN)))
        return empty and any(
            (meta.get("http-equiv") or "").lower() == "refresh" for meta in tree.iter("meta")
        )

    def _title(self, name: str) -> str:
        """The page's own title, unless it shares that with others (sites repeat their name): then its heading."""
        seen = self.seen[name]
        own = seen.title if self.titles[seen.title] == 1 else ""
        return own or seen.heading or seen.title or posixpath.splitext(posixpath.basename(name))[0]

    def _unit_title(self, folder: str, base: str) -> str:
        if not folder:
            return self.outline.title or posixpath.basename(base) or posixpath.splitext(self.source.name)[0]
        for name in self.pages:
            if posixpath.dirname(name) == posixpath.join(base, folder) and _is_first(name):
                return self._title(name) if name in self.seen else folder
        return folder

    # -- what stays outside -------------------------------------------------------------------------

    def _tell(self) -> None:
        for name in self.contents:
            self.outline.lose(name, self._title(name), "lost_contents")
        if self.scripted:
            count = len(self.scripted)
            self.outline.lose(self.scripted[0], "JavaScript", "lost_scripted", count=count)
        if MANIFEST in self.source.archive:
            self.outline.lose(MANIFEST, "SCORM", "lost_kind", what="SCORM")
        self.left.tell(self.outline)


def _first(pages: list[str]) -> str:
    """Where a visitor would begin: the page called index in the highest folder, else the first by name."""
    return min(
        pages,
        key=lambda name: (name.count("/"), not _is_first(name), _rank(name), natural(name)),
        default="",
    )


def _base(first: str, pages: list[str]) -> str:
    """The site's own folder: that of its first page, or what all pages have in common where none says it is first."""
    folders = [first] if _is_first(first) or len(pages) < 2 else pages
    return posixpath.commonpath([posixpath.dirname(name) or "." for name in folders]).removeprefix(".")


def _is_first(name: str) -> bool:
    return _stem(name) in _FIRST


def _rank(name: str) -> int:
    return _FIRST.index(_stem(name)) if _is_first(name) else len(_FIRST)


def _stem(name: str) -> str:
    return posixpath.splitext(posixpath.basename(name))[0].lower()


def _folder(name: str, base: str) -> str:
    """The first folder below the site's own, "" for pages beside its first page."""
    inside = posixpath.relpath(name, base) if base else name
    head, _, tail = inside.partition("/")
    return head if tail and head != ".." else ""
