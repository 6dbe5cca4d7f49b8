"""Judging one outcome under one rule, and the first engine, kept for what it decided. Plain values in and out.

Nothing here reads the database or the clock, so that an old decision, given its old inputs, has the same answer for
ever. `judged_alone` says what speaks against a pair whatever else is used; `engine.allocate` finds the best allocation.

Owns: `judged_alone`; `evaluate`, which takes what competes (for one course, for a cap) in a fixed order: verified
first, then more credits first, then by code and id; the shape in which computations are kept (`dump`, `recompute`).
"""

from collections.abc import Iterable
from dataclasses import asdict, fields
from datetime import date, timedelta
from typing import Any

from creditbank.rules.facts import (
    GIVING,
    OCCUPATION_CODE,
    CourseFact,
    ExemptionFact,
    Line,
    OutcomeFact,
    ProgrammeFact,
    Rate,
    Reason,
    RuleFact,
    UsedFact,
    about,
    amount,
    bare_occupation,
    in_force,
    rank,
    worth,
)

__all__ = [
    "GIVING",
    "OCCUPATION_CODE",
    "CourseFact",
    "ExemptionFact",
    "Line",
    "OutcomeFact",
    "ProgrammeFact",
    "Rate",
    "Reason",
    "RuleFact",
    "UsedFact",
    "bare_occupation",
    "dump",
    "evaluate",
    "in_force",
    "judged_alone",
    "load_inputs",
    "recompute",
]


def evaluate(
    outcomes: Iterable[OutcomeFact],
    rules: Iterable[RuleFact],
    on_date: date,
    already_used: Iterable[UsedFact] = (),
) -> list[Line]:
    """One line for each outcome and each rule of its kind and occupation, in a fixed order; see the module.

    Kept for decisions already taken, which were computed by it and must come out the same for ever. It takes what
    competes one after the other and knows whole courses and the programme's absolute cap only; what is decided from
    now on is computed by `engine.allocate`, which finds the best allocation under all caps and exclusions.
    """
    everything = list(rules)
    current = in_force(everything, on_date)
    state = _Programmes(already_used)
    candidates: list[tuple[OutcomeFact, RuleFact]] = []
    lines: list[Line] = []
    for outcome in outcomes:
        known = [rule for rule in everything if about(outcome, rule)]
        holding = [rule for rule in current.values() if about(outcome, rule)]
        candidates += [(outcome, rule) for rule in holding]
        if not known:
            lines.append(Line(outcome.id, Reason.NO_RULE))
        elif not holding:
            newest = max(known, key=lambda rule: (rule.version, rule.code))
            lines.append(_line(outcome, newest, Reason.RULE_NOT_IN_FORCE))
    candidates.sort(key=_precedence)
    lines += [_line(outcome, rule, state.decide(outcome, rule, on_date)) for outcome, rule in candidates]
    return lines


def _precedence(pair: tuple[OutcomeFact, RuleFact]) -> tuple[bool, int, str, str]:
    outcome, rule = pair
    return (outcome.status != "verified", -rule.centicredits, rule.code, outcome.id)


def _line(outcome: OutcomeFact, rule: RuleFact, reason: Reason) -> Line:
    return Line(
        outcome=outcome.id,
        reason=str(reason),
        programme=rule.programme,
        rule_code=rule.code,
        rule_version=rule.version,
        courses=rule.courses,
        centicredits=rule.centicredits if reason in GIVING else 0,
    )


def judged_alone(outcome: OutcomeFact, rule: RuleFact, on_date: date) -> Reason | None:
    """What speaks against this outcome under this rule whatever else was used; None: nothing."""
    if outcome.status == "refused":
        return Reason.REFUSED
    if outcome.issued_on > on_date:
        return Reason.NOT_YET_ISSUED
    if outcome.expires_on is not None and outcome.expires_on < on_date:
        return Reason.EXPIRED
    if rule.max_age_days is not None and outcome.issued_on + timedelta(days=rule.max_age_days) < on_date:
        return Reason.TOO_OLD
    if rule.level is not None:
        has, asked = rank(outcome.level or 0), rank(rule.level)
        if has < asked or not has or (has > asked and not rule.or_higher):
            return Reason.LEVEL_TOO_LOW
    return _by_whom_and_how_well(outcome, rule) or _by_amount(outcome, rule)


def _by_whom_and_how_well(outcome: OutcomeFact, rule: RuleFact) -> Reason | None:
    if rule.issuers is not None and outcome.issuer not in rule.issuers:
        return Reason.ISSUER_NOT_ACCEPTED
    if rule.awards is not None and outcome.award not in rule.awards:
        return Reason.AWARD_NOT_ACCEPTED
    if rule.min_score is not None and outcome.score is None:
        return Reason.SCORE_MISSING
    if rule.min_score is not None and (outcome.score or 0) < rule.min_score:
        return Reason.SCORE_TOO_LOW
    return None


def _by_amount(outcome: OutcomeFact, rule: RuleFact) -> Reason | None:
    if rule.rate is not None and rule.rate.unit and rule.rate.unit != outcome.unit:
        return Reason.WRONG_UNIT
    if rule.min_amount is not None and (amount(outcome, rule) or 0) < rule.min_amount:
        return Reason.TOO_LITTLE
    if rule.rate is not None and not worth(outcome, rule) and not rule.exemptions:
        return Reason.TOO_LITTLE
    return None


class _Programmes:
    """What is used in each programme, growing as lines are granted."""

    def __init__(self, used: Iterable[UsedFact]) -> None:
        self.spent: set[tuple[str, str]] = set()
        self.promised: set[tuple[str, str]] = set()
        self.courses: set[tuple[str, str]] = set()
        self.totals: dict[str, int] = {}
        for fact in used:
            self.spent.add((fact.achievement, fact.programme))
            self._add_course(fact.programme, fact.course_code, fact.centicredits)

    def _add_course(self, programme: str, code: str, centicredits: int) -> None:
        self.courses.add((programme, code))
        self.totals[programme] = self.totals.get(programme, 0) + centicredits

    def decide(self, outcome: OutcomeFact, rule: RuleFact, on_date: date) -> Reason:
        place = (outcome.achievement, rule.programme)
        if place in self.spent:
            return Reason.ALREADY_USED
        against = judged_alone(outcome, rule, on_date)
        if against is not None:
            return against
        if place in self.promised:
            return Reason.ANOTHER_RULE
        if any((rule.programme, course.code) in self.courses for course in rule.courses):
            return Reason.COURSE_CREDITED
        if rule.cap is not None and self.totals.get(rule.programme, 0) + rule.centicredits > rule.cap:
            return Reason.CAP_REACHED
        self.promised.add(place)
        for course in rule.courses:
            self._add_course(rule.programme, course.code, course.centicredits)
        return Reason.GRANTED if outcome.status == "verified" else Reason.NEEDS_VERIFICATION


# The fields a fact had when the first decisions were kept. What came later stands in a dump only where it says
# something, so that a decision kept before is still equal to its own recomputation.
FIRST_FIELDS = {
    OutcomeFact: (
        "id",
        "achievement",
        "kind",
        "occupation_code",
        "level",
        "issued_on",
        "expires_on",
        "status",
    ),
    CourseFact: ("code", "name", "centicredits"),
    UsedFact: ("achievement", "programme", "course_code", "centicredits"),
    Line: ("outcome", "reason", "programme", "rule_code", "rule_version", "courses", "centicredits"),
}


def plain(fact: Any) -> dict[str, Any]:
    """A fact as JSON: dates as text, tuples as lists, later fields left out while they hold their default."""
    first = FIRST_FIELDS[type(fact)]
    kept = {}
    for field in fields(fact):
        value = getattr(fact, field.name)
        if field.name in first or value != field.default:
            kept[field.name] = _plain(value)
    return kept


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, ExemptionFact):
        return asdict(value)
    return plain(value) if isinstance(value, CourseFact) else value


def dump(
    on_date: date, outcomes: Iterable[OutcomeFact], used: Iterable[UsedFact], lines: Iterable[Line]
) -> dict[str, Any]:
    """The inputs and the answer as plain JSON, for keeping; the rules are kept as published versions."""
    return {
        "on": on_date.isoformat(),
        "outcomes": [plain(fact) for fact in outcomes],
        "used": [plain(fact) for fact in used],
        "lines": [plain(line) for line in lines],
    }


def load_inputs(kept: dict[str, Any]) -> tuple[date, list[OutcomeFact], list[UsedFact]]:
    """The inputs out of a `dump`."""

    def dated(fact: dict[str, Any], *names: str) -> dict[str, Any]:
        return fact | {name: date.fromisoformat(fact[name]) for name in names if fact.get(name)}

    return (
        date.fromisoformat(kept["on"]),
        [OutcomeFact(**dated(fact, "issued_on", "expires_on")) for fact in kept["outcomes"]],
        [UsedFact(**dated(fact, "posted_on")) for fact in kept["used"]],
    )


def recompute(kept: dict[str, Any], rules: Iterable[RuleFact]) -> dict[str, Any]:
    """The same computation again, from the kept inputs and the published rules; equal to `kept` if nothing changed.

    rules: the versions the kept lines name, or all of the programme's. What `engine.keep` made is computed by the
    engine again, what `dump` made by `evaluate`.
    """
    if "programme" in kept:
        from creditbank.rules import engine

        return engine.again(kept, rules)
    on_date, outcomes, used = load_inputs(kept)
    return dump(on_date, outcomes, used, evaluate(outcomes, rules, on_date, used))
