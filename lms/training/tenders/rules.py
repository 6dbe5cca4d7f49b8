"""Tenders in plain values (沪人社专〔2022〕372号 三(四)): what a needs package says and what is wrong with it, when bids are taken and opened,
what makes an opened bid void, and the result, line by line. Money in fen, marks in hundredths (centimarks).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Any

from lms.training.programmes.rules import FUND_OF_LEVEL, MOST_FEN, Fund, Level, mismatched

MOST_CRITERIA = 8
MOST_DAYS = 1100
MOST_BID_DAYS = 60
MOST_OPENING_DAYS = 10
FULL = 10_000


class Part(StrEnum):
    """三(四): the six parts of a needs package, as the document lists them."""

    PLATFORM = "platform"
    ENVIRONMENT = "environment"
    COURSES = "courses"
    TEACHERS = "teachers"
    DELIVERY = "delivery"
    RESEARCH = "research"


class By(StrEnum):
    """Where the marks of a criterion come from: the panel, the base's evaluation (A11), or what checks found (A17)."""

    PANEL = "panel"
    BASE = "base"
    CHECKS = "checks"


class Tie(StrEnum):
    """What decides between equal results, as the tender declares it; then the earlier bid."""

    BASE = "base"
    PRICE = "price"
    EARLIER = "earlier"


@dataclass(frozen=True)
class Criterion:
    """weight: percent. otherwise: marks (0 – 100) of a base that was never evaluated or checked; None where the panel gives them."""

    name: str
    weight: int
    by: str = By.PANEL
    otherwise: int | None = None


@dataclass(frozen=True)
class Lot:
    """One part of a package. days: calendar days for carrying it out."""

    part: str
    need: str = ""
    ceiling_fen: int = 0
    days: int = 0
    criteria: tuple[Criterion, ...] = ()


@dataclass(frozen=True)
class Facts:
    """What a package says. closes_on: the last day for bids, ISO, or "" where bid_days says how many working days after it is
    published; opening_days: working days after that in which bidders bring their keys."""

    title: str = ""
    level: str = ""
    fund: str = ""
    closes_on: str = ""
    bid_days: int = 0
    opening_days: int = 0
    tie: str = ""
    lots: tuple[Lot, ...] = ()


def dump(facts: Facts) -> dict[str, Any]:
    return asdict(facts)


def load(kept: Mapping[str, Any]) -> Facts:
    """What `dump` made of facts; of a case that says nothing yet, empty ones."""
    plain = {name: kept[name] for name in Facts.__dataclass_fields__ if name in kept and name != "lots"}
    return Facts(**plain, lots=tuple(_lot(row) for row in kept.get("lots", ())))


def _lot(row: Mapping[str, Any]) -> Lot:
    plain = {name: value for name, value in row.items() if name != "criteria"}
    return Lot(**plain, criteria=criteria_of(row.get("criteria", ())))


def criteria_of(rows: Iterable[Mapping[str, Any]]) -> tuple[Criterion, ...]:
    return tuple(Criterion(**row) for row in rows)


class Fault(StrEnum):
    TITLE = "title"
    LEVEL = "level"
    FUND = "fund"
    FUND_MISMATCH = "fund_mismatch"
    DEADLINE = "deadline"
    OPENING = "opening"
    TIE = "tie"
    LOTS = "lots"
    TWICE = "part_twice"
    NEED = "need"
    CEILING = "ceiling"
    DAYS = "days"
    CRITERIA = "criteria"
    WEIGHTS = "weights"
    PANEL = "panel"
    OTHERWISE = "otherwise"


def faults(facts: Facts) -> list[tuple[Fault, str]]:
    """Everything that is missing or cannot be, each with the part it is about ("" for the package)."""
    parts = [lot.part for lot in facts.lots]
    found: list[tuple[Fault, str]] = [
        (fault, "")
        for fault, wrong in (
            (Fault.TITLE, not facts.title.strip()),
            (Fault.LEVEL, facts.level not in set(Level)),
            (Fault.FUND, facts.fund not in set(Fund)),
            (Fault.FUND_MISMATCH, not paid_by_city(facts)),
            (Fault.DEADLINE, not (facts.closes_on or 1 <= facts.bid_days <= MOST_BID_DAYS)),
            (Fault.OPENING, not 1 <= facts.opening_days <= MOST_OPENING_DAYS),
            (Fault.TIE, facts.tie not in set(Tie)),
            (Fault.LOTS, not parts or not set(parts) <= set(Part)),
            (Fault.TWICE, len(set(parts)) < len(parts)),
        )
        if wrong
    ]
    for lot in facts.lots:
        found += [(fault, lot.part) for fault in _of_lot(lot)]
    return found


def paid_by_city(facts: Facts) -> bool:
    """三(四): 由市级财政给予专项经费资助; 四(二): city money pays national and city projects (A24). Of what is not chosen yet, true."""
    if facts.level in set(Level) and FUND_OF_LEVEL[Level(facts.level)] != Fund.CITY:
        return False
    return not mismatched(facts.level, facts.fund) and facts.fund in {"", Fund.CITY}


def _of_lot(lot: Lot) -> Iterable[Fault]:
    rows = lot.criteria
    checks = (
        (Fault.NEED, not lot.need.strip()),
        (Fault.CEILING, not 1 <= lot.ceiling_fen <= MOST_FEN),
        (Fault.DAYS, not 1 <= lot.days <= MOST_DAYS),
        (
            Fault.CRITERIA,
            not 1 <= len(rows) <= MOST_CRITERIA
            or len({row.name for row in rows}) < len(rows)
            or any(not row.name.strip() or row.by not in set(By) for row in rows),
        ),
        (Fault.WEIGHTS, bool(rows) and (sum(row.weight for row in rows) != 100 or min_weight(rows) < 1)),
        (Fault.PANEL, bool(rows) and all(row.by != By.PANEL for row in rows)),
        (Fault.OTHERWISE, any(row.by != By.PANEL and not _is_mark(row.otherwise) for row in rows)),
    )
    return [fault for fault, wrong in checks if wrong]


def min_weight(rows: Iterable[Criterion]) -> int:
    return min((row.weight for row in rows), default=0)


def _is_mark(mark: int | None) -> bool:
    return mark is not None and 0 <= mark <= 100


# --- days ----------------------------------------------------------------------------------------------------

# (day, number) → the last of so many working days after it; raises NoCalendar.
AddWorkingDays = Callable[[date, int], date]


def closing_day(facts: Facts, published_on: date, add: AddWorkingDays) -> date:
    """The last day on which bids are taken, in. Raises NoCalendar."""
    return date.fromisoformat(facts.closes_on) if facts.closes_on else add(published_on, facts.bid_days)


def takes_bids(published_on: date, closes_on: date, day: date) -> bool:
    return published_on <= day <= closes_on


def opens(closes_on: date, opens_until: date, day: date) -> bool:
    """Whether keys are taken: from the day after the last one for bids to the last one of the window, in. Until then nobody can read a
    bid, whoever asks."""
    return closes_on < day <= opens_until


# --- an opened bid -----------------------------------------------------------------------------------------------


class Void(StrEnum):
    """Why a bid that was opened does not take part."""

    CONTENT = "content"
    FILE = "file"
    PRICE = "price"
    CEILING = "ceiling"
    NO_BASE = "no_base"


def void(amount_fen: int | None, ceiling_fen: int, *, is_base: bool, file_good: bool) -> Void | None:
    if amount_fen is None:
        return Void.CONTENT
    if not file_good:
        return Void.FILE
    if amount_fen < 1:
        return Void.PRICE
    if amount_fen > ceiling_fen:
        return Void.CEILING
    return None if is_base else Void.NO_BASE


# --- the result --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bid:
    """A valid bid as the result looks at it. base, checks: centimarks as they stood when bids closed, None where there are none; marks:
    for each expert who scored it criterion → marks (0 – 100); sealed: its place in the order of sealing."""

    key: str
    amount_fen: int
    sealed: int
    base: int | None = None
    checks: int | None = None
    marks: tuple[Mapping[str, int], ...] = ()


@dataclass(frozen=True)
class Line:
    """One criterion of one bid. given: the marks it is the mean of; centimarks: that mean; points: what it adds, in centimarks."""

    name: str
    weight: int
    by: str
    given: tuple[int, ...]
    centimarks: Fraction
    points: Fraction


@dataclass(frozen=True)
class Placed:
    """rank: from 1. tied: another bid has the same total."""

    bid: Bid
    rank: int
    total: int
    tied: bool
    lines: tuple[Line, ...]


def explained(criteria: Iterable[Criterion], bid: Bid) -> tuple[Line, ...]:
    """Each criterion's mean by its weight: what the total is the sum of."""
    found = []
    for row in criteria:
        if row.by == By.PANEL:
            given = tuple(each[row.name] for each in bid.marks)
            mean = Fraction(sum(given) * 100, len(given)) if given else Fraction(0)
        else:
            known = bid.base if row.by == By.BASE else bid.checks
            mean, given = Fraction(known if known is not None else (row.otherwise or 0) * 100), ()
        found.append(Line(row.name, row.weight, row.by, given, mean, mean * row.weight / 100))
    return tuple(found)


def rounded(value: Fraction) -> int:
    """To the next whole hundredth; half of one up."""
    return int(value + Fraction(1, 2))


def placed(criteria: Iterable[Criterion], bids: Iterable[Bid], tie: str) -> list[Placed]:
    """Highest total first; of equal ones by the declared rule, then the one that was sealed earlier."""
    rows = tuple(criteria)
    found = []
    for bid in bids:
        lines = explained(rows, bid)
        found.append((rounded(sum((line.points for line in lines), Fraction(0))), lines, bid))
    found.sort(key=lambda item: (-item[0], _among_equals(item[2], tie), item[2].sealed))
    totals = [total for total, _lines, _bid in found]
    return [
        Placed(bid, rank, total, totals.count(total) > 1, lines)
        for rank, (total, lines, bid) in enumerate(found, start=1)
    ]


def _among_equals(bid: Bid, tie: str) -> int:
    if tie == Tie.BASE:
        return -(bid.base if bid.base is not None else -1)
    return bid.amount_fen if tie == Tie.PRICE else 0


def checks_mean(marks: Iterable[int | None]) -> int | None:
    """The mean of what checks gave, in centimarks; None where none gave any."""
    known = [mark for mark in marks if mark is not None]
    return rounded(Fraction(sum(known), len(known))) if known else None
