"""Numbers as people type them, and accepted numbers with what they may be off by. Exact: nothing here is a float."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction

# Longer ones are no answers to anything; the exponent's bound keeps 1e999999 from filling the memory.
_MAX = 40
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]{1,2})?")
_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]*)?")
_PLAIN = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?")
# NFKC would make 102 of 10².
_RAISED = ("<super>", "<sub>")
_SIGNS = str.maketrans({"\u2212": "-", "\u2013": "-", "\u2010": "-"})


def number_of(text: str) -> Fraction | None:
    """The number a text says, or None. Full-width signs are as half-width ones (NFKC), white space is left out, commas may
    part thousands, the decimal sign is the point, `1e3` is 1000; a unit, a raised digit or a calculation makes it none."""
    if any(unicodedata.decomposition(sign).startswith(_RAISED) for sign in text[: 4 * _MAX]):
        return None
    typed = "".join(unicodedata.normalize("NFKC", text).split()).translate(_SIGNS).lower()
    if len(typed) > _MAX:
        return None
    if _THOUSANDS.fullmatch(typed):
        typed = typed.replace(",", "")
    return Fraction(Decimal(typed)) if _NUMBER.fullmatch(typed) else None


def plain(number: Fraction) -> str | None:
    """A number as it is kept: decimal digits without an exponent. None where twenty before and after the point do not do."""
    scale = number * 10**20
    if scale.denominator != 1 or abs(number) >= 10**20:
        return None
    sign, digits = "-" if number < 0 else "", f"{abs(scale.numerator):021d}"
    text = f"{sign}{digits[:-20]}.{digits[-20:]}".rstrip("0").rstrip(".")
    return text if _PLAIN.fullmatch(text) else None


def is_within(text: str, accepted: Iterable[Sequence[str]]) -> bool:
    """Whether what was typed is one of the accepted [number, tolerance], its bounds included."""
    typed = number_of(text)
    return typed is not None and any(
        abs(typed - Fraction(value)) <= Fraction(tolerance) for value, tolerance in accepted
    )


def shown(value: str, tolerance: str) -> str:
    """`220 ± 5`, or the number alone where nothing may be off."""
    return value if not Fraction(tolerance) else f"{value} ± {tolerance}"
