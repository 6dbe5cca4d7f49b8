"""The answer to "what if" for a person, out of the database, with the words beside the numbers. Writes nothing.

Owns: gathering (the person's outcomes, what is used, the programme's rules, what the platform offers) and naming.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from creditbank.applications.judging import outcome_fact, used_in
from creditbank.applications.lifecycle import Missing
from creditbank.applications.models import TAKEN, Application
from creditbank.applications.planner import application_under, lacking
from creditbank.applications.queries import applications_of
from creditbank.applications.words import missing_sentence
from creditbank.outcomes.models import LearningOutcome
from creditbank.outcomes.queries import outcomes_of, with_files
from creditbank.planner import words
from creditbank.planner.offers import offers_for
from creditbank.planner.queries import programme_fact
from creditbank.planner.rules import Hypothesis, Step, WhatIf, from_accepted, what_if
from creditbank.rules.facts import Kind, Line, Reason, RuleFact, in_force
from creditbank.rules.models import ConversionRuleVersion, Programme
from creditbank.rules.queries import fact, versions
from lms.accounts.api import User
from lms.lib.errors import NotFound
from lms.lib.limits import costly

# Several hundred outcomes of one person nobody has; a page and the engine stay quick under it.
MOST_OUTCOMES = 200
# Answers to a person in a minute; answers computed at the same time; seconds after which one is given up.
MOST_A_MINUTE = 40
MOST_AT_ONCE = 4
LONGEST_S = 60


@dataclass(frozen=True)
class NamedLine:
    """One line: what, under which version (None: no rule fits), and why. real: it is registered, not typed in.

    application: one that waits or was approved; missing: what an application would lack.
    """

    title: str
    line: Line
    version: ConversionRuleVersion | None
    sentence: str
    real: bool
    application: Application | None = None
    missing: tuple[Missing, ...] = ()

    @property
    def can_apply(self) -> bool:
        """Whether applying for it would be taken, a real name provided."""
        gives = self.real and self.version is not None and self.line.gives and self.line.centicredits > 0
        return gives and self.application is None and not self.missing

    @property
    def needs_file(self) -> bool:
        return Missing.EVIDENCE in self.missing


@dataclass(frozen=True)
class NamedStep:
    """One step of the way in words, with the versions by which it gives."""

    text: str
    step: Step
    versions: tuple[ConversionRuleVersion, ...]


@dataclass(frozen=True)
class Planned:
    """The whole answer for one programme. lines: those that give first; of the others one for each outcome's reason."""

    programme: Programme
    result: WhatIf
    lines: tuple[NamedLine, ...]
    steps: tuple[NamedStep, ...]

    @property
    def appliable(self) -> list[NamedLine]:
        """What of the allocation can be applied for now, in one go."""
        return [named for named in self.lines if named.can_apply]

    @property
    def capped(self) -> bool:
        """Whether any line that gives stands under a cap, which other recognitions may use up first."""
        return any(named.line.gives and named.version and named.version.bears_cap for named in self.lines)


def programmes() -> list[Programme]:
    """The active programmes that have rules, by college and name: one query."""
    found = Programme.objects.filter(active=True, rules__versions__isnull=False)
    return list(found.select_related("organisation").distinct().order_by("organisation__name", "name", "id"))


def programme_with_rules(uuid: UUID) -> Programme:
    """An active programme. Raises NotFound."""
    found = Programme.objects.filter(uuid=uuid, active=True).select_related("organisation").first()
    if found is None:
        raise NotFound
    return found


def published(programme: Programme) -> dict[tuple[str, int], ConversionRuleVersion]:
    """The programme's published versions by rule code and number."""
    return {(version.rule.code, version.number): version for version in versions([programme])}


def turn(user: User) -> AbstractContextManager[None]:
    """Around each answer that somebody waits for: it is computed at once, and a script is not to hold the workers."""
    return costly(
        user.uuid,
        "credit-plan",
        most_a_minute=MOST_A_MINUTE,
        most_at_once=MOST_AT_ONCE,
        longest_s=LONGEST_S,
    )


def plan(
    user: User,
    programme: Programme,
    typed: Sequence[Hypothesis],
    day: date,
    found: dict[tuple[str, int], ConversionRuleVersion] | None = None,
) -> Planned:
    """What the user's outcomes and the typed ones give in the programme on the day, what is missing, the way there.

    found: `published`, where it is there already. A handful of queries, however many rules. Raises Unproven (503:
    not in time).
    """
    found = published(programme) if found is None else found
    rules = [fact(version) for version in found.values()]
    held = outcomes_of(user).exclude(status=LearningOutcome.Status.REFUSED).select_related("issuer")
    mine = list(with_files(held)[:MOST_OUTCOMES])
    outcomes = [outcome_fact(outcome) for outcome in mine]
    outcomes += [from_accepted(one.fact(number, day), rules) for number, one in enumerate(typed, start=1)]
    hours = any(rule.outcome_kind == Kind.HOURS for rule in rules)
    offers = offers_for(user, day) if hours and programme.centicredits is not None else []
    used = used_in(user, programme)
    result = what_if(outcomes, rules, programme_fact(programme), day, used, offers)
    occupations = {
        version.occupation_code: version.occupation_name
        for version in found.values()
        if version.occupation_name
    }
    titles = {str(outcome.uuid): outcome.title for outcome in mine}
    titles |= {
        one.fact(number, day).id: words.hypothesis_text(one, occupations)
        for number, one in enumerate(typed, start=1)
    }
    names = {code: version.rule.title for (code, _number), version in found.items()}
    can = _appliable(user, programme, mine, day)
    lines = tuple(
        can(
            NamedLine(
                title=titles[line.outcome],
                line=line,
                version=found.get((line.rule_code, line.rule_version)),
                sentence=words.sentence(line, titles, names),
                real=False,
            )
        )
        for line in _telling(result.allocation.lines)
    )
    current = in_force(rules, day)
    steps = tuple(
        _named(step, found, occupations, current) for step in (result.way.steps if result.way else ())
    )
    return Planned(programme, result, lines, steps)


def _appliable(
    user: User, programme: Programme, mine: Sequence[LearningOutcome], day: date
) -> Callable[[NamedLine], NamedLine]:
    """A line together with what stands in the way of applying for it. Two queries for all lines."""
    held = {str(outcome.uuid): outcome for outcome in mine}
    lacks = lacking([programme], day)
    applied: dict[str, list[Application]] = {}
    for item in applications_of(user).filter(programme=programme, state__in=TAKEN):
        if item.outcome is not None:
            applied.setdefault(str(item.outcome.uuid), []).append(item)

    def told(named: NamedLine) -> NamedLine:
        outcome = held.get(named.line.outcome)
        if outcome is None:
            return named
        if named.version is None or not named.line.gives:
            return replace(named, real=True)
        before = application_under(applied.get(named.line.outcome, []), named.version)
        missing = tuple(lacks(outcome, named.version)) if before is None else ()
        said = " ".join([named.sentence, *(missing_sentence(one) for one in missing)])
        return replace(named, real=True, application=before, missing=missing, sentence=said)

    return told


def _telling(lines: Sequence[Line]) -> list[Line]:
    """Those that give; of an outcome that gives, no others; of one that does not, each reason once."""
    giving = {line.outcome for line in lines if line.gives}
    told: set[tuple[str, str, str]] = set()
    kept = []
    for line in lines:
        once = (line.outcome, line.reason, line.winner)
        if line.gives or (line.outcome not in giving and once not in told):
            kept.append(line)
            told.add(once)
    # A certificate at a level that one of several rules asks for: the others' "wrong level" says nothing.
    better = {line.outcome for line in kept if line.reason not in (Reason.LEVEL_TOO_LOW, Reason.NO_RULE)}
    return [line for line in kept if line.reason != Reason.LEVEL_TOO_LOW or line.outcome not in better]


def _named(
    step: Step,
    found: dict[tuple[str, int], ConversionRuleVersion],
    occupations: dict[str, str],
    current: dict[str, RuleFact],
) -> NamedStep:
    by = tuple(found[rule.code, current[rule.code].version] for rule in step.rules)
    return NamedStep(words.step_text(step.outcome, step.rules, occupations), step, by)
