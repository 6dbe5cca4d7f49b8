"""Advanced programmes in plain values (沪人社专〔2022〕372号): what a proposal says and what is wrong with it, who is asked to host first,
whom a programme is for, what an evaluation gives, and what a person-time is. Money in fen, hours and marks in hundredths.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

MOST_CANDIDATES = 5
MOST_PEOPLE = 300
MOST_CENTIHOURS = 40_000
MOST_FEN = 100_000_000_00

_BETWEEN_AUTHORS = re.compile(r"[、，,;；/\n]+")

# 二: 「到 2030 年……目标累计完成专业技术人才知识更新总量 350 万人次」; 2022年至2030年.
TARGET = 3_500_000
FIRST_DAY, LAST_DAY = date(2022, 1, 1), date(2030, 12, 31)
# Whose training the target is about: professionals; skills (vocational) are another count.
COUNTED_KINDS = ("public", "specialty")


class Kind(StrEnum):
    """三(二): 高级研修项目, 急需紧缺人才培养项目."""

    ADVANCED = "advanced"
    URGENT = "urgent"


# So many days before its last day a yearly call is asked for.
CALL_AHEAD = timedelta(days=30)


@dataclass(frozen=True)
class CallDue:
    """A yearly call for topics that is not there. last: its last day, by the rule in force; late: that has passed."""

    year: int
    last: date
    late: bool


def call_due(day: date, month: int | None, called: bool) -> CallDue | None:
    """What is to be said on a day of the call of its year: month: by the end of which it is to be made, None where the rule sets none;
    called: it is there. Source: 沪人社专〔2022〕372号 三(二) 每年度……征集项目选题; the month is the authority's."""
    if month is None or called:
        return None
    last = (date(day.year, month, 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return CallDue(day.year, last, day > last) if day > last - CALL_AHEAD else None


def is_author(authors: str, names: Collection[str]) -> bool:
    """Whether somebody of these names stands among the authors of an output, as these were typed. A name is the whole of an author, or of
    one of those that blanks part: 李明 is not 李明远."""
    typed = [one.strip().casefold() for one in _BETWEEN_AUTHORS.split(authors)]
    there = {part for one in typed for part in (one, "".join(one.split()), *one.split())}
    return any(part in there for name in names for part in (name.strip().casefold(),) if part)


class Level(StrEnum):
    """National and city projects, and those of a sector or district (三(二), last sentence)."""

    NATIONAL = "national"
    CITY = "city"
    SECTOR = "sector"
    DISTRICT = "district"


class Fund(StrEnum):
    """Where the money of a project comes from (四(二))."""

    CITY = "city"
    DEPARTMENT = "department"
    DISTRICT = "district"


# 四(二): 市级部分主要用于国家级和市级项目资助; 区级部分……区级项目资助; 各行业部门……安排一定的财政经费，用于本行业.
FUND_OF_LEVEL = {
    Level.NATIONAL: Fund.CITY,
    Level.CITY: Fund.CITY,
    Level.SECTOR: Fund.DEPARTMENT,
    Level.DISTRICT: Fund.DISTRICT,
}


class Standing(StrEnum):
    """Why somebody may host, in the order in which they are asked (三(二): 承办机构优先选择)."""

    NATIONAL_BASE = "national_base"
    CITY_BASE = "city_base"
    LEADING = "leading"
    OTHER = "other"


@dataclass(frozen=True)
class Candidate:
    """code: of the organisation; ground: the document or fact that gives it its standing."""

    code: str
    name: str
    standing: str
    ground: str


def ranked(candidates: Iterable[Candidate]) -> list[Candidate]:
    """National bases, city bases, leading firms and institutions, all others; of one standing as the proposer has them."""
    order = list(Standing)
    return sorted(candidates, key=lambda row: order.index(Standing(row.standing)))


@dataclass(frozen=True)
class Facts:
    """What a proposal says. call: the uuid of the call it answers. centihours: for somebody who passes; people: at most; budget_fen:
    what is asked of the fund; series: of which series of classes it is an edition, "" for none."""

    call: str = ""
    title: str = ""
    level: str = ""
    fund: str = ""
    audience: str = ""
    need: str = ""
    centihours: int = 0
    people: int = 0
    budget_fen: int = 0
    series: str = ""
    candidates: tuple[Candidate, ...] = ()


def dump(facts: Facts) -> dict[str, Any]:
    return asdict(facts)


def load(kept: Mapping[str, Any]) -> Facts:
    """What `dump` made of facts; of a case that says nothing yet, empty ones."""
    plain = {name: kept[name] for name in Facts.__dataclass_fields__ if name in kept and name != "candidates"}
    return Facts(**plain, candidates=tuple(Candidate(**row) for row in kept.get("candidates", ())))


class Fault(StrEnum):
    CALL = "call"
    TITLE = "title"
    LEVEL = "level"
    FUND = "fund"
    FUND_MISMATCH = "fund_mismatch"
    AUDIENCE = "audience"
    NEED = "need"
    HOURS = "hours"
    PEOPLE = "people"
    BUDGET = "budget"
    CANDIDATES = "candidates"
    TWICE = "candidate_twice"
    STANDING = "standing"
    GROUND = "ground"


def faults(facts: Facts) -> list[tuple[Fault, str]]:
    """Everything that is missing or cannot be, each with what it is about (a candidate's name)."""
    found: list[tuple[Fault, str]] = []
    for fault, wrong in (
        (Fault.CALL, not facts.call),
        (Fault.TITLE, not facts.title.strip()),
        (Fault.LEVEL, facts.level not in set(Level)),
        (Fault.FUND, facts.fund not in set(Fund)),
        (Fault.AUDIENCE, not facts.audience.strip()),
        (Fault.NEED, not facts.need.strip()),
        (Fault.HOURS, not 1 <= facts.centihours <= MOST_CENTIHOURS),
        (Fault.PEOPLE, not 1 <= facts.people <= MOST_PEOPLE),
        (Fault.BUDGET, not 0 <= facts.budget_fen <= MOST_FEN),
        (Fault.CANDIDATES, not 1 <= len(facts.candidates) <= MOST_CANDIDATES),
        (Fault.TWICE, len({row.code for row in facts.candidates}) < len(facts.candidates)),
    ):
        if wrong:
            found.append((fault, ""))
    if mismatched(facts.level, facts.fund):
        found.append((Fault.FUND_MISMATCH, ""))
    for row in facts.candidates:
        if row.standing not in set(Standing):
            found.append((Fault.STANDING, row.name))
        elif row.standing != Standing.OTHER and not row.ground.strip():
            found.append((Fault.GROUND, row.name))
    return found


def mismatched(level: str, fund: str) -> bool:
    """Whether a level is to be paid from another fund (A24); of what is no level or no fund, not."""
    if level not in set(Level) or fund not in set(Fund):
        return False
    return FUND_OF_LEVEL[Level(level)] != fund


# --- whom it is for ---------------------------------------------------------------------------------------


class Title(StrEnum):
    """职称层级."""

    NONE = "none"
    ASSISTANT = "assistant"
    MIDDLE = "middle"
    ASSOCIATE = "associate"
    FULL = "full"


MIDDLE_AND_ABOVE = (Title.MIDDLE, Title.ASSOCIATE, Title.FULL)


@dataclass(frozen=True)
class Said:
    """What somebody says of themselves when they apply. birth_year: asked for where an age is limited, else None; grassroots: works
    in the front line (基层一线); backbone: 骨干 of their body."""

    title: str = Title.NONE
    manager: bool = False
    backbone: bool = False
    grassroots: bool = False
    birth_year: int | None = None


class Unfit(StrEnum):
    """Why somebody is not whom the programme is mainly for; with a reason they may come all the same."""

    TITLE = "title"
    BACKBONE = "backbone"
    AGE = "age"


def unfit(kind: str, said: Said, *, year: int, most_age: int | None) -> list[Unfit]:
    """高级研修: 中、高级职称（职务）的专业技术人才或经营管理人才; 急需紧缺: 中青年骨干人才, where the authority's rule sets an age by it, else
    without. year: in which the class begins."""
    if kind == Kind.ADVANCED:
        return [] if said.manager or said.title in set(MIDDLE_AND_ABOVE) else [Unfit.TITLE]
    found = [] if said.backbone else [Unfit.BACKBONE]
    if most_age is not None and (said.birth_year is None or year - said.birth_year > most_age):
        found.append(Unfit.AGE)
    return found


class Proof(StrEnum):
    """What lets somebody in, by which paper: 职务 (a manager's), 职称 (a title's certificate), 骨干 (the word of their body)."""

    POST = "post"
    TITLE = "title"
    BACKBONE = "backbone"


def proof_of(kind: str, said: Said) -> Proof | None:
    """Whoever admits somebody has seen this paper (A06: 中、高级职称（职务）; 中青年骨干人才); None: nothing they said lets them in."""
    if kind == Kind.URGENT:
        return Proof.BACKBONE if said.backbone else None
    if said.manager:
        return Proof.POST
    return Proof.TITLE if said.title in set(MIDDLE_AND_ABOVE) else None


def share(part: int, whole: int) -> int:
    """Percent, rounded down; 0 of nothing."""
    return part * 100 // whole if whole else 0


# --- evaluation ---------------------------------------------------------------------------------------------


def mark(scores: Mapping[str, int], weights: Mapping[str, int | None]) -> int | None:
    """Hundredths of a mark: each score (0 – 100) by its weight in percent. None: the weights are not set, or not 100 together."""
    known = {name: weight for name, weight in weights.items() if weight is not None}
    if len(known) != len(weights) or sum(known.values()) != 100:
        return None
    return sum(scores[name] * weight for name, weight in known.items())


# --- money ---------------------------------------------------------------------------------------------------


def paid(total_fen: int, budget_fen: int) -> int:
    """What the fund pays: what was spent, at most what was approved."""
    return min(total_fen, budget_fen)


def per_head(total_fen: int, people: int) -> int | None:
    """Fen for each who passed, rounded down; None where nobody did."""
    return total_fen // people if people else None


# --- person-times ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class YearTimes:
    """Of a calendar year: courses completed, by kind, and programmes passed whose course was not completed beside."""

    year: int
    courses: Mapping[str, int]
    programmes: int

    @property
    def total(self) -> int:
        return sum(self.courses.values()) + self.programmes


def in_all(years: Collection[YearTimes]) -> int:
    return sum(row.total for row in years)
