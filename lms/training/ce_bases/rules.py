"""Continuing-education bases in plain values (沪人社专〔2022〕372号 三(四), 四(三)): what an application and a yearly plan say and what is
wrong with them, what a standard may be, what experts' marks come to, and what follows a failing score. Marks are whole numbers of 0 – 100,
scores hundredths of a mark, hours hundredths of a 学时, money fen. Day bounds are both in.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Any

MOST_CRITERIA = 20
MOST_GRADES = 6
MOST_CLASSES = 40
MOST_PEOPLE = 2000
MOST_CENTIHOURS = 40_000
MOST_FEE_FEN = 10_000_000
FULL = 100
# Years that a plan, an exchange or a resource can be of.
FIRST_YEAR, LAST_YEAR = 2022, 2100


class HostKind(StrEnum):
    """三(四): 高等院校、科研院所、大型企事业单位，以及行业协会（学会）等社会组织."""

    UNIVERSITY = "university"
    INSTITUTE = "institute"
    ENTERPRISE = "enterprise"
    ASSOCIATION = "association"


class Level(StrEnum):
    NATIONAL = "national"
    CITY = "city"


class Purpose(StrEnum):
    """Why experts review: an application, a base from time to time, or one that has corrected itself."""

    NAMING = "naming"
    PERIODIC = "periodic"
    CORRECTION = "correction"


class Resource(StrEnum):
    COURSE = "course"
    EQUIPMENT = "equipment"
    TEACHER = "teacher"
    PAPER = "paper"


class Openness(StrEnum):
    """To whom a shared resource is open."""

    BASES = "bases"
    PROVIDERS = "providers"
    EVERYBODY = "everybody"


# --- an application --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Facts:
    """What an application says. specialty: the branch it trains for; site, team, record: what it has and has done; plan: what it
    will do as a base."""

    host_kind: str = ""
    industry: str = ""
    specialty: str = ""
    site: str = ""
    team: str = ""
    record: str = ""
    plan: str = ""


def dump(facts: Any) -> dict[str, Any]:
    return asdict(facts)


def load(kept: Mapping[str, Any]) -> Facts:
    """What `dump` made of facts; of a case that says nothing yet, empty ones."""
    return Facts(**{name: kept[name] for name in Facts.__dataclass_fields__ if name in kept})


def faults(facts: Facts, industries: Collection[str]) -> list[str]:
    """The fields that are missing or cannot be. industries: the codes there are."""
    found = [] if facts.host_kind in set(HostKind) else ["host_kind"]
    found += [] if facts.industry in industries else ["industry"]
    return found + [
        name for name in ("specialty", "site", "team", "record", "plan") if not getattr(facts, name).strip()
    ]


# --- a standard -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Criterion:
    """weight: percent of the whole."""

    code: str
    label: str
    weight: int
    about: str = ""


@dataclass(frozen=True)
class Grade:
    """least: the mark from which on it is given."""

    label: str
    least: int


@dataclass(frozen=True)
class Terms:
    """What a standard says; see models.BaseStandard."""

    criteria: tuple[Criterion, ...]
    grades: tuple[Grade, ...]
    pass_mark: int
    least_experts: int
    corrections: int
    correction_days: int | None = None
    interval_months: int | None = None


class TermsFault(StrEnum):
    CRITERIA = "criteria"
    WEIGHTS = "weights"
    GRADES = "grades"
    LINE = "pass_mark"
    EXPERTS = "least_experts"
    CORRECTIONS = "corrections"
    CORRECTION_DAYS = "correction_days"
    INTERVAL = "interval_months"


def terms_faults(terms: Terms) -> list[TermsFault]:
    """What cannot stand in a standard: weights must be 100 together, grades fall and begin at the pass mark or above."""
    rows, bounds = terms.criteria, [row.least for row in terms.grades]
    codes, labels = {row.code for row in rows}, {row.label.strip() for row in rows}
    checks = (
        (
            TermsFault.CRITERIA,
            not 1 <= len(rows) <= MOST_CRITERIA
            or len(codes) < len(rows)
            or len(labels) < len(rows)
            or "" in labels,
        ),
        (
            TermsFault.WEIGHTS,
            any(not 1 <= row.weight <= FULL for row in rows) or sum(row.weight for row in rows) != FULL,
        ),
        (
            TermsFault.GRADES,
            len(bounds) > MOST_GRADES
            or any(high <= low for high, low in pairwise(bounds))
            or any(not terms.pass_mark <= least <= FULL for least in bounds)
            or any(not row.label.strip() for row in terms.grades),
        ),
        (TermsFault.LINE, not 1 <= terms.pass_mark <= FULL),
        (TermsFault.EXPERTS, not 1 <= terms.least_experts <= 15),
        (TermsFault.CORRECTIONS, not 0 <= terms.corrections <= 5),
        (
            TermsFault.CORRECTION_DAYS,
            terms.corrections > 0 if terms.correction_days is None else not 1 <= terms.correction_days <= 250,
        ),
        (TermsFault.INTERVAL, terms.interval_months is not None and not 1 <= terms.interval_months <= 60),
    )
    return [fault for fault, wrong in checks if wrong]


# --- marks -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One criterion of a score. total: the sum of its marks of all experts; experts: how many marked. part: what it adds to the
    score, in hundredths of a mark, rounded down for showing only."""

    code: str
    label: str
    weight: int
    total: int
    experts: int

    @property
    def mean(self) -> int:
        """Hundredths of a mark, rounded down."""
        return self.total * 100 // self.experts

    @property
    def part(self) -> int:
        return self.total * self.weight // self.experts


@dataclass(frozen=True)
class Score:
    centimarks: int
    lines: tuple[Line, ...]


def score(criteria: Sequence[Criterion], marks: Sequence[Mapping[str, int]]) -> Score:
    """The mean of the experts' weighted marks, in hundredths of a mark, rounded down once. marks: of each expert, by criterion. Raises
    ValueError: nobody has marked; KeyError: somebody has left a criterion out."""
    if not marks:
        raise ValueError("nobody has marked")
    lines = tuple(
        Line(row.code, row.label, row.weight, sum(given[row.code] for given in marks), len(marks))
        for row in criteria
    )
    return Score(sum(line.total * line.weight for line in lines) // len(marks), lines)


def grade(terms: Terms, centimarks: int) -> tuple[bool, str]:
    """(passed, grade): the highest grade that is reached; "" where the standard has none, or it failed."""
    passed = centimarks >= terms.pass_mark * 100
    reached = (row.label for row in terms.grades if centimarks >= row.least * 100)
    return passed, next(reached, "") if passed else ""


# --- the way out --------------------------------------------------------------------------------------------


class WayOut(StrEnum):
    """What a failing score leads to: 整改, or leaving the list."""

    CORRECT = "correct"
    REMOVE = "remove"


def way_out(corrected: int, corrections: int) -> WayOut:
    """corrected: how many times in a row it was told to correct itself since it last passed."""
    return WayOut.CORRECT if corrected < corrections else WayOut.REMOVE


# --- a yearly plan ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PlannedClass:
    """course: a code, "" where only the title is known. Days as ISO text, as a form's half-filled line is kept."""

    title: str = ""
    course: str = ""
    centihours: int = 0
    people: int = 0
    first_day: str = ""
    last_day: str = ""
    fee_fen: int = 0
    teachers: str = ""
    place: str = ""

    @property
    def first(self) -> date | None:
        return _day(self.first_day)

    @property
    def last(self) -> date | None:
        return _day(self.last_day)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@dataclass(frozen=True)
class Plan:
    year: int = 0
    note: str = ""
    classes: tuple[PlannedClass, ...] = ()


def load_plan(kept: Mapping[str, Any]) -> Plan:
    """What `dump` made of a plan."""
    known = PlannedClass.__dataclass_fields__
    rows = tuple(
        PlannedClass(**{name: row[name] for name in known if name in row}) for row in kept.get("classes", ())
    )
    return Plan(kept.get("year", 0), kept.get("note", ""), rows)


class PlanFault(StrEnum):
    YEAR = "year"
    NONE = "no_class"
    MANY = "many_classes"
    TITLE = "title"
    HOURS = "hours"
    DAY_HOURS = "day_hours"
    PEOPLE = "people"
    DAYS = "days"
    OTHER_YEAR = "other_year"
    FEE = "fee"
    TEACHERS = "teachers"
    PLACE = "place"
    TWICE = "twice"


def plan_faults(plan: Plan, day_hours: int | None = None) -> list[tuple[PlanFault, str]]:
    """Everything that is missing or cannot be, each with the class it is about. day_hours: the most hours that a class may have for each of
    its days, None where the authority's rule sets none.
    """
    found: list[tuple[PlanFault, str]] = []
    if not FIRST_YEAR <= plan.year <= LAST_YEAR:
        found.append((PlanFault.YEAR, ""))
    if not plan.classes:
        found.append((PlanFault.NONE, ""))
    if len(plan.classes) > MOST_CLASSES:
        found.append((PlanFault.MANY, ""))
    seen = set()
    for number, row in enumerate(plan.classes, start=1):
        about = row.title.strip() or f"#{number}"
        first, last = row.first, row.last
        days = first is not None and last is not None and first <= last
        length = (last - first).days + 1 if first is not None and last is not None and days else 0
        crowded = length > 0 and day_hours is not None and row.centihours > day_hours * 100 * length
        same = (row.title.strip(), row.course, row.first_day)
        for fault, wrong in (
            (PlanFault.TITLE, not row.title.strip()),
            (PlanFault.HOURS, not 1 <= row.centihours <= MOST_CENTIHOURS),
            (PlanFault.DAY_HOURS, crowded),
            (PlanFault.PEOPLE, not 1 <= row.people <= MOST_PEOPLE),
            (PlanFault.DAYS, not days),
            (PlanFault.OTHER_YEAR, days and first is not None and first.year != plan.year),
            (PlanFault.FEE, not 0 <= row.fee_fen <= MOST_FEE_FEN),
            (PlanFault.TEACHERS, not row.teachers.strip()),
            (PlanFault.PLACE, not row.place.strip()),
            (PlanFault.TWICE, same in seen),
        ):
            if wrong:
                found.append((fault, about))
        seen.add(same)
    return found


def is_late(handed_in: date, year: int, last_month: int | None) -> bool:
    """Whether the year's first plan came after the last month that the authority's rule sets; unset, nothing is late."""
    if last_month is None:
        return False
    return (handed_in.year, handed_in.month) > (year, last_month)


class RunFault(StrEnum):
    """Why a class run gives no hours by a filed class."""

    BEFORE = "before"
    REVOKED = "revoked"
    DAYS = "days"
    SEATS = "seats"


def run_fault(
    *,
    first: date,
    last: date,
    seats: int,
    filed_on: date,
    revoked_on: date | None,
    planned: tuple[date, date],
    people: int,
) -> RunFault | None:
    """A run counts by a filing that was in force on the day it began, within the filed days and for no more people."""
    if first < filed_on:
        return RunFault.BEFORE
    if revoked_on is not None and revoked_on <= first:
        return RunFault.REVOKED
    if first < planned[0] or last > planned[1]:
        return RunFault.DAYS
    return RunFault.SEATS if seats > people else None


# --- contacts -----------------------------------------------------------------------------------------------


def masked_name(name: str) -> str:
    """The first character, then a star for each further one."""
    return name[:1] + "*" * max(len(name) - 1, 1) if name else ""


def masked_phone(phone: str) -> str:
    """The last two characters alone."""
    return "*" * max(len(phone) - 2, 4) + phone[-2:] if len(phone) > 4 else "****"
