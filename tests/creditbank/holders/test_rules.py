"""Learner numbers, and what a merge moves: as plain values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbank.holders import rules
from creditbank.holders.rules import CourseHours, Double

bodies = st.integers(0, 9 * 10**9 - 1)
UNITS = ("study_hour.public", "study_hour.specialty")


def number_of(body: int) -> str:
    return rules.make_number(lambda below: body)


def test_a_number_is_twelve_digits_read_in_threes_of_four():
    # 98 - (1234567890 * 100 mod 97) = 02, reckoned by hand.
    assert number_of(1234567890 - 10**9) == f"1234567890{98 - 123456789000 % 97:02d}"
    assert rules.grouped("123456789092") == "1234 5678 9092"
    assert rules.tidy_number(" １２３４ 5678-9092 ") == "123456789092"


def test_two_numbers_are_not_alike():
    assert len({rules.make_number() for _ in range(200)}) == 200


@given(bodies, st.integers(0, 11), st.sampled_from("0123456789"))
def test_every_wrong_digit_is_noticed(body, place, digit):
    number = number_of(body)
    wrong = number[:place] + digit + number[place + 1 :]
    assert rules.is_number(wrong) == (wrong == number)


@given(bodies, st.integers(0, 10))
def test_every_swap_of_neighbours_is_noticed(body, place):
    number = number_of(body)
    wrong = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert rules.is_number(wrong) == (wrong == number)


@pytest.mark.parametrize(
    "value", ["", "12345678909", "1234567890922", "A23456789092", "٣٢٣٤٥٦٧٨٩٠٩٢", "012345678912"]
)
def test_what_is_no_number(value):
    assert not rules.is_number(value)


def test_a_course_on_both_accounts_counts_once_with_the_larger_figure():
    kept = [CourseHours("a", UNITS[0], 200, "安全"), CourseHours("b", UNITS[0], 100, "焊接")]
    leaving = [
        CourseHours("a", UNITS[0], 100),
        CourseHours("a", UNITS[0], 200, "安全"),
        CourseHours("c", UNITS[0], 50, "电工"),
        CourseHours("b", UNITS[1], 70, "焊接"),
    ]
    found = rules.doubles(kept, leaving)
    assert found == [Double("a", UNITS[0], "安全", 200)]
    assert rules.left_behind(found) == {UNITS[0]: 200}
    assert rules.settlement({UNITS[0]: (300, 350), UNITS[1]: (0, 70)}, {UNITS[0]: 200}) == {
        UNITS[0]: 150,
        UNITS[1]: 70,
    }


def test_what_was_reversed_is_no_double():
    gone = [CourseHours("a", UNITS[0], 200), CourseHours("a", UNITS[0], -200)]
    assert rules.doubles(gone, [CourseHours("a", UNITS[0], 300)]) == []


rows = st.lists(
    st.builds(CourseHours, st.sampled_from("abcd"), st.sampled_from(UNITS), st.integers(1, 500)), max_size=8
)


@given(rows, rows, st.integers(0, 400))
def test_nothing_is_lost_and_nothing_counts_twice(kept, leaving, spent):
    def total(part, unit):
        return sum(row.centihours for row in part if row.unit == unit)

    left = rules.left_behind(rules.doubles(kept, leaving))
    for unit in UNITS:
        before = (max(total(kept, unit) - spent, 0), total(leaving, unit))
        move = rules.settlement({unit: before}, left).get(unit, 0)
        after = (before[0] + move, before[1] - move)
        assert sum(after) == sum(before)
        assert min(after) >= 0
        assert after[1] == left.get(unit, 0)
        # Again, nothing moves; and one account alone would have counted each course once.
        assert rules.settlement({unit: after}, left) == {}
        if not spent:
            courses = {row.course for row in [*kept, *leaving]}
            once = sum(
                max(total([r for r in part if r.course == course], unit) for part in (kept, leaving))
                for course in courses
            )
            assert after[0] == once


def test_what_is_to_go_back_goes_back_as_far_as_it_can():
    assert rules.settlement({UNITS[0]: (500, 0)}, {UNITS[0]: 200}) == {UNITS[0]: -200}
    assert rules.settlement({UNITS[0]: (50, 0)}, {UNITS[0]: 200}) == {UNITS[0]: -50}
