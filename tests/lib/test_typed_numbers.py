"""Numbers as people type them."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.lib.typed_numbers import is_within, number_of, plain, shown


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("220", 220),
        (" ２２０．５ ", Fraction(441, 2)),
        ("−5", -5),
        ("+.5", Fraction(1, 2)),
        ("5.", 5),
        ("1,234,567.5", Fraction(2469135, 2)),
        ("１，２３４", 1234),
        ("1.5e3", 1500),
        ("2E-2", Fraction(1, 50)),
        ("0.1", Fraction(1, 10)),
    ],
)
def test_what_is_a_number(text, number):
    assert number_of(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "220V",
        "1,5",
        "1,2345",
        "0,125",
        "10²",
        "5³",
        "10₂",
        "2*3",
        "1/3",
        "nan",
        "inf",
        "1e999",
        "--1",
        ".",
        "9" * 41,
        "二百二",
    ],
)
def test_what_is_none(text):
    assert number_of(text) is None


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12))
def test_a_kept_number_is_the_same_number(value):
    written = plain(Fraction(value))
    assert Fraction(written) == Fraction(value)
    assert number_of(written) == Fraction(value)


@pytest.mark.parametrize("number", [Fraction(1, 3), Fraction(10**20), Fraction(1, 10**21)])
def test_numbers_that_cannot_be_kept(number):
    assert plain(number) is None


@given(st.integers(-1000, 1000), st.integers(0, 100), st.integers(-1200, 1200))
def test_the_bounds_count_and_nothing_beyond(value, tolerance, typed):
    # In tenths, where floats would err.
    tenths = [f"{number / 10:.1f}" for number in (value, tolerance, typed)]
    assert is_within(tenths[2], [tenths[:2]]) is (abs(typed - value) <= tolerance)


def test_several_and_what_is_no_number():
    accepted = [["220", "5"], ["-1", "0"]]
    assert [is_within(text, accepted) for text in ("225", "225.01", "-1", "约220", "")] == [
        True,
        False,
        True,
        False,
        False,
    ]
    assert [shown(*pair) for pair in accepted] == ["220 ± 5", "-1"]
