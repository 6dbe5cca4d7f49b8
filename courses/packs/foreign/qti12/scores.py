"""The scoring of a QTI 1.2 question: its conditions as plain values, however they are nested.

Refuses to decide what is right: that is reader.py, which knows the types.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from xml.etree.ElementTree import Element

from courses.packs.foreign.xmltree import child, children, local


@dataclass
class Condition:
    """One respcondition: which answers it speaks of, what it gives (None: nothing), which feedback it shows."""

    right: list[tuple[str, str]] = field(default_factory=list)
    wrong: list[tuple[str, str]] = field(default_factory=list)
    score: Decimal | None = None
    feedback: list[str] = field(default_factory=list)
    either: bool = False
    other: bool = False
    odd: bool = False
    exact: bool = False
    # `odd`: tests other than equality; `strange`: other than bounds of numbers (vargte, varlte), too.
    strange: bool = False
    bounds: list[tuple[str, str]] = field(default_factory=list)
    # Of each pair of `right` the place it speaks of, "" where it names none.
    places: list[str] = field(default_factory=list)


def number_of(text: str | None) -> Decimal | None:
    """The number a document writes, or None where it writes none that is one."""
    try:
        found = Decimal((text or "").strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < 10**9 else None


def condition_of(element: Element) -> Condition:
    """A respcondition taken apart."""
    made = Condition()
    for setvar in children(element, "setvar"):
        made.score = (made.score or Decimal(0)) + _given(setvar)
    made.feedback = [e.get("linkrefid", "") for e in children(element, "displayfeedback")]
    box = child(element, "conditionvar")
    for name, part, positive in _tests(box):
        pair = (part.get("respident", ""), (part.text or "").strip())
        if name == "other":
            made.other = True
        elif name == "varequal":
            (made.right if positive else made.wrong).append(pair)
            made.places += [part.get("index", "")] if positive else []
            made.exact = made.exact or part.get("case", "").lower() == "yes"
        elif name == "or":
            # None of several must hold: that is as clear as each by itself.
            made.either = made.either or positive
        elif name in ("vargte", "varlte") and positive:
            made.bounds.append((name, pair[1]))
            made.odd = True
        elif name not in ("and", "not"):
            made.strange = made.odd = True
    return made


def _tests(box: Element | None) -> Iterator[tuple[str, Element, bool]]:
    """Every test of a condition, and whether it must hold or must not."""
    stack = [(part, True) for part in reversed(list(box))] if box is not None else []
    while stack:
        part, positive = stack.pop()
        name = local(part)
        yield name, part, positive
        inner = positive if name != "not" else not positive
        stack += [(below, inner) for below in reversed(list(part))]


def _given(setvar: Element) -> Decimal:
    """What a setvar gives. Blackboard writes SCORE.max for all there is."""
    text = (setvar.text or "").strip()
    value = Decimal(100) if text.lower().endswith(".max") else number_of(text) or Decimal(0)
    return -value if setvar.get("action", "").lower() == "subtract" else value
