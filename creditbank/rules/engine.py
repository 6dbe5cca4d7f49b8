"""The conversion engine: the best allowed allocation of outcomes to the rules of one programme, on one day.

Plain values in, plain values out; no database, no clock. Exactly the allocation that earns the most credits under all
caps and exclusions, with each achievement used once and each course and exemption given once (what is better among
equals: `solve.py`). Every outcome gets at least one line, and every line a reason, also when it gives nothing.

Owns: what speaks against a pair of outcome and rule before any choice, and the reasons after it.
Refuses: an answer that is not proven to be the best one (`solve.Unproven`).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

from creditbank.rules.facts import (
    Cap,
    Line,
    OutcomeFact,
    ProgrammeFact,
    Reason,
    RuleFact,
    UsedFact,
    about,
    in_force,
    worth,
)
from creditbank.rules.rules import dump, judged_alone, load_inputs
from creditbank.rules.solve import STEPS, Choice, Pair, solve

# Of the answer's shape and order: kept with each decision, so that a later one can be told apart.
ENGINE = 1


@dataclass(frozen=True)
class Allocation:
    """centicredits and exemptions: of the chosen lines together. lines: those that give first, then the others."""

    programme: str
    day: date
    lines: tuple[Line, ...]
    centicredits: int
    exemptions: tuple[str, ...]
    # How it was found; no part of the answer.
    pairs: int = field(default=0, compare=False)
    parts: int = field(default=0, compare=False)
    by_solver: bool = field(default=False, compare=False)

    @property
    def giving(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.gives)


@dataclass(frozen=True)
class Room:
    """How much a cap leaves. limit: the cap itself, in centicredits."""

    cap: Cap
    limit: int
    left: int


class Before:
    """What is used in the programme by now, and what that leaves. used of other programmes are passed over."""

    def __init__(self, programme: ProgrammeFact, day: date, used: Iterable[UsedFact]) -> None:
        self.programme, self.day = programme, day
        self.used = [fact for fact in used if fact.programme == programme.id]
        self.total = sum(fact.centicredits for fact in self.used)
        self.this_year = sum(
            fact.centicredits
            for fact in self.used
            if fact.posted_on is not None and fact.posted_on.year == day.year
        )
        self.by_issuer: dict[str, int] = defaultdict(int)
        self.by_rule: dict[str, int] = defaultdict(int)
        self.courses: set[str] = set()
        self.exemptions: set[str] = set()
        self.groups: dict[str, set[str]] = defaultdict(set)
        self.spent: dict[str, list[UsedFact]] = defaultdict(list)
        for fact in self.used:
            self.by_issuer[fact.issuer] += fact.centicredits
            self.by_rule[fact.rule_code] += fact.centicredits
            self.spent[fact.achievement].append(fact)
            if fact.course_code:
                self.courses.add(fact.course_code)
            if fact.exemption:
                self.exemptions.add(fact.exemption)
            if fact.group:
                self.groups[fact.group].add(fact.rule_code)

    def rooms(self, outcome: OutcomeFact, rule: RuleFact) -> list[Room]:
        """What each cap of the rule leaves to this outcome. A ratio needs the programme's credits."""
        found = []
        if rule.cap is not None:
            found.append(Room(Cap.PROGRAMME, rule.cap, rule.cap - self.total))
        if rule.cap_permille is not None and self.programme.centicredits is not None:
            limit = self.programme.centicredits * rule.cap_permille // 1000
            found.append(Room(Cap.PROGRAMME_RATIO, limit, limit - self.total))
        if rule.cap_per_year is not None:
            found.append(Room(Cap.YEAR, rule.cap_per_year, rule.cap_per_year - self.this_year))
        if rule.cap_per_institution is not None:
            by_issuer = self.by_issuer.get(outcome.issuer, 0)
            found.append(
                Room(Cap.INSTITUTION, rule.cap_per_institution, rule.cap_per_institution - by_issuer)
            )
        if rule.cap_per_rule is not None:
            by_rule = self.by_rule.get(rule.code, 0)
            found.append(Room(Cap.RULE, rule.cap_per_rule, rule.cap_per_rule - by_rule))
        return found


def _against(outcome: OutcomeFact, rule: RuleFact, before: Before) -> Line | None:
    """The line of a pair that nothing new is needed to rule out; None: it can give."""
    reason = judged_alone(outcome, rule, before.day)
    if reason is not None:
        return _line(outcome, rule, reason)
    by = [
        fact.rule_code
        for fact in before.spent.get(outcome.achievement, [])
        if not (fact.shares_outcome and rule.shares_outcome and fact.rule_code != rule.code)
    ]
    if by:
        return _line(outcome, rule, Reason.ALREADY_USED, winner=min(by))
    if any(course.code in before.courses for course in rule.courses):
        return _line(outcome, rule, Reason.COURSE_CREDITED)
    if any(part.code in before.exemptions for part in rule.exemptions):
        return _line(outcome, rule, Reason.EXEMPTED)
    others = before.groups.get(rule.group, set()) - {rule.code}
    if others:
        return _line(outcome, rule, Reason.EXCLUDED, winner=min(others))
    if not rule.stackable and rule.code in before.by_rule:
        return _line(outcome, rule, Reason.RULE_TAKEN, winner=rule.code)
    return _beyond_caps(outcome, rule, before)


def _beyond_caps(outcome: OutcomeFact, rule: RuleFact, before: Before) -> Line | None:
    if not worth(outcome, rule):
        return None
    if rule.cap_permille is not None and before.programme.centicredits is None:
        return _line(outcome, rule, Reason.CAP_NOT_COMPUTABLE, cap=Cap.PROGRAMME_RATIO)
    # The least that must fit: what it gives whole, else one step of its rate.
    least = rule.centicredits or (rule.rate.step if rule.rate and not rule.exemptions else 0)
    for room in before.rooms(outcome, rule):
        if room.left < least:
            return _line(outcome, rule, Reason.CAP_REACHED, cap=room.cap, limit=room.limit)
    return None


def _line(outcome: OutcomeFact, rule: RuleFact, reason: Reason, **more: Any) -> Line:
    cap = more.pop("cap", "")
    return Line(
        outcome=outcome.id,
        reason=str(reason),
        programme=rule.programme,
        rule_code=rule.code,
        rule_version=rule.version,
        courses=rule.courses,
        exemptions=rule.exemptions,
        cap=str(cap),
        **more,
    )


@dataclass(frozen=True)
class Candidate:
    """A pair that can give, with what the reasons need."""

    pair: Pair
    outcome: OutcomeFact
    rule: RuleFact


def _pair(outcome: OutcomeFact, rule: RuleFact, before: Before, place: int) -> Pair:
    rooms = before.rooms(outcome, rule) if worth(outcome, rule) else []

    def least(*caps: Cap) -> int | None:
        return min((room.left for room in rooms if room.cap in caps), default=None)

    return Pair(
        place=place,
        achievement=outcome.achievement,
        rule=rule.code,
        fixed=rule.centicredits,
        most=worth(outcome, rule) - rule.centicredits,
        step=rule.rate.step if rule.rate else 1,
        claims=frozenset(
            [f"course {course.code}" for course in rule.courses]
            + [f"exemption {part.code}" for part in rule.exemptions]
        ),
        exemptions=len(rule.exemptions),
        verified=outcome.status == "verified",
        shares=rule.shares_outcome,
        stackable=rule.stackable,
        group=rule.group,
        issuer=outcome.issuer,
        room_all=least(Cap.PROGRAMME, Cap.PROGRAMME_RATIO, Cap.YEAR),
        room_issuer=least(Cap.INSTITUTION),
        room_rule=least(Cap.RULE),
    )


def candidates_of(
    outcomes: Sequence[OutcomeFact], rules: Sequence[RuleFact], before: Before
) -> tuple[list[Candidate], list[Line]]:
    """What can give, in the order by rule code and outcome id; and the lines of what cannot."""
    current = in_force(rules, before.day)
    by_kind: dict[str, list[RuleFact]] = defaultdict(list)
    for rule in rules:
        by_kind[rule.outcome_kind].append(rule)
    giving: list[tuple[OutcomeFact, RuleFact]] = []
    lines: list[Line] = []
    for outcome in outcomes:
        known = [rule for rule in by_kind[outcome.kind] if about(outcome, rule)]
        holding = [rule for rule in known if current.get(rule.code) is rule]
        if not known:
            lines.append(Line(outcome.id, str(Reason.NO_RULE)))
        elif not holding:
            newest = max(known, key=lambda rule: (rule.version, rule.code))
            lines.append(_line(outcome, newest, Reason.RULE_NOT_IN_FORCE))
        for rule in holding:
            against = _against(outcome, rule, before)
            if against is None:
                giving.append((outcome, rule))
            else:
                lines.append(against)
    giving.sort(key=lambda pair: (pair[1].code, pair[0].id))
    placed = [
        Candidate(_pair(outcome, rule, before, place), outcome, rule)
        for place, (outcome, rule) in enumerate(giving)
    ]
    return placed, lines


def allocate(
    outcomes: Iterable[OutcomeFact],
    rules: Iterable[RuleFact],
    programme: ProgrammeFact,
    day: date,
    used: Iterable[UsedFact] = (),
    *,
    steps: int = STEPS,
) -> Allocation:
    """The allocation that earns the most credits for the programme on the day. Raises solve.Unproven.

    outcomes: with ids of their own; unverified ones are counted as if they were verified, their lines say so (leave
    them out where only what is verified counts). rules: all published versions; those of other programmes are passed
    over, and of each rule the version in force on the day counts. used: what the programme has credited by now.
    steps: how long the sweep may take before the solver gets the problem; no answer depends on it.
    """
    mine = list(outcomes)
    here = [rule for rule in rules if rule.programme == programme.id]
    before = Before(programme, day, used)
    candidates, lines = candidates_of(mine, here, before)
    solved = solve([some.pair for some in candidates], steps)
    after = _After(candidates, solved.choice, before)
    given = [after.granted(some) for some in candidates if some.pair.place in solved.choice]
    lines += [after.why_not(some) for some in candidates if some.pair.place not in solved.choice]
    lines.sort(key=lambda line: (line.outcome, line.rule_code))
    return Allocation(
        programme=programme.id,
        day=day,
        lines=(*given, *lines),
        centicredits=sum(solved.choice.values()),
        exemptions=tuple(sorted(part.code for line in given for part in line.exemptions)),
        pairs=len(candidates),
        parts=solved.parts,
        by_solver=solved.by_solver,
    )


class _After:
    """The chosen pairs, and why another one was not chosen."""

    def __init__(self, candidates: Sequence[Candidate], choice: Choice, before: Before) -> None:
        self.choice, self.before = choice, before
        self.chosen = [some for some in candidates if some.pair.place in choice]
        self.by_achievement = {some.pair.achievement: some for some in reversed(self.chosen)}
        self.by_claim = {claim: some for some in self.chosen for claim in some.pair.claims}
        self.by_rule = {some.rule.code: some for some in reversed(self.chosen)}
        self.by_group = {some.rule.group: some for some in reversed(self.chosen) if some.rule.group}
        self.total = sum(choice.values())
        self.issuers: dict[str, int] = defaultdict(int)
        self.rules: dict[str, int] = defaultdict(int)
        for some in self.chosen:
            self.issuers[some.pair.issuer] += choice[some.pair.place]
            self.rules[some.rule.code] += choice[some.pair.place]

    def granted(self, some: Candidate) -> Line:
        given = self.choice[some.pair.place]
        verified = some.outcome.status == "verified"
        line = _line(some.outcome, some.rule, Reason.GRANTED if verified else Reason.NEEDS_VERIFICATION)
        line = replace(line, centicredits=given)
        if given == some.pair.worth:
            return line
        cap = self._stopped_by(some, given + some.pair.step)
        return replace(
            line, uncapped=some.pair.worth, cap=str(cap.cap) if cap else "", limit=cap.limit if cap else None
        )

    def why_not(self, some: Candidate) -> Line:
        pair = some.pair
        mine = self.by_achievement.get(pair.achievement)
        shared = mine is not None and mine.pair.shares and pair.shares and mine.rule.code != some.rule.code
        if mine is not None and not shared:
            return self._lost(some, Reason.ANOTHER_RULE, mine)
        taken = [self.by_claim[claim] for claim in sorted(pair.claims) if claim in self.by_claim]
        if not pair.stackable and some.rule.code in self.by_rule:
            taken.append(self.by_rule[some.rule.code])
        if taken:
            return self._lost(some, Reason.BETTER_ALTERNATIVE, taken[0])
        excluding = self.by_group.get(some.rule.group)
        if excluding is not None and excluding.rule.code != some.rule.code:
            return self._lost(some, Reason.EXCLUDED, excluding)
        cap = self._stopped_by(some, pair.fixed or pair.step)
        if cap is not None:
            return _line(some.outcome, some.rule, Reason.CAP_REACHED, cap=cap.cap, limit=cap.limit)
        # It would give nothing more than is given: an equal choice that comes later in the order.
        return _line(some.outcome, some.rule, Reason.BETTER_ALTERNATIVE)

    def _lost(self, some: Candidate, reason: Reason, to: Candidate) -> Line:
        return _line(some.outcome, some.rule, reason, winner=to.rule.code, winner_outcome=to.outcome.id)

    def _stopped_by(self, some: Candidate, wants: int) -> Room | None:
        """The first cap that `wants` would break: of this rule, or of one that gives and counts this one's credits."""
        has = self.choice.get(some.pair.place, 0)
        for other in [some, *self.chosen]:
            if not other.pair.worth:
                continue
            for room in self.before.rooms(other.outcome, other.rule):
                counted = {
                    Cap.INSTITUTION: self.issuers[some.pair.issuer],
                    Cap.RULE: self.rules[some.rule.code],
                }.get(room.cap, self.total)
                touches = {
                    Cap.INSTITUTION: other.pair.issuer == some.pair.issuer,
                    Cap.RULE: other.rule.code == some.rule.code,
                }.get(room.cap, True)
                if touches and counted - has + wants > room.left:
                    return room
        return None


def keep(
    outcomes: Iterable[OutcomeFact], programme: ProgrammeFact, used: Iterable[UsedFact], found: Allocation
) -> dict[str, Any]:
    """Inputs and answer as plain JSON, for keeping with a decision; `rules.recompute` computes it again."""
    return dump(found.day, outcomes, used, found.lines) | {"programme": asdict(programme), "engine": ENGINE}


def again(kept: dict[str, Any], rules: Iterable[RuleFact]) -> dict[str, Any]:
    """What `keep` would give today for the inputs of then."""
    day, outcomes, used = load_inputs(kept)
    programme = ProgrammeFact(**kept["programme"])
    return keep(outcomes, programme, used, allocate(outcomes, rules, programme, day, used))
