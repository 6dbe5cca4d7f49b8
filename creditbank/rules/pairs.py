"""Pairs of an outcome and a rule as plain integers, and what a choice among them must keep to.

Owns: the shape of the problem, and the check in integers that every answer goes through, whoever found it.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from lms.lib.errors import Refusal

logger = logging.getLogger(__name__)


class Unproven(Refusal):
    """The best choice could not be proven to be one: nothing may be shown or posted from it. why: for the log.

    A refusal, since it may come of whatever asks what something is worth: a page, an application, a decision.
    """

    status = 503
    default_code = "not_proven"

    def __init__(self, why: str) -> None:
        super().__init__(
            _(
                "成果和规则太多，在规定的时间里没有算出证明是最好的搭配，所以没有给出结果，也没有写入任何内容。"
                "请稍后再试，或只选一项成果来算。"
            )
        )
        self.why = why
        logger.warning("Not proven in time: %s", why)

    def __str__(self) -> str:
        return self.why


@dataclass(frozen=True)
class Pair:
    """One outcome under one rule. Amounts in centicredits.

    fixed: given whole; most: what more its rate gives (a multiple of step), of which caps may leave a part.
    claims: what nobody may get twice (courses, exemptions). room_…: how much all pairs, those of the issuer, those of
    the rule may give together if this pair gives anything; None: no cap.
    """

    place: int
    achievement: str
    rule: str
    fixed: int
    most: int = 0
    step: int = 1
    claims: frozenset[str] = frozenset()
    exemptions: int = 0
    verified: bool = True
    shares: bool = False
    stackable: bool = True
    group: str = ""
    issuer: str = ""
    room_all: int | None = None
    room_issuer: int | None = None
    room_rule: int | None = None

    @property
    def worth(self) -> int:
        return self.fixed + self.most

    @property
    def needs_part(self) -> bool:
        """Whether it gives nothing at all unless its rate gives something."""
        return not self.fixed and not self.exemptions


# The chosen pairs' places, and what each gives.
Choice = dict[int, int]


def by(pairs: Iterable[Pair], name: str) -> dict[str, list[Pair]]:
    found: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        found[getattr(pair, name)].append(pair)
    return found


def most_of(pairs: Iterable[Pair]) -> int:
    """What they cannot exceed together: each achievement by its best rule, or by all its sharing ones."""
    total = 0
    for mine in by(pairs, "achievement").values():
        alone = max((pair.worth for pair in mine if not pair.shares), default=0)
        total += max(alone, sum(pair.worth for pair in mine if pair.shares))
    return total


def check(pairs: Sequence[Pair], choice: Choice) -> str | None:
    """What is wrong with a choice, in a word for the log; None: it keeps to everything. Integers only."""
    chosen = [pairs[place] for place in sorted(choice)]
    for pair in chosen:
        part = choice[pair.place] - pair.fixed
        if not 0 <= part <= pair.most or part % pair.step or (pair.needs_part and not part):
            return "amount"
    return _together(chosen) or next(iter(sorted(broken_caps(chosen, choice))), None)


def _together(chosen: Sequence[Pair]) -> str | None:
    """One achievement one use, everything once, exclusion and stacking."""
    claims = Counter(claim for pair in chosen for claim in pair.claims)
    if any(count > 1 for count in claims.values()):
        return "claimed twice"
    by_achievement: dict[str, list[Pair]] = defaultdict(list)
    rules: Counter[str] = Counter(pair.rule for pair in chosen)
    groups: dict[str, str] = {}
    for pair in chosen:
        by_achievement[pair.achievement].append(pair)
        if rules[pair.rule] > 1 and not pair.stackable:
            return "stacked"
        if pair.group and groups.setdefault(pair.group, pair.rule) != pair.rule:
            return "excluded"
    for mine in by_achievement.values():
        shared = all(pair.shares for pair in mine) and len({pair.rule for pair in mine}) == len(mine)
        if len(mine) > 1 and not shared:
            return "used twice"
    return None


def broken_caps(chosen: Sequence[Pair], choice: Choice) -> set[str]:
    """ "all", "issuer:…" and "rule:…" for the caps that the chosen pairs bear and together do not keep to."""
    issuers: Counter[str] = Counter()
    rules: Counter[str] = Counter()
    for pair in chosen:
        issuers[pair.issuer] += choice[pair.place]
        rules[pair.rule] += choice[pair.place]
    total = sum(choice.values())
    found = set()
    for pair in chosen:
        if pair.room_all is not None and total > pair.room_all:
            found.add("all")
        if pair.room_issuer is not None and issuers[pair.issuer] > pair.room_issuer:
            found.add(f"issuer:{pair.issuer}")
        if pair.room_rule is not None and rules[pair.rule] > pair.room_rule:
            found.add(f"rule:{pair.rule}")
    return found


def fill(chosen: Sequence[Pair]) -> Choice | None:
    """What each chosen pair gives when the first ones in order take as much as their caps leave; None: caps broken.

    The greatest of all fillings in that order; the solver looks further where another one gives more in sum.
    """
    given = {pair.place: pair.fixed for pair in chosen}
    if broken_caps(chosen, given):
        return None
    for pair in chosen:
        if pair.most:
            room = min([pair.most, *_left(pair, chosen, given)])
            given[pair.place] += room // pair.step * pair.step
            if pair.needs_part and not given[pair.place]:
                return None
    return given


def _left(pair: Pair, chosen: Sequence[Pair], given: Choice) -> Iterator[int]:
    """What each cap of any chosen pair that counts this pair's credits still leaves."""
    for other in chosen:
        if other.room_all is not None:
            yield other.room_all - sum(given.values())
        if other.room_issuer is not None and other.issuer == pair.issuer:
            yield other.room_issuer - sum(given[some.place] for some in chosen if some.issuer == pair.issuer)
        if other.room_rule is not None and other.rule == pair.rule:
            yield other.room_rule - sum(given[some.place] for some in chosen if some.rule == pair.rule)
