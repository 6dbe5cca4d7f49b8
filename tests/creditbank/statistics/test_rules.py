"""Whatever the groups: nothing about fewer than five people is said or can be subtracted."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbank.planner.effect import FEWEST_TOLD
from creditbank.statistics.rules import Figure, Group, State, guard, held, is_few, rounded, said

STEP = 2_000
PEOPLE = st.lists(st.integers(1, 12), max_size=6)


@given(st.lists(PEOPLE, min_size=1, max_size=3))
def test_nothing_of_a_few_is_said_or_left_over(tables):
    """Groups of a table share nobody; tables share figures where they have groups of the same size."""
    parts = {
        str(place): [Group(str(key), people, people * 2, people * 100) for key, people in enumerate(sizes)]
        for place, sizes in enumerate(tables)
    }
    whole = Group("whole", sum(max(tables, key=sum)))
    found = guard(whole, parts)
    hidden_figures = set()
    for name, groups in parts.items():
        hidden = [
            group
            for group, row in zip(groups, found[name], strict=True)
            if row.people is None or row.state != "told"
        ]
        assert all(group in hidden for group in groups if is_few(group))
        if hidden and not is_few(whole):
            # Alone only where it is the whole table and no few are in it.
            assert len(hidden) > 1 or len(groups) == 1
            assert sum(group.people for group in hidden) >= FEWEST_TOLD or hidden == groups
        hidden_figures |= {group.figures for group in hidden}
    said = {row.people for rows in found.values() for row in rows if row.state == "told"}
    assert not said & {people for people, _count, _amount in hidden_figures}


def test_what_needs_no_hiding_is_all_said():
    parts = {"a": [Group("x", 5), Group("y", 7)], "b": [Group("z", 12)]}
    assert {row.state for rows in guard(Group("whole", 12), parts).values() for row in rows} == {"told"}


def test_of_a_whole_that_is_not_said_no_part_is():
    parts = {"a": [Group("x", 3), Group("y", 9)]}
    assert [row.state for row in guard(Group("whole", 12), parts, told=False)["a"]] == ["few", "withheld"]


CHANGE = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 9)), min_size=1, max_size=12
)


@pytest.mark.long
@given(st.lists(st.tuples(st.integers(5, 60), st.integers(1, 300)), min_size=1, max_size=4), CHANGE)
def test_statements_one_after_the_other_never_differ_by_a_few(parts, changes):
    """A table of people who each bring credits, changed again and again: whoever subtracts any earlier statement of a row
    from any later one has the change of at least five people, or nothing. And whoever subtracts parts from the whole knows
    the rest no better than to the width of the rounding.
    """
    exact = {
        str(key): Group(str(key), people, people, people * each) for key, (people, each) in enumerate(parts)
    }
    shown: dict[str, list[Figure]] = {key: [rounded(said(group), STEP)] for key, group in exact.items()}
    for place, (people, amount, kind) in enumerate(changes):
        key = str(place % len(parts))
        old = exact[key]
        exact[key] = Group(key, people if kind else old.people + 1, people, amount * 97)
        for name, group in exact.items():
            shown[name].append(held(rounded(said(group), STEP), shown[name][-1]))
    for figures in shown.values():
        told = [figure for figure in figures if figure.state == State.TOLD]
        for earlier, later in pairwise(told):
            same = (earlier.people, earlier.count, earlier.amount) == (
                later.people,
                later.count,
                later.amount,
            )
            assert same or abs(earlier.base - later.base) >= FEWEST_TOLD
        for figure in told:
            assert figure.people % FEWEST_TOLD == figure.count % FEWEST_TOLD == 0
            assert not figure.amount or figure.amount % STEP == 0
        assert all(
            figure.people is None or figure.people == 0 or figure.people >= FEWEST_TOLD for figure in told
        )


@given(st.integers(5, 10**6), st.integers(5, 10**6), st.integers(0, 10**7), st.integers(0, 10**7))
def test_rounding_never_turns_the_order_round(few, many, less, more):
    few, many = sorted((few, many))
    less, more = sorted((less, more))
    small, great = (
        rounded(said(Group("x", people, people, amount)), STEP)
        for people, amount in ((few, less), (many, more))
    )
    assert small.people <= great.people
    assert small.count <= great.count
    assert (small.amount or 0) <= (great.amount or 0)


@given(st.lists(st.integers(5, 400), min_size=2, max_size=6), st.integers(1, 4), st.integers(1, 6000))
def test_a_part_of_a_few_is_no_remainder(sizes, few, each):
    """The whole less the parts that are said leaves more possible numbers than there are small ones, whatever is hidden
    beside them: without `guard`, which hides another part as well.
    """
    whole = sum(sizes) + few
    told = [rounded(said(Group(str(n), size, size, size * each)), STEP) for n, size in enumerate(sizes)]
    total = rounded(said(Group("whole", whole, whole, whole * each)), STEP)
    rest = total.people - sum(figure.people for figure in told)
    # Of each figure up to four people are not said.
    least, most = rest - len(told) * (FEWEST_TOLD - 1), rest + FEWEST_TOLD - 1
    assert least <= few <= most
    assert most - least >= 2 * (FEWEST_TOLD - 1)
