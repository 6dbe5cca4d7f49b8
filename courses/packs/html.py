"""What the cleaning of lesson texts takes away, so that a report can say it.

The allow-list itself is `courses.html`, the same for every way in. Refuses scripts, styles, pictures, frames,
forms and event handlers by never listing them: pictures have their own block, and a class attribute would let
a pack dress up as the platform.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

from courses.html import ATTRIBUTES, TAGS, URL_SCHEMES

# Wrappers that every editor writes; dropping them is no news to anybody.
_QUIET = frozenset({"html", "head", "body", "meta", "title", "section", "article", "main", "font", "tfoot"})
_QUIET_ATTRIBUTES = frozenset({"class", "id", "dir", "rel", "target", "width", "height", "align", "style"})
# What the editor's rich text field keeps; anything more stays HTML, so that no table is lost in it.
_RICH = frozenset(
    {"p", "h2", "h3", "h4", "ol", "ul", "li", "strong", "b", "em", "i", "a", "br", "hr", "blockquote"}
)


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.removed: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in TAGS:
            if tag not in _QUIET:
                self._note(f"<{tag}>")
            return
        allowed = ATTRIBUTES.get(tag, set()) | ATTRIBUTES["*"]
        for name, value in attrs:
            if name not in allowed:
                if name not in _QUIET_ATTRIBUTES:
                    self._note(f"{tag}[{name}]")
            elif name == "href" and not _link_allowed(value or ""):
                self._note(f"{tag}[{name}]")

    def _note(self, what: str) -> None:
        if what[:40] not in self.removed:
            self.removed.append(what[:40])


def _link_allowed(value: str) -> bool:
    scheme = re.match(r"\s*([A-Za-z][A-Za-z0-9+.-]*):", value)
    return scheme is None or scheme.group(1).lower() in URL_SCHEMES


def _look(source: str) -> _Seen:
    seen = _Seen()
    # The parser is lenient but not total: some broken declarations make it stop.
    try:
        seen.feed(source)
        seen.close()
    except (AssertionError, ValueError):
        seen.removed.append("<!…>")
    return seen


def removed(source: str) -> list[str]:
    """Name what the cleaning takes away that a writer would miss, as "<script>" or "p[onclick]"."""
    return _look(source).removed


def is_rich_text(cleaned: str) -> bool:
    """Whether the editor's rich text field can hold this cleaned HTML without loss."""
    return _look(cleaned).tags <= _RICH
