"""Digital technology items in plain values (沪人社专〔2022〕372号 三(三)): tracks, what an item says and what is wrong with it, ranks and
levels, a competency model and what somebody can show of it, sheets of results, and figures that name nobody. Money in fen, hours and
marks in hundredths.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from lms.training.programmes.rules import Fund, Level, mismatched

FIRST_YEAR, LAST_YEAR = 2022, 2100
MOST_PEOPLE = 5000
# A page of results has a row for each entry.
MOST_ENTRIES = 200
MOST_TEAM = 10
MOST_STAGES = 6
MOST_CENTIHOURS = 40_000
MOST_FEN = 100_000_000_00
MOST_CENTIMARKS = 10_000
# A public figure is about no fewer people than this (as of courses, docs/decisions/use-of-courses.md).
FEWEST = 5


class Track(StrEnum):
    """国家级数字技术工程师培育项目, and the four that 三(三) counts (一是 … 四是)."""

    NATIONAL = "national"
    LEADERS = "leaders"
    CONTEST = "contest"
    STANDARDS = "standards"
    SCHOOL_FIRM = "school_firm"


# Whom people come to by themselves: with places and a last day to sign up. The others take people where they have places.
WITH_PEOPLE = frozenset({Track.NATIONAL, Track.CONTEST})


def takes_people(track: str, places: int) -> bool:
    """Whether people can sign up for an item: always in contests and the national project, else where it names places."""
    return track in WITH_PEOPLE or places > 0


def trains(track: str, places: int) -> bool:
    """Whether it is one of the other tracks and trains people."""
    return track not in WITH_PEOPLE and places > 0


class Rank(StrEnum):
    """What an entry can win; finished: it came to the end (以赛代训)."""

    FIRST = "first"
    SECOND = "second"
    THIRD = "third"
    MERIT = "merit"
    FINISHED = "finished"


class Grade(StrEnum):
    """The levels of digital technology engineers, the lowest first."""

    JUNIOR = "junior"
    MIDDLE = "middle"
    SENIOR = "senior"


GRADES = tuple(Grade)


def reaches(held: str, wanted: str) -> bool:
    """Whether a level is as high as another."""
    return held in set(Grade) and GRADES.index(Grade(held)) >= GRADES.index(Grade(wanted))


# --- what an item says --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Facts:
    """track: of `Track`; direction: 职业方向, of the list that was in force (its version: direction_list; 0: none is named), or in words of
    its own where the document leaves it open (等): direction_open; centihours: approved, at most, for a result; people: places (of a
    contest: entries); stages: of a contest, the last is the final; team_most: people of an entry; partner, agreement: with whom a track
    is carried out and by which paper; standard_*: the standard that is adopted, whose it is and which version."""

    track: str = ""
    year: int = 0
    title: str = ""
    about: str = ""
    level: str = ""
    fund: str = ""
    budget_fen: int = 0
    people: int = 0
    centihours: int = 0
    enrol_until: str = ""
    direction: str = ""
    direction_open: bool = False
    direction_list: int = 0
    stages: tuple[str, ...] = ()
    team_most: int = 1
    partner: str = ""
    agreement: str = ""
    agreement_until: str = ""
    standard_name: str = ""
    standard_source: str = ""
    standard_version: str = ""


def dump(facts: Facts) -> dict[str, Any]:
    return asdict(facts)


def load(kept: Mapping[str, Any]) -> Facts:
    """What `dump` made of facts; of a case that says nothing yet, empty ones."""
    plain = {name: kept[name] for name in Facts.__dataclass_fields__ if name in kept and name != "stages"}
    return Facts(**plain, stages=tuple(kept.get("stages", ())))


class Sort(StrEnum):
    """What a direction is: one of the 数字经济重点产业, or of the 数字化应用场景 (三(三))."""

    INDUSTRY = "industry"
    SCENE = "scene"


@dataclass(frozen=True)
class Direction:
    sort: str
    title: str


# 在云计算、大数据……等数字经济重点产业，以及智能交通……等数字化应用场景 (三(三)): what the first version of the list holds.
INDUSTRIES = ("云计算", "大数据", "物联网", "工业互联网", "区块链", "人工智能", "虚拟现实和增强现实")
SCENES = (
    *("智能交通", "智慧能源", "智能制造", "智慧农业及水利", "智慧教育"),
    *("智慧医疗", "智慧文旅", "智慧社区", "智慧家居", "智慧政务"),
)
NAMED = (
    *(Direction(Sort.INDUSTRY, title) for title in INDUSTRIES),
    *(Direction(Sort.SCENE, title) for title in SCENES),
)
MOST_DIRECTIONS = 60
LONGEST_DIRECTION = 60


def directions_of(rows: Iterable[Sequence[str]]) -> tuple[Direction, ...]:
    return tuple(Direction(sort, title) for sort, title in rows)


def direction_fault(directions: Sequence[Direction]) -> str:
    """What is wrong with a list: "empty", "many", "sort", "title", "twice"; "" where nothing is."""
    titles = [row.title for row in directions]
    if not directions:
        return "empty"
    if len(directions) > MOST_DIRECTIONS:
        return "many"
    if any(row.sort not in set(Sort) for row in directions):
        return "sort"
    if any(not 1 <= len(title.strip()) <= LONGEST_DIRECTION or "\0" in title for title in titles):
        return "title"
    return "twice" if len(set(titles)) < len(titles) else ""


class Fault(StrEnum):
    TRACK = "track"
    YEAR = "year"
    TITLE = "title"
    ABOUT = "about"
    LEVEL = "level"
    NATIONAL_LEVEL = "national_level"
    FUND = "fund"
    FUND_MISMATCH = "fund_mismatch"
    BUDGET = "budget"
    PEOPLE = "people"
    HOURS = "hours"
    ENROL_UNTIL = "enrol_until"
    DIRECTION = "direction"
    DIRECTION_UNKNOWN = "direction_unknown"
    STAGES = "stages"
    TEAM = "team"
    PARTNER = "partner"
    AGREEMENT = "agreement"
    STANDARD = "standard"


def day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def faults(facts: Facts, named: Collection[str] | None = None) -> list[Fault]:
    """Everything that is missing or cannot be. named: the directions in force on the day, None where there is no list."""
    track = facts.track
    contest, national = track == Track.CONTEST, track == Track.NATIONAL
    people = takes_people(track, facts.people)
    most = MOST_ENTRIES if contest else MOST_PEOPLE
    names = [stage.strip() for stage in facts.stages]
    found = [
        (Fault.TRACK, track not in set(Track)),
        (Fault.YEAR, not FIRST_YEAR <= facts.year <= LAST_YEAR),
        (Fault.TITLE, not facts.title.strip()),
        (Fault.ABOUT, not facts.about.strip()),
        (Fault.LEVEL, facts.level not in set(Level)),
        (Fault.NATIONAL_LEVEL, national and facts.level in set(Level) and facts.level != Level.NATIONAL),
        (Fault.FUND, facts.fund not in set(Fund)),
        (Fault.FUND_MISMATCH, mismatched(facts.level, facts.fund)),
        (Fault.BUDGET, not 0 <= facts.budget_fen <= MOST_FEN),
        (Fault.PEOPLE, people and not 1 <= facts.people <= most),
        (Fault.HOURS, people and not 1 <= facts.centihours <= MOST_CENTIHOURS),
        (Fault.ENROL_UNTIL, people and day_of(facts.enrol_until) is None),
        (Fault.DIRECTION, national and not facts.direction.strip()),
        (
            Fault.DIRECTION_UNKNOWN,
            bool(facts.direction.strip())
            and not facts.direction_open
            and named is not None
            and facts.direction.strip() not in named,
        ),
        (
            Fault.STAGES,
            contest and (not 1 <= len(names) <= MOST_STAGES or "" in names or len(set(names)) < len(names)),
        ),
        (Fault.TEAM, contest and not 1 <= facts.team_most <= MOST_TEAM),
        (Fault.PARTNER, track == Track.SCHOOL_FIRM and not facts.partner.strip()),
        (Fault.AGREEMENT, track == Track.SCHOOL_FIRM and not facts.agreement.strip()),
        (
            Fault.STANDARD,
            track == Track.STANDARDS
            and not all(
                text.strip() for text in (facts.standard_name, facts.standard_source, facts.standard_version)
            ),
        ),
    ]
    return [fault for fault, wrong in found if wrong]


# --- sheets of results ---------------------------------------------------------------------------------------


ADVANCE, OUT = "advance", "out"


@dataclass(frozen=True)
class SheetLine:
    """entry: its uuid; centimarks: 0 – 100 marks in hundredths, None where none was given; outcome: of a stage `ADVANCE` or `OUT`, of
    the final a rank or `OUT`."""

    entry: str
    centimarks: int | None
    outcome: str


def sheet_fault(lines: Sequence[SheetLine], entries: Collection[str], *, final: bool) -> str:
    """What is wrong with a sheet: "missing" (not every entry of the stage, or one twice), "stranger", "mark", "outcome", "order" (a lower
    mark stands above a higher one); "" where nothing is."""
    named = [line.entry for line in lines]
    if set(named) - set(entries):
        return "stranger"
    if len(named) != len(set(named)) or set(named) != set(entries) or not named:
        return "missing"
    allowed = {*Rank, OUT} if final else {ADVANCE, OUT}
    if any(line.outcome not in allowed for line in lines):
        return "outcome"
    if any(line.centimarks is not None and not 0 <= line.centimarks <= MOST_CENTIMARKS for line in lines):
        return "mark"
    return "order" if _out_of_order(lines, final=final) else ""


@dataclass(frozen=True)
class Mean:
    """What a jury gave an entry. marks: how many jurors did; centimarks: their mean, halves up; None where nobody did."""

    marks: int = 0
    centimarks: int | None = None


def means(given: Iterable[tuple[int, str, int | None]]) -> dict[str, Mean]:
    """given: (juror, entry, centimarks; None: stands aside) in the order in which they were given; of a juror and an entry the last one counts."""
    last = {(juror, entry): mark for juror, entry, mark in given}
    marks: dict[str, list[int]] = {}
    for (_juror, entry), mark in last.items():
        if mark is not None:
            marks.setdefault(entry, []).append(mark)
    return {
        entry: Mean(len(held), (2 * sum(held) + len(held)) // (2 * len(held)))
        for entry, held in marks.items()
    }


def jury_fault(lines: Sequence[SheetLine], found: Mapping[str, Mean], least: int) -> str:
    """Whether a sheet says what the jury gave: "few" (an entry has fewer marks than the rule asks for), "mean" (another mark than the jury's mean);
    "" where it does, or where there is no jury that marks here. least: jurors for each entry, 0 where no rule asks for any."""
    for line in lines:
        mean = found.get(line.entry, Mean())
        if mean.marks < least:
            return "few"
        if mean.marks and line.centimarks != mean.centimarks:
            return "mean"
    return ""


def _out_of_order(lines: Sequence[SheetLine], *, final: bool) -> bool:
    """Of two with marks the one placed higher has no lower mark. Where nobody gave marks, there is nothing to compare."""
    order = [*Rank, OUT] if final else [ADVANCE, OUT]
    marked = [(order.index(line.outcome), line.centimarks) for line in lines if line.centimarks is not None]
    best: dict[int, int] = {}
    worst: dict[int, int] = {}
    for place, mark in marked:
        best[place] = max(best.get(place, mark), mark)
        worst[place] = min(worst.get(place, mark), mark)
    return any(worst[above] < best[below] for above in worst for below in best if above < below)


# --- the competency model ----------------------------------------------------------------------------------------


MOST_DOMAINS = 12
MOST_SKILLS = 40
MOST_COURSES = 12


@dataclass(frozen=True)
class Rung:
    """A skill at a level: what somebody can do then (about), the courses that lead there (uuids), and the occupations (codes) whose
    verified certificate shows it, too."""

    grade: str
    about: str
    courses: tuple[str, ...]
    occupations: tuple[str, ...] = ()


@dataclass(frozen=True)
class Skill:
    code: str
    title: str
    rungs: tuple[Rung, ...]


@dataclass(frozen=True)
class Domain:
    title: str
    skills: tuple[Skill, ...] = field(default=())


def dump_model(domains: Iterable[Domain]) -> list[dict[str, Any]]:
    return [asdict(domain) for domain in domains]


def load_model(kept: Iterable[Mapping[str, Any]]) -> tuple[Domain, ...]:
    return tuple(
        Domain(
            row["title"],
            tuple(
                Skill(
                    skill["code"],
                    skill["title"],
                    tuple(
                        Rung(
                            rung["grade"],
                            rung["about"],
                            tuple(rung["courses"]),
                            tuple(rung.get("occupations", ())),
                        )
                        for rung in skill["rungs"]
                    ),
                )
                for skill in row["skills"]
            ),
        )
        for row in kept
    )


def skills_of(domains: Iterable[Domain]) -> list[Skill]:
    return [skill for domain in domains for skill in domain.skills]


def courses_of(domains: Iterable[Domain]) -> list[tuple[str, str, str]]:
    """(skill's code, level, course) of every link, each once."""
    found = {
        (skill.code, rung.grade, course)
        for skill in skills_of(domains)
        for rung in skill.rungs
        for course in rung.courses
    }
    return sorted(found)


def with_skill(domains: Sequence[Domain], title: str, skill: Skill) -> tuple[Domain, ...]:
    """The model with the skill in the domain of this title, made where there is none; the skill of this code stands nowhere else."""
    rungs = tuple(sorted(skill.rungs, key=lambda rung: GRADES.index(Grade(rung.grade))))
    skill = Skill(skill.code, skill.title, rungs)
    found, there = [], False
    for domain in without_skill(domains, skill.code, keep=title):
        if domain.title == title:
            there = True
            old = next((row for row in _skills(domains, title) if row.code == skill.code), None)
            place = _skills(domains, title).index(old) if old else len(domain.skills)
            domain = Domain(title, (*domain.skills[:place], skill, *domain.skills[place:]))
        found.append(domain)
    return tuple(found) if there else (*found, Domain(title, (skill,)))


def _skills(domains: Sequence[Domain], title: str) -> tuple[Skill, ...]:
    return next((domain.skills for domain in domains if domain.title == title), ())


def without_skill(domains: Iterable[Domain], code: str, *, keep: str = "") -> tuple[Domain, ...]:
    """The model without it, and without a domain that is empty then (but `keep`)."""
    left = (Domain(row.title, tuple(skill for skill in row.skills if skill.code != code)) for row in domains)
    return tuple(row for row in left if row.skills or row.title == keep)


def model_faults(domains: Sequence[Domain]) -> list[tuple[str, str]]:
    """Why it cannot be published: ("empty", ""), ("no_rung", skill), ("no_course", skill), ("too_many", "")."""
    skills = skills_of(domains)
    if not skills:
        return [("empty", "")]
    found = [("no_rung", skill.title) for skill in skills if not skill.rungs]
    found += [
        ("no_course", skill.title)
        for skill in skills
        if skill.rungs and not all(rung.courses for rung in skill.rungs)
    ]
    if len(domains) > MOST_DOMAINS or len(skills) > MOST_SKILLS:
        found.append(("too_many", ""))
    return found


@dataclass(frozen=True)
class Held:
    """What somebody can show: courses completed (uuids), occupations of verified certificates, levels of the model's direction."""

    courses: frozenset[str] = frozenset()
    occupations: frozenset[str] = frozenset()
    grades: frozenset[str] = frozenset()


class Proof(StrEnum):
    """By what a skill at a level is shown, the strongest first."""

    GRADE = "grade"
    CERTIFICATE = "certificate"
    COURSES = "courses"


@dataclass(frozen=True)
class Shown:
    """A skill at a level, by what it is shown (None: not), and the courses that are missing."""

    rung: Rung
    proof: Proof | None
    missing: tuple[str, ...]


def shown(rung: Rung, held: Held) -> Shown:
    """A level of the direction shows the skill at that level and below; a certificate of one of its occupations, and all of its courses,
    at that level. A level without courses is shown by courses never."""
    missing = tuple(course for course in rung.courses if course not in held.courses)
    if any(reaches(grade, rung.grade) for grade in held.grades):
        return Shown(rung, Proof.GRADE, missing)
    if set(rung.occupations) & held.occupations:
        return Shown(rung, Proof.CERTIFICATE, missing)
    if rung.courses and not missing:
        return Shown(rung, Proof.COURSES, ())
    return Shown(rung, None, missing)


# --- figures that name nobody -----------------------------------------------------------------------------------------


def told(number: int) -> int | None:
    """A number of people as everybody may read it: rounded down to fives; None where it is of fewer than FEWEST and not of nobody."""
    if number == 0:
        return 0
    return None if number < FEWEST else number // FEWEST * FEWEST
