"""Whatever the groups: nothing about fewer than five people is said or can be subtracted."""

from hypothesis import given
from hypothesis import strategies as st

from creditbank.planner.effect import FEWEST_TOLD
from creditbank.statistics.rules import Group, guard, is_few

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
