"""The best choice among pairs of an outcome and a rule, proven, as a problem that knows nothing of credits' meaning.

Which choice is better, in this order: more centicredits; more exemptions; fewer achievements spent; fewer pairs that are
not verified; fewer pairs; then the one that has the first pair (in the order of places) that the other has not. No two
choices are equal under it, so the answer depends neither on the order in which things were handed in nor on who found it.

Owns: the split into parts that do not touch one another, and who solves them: the sweep (`sweep.py`), and for what is
too big for it the integer programme (`milp.py`). Caps that nothing reaches tie no parts together: they are looked at
when a choice breaks them, not before. Every answer is checked in integers (`pairs.check`), else refused: `Unproven`.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from creditbank.rules.pairs import Choice, Pair, Unproven, broken_caps, by, check, fill, most_of
from creditbank.rules.sweep import Budget, Scale, TooMany, Values, put_together, scale_of, sweep

__all__ = ["STEPS", "Choice", "Pair", "Solved", "Unproven", "solve"]

# How many steps of the sweep a problem may take before the solver gets it: some 50 ms.
STEPS = 100_000


@dataclass(frozen=True)
class Solved:
    """choice, and how it was found: in how many parts, and whether the solver had to be asked."""

    choice: Choice
    parts: int
    by_solver: bool


def solve(pairs: Sequence[Pair], steps: int = STEPS) -> Solved:
    """The best choice of all, proven. pairs: each at its place. Raises Unproven."""
    loose = without_idle_caps(pairs)
    parts = 0
    try:
        choice, parts = _swept(loose, Budget(steps))
        by_solver = False
    except TooMany:
        from creditbank.rules import milp

        choice, by_solver = milp.best(loose), True
    wrong = check(pairs, choice)
    if wrong:
        raise Unproven(f"choice of {len(choice)} from {len(pairs)} pairs: {wrong}")
    return Solved(choice, parts, by_solver)


def _swept(pairs: Sequence[Pair], budget: Budget) -> tuple[Choice, int]:
    """By the sweep: without caps of issuers and over all at first, then with those that a choice broke. Raises TooMany.

    A choice that is the best one without some caps, and keeps to them, is the best one with them.
    """
    scale = scale_of(pairs)
    issuers: set[str] = set()
    over_all = False
    while True:
        looser = [
            replace(
                pair,
                room_all=pair.room_all if over_all else None,
                room_issuer=pair.room_issuer if pair.issuer in issuers else None,
            )
            for pair in pairs
        ]
        parts = components(looser)
        if over_all:
            value = _under_one_cap(looser, parts, scale, budget)
        else:
            value = sum(sweep(part, scale, budget, each_sum=False)[0, 0] for part in parts)
        chosen = scale.chosen(value)
        choice = fill([looser[place] for place in chosen])
        if choice is None or sum(choice.values()) != scale.credits(value):
            # Several caps at once leave parts of what rates give: that has more sides than the sweep looks at.
            raise TooMany
        broken = broken_caps([pairs[place] for place in chosen], choice)
        if not broken:
            return choice, len(parts)
        if "all" in broken and not over_all:
            # The cap over all may leave so little that no issuer's cap is reached.
            over_all, issuers = True, set()
        else:
            issuers |= {name.removeprefix("issuer:") for name in broken}


def _under_one_cap(
    pairs: Sequence[Pair], parts: Sequence[Sequence[Pair]], scale: Scale, budget: Budget
) -> int:
    """The best value under caps over all pairs: for each part the best for each sum, then sums put together.

    A pair with a lower cap than others lowers it for all: each cap is tried with the pairs that bear it.
    """
    steps = {pair.step for pair in pairs if pair.most}
    if len(steps) > 1:
        raise TooMany
    step = steps.pop() if steps else 1
    capped = sorted({pair.room_all for pair in pairs if pair.room_all is not None})
    rooms: list[int | None] = [*capped]
    if any(pair.room_all is None for pair in pairs):
        rooms.append(None)
    best = 0
    swept: dict[tuple[int, ...], Values] = {}
    for room in rooms:
        sums: Values = {(0, 0): 0}
        for part in parts:
            bearing = [pair for pair in part if _bears(pair.room_all, room)]
            places = tuple(pair.place for pair in bearing)
            if bearing and places not in swept:
                swept[places] = sweep(bearing, scale, budget, each_sum=True)
            if bearing:
                sums = put_together(sums, swept[places], room, budget)
        for (whole, by_rate), value in sums.items():
            given = by_rate if room is None else min(by_rate, (room - whole) // step * step)
            best = max(best, value - ((by_rate - given) << scale.credit))
    return best


def _bears(own: int | None, room: int | None) -> bool:
    return own is None or (room is not None and own >= room)


def without_idle_caps(pairs: Sequence[Pair]) -> list[Pair]:
    """The same problem without the caps that nothing can reach: fewer pairs touch one another then."""
    everything = most_of(pairs)
    issuers = {name: most_of(some) for name, some in by(pairs, "issuer").items()}
    rules = {name: most_of(some) for name, some in by(pairs, "rule").items()}

    def kept(room: int | None, most: int) -> int | None:
        return room if room is not None and room < most else None

    return [
        replace(
            pair,
            room_all=kept(pair.room_all, everything),
            room_issuer=kept(pair.room_issuer, issuers[pair.issuer]),
            room_rule=kept(pair.room_rule, rules[pair.rule]),
        )
        for pair in pairs
    ]


def components(pairs: Sequence[Pair]) -> list[list[Pair]]:
    """The pairs in parts that do not touch one another but for `room_all`; in order of their first pair."""
    leader = list(range(len(pairs)))

    def find(place: int) -> int:
        while leader[place] != place:
            leader[place] = leader[leader[place]]
            place = leader[place]
        return place

    capped = {pair.issuer for pair in pairs if pair.room_issuer is not None}
    first: dict[tuple[str, str], int] = {}
    for index, pair in enumerate(pairs):
        marks = [("achievement", pair.achievement), *(("claim", claim) for claim in pair.claims)]
        if pair.group:
            marks.append(("group", pair.group))
        if not pair.stackable or pair.room_rule is not None:
            marks.append(("rule", pair.rule))
        if pair.issuer in capped:
            marks.append(("issuer", pair.issuer))
        for mark in marks:
            a, b = find(first.setdefault(mark, index)), find(index)
            leader[max(a, b)] = min(a, b)
    parts: dict[int, list[Pair]] = defaultdict(list)
    for index, pair in enumerate(pairs):
        parts[find(index)].append(pair)
    return [parts[index] for index in sorted(parts)]
