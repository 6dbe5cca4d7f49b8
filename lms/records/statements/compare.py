"""When two statements are the same (Data 2.3.1, "Statement Immutability Conditions"), as one digest.

Plain functions. Left out is what a store may set itself (stored, authority, version, a timestamp that equals stored) and
what need not be kept (the order of a group's members, definitions of activities, the display of a verb).
"""

import re
from hashlib import sha256
from typing import Any

from lms.records.statements.rules import Json
from lms.records.values import dumps, moment_text, read_moment

# An activity's definition and a verb's display may differ between two tellings of the same (Data 2.3.1.b2).
# Of a duration, seconds to the hundredth (IEEE 9274.1.1 4.2.7).
_HUNDREDTHS = re.compile(r"([.,]\d{2})\d+(?=S$)")
_LEFT_OUT = frozenset(("stored", "authority", "version", "id"))


def digest(data: Json) -> bytes:
    """SHA-256 over what makes this statement this statement and no other."""
    same = {name: _plain(value, name) for name, value in data.items() if name not in _LEFT_OUT}
    return sha256(dumps(same).encode()).digest()


def _plain(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        # Extensions are somebody else's: compared as they are.
        if name == "extensions":
            return value
        kept = {
            inner: _plain(item, inner)
            for inner, item in value.items()
            if inner not in ("definition", "display")
        }
        if name in ("parent", "grouping", "category", "other"):
            return [kept]
        return kept
    if isinstance(value, list):
        items = [_plain(item, "") for item in value]
        if name == "member":
            items.sort(key=dumps)
        return items
    if name == "timestamp":
        moment = read_moment(value)
        return moment_text(moment) if moment else value
    if name == "duration" and isinstance(value, str):
        return _HUNDREDTHS.sub(r"\1", value)
    if name in ("registration", "id") and isinstance(value, str) and len(value) == 36:
        return value.lower()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
