"""JSON from outside → plain values that every database of ours can keep.

Owns: reading it, and the refusal of a door that wants an object. Refuses, as no valid JSON: NaN and infinities, and text with a NUL or half of a surrogate pair, which
can be written in JSON and stored nowhere (PostgreSQL raises; a 500 would follow).
"""

import json
import math
from typing import Any, NoReturn

from django.http import HttpRequest
from django.http.request import RawPostDataException

from lms.lib.errors import Invalid


class NotKept(ValueError):
    """Valid to a parser, and nothing that can be stored."""


class Twice(NotKept):
    """An object that names one thing twice: readers differ in which of the two they take."""


def read(body: bytes | str, *, once: bool = False) -> Any:
    """The value. once: no object may have a name twice (Twice), for what other programs read, too. Raises ValueError or
    RecursionError.
    """
    pairs = _once if once else None
    value = json.loads(body, parse_constant=_no_constant, object_pairs_hook=pairs)
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            _check(item)
        elif isinstance(item, float):
            if not math.isfinite(item):
                raise NotKept("infinite")
        elif isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, dict):
            waiting.extend(item.keys())
            waiting.extend(item.values())
    return value


def body_of(request: HttpRequest) -> bytes:
    """What was sent; nothing where it was a form in parts: whoever looked for a form's token has read that away."""
    try:
        return bytes(request.body)
    except RawPostDataException:
        return b""


def read_object(body: bytes, sentence: str, *, code: str = "bad_json") -> dict[str, Any]:
    """The object in a request's body. Raises Invalid with the door's own sentence for anything else."""
    try:
        value = read(body)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise Invalid(sentence, code=code)
    return value


def object_of(request: HttpRequest, sentence: str, *, code: str = "bad_json") -> dict[str, Any]:
    """`read_object` of what a request brought."""
    return read_object(body_of(request), sentence, code=code)


def _check(text: str) -> None:
    if "\0" in text:
        raise NotKept("NUL")
    text.encode()  # UnicodeEncodeError, a ValueError, for half of a pair


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise Twice("a name twice")
    return value


def _no_constant(name: str) -> NoReturn:
    raise NotKept(name)
