"""What if: outcomes one has or might get, under one programme's rules, and the shortest way to what is missing.

Plain values in, plain values out; reads no database and writes nothing. The allocation is the engine's own; the way is
the fewest further outcomes, then the least hours, found exactly beside what one has (`milp.shortest`).
Refuses to invent: a programme whose credits nobody has set has no way to them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from creditbank.planner.offers import Offer
from creditbank.rules.engine import Allocation, Before, Candidate, allocate, candidates_of
from creditbank.rules.facts import (
    Kind,
    Measure,
    OutcomeFact,
    ProgrammeFact,
    RuleFact,
    UsedFact,
    about,
    in_force,
)
from creditbank.rules.pairs import Unproven

# The ids of outcomes that nobody has: typed in, and proposed ones.
IF = "if:"
NEW = "new:"
# Each of the few questions asked of the solver may take this long; what was found by then is told as no more than that.
WAY_SECONDS = 2.0
# As many offers of a unit are tried as hours to be studied; the greatest ones.
MOST_OFFERS = 30


@dataclass(frozen=True)
class Hypothesis:
    """An outcome somebody might get, as far as it was typed in. Hours in hundredths; score in hundredths."""

    kind: str
    occupation_code: str = ""
    level: int | None = None
    centihours: int | None = None
    unit: str = ""
    course_code: str = ""
    score: int | None = None
    centicredits: int | None = None
    award: str = ""
    issuer: str = ""

    def fact(self, number: int, day: date) -> OutcomeFact:
        """As if it had been issued on the day; not verified, as nothing of it exists."""
        return OutcomeFact(
            id=f"{IF}{number}",
            achievement=f"{IF}{number}",
            kind=self.kind,
            occupation_code=self.occupation_code,
            level=self.level,
            issued_on=day,
            expires_on=None,
            status="submitted",
            issuer=self.issuer,
            course_code=self.course_code,
            score=self.score,
            centicredits=self.centicredits,
            centihours=self.centihours,
            unit=self.unit,
            award=self.award,
        )


def from_accepted(outcome: OutcomeFact, rules: Sequence[RuleFact]) -> OutcomeFact:
    """An outcome that nobody has yet, of no issuer: as if it came from one that a rule about it accepts."""
    if outcome.issuer:
        return outcome
    named = [rule.issuers[0] for rule in rules if rule.issuers and about(outcome, rule)]
    return replace(outcome, issuer=min(named)) if named else outcome


@dataclass(frozen=True)
class Step:
    """One further outcome on the way. rules: those by which it would give; centihours: how many hours of it it takes.

    offer: a course of this platform that brings them; None: any training of that unit.
    """

    outcome: OutcomeFact
    rules: tuple[RuleFact, ...]
    centicredits: int
    centihours: int | None = None
    offer: Offer | None = None


@dataclass(frozen=True)
class Way:
    """steps: the fewest further outcomes, then the least hours. left: centicredits that recognition cannot bring.

    proven False: the time a page has was over; the steps are the best way found by then, perhaps none.
    """

    steps: tuple[Step, ...] = ()
    left: int = 0
    proven: bool = True

    @property
    def centihours(self) -> int:
        return sum(step.centihours or 0 for step in self.steps)


@dataclass(frozen=True)
class WhatIf:
    """used: credited already; missing: what the diploma takes beyond used and allocation, None: not set."""

    programme: ProgrammeFact
    allocation: Allocation
    used: int
    missing: int | None
    way: Way | None


def what_if(
    outcomes: Sequence[OutcomeFact],
    rules: Sequence[RuleFact],
    programme: ProgrammeFact,
    day: date,
    used: Sequence[UsedFact] = (),
    offers: Sequence[Offer] = (),
) -> WhatIf:
    """What outcomes (real and hypothetical) give in a programme, what is missing then, and the way there.

    Raises solve.Unproven if the allocation itself is not proven.
    """
    found = allocate(outcomes, rules, programme, day, used)
    credited = sum(fact.centicredits for fact in used if fact.programme == programme.id)
    missing = None
    way = None
    if programme.centicredits is not None:
        missing = max(programme.centicredits - credited - found.centicredits, 0)
    if missing:
        target = found.centicredits + missing
        try:
            way = shortest_way(outcomes, rules, programme, day, used, offers, target, found.centicredits)
        except Unproven:
            way = Way(left=missing, proven=False)
    return WhatIf(programme, found, credited, missing, way)


def shortest_way(
    outcomes: Sequence[OutcomeFact],
    rules: Sequence[RuleFact],
    programme: ProgrammeFact,
    day: date,
    used: Sequence[UsedFact],
    offers: Sequence[Offer],
    target: int,
    had: int = 0,
) -> Way:
    """The fewest further outcomes, then the least hours, with which outcomes give `target` centicredits by recognition.

    had: what the outcomes that are there give by themselves, where it is known.
    """
    from creditbank.rules import milp

    here = [rule for rule in rules if rule.programme == programme.id]
    proposed, brought = _proposals(here, day, offers, target)
    before = Before(programme, day, used)
    candidates, _ = candidates_of([*outcomes, *proposed], here, before)
    if not candidates:
        return Way(left=target)
    if min(target, milp.ceiling([some.pair for some in candidates])) <= had:
        # The caps are full already: nothing further would be recognised.
        return Way(left=target - had)
    hours = {some.pair.place: _hours(some, brought) for some in candidates if _is_new(some)}
    new = {some.pair.achievement for some in candidates if _is_new(some)}
    choice, proven = milp.shortest([some.pair for some in candidates], new, target, hours, WAY_SECONDS, had)
    chosen: dict[str, list[Candidate]] = {}
    for some in candidates:
        if some.pair.place in choice and _is_new(some):
            chosen.setdefault(some.outcome.id, []).append(some)
    steps = [_step(by, choice, brought) for by in chosen.values()]
    steps.sort(key=lambda step: (-step.centicredits, step.outcome.id))
    return Way(tuple(steps), max(target - sum(choice.values()), 0), proven)


def _is_new(some: Candidate) -> bool:
    return some.outcome.id.startswith(NEW)


def _proposals(
    rules: Sequence[RuleFact], day: date, offers: Sequence[Offer], target: int
) -> tuple[list[OutcomeFact], dict[str, Offer]]:
    """For each rule in force an outcome that just fits it; for hours the platform's offers, where it has any.

    With them, by their ids, the offers that stand behind outcomes.
    """
    found: dict[tuple[object, ...], OutcomeFact] = {}
    brought: dict[str, Offer] = {}
    for rule in sorted(in_force(rules, day).values(), key=lambda rule: rule.code):
        if rule.outcome_kind == Kind.HOURS:
            unit = rule.rate.unit if rule.rate else ""
            fitting = [] if rule.issuers else [o for o in offers if not unit or o.unit == unit]
            for offer in fitting[:MOST_OFFERS]:
                fact = _fitting(rule, day, f"{NEW}offer:{offer.id}", offer.centihours, offer.unit)
                found.setdefault(("offer", offer.id), fact)
                brought[fact.id] = offer
            if fitting:
                continue
        fact = _fitting(
            rule, day, f"{NEW}{rule.code}", _enough(rule, target), rule.rate.unit if rule.rate else ""
        )
        # One outcome for all rules that ask for just the same.
        asked = tuple(getattr(fact, name) for name in _ASKED)
        if fact.kind == Kind.HOURS or asked not in found:
            found[(*asked, rule.code if fact.kind == Kind.HOURS else "")] = fact
    return list(found.values()), brought


_ASKED = ("kind", "occupation_code", "level", "issuer", "course_code", "score", "award", "centicredits")


def _fitting(rule: RuleFact, day: date, ident: str, amount: int, unit: str) -> OutcomeFact:
    of_credits = rule.rate is not None and rule.rate.of == Measure.CENTICREDITS
    return OutcomeFact(
        id=ident,
        achievement=ident,
        kind=rule.outcome_kind,
        occupation_code=rule.occupation_code,
        level=rule.level,
        issued_on=day,
        expires_on=None,
        status="submitted",
        issuer=rule.issuers[0] if rule.issuers else "",
        course_code=rule.course_code,
        score=rule.min_score,
        centicredits=amount if of_credits else None,
        centihours=amount if rule.outcome_kind == Kind.HOURS else None,
        unit=unit,
        award=rule.awards[0] if rule.awards else "",
    )


def _enough(rule: RuleFact, target: int) -> int:
    """As much of what the rule's rate counts as gives `target` centicredits, and at least what the rule asks."""
    if rule.rate is None:
        return rule.min_amount or 0
    steps = -(-target // rule.rate.step) * rule.rate.step
    return max(-(-steps * rule.rate.per // rule.rate.centicredits), rule.min_amount or 0)


def _hours(some: Candidate, brought: dict[str, Offer]) -> tuple[int, int]:
    """The centihours a new pair takes: whole, and for each step of its rate."""
    if some.outcome.id in brought:
        return brought[some.outcome.id].centihours, 0
    rate = some.rule.rate
    if some.outcome.kind != Kind.HOURS or rate is None:
        return some.outcome.centihours or 0, 0
    return 0, -(-rate.step * rate.per // rate.centicredits)


def _step(by: Sequence[Candidate], choice: dict[int, int], brought: dict[str, Offer]) -> Step:
    outcome = by[0].outcome
    offer = brought.get(outcome.id)
    given = sum(choice[some.pair.place] for some in by)
    centihours = offer.centihours if offer else None
    if offer is None and outcome.kind == Kind.HOURS:
        needs = []
        for some in by:
            part = choice[some.pair.place] - some.pair.fixed
            rate = some.rule.rate
            by_rate = -(-part * rate.per // rate.centicredits) if rate else 0
            needs.append(max(by_rate, some.rule.min_amount or 0))
        centihours = max(needs)
        outcome = replace(outcome, centihours=centihours)
    return Step(outcome, tuple(some.rule for some in by), given, centihours, offer)
