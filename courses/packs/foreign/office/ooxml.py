"""What Word and PowerPoint files have in common: parts, relations, properties, formulas, charts, diagrams.

Owns the reading of their XML with entities, DTDs and the network off, and what of a whole file is refused (macros) or
kept from learners (an original that would fetch its template from elsewhere). Refuses to follow any outside address.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext as _
from lxml import etree

from courses.packs.foreign.outline import Download, Lost, Outline
from courses.packs.foreign.sources import Source
from courses.packs.problems import short

# lxml has no types.
Element = Any
MAX_XML = 24 * 1024**2  # of text with its marks: some 2,000 pages; the tree of it is ten times that
CONTENT_TYPES = "[Content_Types].xml"
# Templates of the makers, which nobody meant as a title.
_NO_TITLE = re.compile(
    r"^(Microsoft (Word|PowerPoint)\b.*|PowerPoint (演示文稿|Presentation)|Slide 1|幻灯片 ?1|Document ?\d*|文档 ?\d*|"
    r"演示文稿 ?\d*|Presentation ?\d*|无标题|Untitled|无幻灯片标题|Word Document)$",
    re.I,
)
_MACROS = re.compile(r"macroEnabled|vbaProject", re.I)
# What an office program loads by itself when the file is opened.
_LOADS_ITSELF = ("attachedTemplate", "oleObject", "frame", "subDocument", "externalLinkPath", "control")
# What programs write for a picture by themselves: a file's name or path, "图片 3".
FILE_NAME = re.compile(
    r"[\\/]|^\S+\.(png|jpe?g|gif|bmp|tiff?|emf|wmf|webp|svg)$|^(图片|Picture|Image|IMG_)\s*\d*$", re.I
)
_HAN = re.compile(r"[\u4e00-\u9fff]")


class BrokenPart(Exception):
    """A part that is missing or no XML; the two arguments are its name and the reason."""


@dataclass(frozen=True)
class Relation:
    """`target` is a member of the archive, or the address where `outside`."""

    kind: str
    target: str
    outside: bool


def local(element: Element) -> str:
    """An element's name without its namespace: transitional and strict files differ in nothing else here."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def under(element: Element, *names: str) -> Iterator[Element]:
    """Descendants (and the element itself) of these local names, in order."""
    return iter(element.iter(*(f"{{*}}{name}" for name in names)))


def first(element: Element, *names: str) -> Element | None:
    return next(under(element, *names), None)


def attribute(element: Element | None, name: str) -> str:
    """An attribute by its local name, in whatever namespace, or ""."""
    if element is None:
        return ""
    return next((str(v) for k, v in element.attrib.items() if str(k).rpartition("}")[2] == name), "")


def is_on(element: Element | None) -> bool:
    """Whether a switch such as w:b stands and is not switched off."""
    return element is not None and attribute(element, "val").lower() not in ("0", "false", "off", "none")


class Parts:
    """The XML parts of one file. Roots are not kept: a caller reads a part once."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._folded = {name.casefold(): name for name in source.names}

    def member(self, name: str) -> str:
        """The archive's own spelling of a part's name, or ""."""
        return name if name in self.source.archive else self._folded.get(name.casefold(), "")

    def root(self, name: str) -> Element:
        """The parsed part. Raises BrokenPart."""
        member = self.member(name)
        data = self.source.text(member, MAX_XML) if member else None
        if data is None:
            raise BrokenPart(name, _("没有这个文件，或者太大"))
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
        )
        try:
            root = etree.fromstring(data, parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None) or 1
            raise BrokenPart(name, _("不是正确的 XML（第 %(line)s 行）") % {"line": line}) from error
        if root.getroottree().docinfo.doctype:
            raise BrokenPart(name, _("XML 里有 DOCTYPE 声明，不能接受"))
        return root

    def maybe(self, name: str) -> Element | None:
        """The parsed part, or None where there is none. Raises BrokenPart where it is broken."""
        return self.root(name) if self.member(name) else None

    def relations(self, part: str) -> dict[str, Relation]:
        """By id, what a part draws on ("" is the file as a whole). Raises BrokenPart."""
        folder, base = posixpath.split(part)
        root = self.maybe(posixpath.join(folder, "_rels", f"{base}.rels"))
        found: dict[str, Relation] = {}
        for item in () if root is None else under(root, "Relationship"):
            kind = (item.get("Type") or "").rpartition("/")[2]
            target = item.get("Target") or ""
            outside = (item.get("TargetMode") or "").lower() == "external"
            if not outside:
                joined = posixpath.normpath(posixpath.join("/", folder, unquote(target.replace("\\", "/"))))
                target = self.member(joined.lstrip("/")) or joined.lstrip("/")
            found[item.get("Id") or ""] = Relation(kind, target, outside)
        return found

    def main(self) -> str:
        """The part where the document begins. Raises BrokenPart."""
        for relation in self.relations("").values():
            if relation.kind == "officeDocument" and self.member(relation.target):
                return relation.target
        raise BrokenPart("_rels/.rels", _("没有写明正文是哪一个文件"))


def content_types(source: Source) -> str:
    """The list of types as text, by which one knows what an office file is; "" where there is none."""
    if source.kind != "zip" or CONTENT_TYPES not in source.archive:
        return ""
    return (source.text(CONTENT_TYPES, 4 * 1024**2) or b"").decode("utf-8", "replace")


def about(parts: Parts, outline: Outline) -> None:
    """Title, authors and language from the file's properties, where they say something. Raises BrokenPart."""
    name = next(
        (r.target for r in parts.relations("").values() if r.kind == "core-properties"), "docProps/core.xml"
    )
    root = parts.maybe(name)
    if root is None:
        return
    said = {local(item): " ".join((item.text or "").split()) for item in root}
    title = said.get("title", "")
    outline.title = "" if _NO_TITLE.match(title) else title[:200]
    authors = re.split(r"[;；]", said.get("creator", ""))
    outline.authors = tuple(a.strip()[:100] for a in authors if a.strip())[:20]
    outline.language = said.get("language", "")
    outline.summary = said.get("description", "")[:2000]


def inspected(name: str, source: Source, read: Callable[[Outline], None]) -> Outline:
    """The outline that `read` fills, of a document that is not refused; a broken part refuses it, by its name."""
    outline = Outline(name)
    try:
        if not is_refused(source, outline):
            read(outline)
    except BrokenPart as error:
        part, reason = error.args
        outline.refuse("foreign_broken", part, name=f"{short(source.name)} › {part}", reason=str(reason))
    return outline


def is_refused(source: Source, outline: Outline) -> bool:
    """Whether the file runs by itself: learners get the original, so one with macros is not taken at all."""
    macros = next((name for name in source.names if "vbaproject" in name.casefold()), "")
    if macros or _MACROS.search(content_types(source)):
        outline.refuse("office_macros", macros, name=short(source.name))
    return bool(outline.problems)


def original(source: Source, parts: Parts, outline: Outline, extension: str) -> Download | None:
    """The whole file for learners, or None (named) where opening it would load something from elsewhere."""
    for name in source.names:
        if not name.endswith(".rels"):
            continue
        folder, base = posixpath.split(name)
        part = posixpath.join(posixpath.dirname(folder), base.removesuffix(".rels"))
        for relation in parts.relations(part).values():
            if relation.outside and relation.kind in _LOADS_ITSELF and is_remote(relation.target):
                outline.lose(part, source.name, "lost_original", what=short(relation.target))
                return None
    return whole(source, extension)


def whole(source: Source, extension: str) -> Download:
    """The file as it was handed in, as a download. A zip is copied once: it is no member of itself."""
    stem = Path(source.name.replace("\\", "/")).name
    # Shows and templates are the same kind of file.
    stem = re.sub(r"\.(ppsx|potx|dotx)$", f".{extension}", stem, flags=re.I)
    named = stem if stem.lower().endswith(f".{extension}") else f"{stem or 'document'}.{extension}"
    if source.kind == "file":
        return Download(source.name, named)
    with open(source.path, "rb") as file:
        return Download(source.keep(named, file), named)


def is_remote(address: str) -> bool:
    """Whether an address leaves the reader's own computer; file:///C:/… of the author's does not."""
    return (
        re.match(r"(https?|ftp|mhtml|ms-\w+):|\\\\|//|file:(//[^/]|/{4,})", address.strip(), re.I) is not None
    )


def language_of(text: str, said: str = "") -> str:
    """BCP 47: what the text itself shows, since most files keep the language of the program that made them."""
    said = said if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", said) else ""
    language, *rest = said.split("-")
    said = "-".join([language.lower(), *(p.title() if len(p) == 4 else p.upper() for p in rest)])
    if said and language.lower() != "en":
        return said
    return "zh-Hans" if _is_chinese(text) else said


def _is_chinese(text: str) -> bool:
    return len(_HAN.findall(text)) * 4 > sum(c.isalpha() for c in text)


def in_words_of(text: str, words: str, **values: object) -> str:
    """Words that become part of a lesson, in the language of its text and not in that of whoever imports it."""
    with translation.override("en" if any(map(str.isalpha, text)) and not _is_chinese(text) else "zh-hans"):
        return gettext(words).format(**values)


class Naming:
    """Counts what does not come in, so that forty comments are one line of the report and not forty."""

    def __init__(self, outline: Outline) -> None:
        self.outline = outline
        self.counts: dict[tuple[str, str, str], int] = {}

    def add(self, path: str, title: str, code: str, count: int = 1) -> None:
        if count:
            key = (path, title, code)
            self.counts[key] = self.counts.get(key, 0) + count

    def close(self) -> None:
        """Put everything counted into the outline."""
        for (path, title, code), count in self.counts.items():
            self.outline.lose(path, title, code, count=count)
        self.counts.clear()


def once(outline: Outline, lost: Lost) -> None:
    if lost not in outline.lost:
        outline.lost.append(lost)


# -- formulas ----------------------------------------------------------------------------------------------


def formula(element: Element) -> str:
    """A formula (OMML) in one line as one would type it: (a+b)/(c), x^(2), √(x)."""
    return _linear(element).strip()


def _linear(element: Element) -> str:
    def part(name: str) -> str:
        return "".join(_linear(child) for child in element if local(child) == name)

    match local(element):
        case "t":
            return element.text or ""
        case "f":
            return f"{_closed(part('num'))}/{_closed(part('den'))}"
        case "sSup":
            return f"{part('e')}^{_closed(part('sup'))}"
        case "sSub":
            return f"{part('e')}_{_closed(part('sub'))}"
        case "sSubSup":
            return f"{part('e')}_{_closed(part('sub'))}^{_closed(part('sup'))}"
        case "rad":
            return f"{part('deg')}√{_closed(part('e'))}"
        case "nary":
            sign = attribute(first(element, "chr"), "val") or "∫"
            bounds = "".join(f"{m}{_closed(part(n))}" for m, n in (("_", "sub"), ("^", "sup")) if part(n))
            return f"{sign}{bounds} {part('e')}"
        case "d":
            properties = next((child for child in element if local(child) == "dPr"), None)
            marks = {} if properties is None else {local(e): attribute(e, "val") for e in properties}
            inside = ", ".join(_linear(child) for child in element if local(child) == "e")
            return f"{marks.get('begChr', '(')}{inside}{marks.get('endChr', ')')}"
        case "m":
            rows = [[_linear(cell) for cell in row] for row in element if local(row) == "mr"]
            return "[" + "; ".join(", ".join(row) for row in rows) + "]"
        case "eqArr":
            return "; ".join(_linear(child) for child in element if local(child) == "e")
        case name if name.endswith("Pr"):
            return ""
    return "".join(_linear(child) for child in element)


def _closed(text: str) -> str:
    return text if re.fullmatch(r"\w*", text) else f"({text})"


# -- charts and diagrams -----------------------------------------------------------------------------------

_MAX_ROWS = 200


def chart_html(root: Element) -> str:
    """A chart's data as a table: a row for each category, a column for each series; "" where it holds none."""
    # The chart's own title stands above it, and those of its axes, which often hold the unit, behind it.
    titles = ["".join(t.text or "" for t in under(title, "t")).strip() for title in under(root, "title")]
    caption = " · ".join(filter(None, titles))
    series = list(under(root, "ser"))[:20]
    heads: list[str] = []
    labels: dict[int, str] = {}
    columns: list[dict[int, str]] = []
    for number, one in enumerate(series, 1):
        parts = {local(child): child for child in one}
        heads.append("".join(_points(parts.get("tx")).values()) or str(number))
        labels |= _points(parts.get("cat", parts.get("xVal")))
        columns.append(_with_marks(_points(parts.get("val", parts.get("yVal"))), parts.get("dLbls")))
        if "bubbleSize" in parts:
            heads.append(f"{heads[-1]} ○")
            columns.append(_points(parts["bubbleSize"]))
    places = sorted({at for column in columns for at in column})[:_MAX_ROWS]
    if not places:
        return ""
    head = "".join(f"<th>{escape(name)}</th>" for name in ["", *heads])
    rows = "".join(
        f"<tr><th>{escape(labels.get(at, str(at + 1)))}</th>"
        + "".join(f"<td>{escape(column.get(at, ''))}</td>" for column in columns)
        + "</tr>"
        for at in places
    )
    named = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f"<table>{named}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _with_marks(values: dict[int, str], labels: Element | None) -> dict[int, str]:
    """Values with the words that somebody wrote beside their points."""
    found = dict(values)
    for label in () if labels is None else (e for e in labels if local(e) == "dLbl"):
        at = attribute(first(label, "idx"), "val")
        words = "".join(t.text or "" for t in under(label, "t")).strip()
        if at.isdigit() and words:
            found[int(at)] = f"{values.get(int(at), '')} ({words})".strip()
    return found


def _points(element: Element | None) -> dict[int, str]:
    """Cached values by their place; of a text over several levels, all of them, the outermost first."""
    levels = [] if element is None else list(under(element, "lvl"))
    if len(levels) > 1:
        return _levelled([_points(level) for level in levels])
    found: dict[int, str] = {}
    for number, point in enumerate(() if element is None else under(element, "pt")):
        value = first(point, "v")
        index = point.get("idx") or ""
        found.setdefault(
            int(index) if index.isdigit() else number, (value.text or "") if value is not None else ""
        )
    if not found and element is not None:
        values = [v.text or "" for v in under(element, "v")]
        return dict(enumerate(values))
    return found


def _levelled(levels: list[dict[int, str]]) -> dict[int, str]:
    """The innermost level's words, each below those of the levels above: a word there holds until the next one."""
    inner, *above = levels
    found = {}
    for at, words in inner.items():
        path = [max(((p, w) for p, w in one.items() if p <= at), default=(0, ""))[1] for one in above]
        found[at] = " / ".join(filter(None, [*reversed(path), words]))
    return found


def diagram_html(root: Element) -> str:
    """The words of a SmartArt diagram as a list in its order and depth; "" where it holds none."""
    words: dict[str, str] = {}
    top = ""
    for point in under(root, "pt"):
        kind = point.get("type") or "node"
        if kind == "doc":
            top = point.get("modelId") or ""
        if kind in ("node", "asst"):
            words[point.get("modelId") or ""] = " ".join(t.text or "" for t in under(point, "t")).strip()
    below: dict[str, list[tuple[int, str]]] = {}
    for link in under(root, "cxn"):
        if (link.get("type") or "parOf") == "parOf":
            order = link.get("srcOrd") or "0"
            entry = (int(order) if order.isdigit() else 0, link.get("destId") or "")
            below.setdefault(link.get("srcId") or "", []).append(entry)
    seen: set[str] = set()

    def listed(node: str, depth: int) -> str:
        items = []
        for _place, child in sorted(below.get(node, [])):
            if child in seen or depth > 20:
                continue
            seen.add(child)
            inner = listed(child, depth + 1)
            if words.get(child) or inner:
                items.append(f"<li>{escape(words.get(child, ''))}{inner}</li>")
        return f"<ul>{''.join(items)}</ul>" if items else ""

    made = listed(top, 0)
    rest = "".join(f"<li>{escape(text)}</li>" for node, text in words.items() if text and node not in seen)
    return made + (f"<ul>{rest}</ul>" if rest else "")


# -- a document's headings → units and pages ---------------------------------------------------------------


@dataclass(frozen=True)
class Levels:
    """Which heading levels open a unit and a page; 0 is none."""

    unit: int
    page: int


def levels_of(headings: list[int]) -> Levels:
    """The two outermost levels are units and pages; a level that stands only once, first, is the document's title."""
    used = sorted(set(headings))
    if len(used) > 1 and headings.count(used[0]) == 1 and headings[0] == used[0]:
        used = used[1:]
    if not used:
        return Levels(0, 0)
    return Levels(0, used[0]) if len(used) == 1 else Levels(used[0], used[1])
