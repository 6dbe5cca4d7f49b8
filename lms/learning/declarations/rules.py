"""Claims of outside study in plain functions over plain values: which step leads where, which work is the same, what
counts. Integers only, hundredths of a 学时; nothing is ever rounded up.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

# Far more than a year holds: what is above is a slip of the finger.
MOST_CENTIHOURS = 100_000
MOST_CENTIUNITS = 1_000_000
# Dashes that people and word processors put for one another.
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_DOI = re.compile(r"^(?:https?://)?(?:dx\.)?doi(?:\.org/|:)(?=10\.)")
# Works exist once, whenever they are declared; of an activity the days belong to what it was.
WORKS = frozenset({"paper", "book", "patent"})

REVIEWED = frozenset({"employer", "department", "appeal"})


def moved(state: str, act: str, *, level: str, appealed: bool) -> tuple[str, str] | None:
    """(state, level) after an act; None where the act is not possible in that state.

    level: who has or had the claim; a supplement goes back to whoever asked for it.
    """
    if act == "withdraw" and state in REVIEWED | {"supplement"}:
        return "withdrawn", level
    if act == "refuse" and state in REVIEWED:
        return "refused", level
    if act == "accept" and state in {"department", "appeal"}:
        return "accepted", level
    if act == "appeal" and state == "refused" and not appealed:
        return "appeal", "appeal"
    return {
        ("employer", "pass"): ("department", "department"),
        ("employer", "ask"): ("supplement", level),
        ("department", "ask"): ("supplement", level),
        ("supplement", "supplement"): (level, level),
        ("supplement", "expire"): ("expired", level),
    }.get((state, act))


# --- which work ------------------------------------------------------------------------------------------


def normal(text: str) -> str:
    """Without blanks and invisible signs, in one width, one case and with one sort of dash: as it is compared."""
    wide = unicodedata.normalize("NFKC", _DASHES.sub("-", text))
    shown = (
        sign for sign in wide if not sign.isspace() and unicodedata.category(sign) not in {"Cf", "Cc", "Mn"}
    )
    return unicodedata.normalize("NFKC", "".join(shown).casefold())


def title_key(title: str) -> str:
    """A title without its punctuation too: 《…》 and “…” are typed or left out."""
    kept = "".join(sign for sign in normal(title) if sign.isalnum())
    return (kept or normal(title))[:140]


def work_key(identifier: str, *, activity: str, title: str, starts_on: date, ends_on: date) -> str:
    """What makes a work the same one: its number where there is one, else its title (and days, for activities)."""
    number = _DOI.sub("", normal(identifier))
    if number:
        return f"number:{number}"[:200]
    days = "" if activity in WORKS else f":{starts_on.isoformat()}:{ends_on.isoformat()}"
    return f"{activity}:{title_key(title)}{days}"


# --- what it is worth ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RuleFact:
    """One row of the table; id: the row's key."""

    id: int
    activity: str
    grade: str
    category: str
    version: int
    valid_from: date
    centihours_per_unit: int | None


def in_force(rows: Iterable[RuleFact], day: date) -> dict[tuple[str, str, str], RuleFact]:
    """(activity, grade, category) → the row that holds on a day; a row that took its number back holds nothing."""
    found: dict[tuple[str, str, str], RuleFact] = {}
    for row in sorted(rows, key=lambda row: (row.valid_from, row.version)):
        if row.valid_from <= day:
            found[row.activity, row.grade, row.category] = row
    return {key: row for key, row in found.items() if row.centihours_per_unit is not None}


def ruled(centiunits: int, centihours_per_unit: int) -> int:
    """Units × hours of a unit, in hundredths of an hour, rounded down."""
    return centiunits * centihours_per_unit // 100


def counts(accepted: int, *, before: int, used: int, cap: int | None) -> int:
    """What an accepted claim adds: above what the same work has counted, within what is left of the year's cap."""
    added = max(accepted - before, 0)
    return added if cap is None else min(added, max(cap - used, 0))
