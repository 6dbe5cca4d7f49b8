"""The interval algebra against a model of single milliseconds."""

from hypothesis import given
from hypothesis import strategies as st

from lms.learning.study.intervals import clip, intersect, length, merge, shift, subtract

ranges = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=8)


def points(found):
    return {point for start, end in found for point in range(start, end)}


def is_canonical(found):
    return all(start < end for start, end in found) and all(
        found[i][1] < found[i + 1][0] for i in range(len(found) - 1)
    )


@given(ranges)
def test_merge_is_the_set_of_points(raw):
    merged = merge(raw)
    assert is_canonical(merged)
    assert points(merged) == points(raw)
    assert length(merged) == len(points(raw))
    assert merge(merged) == merged


@given(ranges, ranges)
def test_intersection_and_difference_are_those_of_sets(first, second):
    a, b = merge(first), merge(second)
    assert points(intersect(a, b)) == points(a) & points(b)
    assert points(subtract(a, b)) == points(a) - points(b)
    assert is_canonical(subtract(a, b))
    assert length(intersect(a, b)) + length(subtract(a, b)) == length(a)


@given(ranges, st.integers(0, 60), st.integers(0, 60))
def test_clip_keeps_what_is_inside(raw, start, end):
    assert points(clip(merge(raw), start, end)) == {p for p in points(raw) if start <= p < end}


@given(ranges, st.integers(-1000, 1000))
def test_shift_moves_every_point(raw, offset):
    assert points(shift(merge(raw), offset)) == {p + offset for p in points(raw)}
