"""Which figures may be said in public. Plain values in, plain values out.

Owns: what a group is, which groups of a table are hidden, how figures are rounded and when one is replaced. Refuses: a
figure that is about fewer than `FEWEST_TOLD` people, by itself or as the difference of figures that are said.

A table splits a whole into parts. A part of few people is hidden (`few`). The other parts and the whole would still give
it by subtraction; so as long as the hidden parts together may be so few, the smallest part that is said is hidden with
them (`withheld`). Parts of different tables with the same figures are taken for the same people and hidden alike.

Over time: what is said is rounded down, so that the sum of parts differs from the whole by more than a few people, and a
row keeps what was said of it until at least `FEWEST_TOLD` people more or fewer are in it (`held`). So two statements, one
after the other, differ in a row by many people or not at all. Why these: docs/credit-statistics.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from creditbank.planner.effect import FEWEST_TOLD


class State(StrEnum):
    TOLD = "told"
    FEW = "few"
    WITHHELD = "withheld"


@dataclass(frozen=True)
class Group:
    """One figure: how many people (each once), how many things, and their sum in hundredths (0 where nothing is summed).

    name: data, such as a college's name; words that are translated are found by the key.
    """

    key: str
    people: int
    count: int = 0
    amount: int = 0
    name: str = ""

    @property
    def figures(self) -> tuple[int, int, int]:
        return self.people, self.count, self.amount


@dataclass(frozen=True)
class Figure:
    """A group as it is said: the numbers are None unless it is told.

    base: the people as they were counted; last: of a hidden row what was told of it last (people, count, amount, base).
    Both are there for the next statement to be compared with and are shown to nobody.
    """

    key: str
    name: str
    state: str
    people: int | None = None
    count: int | None = None
    amount: int | None = None
    base: int | None = None
    last: Sequence[int | None] | None = None

    @property
    def memory(self) -> Sequence[int | None] | None:
        """What was told of it last, now or earlier."""
        return self.last if self.base is None else (self.people, self.count, self.amount, self.base)


def is_few(group: Group) -> bool:
    return 0 < group.people < FEWEST_TOLD


def said(group: Group, state: State | None = None) -> Figure:
    """A group by itself, or in the state that `guard` found for it."""
    state = state or (State.FEW if is_few(group) else State.TOLD)
    if state is not State.TOLD:
        return Figure(group.key, group.name, state.value)
    return Figure(group.key, group.name, state.value, *group.figures, base=group.people)


def rounded(figure: Figure, step: int) -> Figure:
    """People and things down to whole FEWEST_TOLD, the amount (hundredths) down to whole steps; what is less than a step is
    not said.
    """
    if figure.people is None:
        return figure
    amount = _down(figure.amount, step)
    return replace(
        figure,
        people=_down(figure.people, FEWEST_TOLD),
        count=_down(figure.count, FEWEST_TOLD),
        amount=None if figure.amount and not amount else amount,
    )


def _down(number: int | None, step: int) -> int | None:
    return None if number is None else number // step * step


def held(new: Figure, old: Figure | None) -> Figure:
    """What is said now of a row of which `old` was said before: what was told last, unless many people have come or gone
    since. A row that was hidden in between is compared with what was told before that.
    """
    memory = old.memory if old is not None else None
    if memory is None:
        return new
    if new.base is None:
        return replace(new, last=memory)
    people, count, amount, base = memory
    if base is None or abs(new.base - base) >= FEWEST_TOLD:
        return new
    return replace(new, people=people, count=count, amount=amount, base=base)


def guard(
    whole: Group, tables: Mapping[str, Iterable[Group]], *, told: bool = True
) -> dict[str, list[Figure]]:
    """Each table of one whole, in its own order, as it may be said. told: whether the whole itself is.

    Where the whole is not, no part is. A person may be in several parts of a table (someone with credits at two
    colleges), so the hidden parts count as many people as the largest of them has.
    """
    parts = {name: list(groups) for name, groups in tables.items()}
    if not told or is_few(whole):
        return {
            name: [said(group, State.FEW if is_few(group) else State.WITHHELD) for group in groups]
            for name, groups in parts.items()
        }
    hidden = {(name, group.key) for name, groups in parts.items() for group in groups if is_few(group)}
    while True:
        more = _same(parts, hidden) | _smallest(parts, hidden)
        if more <= hidden:
            break
        hidden |= more
    return {
        name: [
            said(group, State.WITHHELD if (name, group.key) in hidden and not is_few(group) else None)
            for group in groups
        ]
        for name, groups in parts.items()
    }


def _smallest(parts: Mapping[str, list[Group]], hidden: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Of each table whose hidden parts may be too few together: the smallest that is said."""
    found = set()
    for name, groups in parts.items():
        away = [group for group in groups if (name, group.key) in hidden]
        if away and (len(away) == 1 or max(group.people for group in away) < FEWEST_TOLD):
            rest = [group for group in groups if (name, group.key) not in hidden and group.people]
            if rest:
                found.add((name, min(rest, key=lambda group: (*group.figures, group.key)).key))
    return found


def _same(parts: Mapping[str, list[Group]], hidden: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """What has the figures of a hidden part in another table of the same whole."""
    figures = {
        group.figures for name, groups in parts.items() for group in groups if (name, group.key) in hidden
    }
    return {
        (name, group.key) for name, groups in parts.items() for group in groups if group.figures in figures
    }


def less(group: Group, amount: int) -> Group:
    return replace(group, amount=group.amount - amount)


def together(key: str, groups: Iterable[Group]) -> Group:
    """The sum of groups that share no person."""
    rows = list(groups)
    people, count, amount = (sum(row.figures[place] for row in rows) for place in range(3))
    return Group(key, people, count, amount)
