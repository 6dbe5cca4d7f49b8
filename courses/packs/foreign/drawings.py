"""SVG of pages and books → pictures that stand by themselves, where they are only pictures.

Owns taking a drawing out of the page it is written into. Refuses whatever courses.packs.svg refuses: it is then left
where it was, to be named.
"""

from __future__ import annotations

import re
from typing import Any

from courses.packs import svg
from courses.packs.foreign.markup import Resolve, beside
from courses.packs.foreign.sources import Source
from courses.packs.foreign.trees import tree_of as xml_tree
from courses.packs.foreign.webpages import unwrap

_BEGUN, _ENDED = re.compile(r"<svg\b", re.I), re.compile(r"</svg\b", re.I)
_WRITTEN = re.compile(r"<svg\b[^>]*>.*?</svg\s*>", re.I | re.S)
_ABOVE = re.compile(rb"<\?xml-stylesheet.*?\?>|<!DOCTYPE\s+svg\b[^>\[]*>", re.I | re.S)
_MAX_DRAWINGS = 500


def drawings_of(text: str, tree: Any, source: Source) -> dict[str, str]:
    """Take drawings out of a page: each becomes a member, and in the tree a picture. Address → member."""
    standing = [one for one in tree.iter("svg") if not any(True for _ in one.iterancestors("svg"))]
    begun = len(_BEGUN.findall(text)) if standing else 0
    # One that is never closed would be looked for to the end of the page, each time anew.
    if not 0 < begun <= _MAX_DRAWINGS or begun != len(_ENDED.findall(text)):
        return {}
    written = _WRITTEN.findall(text)
    if len(written) != len(standing):
        return {}
    found: dict[str, str] = {}
    for element, code in zip(standing, written, strict=True):
        data = _alone(code)
        if element.getparent() is None or svg.check(data).code or not svg.check(data).width:
            continue
        named = element.find("title")
        alt = element.get("aria-label") or ("".join(named.itertext()) if named is not None else "")
        address = f"drawing:{len(found)}"
        found[address] = source.keep("drawing.svg", data)
        tail = element.tail
        element.clear()
        element.tag, element.tail = "img", tail
        element.set("src", address)
        element.set("alt", " ".join(alt.split()))
    return found


def with_drawings(near: Resolve, text: str, tree: Any, source: Source) -> Resolve:
    """Take drawings out of a page; the way to find members that knows them, too."""
    unwrap(tree)
    found = drawings_of(text, tree, source)
    return lambda address: found.get(address) or near(address)


def _alone(code: str) -> bytes:
    """A drawing as a file: it says what it is, which inside a page it need not."""
    head = code[: code.index(">")]
    says = "" if re.search(r"\sxmlns\s*=", head) else f' xmlns="{svg.SVG}"'
    if "xlink:" in code and "xmlns:xlink" not in head:
        says += ' xmlns:xlink="http://www.w3.org/1999/xlink"'
    return (code[:4] + says + code[4:]).encode()


def standing_alone(member: str, source: Source) -> str:
    """The member itself, or a copy of an SVG file without what drawing programs write above the drawing: a DOCTYPE
    that declares nothing, and links to style sheets. Everything else stays to be judged."""
    head = (source.start(member) or b"")[:1024].lower()
    data = source.text(member, svg.MAX_BYTES) if b"<svg" in head or b"<!doctype svg" in head else None
    plain = _ABOVE.sub(b"", data) if data is not None else data
    return member if plain is None or plain == data else source.keep("drawing.svg", plain)


def pictures_in(member: str, source: Source) -> list[str] | None:
    """The members that an SVG file only holds, None where it is a drawing itself (or is to be judged as it is)."""
    data = source.text(standing_alone(member, source), svg.MAX_BYTES)
    if data is None or svg.check(data).code != "svg_external":
        return None
    resolve: Resolve = beside(member, source)
    root = xml_tree(data)
    found = []
    for element in root.iter() if hasattr(root, "iter") else ():
        if str(element.tag).rpartition("}")[2] == "image":
            inside = resolve(element.get(svg.XLINK_HREF) or element.get("href") or "")
            found += [inside] if inside else []
    return found


def words_in(member: str, source: Source) -> str:
    """What is written in an SVG file, a line for each of its texts."""
    data = source.text(standing_alone(member, source), svg.MAX_BYTES)
    root = xml_tree(data) if data is not None else None
    lines = [
        " ".join("".join(element.itertext()).split())
        for element in (root.iter() if root is not None else ())
        if str(element.tag).rpartition("}")[2] == "text"
    ]
    return "\n".join(filter(None, lines))
