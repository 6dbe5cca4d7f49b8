"""eXeLearning 3 and later: content.xml with pages, blocks and iDevices, each with its HTML or its values as JSON.

Owns that file's words. What it does not know by name it hands on as unknown, never as nothing.
"""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree.ElementTree import Element

from courses.packs.foreign.exelearning.parts import (
    MAX_QUESTION,
    Device,
    Exe,
    ExePage,
    beside_program,
    choice,
    gaps,
    in_order,
    picked,
    plain,
    scrambled,
    statement,
)

# Types whose HTML is what a reader sees, without a script behind it.
_TEXTS = frozenset(
    {
        "text",
        "udl-content",
        "rubric",
        "example",
        "casestudy",
        "case-study",
        "reflection",
        "tasks",
        "task",
        "citation",
    }
    | {
        "attached-files",
        "free-text",
        "reading",
        "readingactivity",
        "objectives",
        "preknowledge",
        "note",
        "activity",
    }
    | {"collaborative-editing", "external-website"}
)
_TRUE = ("true", "1", "yes", "verdadero")


def read_ode(root: Element) -> Exe:
    """The tree of a content.xml."""
    says = _pairs(root, "odeProperties")
    resources = _pairs(root, "odeResources")
    exe = Exe(
        version=resources.get("exe_version", "") or says.get("pp_exelearning_version", ""),
        title=says.get("pp_title", ""),
        language=says.get("pp_lang", "") or says.get("lom_general_language", ""),
        author=says.get("pp_author", ""),
        licence=says.get("pp_license", "") or says.get("license", ""),
        summary=plain(says.get("pp_description", "")),
    )
    for structure in _ordered(root, "odeNavStructures", "odeNavStructure", "odeNavStructureOrder"):
        exe.pages.append(_page(structure))
    return exe


def _page(structure: Element) -> ExePage:
    says = _pairs(structure, "odeNavStructureProperties")
    title = _text(structure, "pageName") or says.get("titlePage", "")
    page = ExePage(_text(structure, "odePageId"), _text(structure, "odeParentPageId"), title)
    page.hidden = says.get("visibility") == "false"
    for block in _ordered(structure, "odePagStructures", "odePagStructure", "odePagStructureOrder"):
        about = _pairs(block, "odePagStructureProperties")
        hidden = about.get("visibility") == "false" or about.get("teacherOnly") == "true"
        name = _text(block, "blockName")
        for part in _ordered(block, "odeComponents", "odeComponent", "odeComponentsOrder"):
            device = _device(part)
            own = _pairs(part, "odeComponentsProperties")
            device.hidden = hidden or own.get("visibility") == "false" or own.get("teacherOnly") == "true"
            device.title, name = name, ""
            page.devices.append(device)
    return page


def _device(part: Element) -> Device:
    kind = _text(part, "odeIdeviceTypeName")
    key = _text(part, "odeIdeviceId")
    html = _text(part, "htmlView")
    values = _values(_text(part, "jsonProperties"))
    device = Device(kind)
    if kind in ("form", "trueorfalse"):
        device.html.append(_string(values, "eXeFormInstructions") or _string(values, "eXeGameInstructions"))
        _questions(device, key, values)
        device.html.append(_string(values, "eXeIdeviceTextAfter"))
    elif kind == "scrambled-list":
        _scrambled(device, key, html, values)
    elif kind == "image-gallery":
        device.pictures = [
            (_string(value, "img"), _string(value, "title"))
            for value in values.values()
            if isinstance(value, dict) and _string(value, "img")
        ]
    elif kind == "external-website" and (
        shown := re.search(r"<iframe[^>]+src=[\"']([^\"']+)", html[:MAX_QUESTION])
    ):
        device.outside = shown.group(1)
    elif kind in _TEXTS:
        said = html if plain(html) or "<img" in html else ""
        device.html = [
            said or _string(values, "textTextarea"),
            "" if said else _string(values, "textFeedbackTextarea"),
        ]
    else:
        device.unknown = True
        device.html = [beside_program(html)] if html or not values else [_string(values, "textTextarea")]
        device.source = {"html": html, **values} if html or values else None
    return device


def _scrambled(device: Device, key: str, html: str, values: dict[str, Any]) -> None:
    """As values, or as 3.0 wrote it in the HTML."""
    options = values.get("options")
    if isinstance(options, list) and options:
        steps = [str(option) for option in options]
        made = in_order(key, _string(values, "instructions"), steps)
        after = _string(values, "textAfter") or _string(values, "afterElement")
    else:
        made, after = scrambled(key, html) or (None, "")
    device.questions += [made] if made is not None else []
    device.odd += [(device.kind, values or {"html": html})] if made is None else []
    device.html.append(after)


def _questions(device: Device, key: str, values: dict[str, Any]) -> None:
    rate = _string(values, "dropdownPassRate")
    if rate.isdecimal() and len(rate) < 4:
        device.pass_percent = int(rate)
    given = values.get("questionsData") or values.get("questionsGame")
    for number, one in enumerate(given if isinstance(given, list) else []):
        if isinstance(one, dict):
            _question(device, f"{key}/{number}", one)


def _question(device: Device, key: str, one: dict[str, Any]) -> None:
    kind = _string(one, "activityType") or "true-false"
    stem = (_string(one, "baseText") or _string(one, "question"))[:MAX_QUESTION]
    more = f"{_string(one, 'feedback')} {_string(one, 'hint') or _string(one, 'suggestion')}"
    if kind == "true-false":
        said = _string(one, "answer") or _string(one, "solution")
        device.questions.append(statement(key, stem, right=said.lower() in _TRUE, explanation=more))
    elif kind == "selection":
        answers = one.get("answers")
        options = [
            (str(answer[1]), answer[0] in (True, 1, "true"))
            for answer in (answers if isinstance(answers, list) else [])
            if isinstance(answer, list) and len(answer) > 1
        ]
        several = _string(one, "selectionType") == "multiple"
        device.questions.append(choice(key, stem, options, more, several=several))
    elif kind == "fill":
        device.questions.append(gaps(key, stem, more))
    elif kind == "dropdown" and (made := picked(key, stem, _string(one, "wrongAnswersValue"))) is not None:
        device.questions.append(made)
    else:
        device.odd.append((kind, one))
    if "<img" in stem or "<audio" in stem or "<video" in stem:
        device.pictures += [(address, "") for address in re.findall(r"<img[^>]+src=[\"']([^\"']+)", stem)]


# -- the file's words --------------------------------------------------------------------------------------


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _child(element: Element, name: str) -> Element | None:
    return next((child for child in element if _local(child) == name), None)


def _text(element: Element, name: str) -> str:
    child = _child(element, name)
    return "" if child is None else (child.text or "").strip()


def _pairs(element: Element, name: str) -> dict[str, str]:
    """Keys and values in a box of that name. The first of a key counts: that is the one the program shows."""
    box = _child(element, name)
    found: dict[str, str] = {}
    for pair in box if box is not None else ():
        value = _text(pair, "value")
        found.setdefault(_text(pair, "key"), "" if value in ("undefined", "null") else value)
    return found


def _ordered(element: Element, box: str, name: str, order: str) -> list[Element]:
    inside = _child(element, box)
    found = [child for child in inside if _local(child) == name] if inside is not None else []

    def place(child: Element) -> int:
        text = _text(child, order)
        return int(text) if text.isdecimal() and len(text) < 9 else 0

    return sorted(found, key=place)


def _values(text: str) -> dict[str, Any]:
    try:
        values = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def _string(values: dict[str, Any], name: str) -> str:
    value = values.get(name)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""
