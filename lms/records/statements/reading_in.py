"""Reads a request's body into statements, each with the very characters it came in.

Owns: JSON as the specification wants it (UTF-8, no name twice in an object, no NaN, nothing nested without end) and where
each statement of a batch begins and ends. Refuses what two readers could read differently.
"""

import json
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from lms.records.faults import Fault
from lms.records.statements.rules import Json

_SPACE = " \t\r\n"
MOST_STATEMENTS = 5_000
# Deeper than any honest statement; Python's reader gives up at its own limit.
_DEEPEST = 100


@dataclass(frozen=True)
class Received:
    """One statement of a request: parsed, and as it stood there."""

    data: Json
    raw: str


def _pairs(pairs: list[tuple[str, Any]]) -> Json:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Fault(_("同一个对象里有重复的名字。"))
    return found


def _constant(name: str) -> Any:
    raise Fault(_("%(name)s 不是 JSON 的数。") % {"name": name})


def _float(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise Fault(_("数 %(text)s 太大。") % {"text": text[:40]})
    return value


_decoder = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_constant, parse_float=_float)


def text_of(body: bytes) -> str:
    """The body as text; `Fault` unless it is UTF-8 without a byte order mark."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Fault(_("内容不是 UTF-8。")) from error
    if "\0" in text:
        raise Fault(_("内容里有 NUL 字符。"))
    return text


def read_json(body: bytes) -> Any:
    """One JSON value; `Fault` where it is none."""
    text = text_of(body)
    value, end = _value(text, _skip(text, 0))
    if _skip(text, end) != len(text):
        raise Fault(_("JSON 之后还有多余的内容。"))
    return value


def read_statements(body: bytes) -> tuple[list[Received], bool]:
    """The statements of a body, and whether it was a batch (an array)."""
    text = text_of(body)
    start = _skip(text, 0)
    if not text.startswith("[", start):
        value, end = _value(text, start)
        if _skip(text, end) != len(text):
            raise Fault(_("JSON 之后还有多余的内容。"))
        return [Received(value, text[start:end])], False
    found: list[Received] = []
    at = _skip(text, start + 1)
    if text.startswith("]", at):
        at += 1
    else:
        while True:
            value, end = _value(text, at)
            found.append(Received(value, text[at:end]))
            if len(found) > MOST_STATEMENTS:
                raise Fault(_("一次最多 %(count)s 条语句。") % {"count": MOST_STATEMENTS}, status=413)
            at = _skip(text, end)
            if text.startswith("]", at):
                at += 1
                break
            if not text.startswith(",", at):
                raise Fault(_("JSON 在第 %(at)s 个字符处不对。") % {"at": at})
            at = _skip(text, at + 1)
    if _skip(text, at) != len(text):
        raise Fault(_("JSON 之后还有多余的内容。"))
    return found, True


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at


def _value(text: str, at: int) -> tuple[Any, int]:
    try:
        value, end = _decoder.raw_decode(text, at)
    except json.JSONDecodeError as error:
        raise Fault(_("JSON 在第 %(at)s 个字符处不对。") % {"at": error.pos}) from error
    except (RecursionError, ValueError) as error:
        # ValueError: a number of more digits than Python reads.
        raise Fault(_("JSON 嵌套太深，或有太长的数。")) from error
    piece = text[at:end]
    if piece.count("[") + piece.count("{") > _DEEPEST and _depth(value) > _DEEPEST:
        raise Fault(_("JSON 嵌套太深，或有太长的数。"))
    if "\\u" in piece:
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise Fault(_("有不成对的代理字符。")) from error
    return value, end


def _depth(value: Any) -> int:
    deepest, level = 0, [value]
    while level:
        deepest += 1
        level = [
            inner
            for item in level
            if isinstance(item, dict | list)
            for inner in (item.values() if isinstance(item, dict) else item)
        ]
    return deepest
