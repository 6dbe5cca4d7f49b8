"""XML members of a pack as trees: what is broken, or more than memory should hold, refuses the pack by name."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from django.utils.translation import gettext as _

from courses.packs.foreign.outline import Outline
from courses.packs.foreign.sources import Source
from courses.packs.foreign.xmltree import BrokenXML, parsed
from courses.packs.problems import short

MAX_BYTES = 32 * 1024**2
# A small file can hold millions of empty elements, each of which takes a hundred bytes of memory.
MAX_ITEMS = 1_000_000


def tree_of(data: bytes | None) -> Element:
    """The root of a document. Raises BrokenXML."""
    if data is not None and data.count(b"<") + data.count(b"=") > MAX_ITEMS:
        raise BrokenXML(_("XML 里的项目太多"))
    return parsed(data)


def read_tree(source: Source, name: str, outline: Outline) -> Element | None:
    """A member's tree; None where there is no such member, or (and then the pack is refused) where it is broken."""
    if name not in source.archive:
        return None
    try:
        return tree_of(source.text(name, MAX_BYTES))
    except BrokenXML as error:
        outline.refuse("foreign_broken", name, name=short(name), reason=str(error))
        return None


def head_of(source: Source, name: str) -> bytes:
    """A member's first bytes, to be recognised by: b"" where it is broken, which is told when it is read in earnest."""
    return (source.start(name) or b"").replace(b"\x00", b"")
