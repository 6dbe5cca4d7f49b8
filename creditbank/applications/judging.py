"""One source under one rule version, as the engine judges it: the facts out of the rows, and the answer to be kept.

Owns: how a certificate, or a course credited at another college, becomes a fact, and what counts as used. Reads only.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet, Sum

from creditbank.applications.models import CourseCredit, OutcomeUse
from creditbank.ledger.rules import digest
from creditbank.outcomes.models import LearningOutcome
from creditbank.rules import engine, facts
from creditbank.rules.models import ConversionRuleVersion, Programme
from creditbank.rules.pairs import Pair
from creditbank.rules.queries import fact
from creditbank.rules.solve import solve
from lms.accounts.api import User

Source = LearningOutcome | CourseCredit


@dataclass(frozen=True)
class Judged:
    """line: what the engine gives, and why; kept: inputs and answer, for `recompute`."""

    line: facts.Line
    kept: dict[str, Any]
    achievement: str
    day: date
    shared_rule: str


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
    this = source_fact(source)
    used = (*used_in(user, programme), *besides)
    about = facts.ProgrammeFact(str(programme.uuid), programme.centicredits)
    found = engine.allocate([this], [fact(version)], about, day, used)
    line = replace(found.lines[0], programme=about.id)
    kept = engine.keep([this], about, used, found)
    return Judged(line, kept, this.achievement, day, shared_rule(version, source))


def parts_of(
    user: User, programme: Programme, asked: Sequence[tuple[Source, ConversionRuleVersion]], day: date
) -> list[list[facts.UsedFact]]:
    """What each of several lines of one application would take, were they granted together as the engine's best choice
    among them has it; nothing for a line that has no place in it. Raises solve.Unproven.

    One after the other, the first of two might take under a cap what was offered to the second.
    """
    about = facts.ProgrammeFact(str(programme.uuid), programme.centicredits)
    before = engine.Before(about, day, used_in(user, programme))
    pairs: list[Pair] = []
    for place, (source, version) in enumerate(asked):
        rule = replace(fact(version), shares_outcome=bool(shared_rule(version, source)))
        candidates, _lines = engine.candidates_of([source_fact(source)], [rule], before)
        pairs += [replace(some.pair, place=place) for some in candidates]
    choice = solve(pairs).choice
    return [
        _taken(source, version, choice[place], programme, day) if place in choice else []
        for place, (source, version) in enumerate(asked)
    ]


def _taken(
    source: Source, version: ConversionRuleVersion, amount: int, programme: Programme, day: date
) -> list[facts.UsedFact]:
    """centicredits of one line as if they were used: its courses, then what stands for none."""
    rule, this = fact(version), source_fact(source)
    rows = [(course.code, course.centicredits) for course in rule.courses]
    lump = amount - sum(credits for _code, credits in rows)
    return [
        facts.UsedFact(
            this.achievement,
            str(programme.uuid),
            code,
            credits,
            issuer=this.issuer,
            posted_on=day,
            **_of_rule(version, shared_rule(version, source)),
        )
        for code, credits in [*rows, *([("", lump)] if lump > 0 else [])]
    ]


def source_fact(source: Source) -> facts.OutcomeFact:
    return outcome_fact(source) if isinstance(source, LearningOutcome) else course_fact(source)


def shared_rule(version: ConversionRuleVersion, source: Source) -> str:
    """The rule's code where others may use the outcome beside it, else "". Never of a course that is transferred: its
    credits leave the giving college once, whatever rules say."""
    shares = version.shares_outcome and isinstance(source, LearningOutcome)
    return version.rule.code if shares else ""


def beside(rows: QuerySet[Any], shared: str) -> QuerySet[Any]:
    """Of applications or uses of an achievement in a programme, those that leave no room for one under `shared`."""
    return rows.filter(Q(shared_rule="") | Q(shared_rule=shared)) if shared else rows


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


def _of_rule(version: ConversionRuleVersion, shared: str) -> dict[str, Any]:
    """What a use keeps of its rule: caps and exclusions of later ones count by it."""
    return {"rule_code": version.rule.code, "group": version.group, "shares_outcome": bool(shared)}


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
            **_of_rule(use.application.rule_version, use.shared_rule),
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
