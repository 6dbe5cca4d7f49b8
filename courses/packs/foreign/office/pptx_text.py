"""The words of a slide's shapes as HTML: paragraphs, lists by their levels, tables, links, formulas in a line.

Pure functions over the XML of one shape; relations are needed for links only.
"""

from __future__ import annotations

from html import escape

from courses.packs.foreign.office import ooxml
from courses.packs.foreign.office.docx_body import first_of
from courses.packs.foreign.office.ooxml import Element, Relation, attribute, first, local, under


def relation_id(element: Element) -> str:
    """r:embed, r:link or r:id of an element (p:sldId has an id of its own beside it)."""
    found = {str(k).rpartition("}")[2]: str(v) for k, v in element.attrib.items() if "elationships" in str(k)}
    return found.get("embed") or found.get("link") or found.get("id") or ""


def place(shape: Element) -> str:
    """The kind of placeholder a shape is, "" where it is none and "obj" where its kind is not said."""
    holder = first(shape, "nvSpPr")
    marked = None if holder is None else first(holder, "ph")
    return "" if marked is None else marked.get("type") or "obj"


def said(shape: Element) -> str:
    """The words for those who do not see a picture, where somebody wrote them."""
    properties = first(shape, "cNvPr")
    text = (attribute(properties, "descr") or attribute(properties, "title")).strip()
    return "" if ooxml.FILE_NAME.search(text) else text


def flat(shape: Element) -> str:
    body = first(shape, "txBody")
    return "" if body is None else " ".join("".join(_plain(p) + " " for p in under(body, "p")).split())


def _plain(paragraph: Element) -> str:
    return "".join(
        (e.text or "") if local(e) == "t" else " " if local(e) == "br" else "" for e in paragraph.iter()
    )


def text_html(shape: Element, relations: dict[str, Relation], *, listed: bool) -> str:
    body = first(shape, "txBody")
    if body is None:
        return ""
    rows = [(p, _inline_html(p, relations)) for p in body if local(p) == "p"]
    rows = [(p, html) for p, html in rows if html.strip()]
    holder = place(shape) in ("body", "obj")
    return _levels_html([(_level(p, listed=holder and len(rows) > 1 and listed), html) for p, html in rows])


def _level(paragraph: Element, *, listed: bool) -> int:
    """How deep in a list a paragraph stands; 0 is none."""
    properties = first_of(paragraph, "pPr")
    depth = properties.get("lvl") or "0" if properties is not None else "0"
    deep = min(int(depth), 8) if depth.isdigit() else 0
    marks = {local(child) for child in properties} if properties is not None else set()
    if "buNone" in marks:
        return 0
    if marks & {"buChar", "buAutoNum", "buBlip"} or listed or deep:
        return deep + 1
    return 0


def _levels_html(rows: list[tuple[int, str]]) -> str:
    out: list[str] = []
    depth = 0
    for level, html in rows:
        if level > depth:
            # A list that begins deeper than one step: the steps between are not there.
            out.append("<ul><li>")
            depth += 1
        else:
            while depth > level:
                out.append("</li></ul>")
                depth -= 1
            out.append("</li><li>" if depth else "")
        out.append(html if depth else f"<p>{html}</p>")
    return "".join(out) + "</li></ul>" * depth


def _inline_html(paragraph: Element, relations: dict[str, Relation], depth: int = 0) -> str:
    out = []
    for child in paragraph:
        match local(child):
            case "r" | "fld":
                out.append(_run_html(child, relations))
            case "br":
                out.append("<br/>")
            case "AlternateContent" | "Choice" | "m" | "oMathPara" if depth < 5:
                chosen = first_of(child, "Choice") if local(child) == "AlternateContent" else child
                out.append(_inline_html(child if chosen is None else chosen, relations, depth + 1))
            case "oMath":
                out.append(escape(ooxml.formula(child)))
    return "".join(out)


def _run_html(run: Element, relations: dict[str, Relation]) -> str:
    text = "".join(t.text or "" for t in run if local(t) == "t")
    html = escape(text).replace("\v", "<br/>").replace("_x000B_", "<br/>")
    properties = first_of(run, "rPr")
    if properties is None or not text.strip():
        return html
    for name, tag in (("b", "strong"), ("i", "em")):
        if properties.get(name) in ("1", "true"):
            html = f"<{tag}>{html}</{tag}>"
    if properties.get("baseline", "0") not in ("0", ""):
        tag = "sub" if properties.get("baseline", "").startswith("-") else "sup"
        html = f"<{tag}>{html}</{tag}>"
    click = first_of(properties, "hlinkClick")
    relation = relations.get(relation_id(click)) if click is not None else None
    if (
        relation is not None
        and relation.outside
        and relation.target.lower().startswith(("http:", "https:", "mailto:"))
    ):
        html = f'<a href="{escape(relation.target)}">{html}</a>'
    return html


def table_html(table: Element, relations: dict[str, Relation]) -> str:
    properties = first_of(table, "tblPr")
    headed = properties is not None and properties.get("firstRow") in ("1", "true")
    rows = []
    for number, row in enumerate(e for e in table if local(e) == "tr"):
        tag = "th" if headed and not number else "td"
        cells = []
        for cell in (e for e in row if local(e) == "tc"):
            if _is_true(cell, "hMerge") or _is_true(cell, "vMerge"):
                continue
            spans = "".join(
                f' {name}="{cell.get(key)}"'
                for key, name in (("gridSpan", "colspan"), ("rowSpan", "rowspan"))
                if (cell.get(key) or "").isdigit()
            )
            inner = "<br/>".join(_inline_html(p, relations) for p in under(cell, "p"))
            cells.append(f"<{tag}{spans}>{inner}</{tag}>")
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return f"<table>{''.join(rows)}</table>"


def _is_true(element: Element, name: str) -> bool:
    return element.get(name) in ("1", "true")
