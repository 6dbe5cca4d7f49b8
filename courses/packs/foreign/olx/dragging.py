"""Open edX' drag and drop (`drag-and-drop-v2`) → a matching question, where that is what it is.

It is one where words are dragged and each of them has one zone that is right, which learners know by its name. Refuses
(None) pictures to drag, words for several zones or for none, and zones that only their place on a picture tells apart.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from xml.etree.ElementTree import Element

from courses.packs.foreign.outline import Piece
from courses.packs.foreign.questions import Series, Words, matching, points_of, words_of


def dragged(
    block: Element, key: str, title: str, resolve: Callable[[str], str | None], missing: Callable[[str], None]
) -> list[Piece] | None:
    """The pieces of a block: its picture, and a quiz of one question. None where it is no matching question."""
    data = _data(block.get("data", ""))
    zones = {zone["uid"]: _plain(zone.get("title")) for zone in _rows(data, "zones") if _named(zone)}
    items = _rows(data, "items")
    picture = _text(data.get("targetImg"))
    if not items or not all(zones.values()) or (picture and data.get("displayLabels") is not True):
        return None
    pairs: list[tuple[str, str]] = []
    for item in items:
        places = item.get("zones", [item.get("zone")])
        if not isinstance(places, list) or len(places) != 1 or places[0] not in zones:
            return None
        word = _plain(item.get("displayName"))
        if not word or _text(item.get("imageURL")):
            return None
        pairs.append((word, zones[places[0]]))
    if len({word for word, _zone in pairs}) < len(pairs):
        return None
    series = Series(title, resolve, missing)
    asked = _plain(block.get("question_text")) or _plain(_of(data, "feedback").get("start")) or title
    if picture:
        asked = series.figures(Words(asked, (picture,)))
    told = [(item, _plain(_of(item, "feedback").get("correct"))) for item in items]
    lines = [f"{_plain(item.get('displayName'))}：{text}" for item, text in told if text]
    points, _whole = points_of(block.get("weight", "1"))
    series.questions.append(
        matching(key, asked, pairs, zones.values(), explanation="\n".join(lines), points=points)
    )
    return series.pieces()


def _data(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _rows(data: dict[str, Any], name: str) -> list[dict[str, Any]]:
    rows = data.get(name)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _of(data: dict[str, Any], name: str) -> dict[str, Any]:
    found = data.get(name)
    return found if isinstance(found, dict) else {}


def _named(zone: dict[str, Any]) -> bool:
    return isinstance(zone.get("uid"), str)


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _plain(value: object) -> str:
    return " ".join(words_of(_text(value)).text.split())
