"""What an application for a base says, and what is wrong with it; plain values (青人社〔2023〕17 号 一, 二, 三).

`Facts` is what the case keeps as JSON: `dump` and `load` are each other's undoing. `faults` names everything at once.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

# 职业分类大典: 8 big classes, then two digits three times; S and L are the marks of digital and green ones.
OCCUPATION = re.compile(r"[1-8]-[0-9]{2}-[0-9]{2}-[0-9]{2}(-?[SL])?")
MOST_PROJECTS = 10
MOST_FIRMS = 10


class Flag(StrEnum):
    """Why a base may be named first (二(一), last paragraph)."""

    SCARCE = "scarce"
    CITY_BASE = "city_base"
    NATIONAL_BASE = "national_base"
    NATIONAL_CONTEST = "national_contest"
    CITY_CONTEST = "city_contest"


class ProjectKind(StrEnum):
    """The four kinds of projects (二(二))."""

    KEY_INDUSTRY = "key_industry"
    HIGH_DEMAND = "high_demand"
    HERITAGE = "heritage"
    STABLE_JOBS = "stable_jobs"


class Mode(StrEnum):
    """How training is done (三(一)2, 3)."""

    OWN = "own"
    JOINT = "joint"
    APPRENTICE = "apprentice"
    CONTEST = "contest"
    TARGETED = "targeted"


class Trainees(StrEnum):
    """Where trainees come from (二(三))."""

    STAFF = "staff"
    STUDENTS = "students"
    CHAIN = "chain"


@dataclass(frozen=True)
class Project:
    """occupation: its code in the 职业分类大典; people: a year, planned."""

    name: str
    kind: str
    occupation: str
    mode: str
    people: int


@dataclass(frozen=True)
class Firm:
    """A firm of the same chain whose people are trained: its name and 统一社会信用代码."""

    name: str
    code: str


@dataclass(frozen=True)
class Facts:
    """department: that runs the training; staff, experts: how many; site: where, with what; flags: of `Flag`; sources: of
    `Trainees`."""

    site: str = ""
    department: str = ""
    staff: int = 0
    experts: int = 0
    flags: tuple[str, ...] = ()
    projects: tuple[Project, ...] = ()
    sources: tuple[str, ...] = ()
    firms: tuple[Firm, ...] = ()


def dump(facts: Facts) -> dict[str, Any]:
    return asdict(facts)


def load(kept: dict[str, Any]) -> Facts:
    """What `dump` made of facts; of a case that says nothing yet, empty ones."""
    return Facts(
        site=kept.get("site", ""),
        department=kept.get("department", ""),
        staff=kept.get("staff", 0),
        experts=kept.get("experts", 0),
        flags=tuple(kept.get("flags", ())),
        projects=tuple(Project(**row) for row in kept.get("projects", ())),
        sources=tuple(kept.get("sources", ())),
        firms=tuple(Firm(**row) for row in kept.get("firms", ())),
    )


class Fault(StrEnum):
    SITE = "site"
    DEPARTMENT = "department"
    STAFF = "staff"
    EXPERTS = "experts"
    PROJECTS = "projects"
    PROJECT_NAME = "project_name"
    PROJECT_KIND = "project_kind"
    OCCUPATION = "occupation"
    MODE = "mode"
    PEOPLE = "people"
    SOURCES = "sources"
    FIRMS = "firms"
    FIRM_CODE = "firm_code"
    FLAGS = "flags"


def faults(facts: Facts, code_is_wrong: Callable[[str], bool]) -> list[tuple[Fault, str]]:
    """Everything that is missing or cannot be, each with what it is about (a project's or firm's name). code_is_wrong: whether
    a 统一社会信用代码 cannot be one."""
    found: list[tuple[Fault, str]] = []
    found += [(Fault.SITE, "")] if not facts.site.strip() else []
    found += [(Fault.DEPARTMENT, "")] if not facts.department.strip() else []
    found += [(Fault.STAFF, "")] if facts.staff < 1 else []
    found += [(Fault.EXPERTS, "")] if facts.experts < 1 else []
    if not 1 <= len(facts.projects) <= MOST_PROJECTS:
        found.append((Fault.PROJECTS, ""))
    for project in facts.projects:
        found += [(fault, project.name) for fault in _of_project(project)]
    if not facts.sources or set(facts.sources) - set(Trainees):
        found.append((Fault.SOURCES, ""))
    if (Trainees.CHAIN in facts.sources) != bool(facts.firms) or len(facts.firms) > MOST_FIRMS:
        found.append((Fault.FIRMS, ""))
    found += [(Fault.FIRM_CODE, firm.name) for firm in facts.firms if code_is_wrong(firm.code)]
    found += [(Fault.FLAGS, "")] if set(facts.flags) - set(Flag) else []
    return found


def _of_project(project: Project) -> Iterable[Fault]:
    if not project.name.strip():
        yield Fault.PROJECT_NAME
    if project.kind not in set(ProjectKind):
        yield Fault.PROJECT_KIND
    if not OCCUPATION.fullmatch(project.occupation):
        yield Fault.OCCUPATION
    if project.mode not in set(Mode):
        yield Fault.MODE
    if project.people < 1:
        yield Fault.PEOPLE


def rank(facts: Facts, *, proved: bool) -> int:
    """Where in the queue: a flag with its proof goes before all others, a flag alone does not."""
    return 0 if facts.flags and proved else 1


def too_many(count: int, most: int | None) -> bool:
    """Whether so many bases are more than were planned (一: 5–10)."""
    return most is not None and count > most
