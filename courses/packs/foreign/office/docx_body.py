"""A Word document's XML, brought to the few elements mammoth reads; what mammoth would drop in silence is named.

Owns the simplifying of one part (document, footnotes, endnotes), in place. Formulas become one line of text; charts and
diagrams become marks that docx.py replaces by a table and a list; pictures stay by the id of their relation.
"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, field

from lxml import etree

from courses.packs.foreign.office import ooxml
from courses.packs.foreign.office.ooxml import (
    BrokenPart,
    Element,
    Naming,
    Parts,
    Relation,
    attribute,
    first,
    is_on,
    local,
    under,
)
from courses.packs.problems import short

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WP = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
_A = "http://schemas.openxmlformats.org/drawingml/2006/main"
_PIC = "http://schemas.openxmlformats.org/drawingml/2006/picture"
_V = "urn:schemas-microsoft-com:vml"
_DRAWN = (_V, "urn:schemas-microsoft-com:office:office", "urn:schemas-microsoft-com:office:word")
_HOLDS = ("group", "rect", "roundrect", "shape", "textbox", "imagedata")
_SESSIONS = ("rsidR", "rsidRPr", "rsidRDefault", "rsidP", "rsidTr", "rsidDel", "paraId", "textId")
# What of a run's looks a lesson keeps.
_LOOKS = frozenset(
    {"b", "i", "u", "strike", "vertAlign", "rStyle", "vanish", "del", "ins", "caps", "smallCaps"}
)
# Noncharacters: no text holds them.
MARK = re.compile("\ufdd0(\\d+)\ufdd1")
_DROPPED = frozenset(
    {
        "bookmarkStart",
        "bookmarkEnd",
        "proofErr",
        "lastRenderedPageBreak",
        "permStart",
        "permEnd",
        "commentReference",
    }
    | {"commentRangeStart", "commentRangeEnd", "ptab", "pgNum", "softHyphen"}
)
_UNWRAPPED = frozenset({"fldSimple", "dir", "bdo"})
# What tells that the first choice of an alternative is something read here.
_KNOWN = ("txbxContent", "pic", "chart", "relIds", "oMath", "t", "blip")


@dataclass
class Simplifier:
    """One document's parts; `made` holds the HTML that stands for each mark."""

    parts: Parts
    naming: Naming
    title: str
    made: list[str] = field(default_factory=list)
    outside: list[tuple[str, str]] = field(default_factory=list)

    def simplify(self, root: Element, part: str, relations: dict[str, Relation]) -> None:
        """Bring a part's tree to what mammoth reads."""
        self.part, self.relations = part, relations
        self.w = etree.QName(root).namespace or W
        self._revisions(root)
        # What stands in a field comes in; what else might have been chosen or typed there does not.
        fields = [e for e in under(root, "ffData") if first(e, "ddList", "textInput") is not None]
        self._name("lost_form", len(fields) + sum(1 for _ in under(root, "dropDownList", "comboBox")))
        _lighten(root)
        self._alternatives(root)
        self._tables(root)
        for element in [*under(root, "oMathPara"), *under(root, "oMath")]:
            if element.getparent() is not None and _alive(element, root):
                self._formula(element)
        for drawing in reversed(list(under(root, "drawing"))):
            self._drawing(drawing)
        self._legacy(root)
        self._small(root)

    # -- one kind after the other -------------------------------------------------------------------

    def _revisions(self, root: Element) -> None:
        changed = sum(
            1 for e in under(root, "ins", "del", "moveTo", "moveFrom") if local(e.getparent()) != "rPr"
        )
        self._name("lost_revisions", changed)
        hidden = [r for r in under(root, "r") if is_on(first_of(first_of(r, "rPr"), "vanish"))]
        self._name("lost_hidden_text", sum(1 for run in hidden if any(t.text for t in under(run, "t"))))
        for run in hidden:
            # Fields keep their marks in hidden runs; without them the rest of the field would run on.
            if first(run, "fldChar", "instrText") is None:
                _remove(run)

    def _alternatives(self, root: Element) -> None:
        for element in reversed(list(under(root, "AlternateContent"))):
            kinds = {local(child): child for child in reversed(element)}
            choice, fallback = kinds.get("Choice"), kinds.get("Fallback")
            known = choice is not None and first(choice, *_KNOWN) is not None
            chosen = choice if known or fallback is None else fallback
            _replace(element, [] if chosen is None else list(chosen))

    def _tables(self, root: Element) -> None:
        """What a table says of itself to those who cannot see it, as a paragraph above it."""
        for table in list(under(root, "tbl")):
            properties = first_of(table, "tblPr")
            said = [
                " ".join(attribute(one, "val").split())
                for name in ("tblCaption", "tblDescription")
                if (one := first_of(properties, name)) is not None
            ]
            # Many programs write there what stands above or below the table already.
            beside = f"{_words(table.getprevious())}\n{_words(table.getnext())}"
            for words in dict.fromkeys(one for one in said if one and one not in beside):
                paragraph = etree.Element(f"{{{self.w}}}p")
                paragraph.append(self._run(words))
                table.addprevious(paragraph)

    def _formula(self, element: Element) -> None:
        self._name("lost_formula")
        _replace(element, [self._run(ooxml.formula(element))])

    def _drawing(self, drawing: Element) -> None:
        properties = first(drawing, "docPr")
        made: list[Element] = []
        parts = list(under(drawing, "blip", "chart", "relIds", "txbxContent"))
        for part in parts:
            if any(local(above) == "txbxContent" for above in part.iterancestors()):
                continue
            match local(part):
                case "blip":
                    made += self._picture(part, properties)
                case "chart" | "relIds":
                    made += self._marked(part)
                case "txbxContent":
                    made.append(_boxed(part))
        if not parts:
            self._name("lost_drawing")
        _replace(drawing, made)

    def _picture(self, blip: Element, properties: Element | None) -> list[Element]:
        embedded = attribute(blip, "embed")
        svg = first(blip, "svgBlip")
        if svg is not None and attribute(svg, "embed") in self.relations and embedded not in self.relations:
            embedded = attribute(svg, "embed")
        relation = self.relations.get(embedded or attribute(blip, "link"))
        if relation is None:
            return []
        if relation.outside:
            self.outside.append((self.part, relation.target))
            return []
        said = attribute(properties, "descr").strip() or attribute(properties, "title").strip()
        inline = etree.Element(f"{{{_WP}}}inline")
        etree.SubElement(inline, f"{{{_WP}}}docPr", descr="" if ooxml.FILE_NAME.search(said) else said)
        inner = inline
        for name in (f"{{{_A}}}graphic", f"{{{_A}}}graphicData", f"{{{_PIC}}}pic", f"{{{_PIC}}}blipFill"):
            inner = etree.SubElement(inner, name)
        etree.SubElement(inner, f"{{{_A}}}blip", {f"{{{R}}}embed": embedded})
        drawing = etree.Element(f"{{{W}}}drawing")
        drawing.append(inline)
        return [drawing]

    def _marked(self, element: Element) -> list[Element]:
        """A chart or diagram by its data; what holds none is named."""
        is_chart = local(element) == "chart"
        relation = self.relations.get(attribute(element, "id" if is_chart else "dm"))
        html = ""
        if relation is not None and not relation.outside:
            try:
                root = self.parts.root(relation.target)
                html = ooxml.chart_html(root) if is_chart else ooxml.diagram_html(root)
            except BrokenPart:
                html = ""
        self._name("lost_chart" if is_chart else "lost_diagram")
        if not html:
            return []
        self.made.append(html)
        text = etree.Element(f"{{{W}}}t")
        text.text = f"\ufdd0{len(self.made) - 1}\ufdd1"
        return [text]

    def _legacy(self, root: Element) -> None:
        """VML: pictures without a file, words drawn along a path, embedded objects and controls."""
        for image in list(under(root, "imagedata")):
            relation = self.relations.get(image.get(f"{{{R}}}id") or attribute(image, "id"))
            if relation is None or relation.outside:
                if relation is not None:
                    self.outside.append((self.part, relation.target))
                _remove(image)
        for path in list(under(root, "textpath")):
            if path.get("string"):
                _replace(path, [self._run(path.get("string") or "")])
        for thing in list(under(root, "OLEObject")):
            program = thing.get("ProgID") or "OLE"
            self._name("lost_formula_object" if program.startswith("Equation") else "lost_object")
            relation = self.relations.get(attribute(thing, "id"))
            if relation is not None and relation.outside:
                self.outside.append((self.part, relation.target))
        self._name("lost_control", sum(1 for _ in under(root, "control")))
        for element in list(root.iter()):
            if _namespace(element) in _DRAWN and local(element) not in _HOLDS:
                if first(element, "textbox", "imagedata") is not None:
                    # An oval with words in it is a shape like any other.
                    element.tag = f"{{{_V}}}shape"
                else:
                    _remove(element)
            elif local(element) == "control":
                _remove(element)
        for name in ("altChunk", "subDoc"):
            for piece in list(under(root, name)):
                self._name("lost_object")
                _remove(piece)

    def _small(self, root: Element) -> None:
        for element in list(root.iter()):
            name = local(element)
            if name in _DROPPED:
                _remove(element)
            elif name in _UNWRAPPED:
                _replace(element, list(element))
            elif name == "ruby":
                base, above = first(element, "rubyBase"), first(element, "rt")
                words = _words(base)
                said = _words(above)
                _replace(element, [self._plain_text(f"{words}({said})" if said else words)])
            elif name == "cr":
                element.tag = f"{{{self.w}}}br"
            elif (
                name == "hyperlink"
                and attribute(element, "id")
                and attribute(element, "id") not in self.relations
            ):
                element.attrib.clear()

    # -- small things -------------------------------------------------------------------------------

    def _name(self, code: str, count: int = 1) -> None:
        self.naming.add(self.part, self.title, code, count)

    def _plain_text(self, text: str) -> Element:
        made = etree.Element(f"{{{self.w}}}t")
        made.text = text
        return made

    def _run(self, text: str) -> Element:
        run = etree.Element(f"{{{self.w}}}r")
        run.append(self._plain_text(text))
        return run


def _lighten(root: Element) -> None:
    """Half of what Word writes is fonts and the numbers of its sessions, and each of these cuts a sentence in two."""
    etree.strip_attributes(root, *(f"{{*}}{name}" for name in _SESSIONS))
    for run in list(under(root, "r")):
        properties = first_of(run, "rPr")
        looks: tuple[tuple[str, str], ...] = ()
        if properties is not None:
            for child in list(properties):
                if local(child) not in _LOOKS:
                    properties.remove(child)
            looks = tuple((local(child), attribute(child, "val")) for child in properties)
            if not looks:
                run.remove(properties)
        before = run.getprevious()
        words = [child for child in run if local(child) != "rPr"]
        if len(words) != 1 or local(words[0]) != "t" or before is None or local(before) != "r":
            continue
        last = before[-1] if len(before) else None
        if last is None or local(last) != "t":
            continue
        others = first_of(before, "rPr")
        if looks == tuple(
            (local(child), attribute(child, "val")) for child in (others if others is not None else ())
        ):
            last.text = (last.text or "") + (words[0].text or "")
            run.getparent().remove(run)


def _namespace(element: Element) -> str:
    return etree.QName(element).namespace or "" if isinstance(element.tag, str) else ""


def first_of(element: Element | None, name: str) -> Element | None:
    """A child by its local name."""
    return None if element is None else next((child for child in element if local(child) == name), None)


def _words(element: Element | None) -> str:
    return "" if element is None else "".join(t.text or "" for t in under(element, "t"))


def _boxed(content: Element) -> Element:
    """The content of a text box as mammoth knows it: it puts that after the paragraph in which the box hangs."""
    pict = etree.Element(f"{{{W}}}pict")
    etree.SubElement(pict, f"{{{_V}}}textbox").append(copy.deepcopy(content))
    return pict


def _alive(element: Element, root: Element) -> bool:
    return any(above is root for above in element.iterancestors())


def _remove(element: Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _replace(element: Element, by: list[Element]) -> None:
    parent = element.getparent()
    if parent is None:
        return
    at = parent.index(element)
    parent.remove(element)
    for number, piece in enumerate(by):
        parent.insert(at + number, piece)


def outline_levels(styles: Element | None) -> tuple[dict[str, int], dict[str, str]]:
    """By style id: the heading level (1–9) it or what it is based on has, and its name."""
    names: dict[str, str] = {}
    based: dict[str, str] = {}
    own: dict[str, int] = {}
    for style in () if styles is None else under(styles, "style"):
        key = attribute(style, "styleId")
        if attribute(style, "type") != "paragraph" or key in names:
            continue
        names[key] = attribute(first_of(style, "name"), "val")
        based[key] = attribute(first_of(style, "basedOn"), "val")
        said = attribute(first_of(first_of(style, "pPr"), "outlineLvl"), "val")
        named = re.fullmatch(r"(?:heading|标题|標題)\s*([1-9])", names[key].strip(), re.I)
        if said.isdigit():
            own[key] = int(said) + 1
        elif named:
            own[key] = int(named.group(1))
    levels: dict[str, int] = {}
    for key in names:
        at, steps = key, 0
        while at and at not in own and steps < 20:
            at, steps = based.get(at, ""), steps + 1
        if 1 <= own.get(at, 0) <= 9:
            levels[key] = own[at]
    return levels, names


def told_outside(simplifier: Simplifier) -> list[tuple[str, str]]:
    return [(part, short(address)) for part, address in dict.fromkeys(simplifier.outside)]


# -- a block of the body ------------------------------------------------------------------------------------


def style_of(block: Element) -> str:
    return attribute(first_of(first_of(block, "pPr"), "pStyle"), "val")


def set_style(block: Element, style: str) -> None:
    properties = first_of(block, "pPr")
    if properties is None:
        properties = etree.Element(f"{{{W}}}pPr")
        block.insert(0, properties)
    for child in list(properties):
        if local(child) in ("pStyle", "numPr", "outlineLvl"):
            properties.remove(child)
    etree.SubElement(properties, f"{{{W}}}pStyle", {f"{{{W}}}val": style})


def set_heading(block: Element, depth: int) -> None:
    """A heading inside a page: the page's own title is above it."""
    set_style(block, f"Heading{min(max(depth, 1), 4) + 1}")


def text_of(block: Element) -> str:
    """The words of a block, without those of boxes that hang in it."""
    found: list[str] = []

    def walk(element: Element) -> None:
        for child in element:
            match local(child):
                case "t":
                    found.append(child.text or "")
                case "tab" | "br":
                    found.append(" ")
                case "del" | "moveFrom" | "txbxContent" | "pPr" | "rPr":
                    pass
                case _:
                    walk(child)

    walk(block)
    return " ".join(MARK.sub("", "".join(found)).split())


def without_words(block: Element) -> Element:
    """What hung in a heading, as a paragraph of its own."""
    for element in list(under(block, "t", "pStyle", "outlineLvl", "numPr")):
        boxed = any(local(above) == "txbxContent" for above in element.iterancestors())
        if not boxed and not MARK.search(element.text or ""):
            parent = element.getparent()
            if parent is not None:
                parent.remove(element)
    return block
