"""What follows from attendance, whatever was recorded in whatever order; codes and states."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.learning.classes import rules
from lms.learning.classes.rules import Practice, Seen, Stretch

START = datetime(2026, 3, 10, 1, tzinfo=UTC)
END = START + timedelta(hours=3)


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


events = st.lists(st.tuples(st.sampled_from(["in", "out", "clear"]), st.integers(-60, 300)), max_size=12)


@given(events)
def test_minutes_are_the_minutes_somebody_was_there(found):
    """Against a model that looks at every minute."""
    there: set[int] = set()
    since: int | None = None
    for act, minute in found:
        if act == "clear":
            there, since = set(), None
        elif act == "in" and since is None:
            since = minute
        elif act == "out" and since is not None and minute >= since:
            there |= set(range(since, minute))
            since = None
    stretches = rules.stretches(Seen(act, at(minute)) for act, minute in found)
    counted = rules.minutes(stretches, START, END)
    assert counted == len(there & set(range(180)))
    assert rules.attended(stretches, START, END) == (counted > 0)
    assert rules.is_in(Seen(act, at(minute)) for act, minute in found) == (since is not None)


@given(events)
def test_what_is_said_twice_changes_nothing(found):
    once = [Seen(act, at(minute)) for act, minute in found]
    twice = [event for event in once for _time in range(2)]
    assert rules.stretches(twice) == rules.stretches(once)


def test_less_than_a_minute_is_no_presence_and_nobody_rounds_up():
    assert rules.minutes([Stretch(at(0), at(0.9))], START, END) == 0
    assert rules.minutes([Stretch(at(0), at(0.6)), Stretch(at(10), at(10.6))], START, END) == 1
    assert not rules.attended([Stretch(at(-30), at(0))], START, END)
    assert rules.minutes([Stretch(at(0), None)], START, END) == 0


@pytest.mark.parametrize(
    ("meetings", "asked", "required"), [(0, None, 1), (3, None, 3), (3, 2, 2), (1, 2, 1), (0, 2, 1)]
)
def test_how_many_meetings_are_asked_for(meetings, asked, required):
    assert rules.required(meetings, asked) == required


def test_practice_asks_for_presence_and_a_pass():
    assert Practice(True, 2, 2).fulfilled
    assert not Practice(True, 1, 2).fulfilled
    assert not Practice(None, 2, 2).fulfilled
    assert not Practice(False, 2, 2).fulfilled


def test_a_code_has_thirty_seconds_of_the_clock():
    moment = datetime(2026, 3, 10, 1, 0, 59, 900_000, tzinfo=UTC)
    assert rules.seconds_left(moment) == 1
    assert rules.period_of(moment + timedelta(seconds=1)) == rules.period_of(moment) + 1
    assert rules.seconds_left(datetime(2026, 3, 10, 1, tzinfo=UTC)) == 30


def test_states_end():
    assert rules.acts_in("ended") == rules.acts_in("cancelled") == []
    assert rules.acts_in("open") == ["close", "start", "cancel"]
    assert rules.moved("planned", "start") is None
