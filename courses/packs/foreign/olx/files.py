"""The members of an Open edX course: blocks by kind and name, static files by the many ways they are written.

Owns the budget of one course: how many blocks it may have, and how deep they may lie in one another.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import escape
from typing import Any
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from courses.packs.foreign.markup import decoded
from courses.packs.foreign.outline import Outline
from courses.packs.foreign.sources import Source
from courses.packs.foreign.trees import read_tree
from courses.packs.problems import json_fault, short

MAX_BLOCKS = 10_000
MAX_DEPTH = 20
_POINTER = {"url_name", "org", "course"}  # what a block has that only points to a file
_ASSET = re.compile(r"(?:^|/)(?:asset-v1:[^@]*\+type@asset\+block@|c4x/[^/]+/[^/]+/asset/)([^/?#]+)")
_STATIC = re.compile(r"^/?static/(?:content/)?([^?#]+)")
_PAGE = re.compile(r"^/(?:jump_to(?:_id)?|course|courses)\b")


class OlxFiles:
    """`used` are the members that the course drew on."""

    def __init__(self, source: Source, root: str, outline: Outline) -> None:
        self.source, self.root, self.outline = source, root, outline
        self.used: set[str] = set()
        self.missing: set[str] = set()
        self.blocks = 0
        self.policy: dict[str, dict[str, Any]] = {}
        self._static = {
            _folded(name[len(root) + 7 :]): name for name in source.names if name.startswith(f"{root}static/")
        }

    def resolve(self, address: str) -> str | None:
        """An address in a page → the member it means: /static/…, the ways of asset addresses, links to other pages."""
        if _PAGE.match(address) and "type@asset" not in address:
            return "page.html"
        asset = _ASSET.search(address) or _STATIC.match(address)
        if asset is None:
            return None
        return self.static(unquote(asset.group(1)))

    def static(self, name: str) -> str | None:
        """A file below static/; Studio writes spaces, brackets and the like as underscores."""
        member = self._static.get(_folded(name.strip().removeprefix("/static/")))
        if member is not None:
            self.used.add(member)
        return member

    def unused(self) -> Iterator[str]:
        """Static files that no page drew on, as names below static/."""
        for name in self._static.values():
            if name not in self.used:
                yield name[len(self.root) :]

    def text(self, name: str) -> str:
        """A text below the root, "" where there is none."""
        data = self.source.text(self.root + name, 8 * 1024**2)
        if data is not None:
            self.used.add(self.root + name)
        return decoded(data) if data is not None else ""

    def json(self, name: str) -> Any:
        """A JSON file below the root, or None; broken JSON refuses the pack."""
        full = self.root + name
        data = self.source.text(full, 8 * 1024**2)
        if data is None:
            return None
        try:
            return json.loads(decoded(data))
        except (ValueError, RecursionError) as error:
            self.outline.refuse("foreign_broken", full, name=short(full), reason=json_fault(error))
            return None

    def load(self, node: Element, trail: tuple[str, ...]) -> tuple[Element, str] | None:
        """A block and its key, from the file its pointer names or as it stands. None where the pack is refused:
        blocks that hold themselves, or more than there may be."""
        tag, name = str(node.tag), node.get("url_name", "")
        key = f"{tag}/{name}" if name else f"{trail[-1] if trail else ''}/{tag}-{self.blocks}"
        self.blocks += 1
        if self.blocks > MAX_BLOCKS:
            if self.blocks == MAX_BLOCKS + 1:
                self.outline.refuse("too_many", "", limit=MAX_BLOCKS)
            return None
        if key in trail or len(trail) > MAX_DEPTH:
            self.outline.refuse("foreign_broken", key, name=short(key), reason=" → ".join([*trail[-3:], key]))
            return None
        path = f"{tag}/{name.replace(':', '/')}"
        found = node
        if name and not len(node) and not (node.text or "").strip():
            tree = self._pointed(f"{self.root}{path}.xml")
            if tree is None and self.outline.problems:
                return None
            if (
                tree is None
                and set(node.attrib) <= _POINTER
                and f"{self.root}{path}.html" not in self.source.archive
            ):
                self.missing.add(key)
                self.outline.lose(key, key, "lost_missing", name=short(f"{path}.xml"))
            found = node if tree is None else tree
        for attribute, value in {**self.policy.get(key, {}), **node.attrib}.items():
            if attribute not in found.attrib and isinstance(value, str):
                found.set(attribute, value)
        return found, key

    def _pointed(self, member: str) -> Element | None:
        if member not in self.source.archive:
            return None
        self.used.add(member)
        return read_tree(self.source, member, self.outline)

    def orphans(self, folders: tuple[str, ...]) -> Iterator[str]:
        """Blocks in these folders that no page leads to."""
        for name in self.source.names:
            folder, slash, rest = (
                name[len(self.root) :].partition("/") if name.startswith(self.root) else ("", "", "")
            )
            if slash and folder in folders and rest.endswith(".xml") and name not in self.used:
                yield f"{folder}/{rest}"


def html_of(node: Element, skip: tuple[str, ...] = ()) -> str:
    """What stands in an element as HTML, without the tags to skip."""
    parts = [escape(node.text or "", quote=False)]
    for child in node:
        if child.tag not in skip:
            attributes = "".join(f' {name}="{escape(value)}"' for name, value in child.attrib.items())
            parts.append(f"<{child.tag}{attributes}>{html_of(child, skip)}</{child.tag}>")
        parts.append(escape(child.tail or "", quote=False))
    return "".join(parts)


def title_of(node: Element) -> str:
    """A block's own name, "" where it has none; some blocks call it otherwise."""
    if node.tag == "discussion":
        # Known by what it is about and the heading it stands under.
        about = ("display_name", "discussion_category", "discussion_target")
        words = (" ".join(node.get(name, "").split()) for name in about)
        return " · ".join(dict.fromkeys(filter(None, words)))[:190]
    for name in ("display_name", "block_name", "title", "question"):
        if said := " ".join(node.get(name, "").split()):
            return said[:190]
    return " ".join((node.findtext("title") or "").split())[:190]


def _folded(name: str) -> str:
    return re.sub(r"[^\w.-]", "_", unquote(name)).casefold()
