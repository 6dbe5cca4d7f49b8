"""The best choice of a part of the problem by going once over its achievements, keeping what later ones can still meet.

Exact: of all choices that look the same to what follows (the same courses and rules taken that a later achievement
could want, the same sums under caps still open) only the best one is kept. Fast where achievements meet in few places,
which is how rules are made. The steps are counted: a part that needs too many is the solver's (`milp.py`).

Owns: the sweep, and putting parts together. A choice is one integer here, see `Scale`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from creditbank.rules.pairs import Pair, by

# An achievement that may give by more sharing rules than this multiplies too much: the solver's.
MOST_SHARING = 4


class TooMany(Exception):
    """More steps than allowed, or a shape that is not the sweep's: somebody else's work."""


class Budget:
    """Steps still allowed; a step is about half a microsecond."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def take(self, steps: int) -> None:
        self.left -= steps
        if self.left < 0:
            raise TooMany


class Scale:
    """The order in which choices are better (`solve.py`) as one integer that adds up over pairs: the greater the better.

    From the highest place down: centicredits, exemptions, achievements spent (fewer), unverified pairs (fewer), pairs
    (fewer), and one bit for each pair, the first pair's the highest. No place can run over into the next one.
    """

    def __init__(self, size: int, exemptions: int) -> None:
        self.size = size
        room = size.bit_length() + 1
        self.pair = size
        self.unverified = self.pair + room
        self.achievement = self.unverified + room
        self.exemption = self.achievement + room
        self.credit = self.exemption + exemptions.bit_length() + 1

    def of(self, chosen: Sequence[Pair]) -> int:
        """What pairs of one achievement are worth, without their credits."""
        worth = -(1 << self.achievement) if chosen else 0
        for pair in chosen:
            worth += (pair.exemptions << self.exemption) - (1 << self.pair)
            worth += 1 << (self.size - 1 - pair.place)
            worth -= 0 if pair.verified else 1 << self.unverified
        return worth

    def chosen(self, value: int) -> list[int]:
        """The places of the pairs in a choice."""
        bits = value & ((1 << self.size) - 1)
        return [place for place in range(self.size) if bits >> (self.size - 1 - place) & 1]

    def credits(self, value: int) -> int:
        """centicredits of a choice: the lower places together are under one half of a centicredit, on either side."""
        return (value + (1 << (self.credit - 1))) >> self.credit


def scale_of(pairs: Sequence[Pair]) -> Scale:
    return Scale(len(pairs), sum(pair.exemptions for pair in pairs))


Mark = tuple[str, str]
# A cap that is not closed: kind, name, what is given whole and what by rate, the least room of those chosen. For a
# group: kind, name, the number of its rule, 0, 0.
Open = tuple[str, str, int, int, int]
# (whole, by rate) → value; all at (0, 0) where only the best one is asked for.
Values = dict[tuple[int, int], int]


class Way(NamedTuple):
    """One way in which an achievement gives. whole, by_rate: centicredits under no open cap."""

    mask: int
    value: int
    whole: int
    by_rate: int
    opens: tuple[Open, ...]


class _Marks:
    """What achievements of a part meet in: things that can be had once, groups, and caps of rules and issuers."""

    def __init__(self, part: Sequence[Pair]) -> None:
        self.bits: dict[Mark, int] = {}
        self.rule_numbers: dict[str, int] = {}
        self.groups = {name: {pair.rule for pair in some} for name, some in by(part, "group").items()}
        self.capped = {pair.issuer for pair in part if pair.room_issuer is not None}
        self.most = sum(pair.worth for pair in part)
        # What steps a cap leaves of rates: the least one that it counts, so that no sum is held for too small.
        self.steps: dict[Mark, int] = {}
        for pair in part:
            for mark in (("rule", pair.rule), ("issuer", pair.issuer)):
                if pair.most:
                    self.steps[mark] = min(self.steps.get(mark, pair.step), pair.step)

    def once(self, pair: Pair) -> Iterator[Mark]:
        for claim in pair.claims:
            yield "claim", claim
        if not pair.stackable:
            yield "once", pair.rule

    def opens(self, pair: Pair) -> Iterator[Open]:
        if pair.group and len(self.groups[pair.group]) > 1:
            number = self.rule_numbers.setdefault(pair.rule, len(self.rule_numbers))
            yield "group", pair.group, number, 0, 0
        by_rule = pair.room_rule is not None
        if pair.issuer in self.capped and pair.worth:
            room = self.most if pair.room_issuer is None else pair.room_issuer
            yield "issuer", pair.issuer, pair.fixed, 0 if by_rule else pair.most, room
        if pair.room_rule is not None:
            yield "rule", pair.rule, pair.fixed, pair.most, pair.room_rule

    def of(self, pairs: Iterable[Pair]) -> set[Mark]:
        found: set[Mark] = set()
        for pair in pairs:
            found.update(self.once(pair))
            found.update(some[:2] for some in self.opens(pair))
        return found

    def way(self, chosen: Sequence[Pair], scale: Scale) -> Way | None:
        """None: they take the same thing twice, or exclude each other."""
        once = [mark for pair in chosen for mark in self.once(pair)]
        if len(set(once)) < len(once):
            return None
        mask = 0
        for mark in once:
            mask |= 1 << self.bits.setdefault(mark, len(self.bits))
        whole = sum(pair.fixed for pair in chosen)
        by_rate = sum(
            pair.most for pair in chosen if pair.room_rule is None and pair.issuer not in self.capped
        )
        opens: tuple[Open, ...] = ()
        for pair in chosen:
            together = _joined(opens, tuple(self.opens(pair)))
            if together is None:
                return None
            opens = together
        return Way(mask, scale.of(chosen), whole, by_rate, opens)


def _joined(opens: tuple[Open, ...], more: tuple[Open, ...]) -> tuple[Open, ...] | None:
    """Both together, in a fixed order; None: two rules of one group."""
    if not more or not opens:
        return opens or more
    found = {some[:2]: some for some in opens}
    for some in more:
        kind, name, first, second, room = some
        had = found.get((kind, name))
        if had is None:
            found[kind, name] = some
        elif kind != "group":
            found[kind, name] = (kind, name, had[2] + first, had[3] + second, min(had[4], room))
        elif had[2] != first:
            return None
    return tuple(found[mark] for mark in sorted(found))


def ways_of(mine: Sequence[Pair], marks: _Marks, scale: Scale) -> list[Way]:
    """The ways one achievement can give: not at all, by one rule, by several sharing ones. Raises TooMany."""
    sharing = [pair for pair in mine if pair.shares]
    if len(sharing) > MOST_SHARING:
        raise TooMany
    several: list[tuple[Pair, ...]] = [()]
    for pair in sharing:
        several += [(*some, pair) for some in several if all(other.rule != pair.rule for other in some)]
    several += [(pair,) for pair in mine if not pair.shares]
    found = (marks.way(some, scale) for some in several)
    return [way for way in found if way is not None]


def in_order(achievements: list[list[Pair]], marks_of: Callable[[list[Pair]], set[Mark]]) -> list[list[Pair]]:
    """So that few marks are open at a time: next is the one that leaves the fewest open."""
    if len(achievements) < 3:
        return achievements
    waiting = [(marks_of(mine), mine) for mine in achievements]
    counts: dict[Mark, int] = {}
    for marks, _ in waiting:
        for mark in marks:
            counts[mark] = counts.get(mark, 0) + 1
    met: dict[Mark, int] = {}
    found: list[list[Pair]] = []
    while waiting:

        def opened(item: tuple[set[Mark], list[Pair]]) -> int:
            fresh = sum(mark not in met and counts[mark] > 1 for mark in item[0])
            return fresh - sum(mark in met and counts[mark] == met[mark] + 1 for mark in item[0])

        best = min(waiting, key=opened)
        waiting.remove(best)
        found.append(best[1])
        for mark in best[0]:
            met[mark] = met.get(mark, 0) + 1
    return found


def sweep(part: Sequence[Pair], scale: Scale, budget: Budget, *, each_sum: bool) -> Values:
    """The best choice of a part as {(0, 0): value}, or for each sum {(whole, by rate): value}. Raises TooMany.

    value: of `scale`, with the credits in it. Caps over all pairs are not looked at; what a rate gives is held against
    one cap, its rule's or else its issuer's. So the credits are never too few, and who asks checks that they are there.
    """
    marks = _Marks(part)
    ordered = in_order(list(by(part, "achievement").values()), marks.of)
    ways = [ways_of(mine, marks, scale) for mine in ordered]
    last = {mark: index for index, mine in enumerate(ordered) for mark in marks.of(mine)}
    later, mask = [0] * len(ways), 0
    for index in range(len(ways) - 1, -1, -1):
        later[index] = mask
        for way in ways[index]:
            mask |= way.mask
    coming = _coming(ways, last)
    states: dict[tuple[int, tuple[Open, ...]], Values] = {(0, ()): {(0, 0): 0}}
    for index, mine in enumerate(ways):
        found: dict[tuple[int, tuple[Open, ...]], Values] = {}
        steps: dict[tuple[tuple[Open, ...], int], _Step | None] = {}
        for (taken, opens), values in states.items():
            budget.take((len(values) + 5) * len(mine))
            for number, way in enumerate(mine):
                if taken & way.mask:
                    continue
                if (opens, number) not in steps:
                    steps[opens, number] = _step(opens, way, coming[index], marks)
                step = steps[opens, number]
                if step is not None:
                    still, whole, by_rate = step
                    place = found.setdefault(((taken | way.mask) & later[index], still), {})
                    gain = way.value + ((whole + by_rate) << scale.credit)
                    _add(place, values, gain, (whole, by_rate) if each_sum else None)
        states = found
    ((_, best),) = states.items()
    return best


def _add(place: Values, values: Values, gain: int, sums: tuple[int, int] | None) -> None:
    for had, value in values.items():
        key = had if sums is None else (had[0] + sums[0], had[1] + sums[1])
        value += gain
        if key not in place or value > place[key]:
            place[key] = value


# What is still open, and what is given.
_Step = tuple[tuple[Open, ...], int, int]
# For each cap: the most that what comes later can add to it; a group stays open with 0. What is missing is closed.
_Coming = dict[Mark, tuple[int, int]]


def _coming(ways: Sequence[Sequence[Way]], last: dict[Mark, int]) -> list[_Coming]:
    """After each achievement: what can still come to each cap, and the least room that it can still get."""
    found: list[_Coming] = []
    later: _Coming = {}
    for index in range(len(ways) - 1, -1, -1):
        found.append({mark: more for mark, more in later.items() if last[mark] > index})
        most: _Coming = {}
        for way in ways[index]:
            for kind, name, first, second, room in way.opens:
                had, least = most.get((kind, name), (0, room))
                most[kind, name] = (max(had, first + second), min(least, room))
        for mark, (more, room) in most.items():
            had, least = later.get(mark, (0, room))
            later[mark] = (had + more, min(least, room))
    return found[::-1]


def _step(opens: tuple[Open, ...], way: Way, coming: _Coming, marks: _Marks) -> _Step | None:
    """What is open after a way, and what is given by it and by the caps that close. None: it breaks one.

    A cap that nothing to come can reach is closed at once: fewer sums to tell apart.
    """
    joined = _joined(opens, way.opens)
    if joined is None:
        return None
    by_rate = way.by_rate
    still: list[Open] = []
    for some in joined:
        kind, name, first, second, room = some
        if kind != "group" and first > room:
            return None
        more = coming.get((kind, name))
        if second:
            # More than this nobody gets out of it, whatever comes: sums beyond it need not be told apart.
            step = marks.steps[kind, name]
            second = min(second, (room - first) // step * step)
        if more is not None and (kind == "group" or first + some[3] + more[0] > min(room, more[1])):
            still.append((kind, name, first, second, room))
        else:
            by_rate += second
    return tuple(still), way.whole, by_rate


def put_together(sums: Values, more: Values, room: int | None, budget: Budget) -> Values:
    """The best for each sum of two parts, as far as what is given whole stays within the room."""
    budget.take(len(sums) * len(more) // 2)
    found: Values = {}
    for (whole, by_rate), value in sums.items():
        for (other_whole, other_rate), other in more.items():
            both = whole + other_whole
            if room is None or both <= room:
                key = (both, by_rate + other_rate)
                together = value + other
                if key not in found or together > found[key]:
                    found[key] = together
    return found
