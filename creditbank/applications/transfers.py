"""Courses credited at one college, and what rules of other colleges give for them. Reads only; applying is `submit`."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from creditbank.applications import lots
from creditbank.applications.judging import course_fact, used_in
from creditbank.applications.models import TAKEN, Application, CourseCredit
from creditbank.applications.words import reason_sentence
from creditbank.rules import engine, rules
from creditbank.rules.facts import Direction, Line, ProgrammeFact
from creditbank.rules.models import ConversionRuleVersion
from creditbank.rules.queries import fact, versions
from lms.accounts.api import User

# What says nothing about this course: no rule speaks of it today, or only of other colleges'.
SILENT = frozenset({rules.Reason.NO_RULE, rules.Reason.RULE_NOT_IN_FORCE, rules.Reason.ISSUER_NOT_ACCEPTED})


@dataclass(frozen=True)
class Offer:
    """A course and what a rule of another college makes of it; application: one that waits or was approved."""

    course: CourseCredit
    version: ConversionRuleVersion
    line: Line
    sentence: str
    application: Application | None

    @property
    def can_apply(self) -> bool:
        return self.line.gives and self.line.centicredits > 0 and self.application is None


def movable(user: User) -> list[CourseCredit]:
    """The courses whose credits still stand at the college that gave them; two queries."""
    courses = CourseCredit.objects.filter(
        use__application__applicant=user, use__release__isnull=True, draw__isnull=True
    ).select_related("programme__organisation", "use__application", "use__transaction")
    rows = list(courses.order_by("id"))
    left = lots.left({course.use for course in rows})
    return [course for course in rows if left[course.use_id] >= course.centicredits]


def offers(user: User, day: date) -> list[Offer]:
    """Every course with every rule of another college that speaks of it, those that give first. A handful of queries."""
    courses = movable(user)
    every = [
        version
        for version in versions()
        if version.rule.direction == Direction.CREDITS_TO_CREDITS and version.rule.programme.active
    ]
    if not courses or not every:
        return []
    known = {(version.rule.code, version.number): version for version in every}
    by_id = {course_fact(course).id: course for course in courses}
    applied = {
        (item.course_id, item.programme_id): item
        for item in Application.objects.filter(
            applicant=user, state__in=TAKEN, course__isnull=False
        ).select_related("programme")
    }
    found = []
    for line in _lines(user, courses, every, day):
        course, version = by_id[line.outcome], known[line.rule_code, line.rule_version]
        mine = applied.get((course.pk, version.rule.programme_id))
        found.append(Offer(course, version, line, reason_sentence(line.reason), mine))
    return sorted(found, key=lambda offer: not offer.line.gives)


def _lines(
    user: User, courses: Iterable[CourseCredit], every: list[ConversionRuleVersion], day: date
) -> Iterable[Line]:
    """For each programme, the engine's best allocation of the courses of all other colleges."""
    used = used_in(user)
    # A course leaves once, so no two rules share it.
    facts = [replace(fact(version), shares_outcome=False) for version in every]
    for programme in {version.rule.programme for version in every}:
        told = [
            course_fact(course)
            for course in courses
            if course.programme.organisation_id != programme.organisation_id
        ]
        about = ProgrammeFact(str(programme.uuid), programme.centicredits)
        for line in engine.allocate(told, facts, about, day, used).lines:
            if line.reason not in SILENT:
                yield line
