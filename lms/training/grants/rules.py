"""Grants in plain values: uses, sums, which fund pays for which level, what an application says and what is wrong with it.

Money is integers in fen (分), everywhere. Sources: 青人社〔2023〕17 号 五, 六; 沪人社专〔2022〕372 号 四(二).
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

FEN = 100
# No sum anybody types is larger; what a grant may be, the rule of its day says.
LARGEST_FEN = 10**12
MOST_LINES = 20
LONGEST_NOTE = 200


class Use(StrEnum):
    """What the money is spent on: the twelve uses that the document names, and what its 等 leaves open (五)."""

    RENT = "rent"
    MATERIALS = "materials"
    TEACHERS = "teachers"
    APPRENTICES = "apprentices"
    PROJECTS = "projects"
    EXCHANGE = "exchange"
    STUDIES = "studies"
    CONTESTS = "contests"
    ASSESSMENT = "assessment"
    INNOVATION = "innovation"
    PUBLISHING = "publishing"
    RESEARCH = "research"
    OTHER = "other"


NAMED_USES = tuple(use for use in Use if use != Use.OTHER)


class Money(StrEnum):
    """Whose budget money comes from."""

    CITY = "city"
    DISTRICT = "district"


class Level(StrEnum):
    """What is paid for. vocational: 职业培训类, whatever its level; sector: of a department, which pays itself."""

    NATIONAL = "national"
    CITY = "city"
    SECTOR = "sector"
    DISTRICT = "district"
    VOCATIONAL = "vocational"


# 市级部分主要用于国家级和市级项目资助；区级部分主要用于职业培训类项目资助和区级项目资助。
PAYS: dict[Money, frozenset[Level]] = {
    Money.CITY: frozenset({Level.NATIONAL, Level.CITY}),
    Money.DISTRICT: frozenset({Level.VOCATIONAL, Level.DISTRICT}),
}


def fits(money: str, level: str) -> bool:
    """Whether money of this budget pays for projects of this level (A24). Of a sector's own projects neither does."""
    return money in set(Money) and level in PAYS[Money(money)]


def yuan(fen: int) -> str:
    """20000000 → "200,000.00": exact, without a float on the way."""
    whole, rest = divmod(abs(fen), FEN)
    return f"{'-' if fen < 0 else ''}{whole:,}.{rest:02d}"


def most_fen(values: dict[str, int | None]) -> int:
    """The most that one grant may be, by the rule of its day; 0 where it sets nothing."""
    return (values.get("most_yuan") or 0) * FEN


@dataclass(frozen=True)
class BudgetLine:
    """use: of `Use`; note: what for, needed of "other"."""

    use: str
    fen: int
    note: str = ""


@dataclass(frozen=True)
class Facts:
    """What an application says: what the money is to bring, and the budget by use."""

    purpose: str = ""
    budget: tuple[BudgetLine, ...] = ()

    @property
    def fen(self) -> int:
        return sum(line.fen for line in self.budget)


def dump(facts: Facts) -> dict[str, Any]:
    return asdict(facts)


def load(kept: dict[str, Any]) -> Facts:
    """What `dump` made of facts; of a case that says nothing yet, empty ones."""
    return Facts(kept.get("purpose", ""), tuple(BudgetLine(**row) for row in kept.get("budget", ())))


class Fault(StrEnum):
    PURPOSE = "purpose"
    BUDGET = "budget"
    USE = "use"
    FEN = "fen"
    NOTE = "note"
    MOST = "most"


def faults(facts: Facts, most: int) -> list[Fault]:
    """Everything that is missing or cannot be. most: in fen, by the rule."""
    found = [] if facts.purpose.strip() else [Fault.PURPOSE]
    if not 1 <= len(facts.budget) <= MOST_LINES:
        found.append(Fault.BUDGET)
    if any(line.use not in set(Use) for line in facts.budget):
        found.append(Fault.USE)
    if any(not 0 < line.fen <= LARGEST_FEN for line in facts.budget):
        found.append(Fault.FEN)
    if any(line.use == Use.OTHER and not line.note.strip() for line in facts.budget):
        found.append(Fault.NOTE)
    if facts.fen > most:
        found.append(Fault.MOST)
    return found


def budgeted(facts: Facts) -> dict[str, int]:
    """Fen by use."""
    found: dict[str, int] = {}
    for line in facts.budget:
        found[line.use] = found.get(line.use, 0) + line.fen
    return found


@dataclass(frozen=True)
class Totals:
    """What became of a grant, in fen, each the balance of its accounts: promised and not paid, with the body and not spent, sent
    back, spent by use."""

    committed: int = 0
    held: int = 0
    returned: int = 0
    spent: tuple[tuple[str, int], ...] = ()

    @property
    def spent_in_all(self) -> int:
        return sum(fen for _use, fen in self.spent)

    @property
    def paid(self) -> int:
        return self.held + self.returned + self.spent_in_all


def first_wrong(values: Iterable[str], longest: int) -> str | None:
    """The first of these words that is too long or cannot be kept."""
    return next((value for value in values if len(value) > longest or "\0" in value), None)
