"""How many of a college's learners a draft rule would reach, before it is published. Counts only, nobody's name.

Owns: going over profiles one by one (memory stays flat, however many there are). Learners whom the draft cannot touch
are left out before anything is solved, and equal profiles are solved once: what of a profile makes a difference is how
the rules judge each outcome, not its date or id. Reads only; who asks, and whether they may, is their caller's part.
"""

from bisect import bisect_right
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from creditbank.rules.engine import allocate
from creditbank.rules.facts import (
    OutcomeFact,
    ProgrammeFact,
    Reason,
    RuleFact,
    UsedFact,
    about,
    in_force,
    worth,
)
from creditbank.rules.rules import judged_alone
from lms.accounts.api import Organisation
from lms.lib.clock import today

# Smaller counts are told as "fewer than": a rule made to fit one person must not say what that person has.
FEWEST_TOLD = 5
# Answers kept; the oldest go first, so that memory stays flat where hardly two profiles are equal.
MOST_KEPT = 20_000
# Learners between two words of progress.
PROGRESS_EVERY = 1_000

# What is judged later is nearer to fitting: `judged_alone` asks in this order.
NEARNESS = (
    *(Reason.REFUSED, Reason.NOT_YET_ISSUED, Reason.EXPIRED, Reason.TOO_OLD, Reason.LEVEL_TOO_LOW),
    *(Reason.ISSUER_NOT_ACCEPTED, Reason.AWARD_NOT_ACCEPTED, Reason.SCORE_MISSING, Reason.SCORE_TOO_LOW),
    *(Reason.WRONG_UNIT, Reason.TOO_LITTLE),
)

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Profile:
    """What one learner has, and has used in the programme. Ids need only differ within the profile."""

    outcomes: tuple[OutcomeFact, ...]
    used: tuple[UsedFact, ...] = ()


@dataclass
class Effect:
    """What the draft would do on a day. All numbers are learners, but for the centicredits.

    touched: with an outcome that the draft would take, alone; qualify: to whom the best allocation would give something
    by the draft, verified: of those with nothing left to verify; gain: who would have more credits than without it.
    against: the others with outcomes of its kind and occupation, by what speaks against the one that comes nearest.
    blocked: touched ones who would not qualify, by reason. solved: allocations computed, for `touched` learners.
    """

    day: date
    rule: str
    learners: int = 0
    touched: int = 0
    qualify: int = 0
    verified: int = 0
    gain: int = 0
    centicredits: int = 0
    gained_centicredits: int = 0
    solved: int = 0
    against: Counter[str] = field(default_factory=Counter)
    blocked: Counter[str] = field(default_factory=Counter)

    @property
    def solved_share(self) -> float:
        """Which share of the touched learners had to be solved for; the others have the profile of one who was."""
        return self.solved / self.touched if self.touched else 0.0

    def as_result(self) -> dict[str, Any]:
        """For a job's result: plain JSON."""
        return asdict(self) | {
            "day": self.day.isoformat(),
            "against": dict(self.against.most_common()),
            "blocked": dict(self.blocked.most_common()),
            "solved_share": round(self.solved_share, 4),
        }


def told(count: int) -> str:
    """A count of learners as it may be shown: small ones are not told exactly."""
    return str(count) if not count or count >= FEWEST_TOLD else _("少于 %(n)s") % {"n": FEWEST_TOLD}


@dataclass(frozen=True)
class _Answer:
    """What came out for a profile."""

    qualify: bool
    verified: bool
    centicredits: int
    gained: int
    blocked: str


class Effects:
    """The draft beside the published rules of its programme, on a day: profiles in, answers out."""

    def __init__(
        self, draft: RuleFact, rules: Iterable[RuleFact], programme: ProgrammeFact, day: date
    ) -> None:
        self.programme, self.day = programme, max(day, draft.valid_from)
        # A draft always comes after what is published under its code, and its last day is not asked about.
        self.draft = replace(draft, valid_until=None)
        here = [rule for rule in rules if rule.programme == programme.id]
        self.without = list(in_force(here, self.day).values())
        self.beside = [*(rule for rule in self.without if rule.code != draft.code), self.draft]
        everything = {id(rule): rule for rule in [*self.without, *self.beside]}
        self.everything = list(everything.values())
        self.cutoffs = sorted(
            {self.day - timedelta(days=rule.max_age_days) for rule in self.everything if rule.max_age_days}
        )
        self.by_issuer = any(rule.cap_per_institution is not None for rule in self.everything) or any(
            rule.issuers is not None for rule in self.everything
        )
        self.scores = sorted({rule.min_score for rule in self.everything if rule.min_score is not None})
        self.kinds = {rule.outcome_kind for rule in self.everything}
        self.with_draft = {id(rule) for rule in self.beside}
        self.today = {id(rule) for rule in self.without}
        self.signs: dict[tuple[Any, ...], int] = {}
        # By sign: the numbers of the rules that take such an outcome.
        self.taking: dict[int, frozenset[int]] = {0: frozenset()}
        self.judged: dict[tuple[Any, ...], tuple[int, Reason | None, bool]] = {}
        self.kept: OrderedDict[tuple[Any, ...], _Answer] = OrderedDict()
        self.effect = Effect(self.day, draft.code)

    def add(self, profile: Profile) -> None:
        """Count one learner."""
        effect = self.effect
        effect.learners += 1
        signs: list[tuple[int, str]] = []
        touched = False
        nearest: Reason | None = None
        for outcome in profile.outcomes:
            sign, against, about_draft = self._judged(outcome)
            touched = touched or (about_draft and against is None)
            if about_draft and against is not None:
                nearest = against if nearest is None else max(nearest, against, key=NEARNESS.index)
            if sign:
                signs.append((sign, outcome.achievement))
        if not touched:
            if nearest is not None:
                effect.against[str(nearest)] += 1
            return
        effect.touched += 1
        self._count(self._answer(profile, signs))

    def _count(self, answer: _Answer) -> None:
        effect = self.effect
        effect.qualify += answer.qualify
        effect.verified += answer.verified
        effect.gain += answer.gained > 0
        effect.centicredits += answer.centicredits
        effect.gained_centicredits += answer.gained
        if answer.blocked:
            effect.blocked[answer.blocked] += 1

    def _judged(self, outcome: OutcomeFact) -> tuple[int, Reason | None, bool]:
        """A number for all outcomes that every rule judges alike (0: none takes it), and what the draft says of it."""
        if outcome.kind not in self.kinds:
            return 0, None, False
        key = (
            *(outcome.kind, outcome.occupation_code, outcome.level, outcome.status, outcome.course_code),
            *(outcome.award, outcome.unit, outcome.centihours, outcome.centicredits),
            None if outcome.score is None else bisect_right(self.scores, outcome.score),
            outcome.issuer if self.by_issuer else "",
            bisect_right(self.cutoffs, outcome.issued_on),
            outcome.issued_on > self.day,
            outcome.expires_on is not None and outcome.expires_on < self.day,
        )
        found = self.judged.get(key)
        if found is None:
            found = self._judge(outcome)
            if len(self.judged) < MOST_KEPT:
                self.judged[key] = found
        return found

    def _judge(self, outcome: OutcomeFact) -> tuple[int, Reason | None, bool]:
        taking = tuple(
            (number, worth(outcome, rule))
            for number, rule in enumerate(self.everything)
            if about(outcome, rule) and judged_alone(outcome, rule, self.day) is None
        )
        sign = 0
        if taking:
            same = (taking, outcome.status == "verified", outcome.issuer if self.by_issuer else "")
            sign = self.signs.setdefault(same, len(self.signs) + 1)
            self.taking[sign] = frozenset(number for number, _worth in taking)
        about_draft = about(outcome, self.draft)
        return sign, judged_alone(outcome, self.draft, self.day) if about_draft else None, about_draft

    def _answer(self, profile: Profile, signs: list[tuple[int, str]]) -> _Answer:
        names = {name: number for number, (_sign, name) in enumerate(sorted(signs))}
        # Which of the outcomes are one achievement, and which is used, without their names.
        key = (
            tuple((sign, names[name]) for sign, name in sorted(signs)),
            tuple(sorted(self._used_key(fact, names) for fact in profile.used)),
        )
        answer = self.kept.get(key)
        if answer is None:
            numbers = frozenset[int]().union(*(self.taking[sign] for sign, _name in signs))
            answer = self.kept[key] = self._solve(profile, [self.everything[n] for n in sorted(numbers)])
            self.effect.solved += 1
            if len(self.kept) > MOST_KEPT:
                self.kept.popitem(last=False)
        return answer

    def _used_key(self, fact: UsedFact, names: dict[str, int]) -> tuple[Any, ...]:
        this_year = fact.posted_on is not None and fact.posted_on.year == self.day.year
        return (
            *(names.get(fact.achievement, -1), fact.course_code, fact.centicredits, fact.rule_code),
            *(fact.group, fact.issuer if self.by_issuer else "", this_year, fact.exemption),
            fact.shares_outcome,
        )

    def _solve(self, profile: Profile, rules: list[RuleFact]) -> _Answer:
        """rules: those that take anything of the profile; no other one can give."""
        later = [rule for rule in rules if id(rule) in self.with_draft]
        now = [rule for rule in rules if id(rule) in self.today]
        beside = allocate(profile.outcomes, later, self.programme, self.day, profile.used)
        without = allocate(profile.outcomes, now, self.programme, self.day, profile.used)
        mine = [line for line in beside.lines if line.rule_code == self.draft.code]
        giving = [line for line in mine if line.gives]
        against = min((line.reason for line in mine if not line.gives), default="")
        return _Answer(
            qualify=bool(giving),
            verified=bool(giving) and all(line.reason == Reason.GRANTED for line in giving),
            centicredits=sum(line.centicredits for line in giving),
            gained=beside.centicredits - without.centicredits,
            blocked="" if giving else against,
        )


def effect(
    profiles: Iterable[Profile],
    draft: RuleFact,
    rules: Iterable[RuleFact],
    programme: ProgrammeFact,
    day: date,
    progress: Progress | None = None,
    total: int = 0,
) -> Effect:
    """The effect of a draft over profiles, each looked at once and forgotten. rules: the programme's published ones.

    progress: called with how many are done and `total`. Raises solve.Unproven.
    """
    counting = Effects(draft, rules, programme, day)
    for number, profile in enumerate(profiles, start=1):
        counting.add(profile)
        if progress is not None and number % PROGRESS_EVERY == 0:
            progress(number, max(total, number))
    if progress is not None:
        progress(counting.effect.learners, max(total, counting.effect.learners))
    return counting.effect


def effect_of(
    draft: RuleFact, organisation: Organisation, *, progress: Progress | None = None, day: date | None = None
) -> Effect:
    """How many of the college's learners (`queries.learners_of`) the draft would reach. For a background job.

    draft.programme: one of the organisation's programmes. Learners with no outcome of the draft's kind are counted by
    the database alone. Raises NotFound (programme of another college), solve.Unproven.
    """
    from creditbank.planner import queries

    programme = queries.programme_of(draft.programme, organisation)
    everybody = queries.count_learners(organisation)
    with_kind = queries.count_learners(organisation, draft.outcome_kind)
    profiles: Iterator[Profile] = queries.profiles(organisation, programme, draft.outcome_kind)
    found = effect(
        profiles,
        draft,
        queries.rules_of(programme),
        queries.programme_fact(programme),
        day or today(),
        progress,
        with_kind,
    )
    found.learners = max(everybody, found.learners)
    return found
