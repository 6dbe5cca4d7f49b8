"""Plain functions over plain values: learner numbers, and what a merge moves between two accounts.

A learner number is ten random digits and two that check them (ISO 7064 MOD 97-10, as in IBANs): it says nothing about
the person, every wrong digit and every swap of two is noticed, and it can be read out over a telephone.
"""

import re
import secrets
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from stdnum.iso7064 import mod_97_10

_BODY = 10
LENGTH = 12


def make_number(below: Callable[[int], int] = secrets.randbelow) -> str:
    """A fresh number; `below(n)` draws 0 … n-1. The first digit is never zero, so that no spreadsheet eats it."""
    body = str(10 ** (_BODY - 1) + below(9 * 10 ** (_BODY - 1)))
    return body + str(mod_97_10.calc_check_digits(body))


def tidy_number(typed: str) -> str:
    """As it was typed → digits alone: blanks, dashes and full-width digits don't matter."""
    return re.sub(r"[\s\-·]", "", unicodedata.normalize("NFKC", typed))


def is_number(value: str) -> bool:
    """Whether a tidied value can be a learner number."""
    form = re.fullmatch(r"[1-9][0-9]{11}", value, re.ASCII)
    return form is not None and bool(mod_97_10.is_valid(value))


def grouped(number: str) -> str:
    """123456789012 → 1234 5678 9012, as it is shown and printed."""
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))


@dataclass(frozen=True)
class CourseHours:
    """What stands in the books for one course on one account. course: its uuid; unit: a unit's code; centihours > 0."""

    course: str
    unit: str
    centihours: int
    title: str = ""


@dataclass(frozen=True)
class Double:
    """A course that gave hours on both accounts. left: hundredths that stay behind, uncounted: the smaller of the two."""

    course: str
    unit: str
    title: str
    left: int


def doubles(
    survivor: Iterable[CourseHours], other: Iterable[CourseHours], *before: Iterable[CourseHours]
) -> list[Double]:
    """The courses studied on both accounts: one account would have got each of them once, so the larger figure counts.

    before: each account that the survivor took in earlier; of a course that stands there too, the largest figure counts
    already. Several rows of one course and unit on one account are added up first; a sum that reversals brought to
    nothing is no hours.
    """
    kept: dict[tuple[str, str], int] = {}
    leaving, titles = _sums(other)
    for account in (*before, survivor):
        sums, own_titles = _sums(account)
        titles |= own_titles
        kept |= {key: max(amount, kept.get(key, 0)) for key, amount in sums.items()}
    found = [
        Double(course, unit, titles[course, unit], min(amount, kept[course, unit]))
        for (course, unit), amount in leaving.items()
        if amount > 0 and kept.get((course, unit), 0) > 0
    ]
    return sorted(found, key=lambda item: (item.unit, item.title, item.course))


def _sums(rows: Iterable[CourseHours]) -> tuple[dict[tuple[str, str], int], dict[tuple[str, str], str]]:
    sums: dict[tuple[str, str], int] = {}
    titles: dict[tuple[str, str], str] = {}
    for row in rows:
        key = (row.course, row.unit)
        sums[key] = sums.get(key, 0) + row.centihours
        titles[key] = row.title or titles.get(key, "")
    return sums, titles


def left_behind(found: Iterable[Double]) -> dict[str, int]:
    """Unit → hundredths that stay on the closed account."""
    left: dict[str, int] = {}
    for item in found:
        left[item.unit] = left.get(item.unit, 0) + item.left
    return left


def settlement(balances: Mapping[str, tuple[int, int]], left: Mapping[str, int]) -> dict[str, int]:
    """What moves from the closed account to the surviving one, by unit (negative: back).

    balances: unit → (on the surviving account, on the closed one), neither below zero. Afterwards the closed account
    holds `left`, or all there is of it; neither account falls below zero, and the sum of both stays what it was.
    """
    moves: dict[str, int] = {}
    for unit, (kept, leaving) in balances.items():
        move = max(leaving - left.get(unit, 0), -kept)
        if move:
            moves[unit] = move
    return moves
