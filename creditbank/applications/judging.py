"""One source under one rule version, as the engine judges it: the facts out of the rows, and the answer to be kept.

Owns: how a certificate, or a course credited at another college, becomes a fact, and what counts as used. Reads only.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Sum

from creditbank.applications.models import CourseCredit, OutcomeUse
from creditbank.ledger.rules import digest
from creditbank.outcomes.models import LearningOutcome
from creditbank.rules import engine, facts
from creditbank.rules.models import ConversionRuleVersion, Programme
from creditbank.rules.queries import fact
from lms.accounts.api import User

Source = LearningOutcome | CourseCredit


@dataclass(frozen=True)
class Judged:
    """line: what the engine gives, and why; kept: inputs and answer, for `recompute`."""

    line: facts.Line
    kept: dict[str, Any]
    achievement: str
    version: ConversionRuleVersion
    day: date

    def taken(self) -> list[facts.UsedFact]:
        """What would be used besides, were this granted: for judging several lines of one application together."""
        lump = self.line.centicredits - sum(course.centicredits for course in self.line.courses)
        rows = [(course.code, course.centicredits) for course in self.line.courses] + [("", lump)] * (
            lump > 0
        )
        return [
            facts.UsedFact(
                self.achievement,
                self.line.programme,
                code,
                amount,
                posted_on=self.day,
                **_of_rule(self.version),
            )
            for code, amount in rows
        ]


def judge(
    user: User,
    programme: Programme,
    version: ConversionRuleVersion,
    day: date,
    source: Source | None,
    *,
    besides: Sequence[facts.UsedFact] = (),
) -> Judged:
    """What `source` gives under `version` on a day, with what the user has used in the programme by now.

    besides: what is taken to be used too (other lines of the same application).
    """
    assert source is not None
    this = outcome_fact(source) if isinstance(source, LearningOutcome) else course_fact(source)
    used = (*used_in(user, programme), *besides)
    about = facts.ProgrammeFact(str(programme.uuid), programme.centicredits)
    found = engine.allocate([this], [fact(version)], about, day, used)
    line = replace(found.lines[0], programme=about.id)
    return Judged(line, engine.keep([this], about, used, found), this.achievement, version, day)


def outcome_fact(outcome: LearningOutcome) -> facts.OutcomeFact:
    return facts.OutcomeFact(
        id=str(outcome.uuid),
        achievement=outcome.achievement,
        kind=outcome.kind,
        occupation_code=outcome.occupation_code,
        level=outcome.level,
        issued_on=outcome.issued_on,
        expires_on=outcome.expires_on,
        # While its verifier waits for more, it waits to be verified.
        status="submitted" if outcome.status == LearningOutcome.Status.SUPPLEMENT else outcome.status,
        issuer=outcome.issuer.code if outcome.issuer else outcome.issuer_name,
        course_code=outcome.course_code,
        score=outcome.score,
        centicredits=outcome.centicredits,
        centihours=outcome.centihours,
        unit=outcome.unit,
        award=outcome.award,
    )


def _of_rule(version: ConversionRuleVersion) -> dict[str, Any]:
    """What a use keeps of its rule: caps and exclusions of later ones count by it."""
    return {
        "rule_code": version.rule.code,
        "group": version.group,
        "shares_outcome": version.shares_outcome,
    }


def course_fact(course: CourseCredit) -> facts.OutcomeFact:
    """A course that a college of the bank has credited, as an outcome at another one; the bank itself vouches for it."""
    use = course.use
    return facts.OutcomeFact(
        id=f"{use.application.uuid}:{course.course_code}",
        achievement=digest(["course", str(use.application.uuid), course.course_code]),
        kind=facts.Kind.COURSE,
        occupation_code="",
        level=None,
        issued_on=use.transaction.occurred_on,
        expires_on=use.expires_on,
        status="verified",
        issuer=course.programme.organisation.code,
        course_code=course.course_code,
        centicredits=course.centicredits,
    )


def used_in(user: User, programme: Programme | None = None) -> list[facts.UsedFact]:
    """What a person was credited with and still has, in one programme or in all: courses, then what stands for none."""
    uses = OutcomeUse.objects.filter(application__applicant=user, release__isnull=True)
    if programme is not None:
        uses = uses.filter(programme=programme)
    rows = uses.select_related(
        *("programme", "transaction", "application__rule_version__rule", "outcome__issuer"),
        "application__course__programme__organisation",
    ).order_by("id")
    shared = {
        use.pk: {
            "achievement": use.achievement,
            "programme": str(use.programme.uuid),
            "issuer": _issuer(use),
            # The day whose rules judged it: a year's cap counts by the day of the application, whenever it was decided.
            "posted_on": use.application.evaluated_on,
            **_of_rule(use.application.rule_version),
        }
        for use in rows
    }
    courses = CourseCredit.objects.filter(use__in=shared).order_by("id")
    found = [
        facts.UsedFact(
            course_code=course.course_code, centicredits=course.centicredits, **shared[course.use_id]
        )
        for course in courses
    ]
    named = dict(CourseCredit.objects.filter(use__in=shared).values_list("use").annotate(Sum("centicredits")))
    for use in rows:
        lump = use.centicredits - named.get(use.pk, 0)
        if lump > 0:
            found.append(facts.UsedFact(course_code="", centicredits=lump, **shared[use.pk]))
    return found


def _issuer(use: OutcomeUse) -> str:
    if use.outcome is None:
        course = use.application.course
        return course.programme.organisation.code if course else ""
    return use.outcome.issuer.code if use.outcome.issuer else use.outcome.issuer_name
