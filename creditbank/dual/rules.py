"""The four modes of the dual-certificate scheme (双证融通) as plain rules over plain values.

S2 二 gives the modes' names and for whom each is, and that the development and training subsidies belong to 直通车式.
How each works beyond that is our reading (SYSTEMS.md, A58–A63): what is assessed, what passes and how large the fused
share may be stands in a college's published plan, with its source. None: no source sets it. Owns: the modes' table, what
passes an assessment, where a person stands, the fused share. Refuses to know rows.

Scores in hundredths of a mark (0–10000), credits in hundredths, shares in per mille.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from creditbank.rules.facts import Direction, Kind, Mode

TOP_SCORE = 10_000
MOST_PARTS = 8
MOST_COURSES = 30


class Audience(StrEnum):
    """S2 二: two modes are for students of a college, two for trainees in work."""

    STUDENT = "student"
    TRAINEE = "trainee"


class Gives(StrEnum):
    """When credits are posted: course by course, with the certificate, never (exemptions), or on an application."""

    BY_COURSE = "by_course"
    WITH_CERTIFICATE = "with_certificate"
    EXEMPTION = "exemption"
    ON_APPLICATION = "on_application"


@dataclass(frozen=True)
class ModeSpec:
    """subsidy: whether 培训项目开发费补贴 and 培训费补贴 may be claimed (S2 二, A63). kind, direction: of the conversion
    rules that a plan of this mode leans on."""

    audience: Audience
    gives: Gives
    kind: Kind
    direction: Direction
    subsidy: bool = False


MODES: Mapping[str, ModeSpec] = {
    Mode.COURSE_RECOMBINATION: ModeSpec(
        Audience.STUDENT, Gives.BY_COURSE, Kind.COURSE, Direction.CREDITS_TO_CREDITS
    ),
    Mode.CREDIT_RECOGNITION: ModeSpec(
        Audience.STUDENT, Gives.EXEMPTION, Kind.COURSE, Direction.CREDITS_TO_EXEMPTION
    ),
    Mode.THROUGH_TRAIN: ModeSpec(
        Audience.TRAINEE, Gives.WITH_CERTIFICATE, Kind.SKILL, Direction.CERTIFICATE_TO_CREDITS, subsidy=True
    ),
    Mode.CERTIFICATE_RECOGNITION: ModeSpec(
        Audience.TRAINEE, Gives.ON_APPLICATION, Kind.SKILL, Direction.CERTIFICATE_TO_CREDITS
    ),
}
# Of these, people are taken in and assessed; the other two live on single requests and applications.
FUSED = frozenset({Mode.COURSE_RECOMBINATION, Mode.THROUGH_TRAIN})


@dataclass(frozen=True)
class Part:
    """A part of the one assessment: theory, operation, general competence (综合素养). pass_score: the least that passes."""

    code: str
    name: str
    pass_score: int


@dataclass(frozen=True)
class Course:
    """A fused course. rule: the number of the conversion rule by which it gives its credits."""

    code: str
    name: str
    centicredits: int
    rule: str = ""


@dataclass(frozen=True)
class Result:
    """One assessment of one course. void: corrected by a later row; credited: its credits are posted."""

    course: str
    attempt: int
    passed: bool
    void: bool = False
    credited: bool = False


class Fault(StrEnum):
    MISSING = "part_missing"
    UNKNOWN = "part_unknown"
    RANGE = "score_range"


def score_fault(parts: Sequence[Part], scores: Mapping[str, int]) -> tuple[str, Fault] | None:
    """What is wrong with a set of scores: the part's code and why; None: each part has one, 0 to 100.00."""
    for code in scores:
        if code not in {part.code for part in parts}:
            return code, Fault.UNKNOWN
    for part in parts:
        score = scores.get(part.code)
        if score is None:
            return part.code, Fault.MISSING
        if type(score) is not int or not 0 <= score <= TOP_SCORE:
            return part.code, Fault.RANGE
    return None


def passes(parts: Sequence[Part], scores: Mapping[str, int]) -> bool:
    """Every part by itself: a good theory does not make up for a bad operation."""
    return all(scores[part.code] >= part.pass_score for part in parts)


def overall(parts: Sequence[Part], scores: Mapping[str, int]) -> int:
    """The mean of the parts, rounded down: what is cited where one grade is asked for."""
    return sum(scores[part.code] for part in parts) // len(parts)


class CourseState(StrEnum):
    OPEN = "open"
    FAILED = "failed"
    PASSED = "passed"
    CREDITED = "credited"


def course_states(courses: Iterable[Course], results: Iterable[Result]) -> dict[str, CourseState]:
    """Where a person stands in each course. One that is passed stays passed, whatever a later attempt brings."""
    standing = [result for result in results if not result.void]
    found = {}
    for course in courses:
        mine = [result for result in standing if result.course == course.code]
        if any(result.credited for result in mine):
            found[course.code] = CourseState.CREDITED
        elif any(result.passed for result in mine):
            found[course.code] = CourseState.PASSED
        else:
            found[course.code] = CourseState.FAILED if mine else CourseState.OPEN
    return found


def is_candidate(states: Mapping[str, CourseState]) -> bool:
    """Whether every fused course is passed: then the person is a candidate for the certificate (A58)."""
    return bool(states) and all(
        state in (CourseState.PASSED, CourseState.CREDITED) for state in states.values()
    )


def share_permille(courses: Iterable[Course], programme_centicredits: int | None) -> int | None:
    """The fused courses' part of what the diploma takes, rounded down; None: nobody has set what it takes."""
    if not programme_centicredits:
        return None
    return sum(course.centicredits for course in courses) * 1000 // programme_centicredits


def share_holds(
    courses: Sequence[Course], programme_centicredits: int | None, least: int | None, most: int | None
) -> bool | None:
    """Whether the fused share is within the plan's bounds, compared without rounding; None: it cannot be reckoned,
    since the programme's credits are not set and a bound is. An unset bound refuses nothing.
    """
    if least is None and most is None:
        return True
    if not programme_centicredits:
        return None
    fused = sum(course.centicredits for course in courses) * 1000
    return (least is None or fused >= least * programme_centicredits) and (
        most is None or fused <= most * programme_centicredits
    )
