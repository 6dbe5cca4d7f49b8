"""The conversion engine: what outcomes are worth under which rules, on a day. Plain values in, plain values out.

Nothing here reads the database or the clock, so that an old decision, given its old inputs, has the same answer for
ever. Every outcome gets at least one line, and every line a reason, also when it is worth nothing.

Several outcomes or rules that compete (for one course, for a cap) are taken in a fixed order: verified first, then
more credits first, then by code and id. Issuing the best allocation of all is not this function's claim.
"""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

# X-XX-XX-XX, first digit 1–8; the 2022 marks S (digital) and L (green) may follow (RULES.md, "Occupation code").
OCCUPATION_CODE = re.compile(r"^([1-8]-\d{2}-\d{2}-\d{2})\s*([SL]|L/S|S/L)?$")


class Reason(StrEnum):
    """Why a line gives what it gives."""

    GRANTED = "granted"
    NEEDS_VERIFICATION = "needs_verification"
    ALREADY_USED = "already_used"
    COURSE_CREDITED = "course_credited"
    CAP_REACHED = "cap_reached"
    LEVEL_TOO_LOW = "level_too_low"
    EXPIRED = "expired"
    TOO_OLD = "too_old"
    NOT_YET_ISSUED = "not_yet_issued"
    REFUSED = "refused"
    ANOTHER_RULE = "another_rule"
    RULE_NOT_IN_FORCE = "rule_not_in_force"
    NO_RULE = "no_rule"


GIVING = frozenset({Reason.GRANTED, Reason.NEEDS_VERIFICATION})


@dataclass(frozen=True)
class OutcomeFact:
    """An outcome as the engine sees it. status: submitted, verified or refused; level: 5 (low) to 1 (high)."""

    id: str
    achievement: str
    kind: str
    occupation_code: str
    level: int | None
    issued_on: date
    expires_on: date | None
    status: str


@dataclass(frozen=True)
class CourseFact:
    code: str
    name: str
    centicredits: int


@dataclass(frozen=True)
class RuleFact:
    """A published version. cap: most centicredits the programme takes; None means that no source sets one."""

    code: str
    version: int
    programme: str
    outcome_kind: str
    occupation_code: str
    level: int
    or_higher: bool
    courses: tuple[CourseFact, ...]
    valid_from: date
    valid_until: date | None
    source: str
    cap: int | None = None
    max_age_days: int | None = None

    @property
    def centicredits(self) -> int:
        return sum(course.centicredits for course in self.courses)


@dataclass(frozen=True)
class UsedFact:
    """A course already credited in a programme, by which achievement."""

    achievement: str
    programme: str
    course_code: str
    centicredits: int


@dataclass(frozen=True)
class Line:
    """What one outcome gives under one rule (none: no rule fits). centicredits is 0 unless the reason gives."""

    outcome: str
    reason: str
    programme: str = ""
    rule_code: str = ""
    rule_version: int = 0
    courses: tuple[CourseFact, ...] = ()
    centicredits: int = 0

    @property
    def gives(self) -> bool:
        return self.reason in GIVING


def bare_occupation(code: str) -> str:
    """The code without its S or L mark; what is no code comes back as it is."""
    found = OCCUPATION_CODE.match(code.strip())
    return found.group(1) if found else code.strip()


def in_force(rules: Iterable[RuleFact], on_date: date) -> dict[str, RuleFact]:
    """By rule code: the highest version whose dates hold the day. A later version needs no end date in the earlier."""
    found: dict[str, RuleFact] = {}
    for rule in rules:
        if rule.valid_from <= on_date and (rule.valid_until is None or on_date <= rule.valid_until):
            best = found.get(rule.code)
            if best is None or rule.version > best.version:
                found[rule.code] = rule
    return found


def evaluate(
    outcomes: Iterable[OutcomeFact],
    rules: Iterable[RuleFact],
    on_date: date,
    already_used: Iterable[UsedFact] = (),
) -> list[Line]:
    """One line for each outcome and each rule of its kind and occupation, in a fixed order; see the module."""
    everything = list(rules)
    current = in_force(everything, on_date)
    state = _Programmes(already_used)
    candidates: list[tuple[OutcomeFact, RuleFact]] = []
    lines: list[Line] = []
    for outcome in outcomes:
        about = [rule for rule in everything if _about(outcome, rule)]
        holding = [rule for rule in current.values() if _about(outcome, rule)]
        candidates += [(outcome, rule) for rule in holding]
        if not about:
            lines.append(Line(outcome.id, Reason.NO_RULE))
        elif not holding:
            newest = max(about, key=lambda rule: (rule.version, rule.code))
            lines.append(_line(outcome, newest, Reason.RULE_NOT_IN_FORCE))
    candidates.sort(key=_precedence)
    lines += [_line(outcome, rule, state.decide(outcome, rule, on_date)) for outcome, rule in candidates]
    return lines


def _about(outcome: OutcomeFact, rule: RuleFact) -> bool:
    same_occupation = bare_occupation(outcome.occupation_code) == bare_occupation(rule.occupation_code)
    return outcome.kind == rule.outcome_kind and same_occupation


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
    level = outcome.level
    if level is None or level > rule.level or (level < rule.level and not rule.or_higher):
        return Reason.LEVEL_TOO_LOW
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


def dump(
    on_date: date, outcomes: Iterable[OutcomeFact], used: Iterable[UsedFact], lines: Iterable[Line]
) -> dict[str, Any]:
    """The inputs and the answer as plain JSON, for keeping; the rules are kept as published versions."""
    return {
        "on": on_date.isoformat(),
        "outcomes": [_plain(asdict(fact)) for fact in outcomes],
        "used": [asdict(fact) for fact in used],
        "lines": [asdict(line) | {"courses": [asdict(course) for course in line.courses]} for line in lines],
    }


def _plain(fact: dict[str, Any]) -> dict[str, Any]:
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in fact.items()}


def load_inputs(kept: dict[str, Any]) -> tuple[date, list[OutcomeFact], list[UsedFact]]:
    """The inputs out of a `dump`."""
    outcomes = [
        OutcomeFact(
            **fact
            | {
                "issued_on": date.fromisoformat(fact["issued_on"]),
                "expires_on": date.fromisoformat(fact["expires_on"]) if fact["expires_on"] else None,
            }
        )
        for fact in kept["outcomes"]
    ]
    return date.fromisoformat(kept["on"]), outcomes, [UsedFact(**fact) for fact in kept["used"]]


def recompute(kept: dict[str, Any], rules: Iterable[RuleFact]) -> dict[str, Any]:
    """The same computation again, from the kept inputs and the published rules; equal to `kept` if nothing changed."""
    on_date, outcomes, used = load_inputs(kept)
    return dump(on_date, outcomes, used, evaluate(outcomes, rules, on_date, used))
