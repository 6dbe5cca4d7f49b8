"""The rule of what contradicts, and what is read of cmi5's durations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.learning.claims.rules import contradiction
from lms.learning.cmi5 import rules as cmi5

MINUTE = 60_000
times = st.integers(0, 10**9)


@pytest.mark.parametrize(
    ("claimed", "metered", "after", "far", "quick", "unseen"),
    [
        (120 * MINUTE, 5 * MINUTE, None, True, False, False),
        (20 * MINUTE, 5 * MINUTE, None, False, False, False),
        (0, 5 * MINUTE, 3000, False, True, False),
        (0, 5 * MINUTE, 2 * MINUTE, False, False, False),
        # It stood open for a while, but nobody was seen to study.
        (0, 3000, 2 * MINUTE, False, False, True),
        (0, 0, None, False, False, False),
    ],
)
def test_what_contradicts(claimed, metered, after, far, quick, unseen):
    found = contradiction(claimed, metered, after, 10 * MINUTE)
    assert (found.far, found.quick, found.unseen) == (far, quick, unseen)
    assert bool(found) is (far or quick or unseen)


@given(times, times, st.none() | times, times, times)
def test_whoever_studied_longer_is_never_under_more_suspicion(claimed, metered, after, nominal, more):
    before = contradiction(claimed, metered, after, nominal)
    longer = contradiction(claimed, metered + more, after, nominal)
    assert (longer.far, longer.quick, longer.unseen) <= (before.far, before.quick, before.unseen)
    assert not contradiction(metered, metered, None, nominal)


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("PT0S", 0),
        ("PT1H30M", 90 * MINUTE),
        ("PT1M3.5S", 63_500),
        ("PT0,5H", 30 * MINUTE),
        ("P1DT1S", 86_401_000),
        ("P1M", 30 * 86_400_000),
        ("P2W", 14 * 86_400_000),
        ("PT" + "9" * 15 + "H", cmi5.MOST_MS),
        ("two minutes", 0),
        (None, 0),
    ],
)
def test_durations(text, ms):
    assert cmi5.duration_ms(text) == ms
