"""Rich text taken apart for translating and put together again: paragraphs, list items, cells. Plain functions.

Owns: where one run of words ends (at the edges of block elements), and what of the mark-up inside a run belongs to it.
The structure around the runs stays the source's, so a translation cannot lose a table. Refuses: mark-up inside a translated run
other than its source's.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from html.parser import HTMLParser

import nh3
from bs4 import BeautifulSoup
from bs4.element import NavigableString, PageElement, Tag
from django.utils.translation import gettext as _

from courses.html import ATTRIBUTES, TAGS, URL_SCHEMES, clean_html, text_of

INLINE = {
    *("br", "strong", "b", "em", "i", "a", "sub", "sup", "code", "mark", "ruby", "rt", "rp", "u", "s"),
    *("span", "small"),
}
BLOCK = TAGS - INLINE
# Written without an end.
_VOID = {"br", "hr"}


def runs(html: str) -> list[str]:
    """The runs of words in a text of a release (cleaned HTML), in order, each with the mark-up inside it."""
    return [source for _nodes, source in _runs(BeautifulSoup(html, "html.parser"))]


def joined(html: str, say: Callable[[str], str]) -> str:
    """The text with each run replaced by what `say` makes of it (cleaned HTML)."""
    soup = BeautifulSoup(html, "html.parser")
    for nodes, source in list(_runs(soup)):
        said = BeautifulSoup(say(source), "html.parser")
        for child in list(said.contents):
            nodes[0].insert_before(child)
        for node in nodes:
            node.extract()
    return str(soup)


def _runs(container: Tag) -> Iterator[tuple[list[PageElement], str]]:
    nodes: list[PageElement] = []
    for child in list(container.children):
        if not _holds_block(child):
            nodes.append(child)
            continue
        yield from _run(nodes, container)
        nodes = []
        if isinstance(child, Tag):
            yield from _runs(child)
    yield from _run(nodes, container)


def _run(nodes: list[PageElement], container: Tag) -> Iterator[tuple[list[PageElement], str]]:
    html = "".join(node.output_ready() if isinstance(node, NavigableString) else str(node) for node in nodes)
    source = html if container.name == "pre" or container.find_parent("pre") else " ".join(html.split())
    source = _plainly(source).strip()
    if any(char.isalpha() for char in text_of(source)):
        yield nodes, source


def _holds_block(node: PageElement) -> bool:
    return isinstance(node, Tag) and (node.name not in INLINE or node.find(list(BLOCK)) is not None)


def _plainly(html: str) -> str:
    """Without `rel`, which cleaning writes and nobody translates."""
    return nh3.clean(html, tags=INLINE, attributes=ATTRIBUTES, url_schemes=URL_SCHEMES, link_rel=None)


def cleaned_run(html: str) -> str:
    """A translated run as it is kept: the same cleaning as for every text, and inline mark-up alone."""
    return _plainly(html).strip()


def shown_run(html: str) -> str:
    """A translated run as it goes into a page."""
    return clean_html(_plainly(html))


class _Marks(HTMLParser):
    """Counts what a run is marked up with: ("strong", "") or ("a", its address)."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: Counter[tuple[str, str]] = Counter()
        self.foreign: list[str] = []
        self.open: list[str] = []
        self.crossed = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        address = next((value or "" for name, value in attrs if name == "href"), "") if tag == "a" else ""
        self.found[tag, address] += 1
        allowed = ATTRIBUTES.get(tag, set()) | ATTRIBUTES["*"] | {"rel"}
        self.foreign += [f"{tag} {name}" for name, _value in attrs if name not in allowed]
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.crossed = True


def _marks(html: str) -> _Marks:
    seen = _Marks()
    # Lenient, not total: some broken declarations make it stop.
    try:
        seen.feed(html)
        seen.close()
    except (AssertionError, ValueError):
        seen.crossed = True
    return seen


def markup_fault(source: str, text: str) -> str | None:
    """What is wrong with the mark-up of a translated run, as a sentence; None when it has what its source has."""
    wanted, written = _marks(source), _marks(text)
    missing, more = wanted.found - written.found, written.found - wanted.found
    if missing:
        return _("译文少了原文里的 %(what)s。请原样保留，放在对应的词上。") % {"what": _named(missing)}
    if more:
        return _("译文多了原文没有的 %(what)s。请删去。") % {"what": _named(more)}
    if written.foreign:
        return _("译文里有不允许的属性：%(what)s。请删去。") % {
            "what": ", ".join(sorted(set(written.foreign)))
        }
    if written.crossed or written.open:
        return _("译文里的标记没有成对，请检查每个标记的开始和结束。")
    if _marks(cleaned_run(text)).found != wanted.found:
        return _("译文里的标记写得不完整，例如有多余的 < 号。请检查。")
    return None


def _named(marks: Counter[tuple[str, str]]) -> str:
    return ", ".join(f'<a href="{address}">' if address else f"<{tag}>" for tag, address in sorted(marks))
