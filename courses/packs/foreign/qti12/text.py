"""The words of a QTI 1.2 question: HTML or plain, wherever its document put them, as plain text with its lines kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from bs4 import BeautifulSoup, Tag

from courses.packs.foreign.xmltree import local

_SKIP = ("response_lid", "response_str", "response_num", "response_xy", "response_grp", "itemmetadata")
_BLOCKS = (
    "p",
    "div",
    "br",
    "li",
    "tr",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "pre",
    "blockquote",
    "ul",
    "ol",
    "table",
)
_LOOKS = re.compile(r"<(?:[a-z][a-z0-9]*|/[a-z]+|!--)[^>]*>", re.I)


@dataclass(frozen=True)
class Words:
    """A piece of a question as HTML; `pictures` are addresses that stood beside the text, not in it."""

    html: str
    pictures: tuple[str, ...] = ()


@dataclass
class Plain:
    text: str = ""
    pictures: list[str] = field(default_factory=list)


def materials(element: Element) -> Iterator[Words | str]:
    """What a question, option or feedback says, in order; in place of each response its ident."""
    for part in element:
        name = local(part)
        if name in _SKIP:
            yield part.get("ident", "")
        elif name in ("mattext", "mat_formattedtext"):
            yield Words(_html(part))
        elif name in ("matimage", "mataudio", "matvideo", "matapplet"):
            address = part.get("uri") or part.get("entityref") or ""
            yield Words("", (address,) if address else ())
        else:
            yield from materials(part)


def _html(element: Element) -> str:
    text = "".join(element.itertext())
    kind = (element.get("texttype") or element.get("type") or "").lower()
    if "html" in kind or (not kind.startswith("text/plain") and _LOOKS.search(text)):
        return text
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", "<br>")


def words_of(parts: Iterable[Words]) -> Plain:
    """Plain text of some pieces: a line for each paragraph, a formula as it was typed, a picture as its description."""
    made = Plain()
    lines: list[str] = []
    for part in parts:
        made.pictures += part.pictures
        if not part.html.strip():
            continue
        if "<" not in part.html and "&" not in part.html:
            lines += part.html.split("\n")
            continue
        soup = BeautifulSoup(part.html, "lxml")
        for tag in soup.find_all(["script", "style", "head"]):
            tag.decompose()
        for tag in soup.find_all(["img", "video", "audio", "iframe", "embed", "object"]):
            _shown(tag, made)
        for tag in soup.find_all(_BLOCKS):
            tag.insert_before("\n")
            tag.append("\n")
        lines += soup.get_text().split("\n")
    clean = (" ".join("".join(c if c.isprintable() else " " for c in text).split()) for text in lines)
    made.text = "\n".join(text for text in clean if text)
    return made


def _shown(tag: Tag, made: Plain) -> None:
    formula = str(tag.get("data-equation-content") or "").strip()
    if not formula:
        address = str(tag.get("src") or tag.get("data") or "").strip()
        if address:
            made.pictures.append(address)
        formula = str(tag.get("alt") or "").strip()
        formula = f"[{formula}]" if formula else ""
    tag.replace_with(f" {formula} " if formula else " ")
