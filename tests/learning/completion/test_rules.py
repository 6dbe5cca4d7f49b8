"""To which day owed hours belong: plain values, any order of news."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.learning.completion.rules import day_of_due

DAY = date(2026, 3, 1)


def day(number):
    return DAY + timedelta(days=number)


def asked(counted, given_, due, completed_on=5):
    counted = {day(number): ms for number, ms in counted.items()}
    given_ = {day(number): amount for number, amount in given_.items()}
    return (day_of_due(counted, given_, day(completed_on), lambda ms: ms, due) - DAY).days


@pytest.mark.parametrize(
    ("counted", "given_", "due", "expected"),
    [
        # Studied on one day after completion.
        ({1: 10, 9: 4}, {5: 10}, 4, 9),
        # Completed late: all of it was studied before.
        ({1: 10}, {5: 0}, 10, 5),
        # Time of an earlier day comes back after more was studied and given.
        ({1: 16, 9: 4}, {5: 10, 9: 4}, 6, 5),
        # Time of a day after completion comes back after more was studied and given.
        ({1: 10, 7: 6, 9: 4}, {5: 10, 9: 4}, 6, 7),
        # What grew on several days at once.
        ({1: 10, 7: 6, 9: 4}, {5: 10}, 10, 9),
        # Given back before: a correction on the day of its row.
        ({1: 10, 9: 4}, {5: 6, 9: 4}, 4, 5),
    ],
)
def test_the_first_day_from_which_all_of_it_was_missing(counted, given_, due, expected):
    assert asked(counted, given_, due) == expected


days = st.dictionaries(st.integers(0, 20), st.integers(0, 50))


@given(days, st.integers(0, 20))
def test_it_lies_between_completion_and_the_last_study(counted, completed_on):
    due = sum(counted.values())
    found = asked(counted, {completed_on: 0}, due, completed_on)
    assert completed_on <= found <= max([completed_on, *counted])
    # By that day all of it had been studied.
    assert sum(ms for number, ms in counted.items() if number <= found) == due
