"""A year's hours in plain functions over plain values: sums, what a goal or a title still lacks, and what is hashed.

Hours are integers, hundredths of a 学时; a share of them is rounded down, nothing is ever rounded up.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

# What counts towards a year (人社部令第 25 号 art. 7); vocational hours stand beside it.
YEARLY = ("public", "specialty")
CATEGORIES = (*YEARLY, "vocational")


@dataclass(frozen=True)
class Record:
    """One thing that gave hours. source: completion, top_up, correction (of either, after a person looked into it),
    declaration or class; of: the completion of a top-up, the row that a correction corrects.

    rule: code, version, valid_from and what else it says; {} where no rule is set and a reviewer decided. explained:
    the path at which the holder reads how it came about.
    """

    source: str
    uuid: str
    day: date
    category: str
    centihours: int
    title: str
    body: str
    rule: Mapping[str, Any]
    explained: str
    of: str = ""
    certificate: str = ""

    def plain(self) -> dict[str, Any]:
        """As it is kept: JSON values."""
        return {
            "source": self.source,
            "uuid": self.uuid,
            "of": self.of,
            "day": self.day.isoformat(),
            "category": self.category,
            "centihours": self.centihours,
            "title": self.title,
            "body": self.body,
            "rule": dict(self.rule),
            "certificate": self.certificate,
            "explained": self.explained,
        }


def sums(records: Iterable[Record]) -> dict[str, int]:
    """Category → hundredths; every category is named."""
    found = dict.fromkeys(CATEGORIES, 0)
    for record in records:
        found[record.category] = found.get(record.category, 0) + record.centihours
    return found


def yearly(had: Mapping[str, int]) -> int:
    """What of the sums counts towards a year's goal."""
    return sum(had.get(category, 0) for category in YEARLY)


# --- what is missing -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Need:
    """What a year asks for; None: not set, and nothing is asked."""

    centihours: int
    specialty: int | None = None
    public: int | None = None


@dataclass(frozen=True)
class Gap:
    """What a year lacks. total: of the year's hours; specialty and public: of those categories (None: not set);
    either: what remains of the total once these are filled, in whichever of the two.
    """

    total: int
    specialty: int | None
    public: int | None
    either: int

    @property
    def nothing(self) -> bool:
        return not (self.total or self.specialty or self.public)

    def kinds(self) -> tuple[str, ...]:
        """The categories of which an hour would help."""
        if self.either:
            return YEARLY
        wanted = {"public": self.public, "specialty": self.specialty}
        return tuple(kind for kind in YEARLY if wanted[kind])


def share(centihours: int, numerator: int | None, denominator: int | None) -> int | None:
    """A share of hours, rounded down; None where none is set."""
    if numerator is None or not denominator:
        return None
    return centihours * numerator // denominator


def gap(had: Mapping[str, int], need: Need) -> Gap:
    """What is missing of a need."""
    total = max(need.centihours - yearly(had), 0)
    specialty = None if need.specialty is None else max(need.specialty - had.get("specialty", 0), 0)
    public = None if need.public is None else max(need.public - had.get("public", 0), 0)
    return Gap(total, specialty, public, max(total - (specialty or 0) - (public or 0), 0))


# --- what is handed out ----------------------------------------------------------------------------------


def canonical(content: Mapping[str, Any]) -> str:
    """One text for the same content: keys in order, no blanks, characters as they are."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(text: str) -> str:
    """SHA-256 of a text in UTF-8, 64 hex digits: `sha256sum` of the downloaded content gives the same."""
    return hashlib.sha256(text.encode()).hexdigest()


# What differs between two statements that say the same.
_OF_THE_PAPER = ("number", "version", "issued_at", "supersedes", "replaces")


def says_the_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two contents differ only in number, version and moment."""
    return canonical(_facts(one)) == canonical(_facts(other))


def _facts(content: Mapping[str, Any]) -> dict[str, Any]:
    found = {key: value for key, value in content.items() if key not in _OF_THE_PAPER}
    # Papers from before learning years had a rule do not say their days: they were the calendar's.
    if "year" in found:
        found.setdefault("span", calendar_span(found["year"]))
    return found


def calendar_span(year: int) -> dict[str, str]:
    """The days of a calendar year as contents name them."""
    return {"first": f"{year}-01-01", "last": f"{year}-12-31"}
