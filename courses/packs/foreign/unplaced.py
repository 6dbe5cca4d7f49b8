"""Questions of a foreign pack that have no place here yet, each as its own system wrote it.

Owns the bounds of what is kept. Refuses to read any of it: it waits for the day its kind has a place.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, tostring

# Characters of one question, and of all of a pack; what is larger is named without its source, which the original has.
MAX_SOURCE = 64 * 1024
MAX_ALL = 8 * 1024**2
MAX_COUNT = 5000
XML, JSON = "xml", "json"


@dataclass(frozen=True)
class Unplaced:
    """One question: where it lies, what it is called, its type in its own system's words, and what was written of it.
    `form` is "xml" or "json"; `source` None where it is too large."""

    path: str
    title: str
    kind: str
    form: str
    source: str | None

    def as_json(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "title": self.title,
            "type": self.kind,
            "form": self.form,
            "source": self.source,
        }


class Shelf(list[Unplaced]):
    """The questions of one pack in their order: at most MAX_COUNT, of at most MAX_ALL characters."""

    def __init__(self) -> None:
        super().__init__()
        self.left = MAX_ALL

    def put(self, path: str, title: str, kind: str, source: Element | Mapping[str, Any]) -> None:
        """Take one in, as an element of XML or values of JSON."""
        if len(self) >= MAX_COUNT:
            return
        form = XML if isinstance(source, Element) else JSON
        # What is too large costs as much as what just fits: looking at it took as long.
        text = _written(source) if self.left > 0 else None
        self.left -= MAX_SOURCE if text is None else len(text)
        self.append(Unplaced(path, title, kind, form, text))


def _written(source: Element | Mapping[str, Any]) -> str | None:
    """The source as text, None where it is larger than one question may be."""
    if isinstance(source, Element):
        if not _fits(source):
            return None
        tail, source.tail = source.tail, None
        try:
            text = tostring(source, encoding="unicode")
        finally:
            source.tail = tail
    else:
        try:
            text = json.dumps(source, ensure_ascii=False)
        except RecursionError:
            return None
    return text if len(text) <= MAX_SOURCE else None


def _fits(element: Element) -> bool:
    """Whether an element may be small enough, told without writing it down."""
    size = 0
    for part in element.iter():
        size += len(part.tag) + len(part.text or "") + (len(part.tail or "") if part is not element else 0)
        size += sum(len(name) + len(value) for name, value in part.attrib.items())
        if size > MAX_SOURCE:
            return False
    return True
