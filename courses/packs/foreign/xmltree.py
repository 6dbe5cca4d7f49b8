"""XML that strangers wrote, parsed: no entities of its own, nothing fetched, encodings of Chinese Windows read.

Refuses to raise anything but BrokenXML, whose text is fit for a report.
"""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, ParseError

import defusedxml
from defusedxml.ElementTree import fromstring
from django.utils.translation import gettext as _

from courses.packs.foreign.markup import decoded

_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_MAX_DEPTH = 200


class BrokenXML(ValueError):
    """The document cannot be read; `str()` of it says why."""


def parsed(data: bytes | None) -> Element:
    """The root of a document. Raises BrokenXML for what is missing, no XML, or brings entities of its own."""
    if data is None:
        raise BrokenXML(_("没有这个文件，或者太大"))
    try:
        return _parse(data)
    except (ParseError, ValueError, LookupError) as error:
        if isinstance(error, BrokenXML):
            raise
        # The parser knows neither GBK nor what a wrong declaration hides.
        try:
            return _parse(_DECLARATION.sub("", decoded(data).lstrip("\ufeff"), count=1))
        except (ParseError, ValueError, LookupError):
            line = error.position[0] if isinstance(error, ParseError) else 1
            raise BrokenXML(_("不是正确的 XML（第 %(line)s 行）") % {"line": line}) from None


def _parse(content: bytes | str) -> Element:
    try:
        found: Element = fromstring(content)
    except defusedxml.DefusedXmlException:
        raise BrokenXML(_("XML 里自己定义了实体，不能接受")) from None
    level, depth = [found], 0
    while level:
        depth += 1
        if depth > _MAX_DEPTH:
            raise BrokenXML(_("XML 嵌套得太深"))
        level = [below for element in level for below in element]
    return found


def local(element: Element) -> str:
    """A tag's name without its namespace: every version of these formats has namespaces of its own."""
    return element.tag.rpartition("}")[2]


def child(element: Element | None, *path: str) -> Element | None:
    """The first element below, by local names."""
    for name in path:
        element = None if element is None else element.find(f"{{*}}{name}")
    return element


def children(element: Element | None, name: str) -> list[Element]:
    return [] if element is None else element.findall(f"{{*}}{name}")


def said(element: Element | None, *path: str) -> str:
    """The words of an element below, on one line; "" where there is none."""
    found = child(element, *path)
    return "" if found is None else " ".join("".join(found.itertext()).split())


def line(text: str) -> str:
    """One line without control characters, as a title must be."""
    return " ".join("".join(c if c.isprintable() or c == "\u3000" else " " for c in text).split())
