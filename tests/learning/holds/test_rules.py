"""The rules of suspicion by themselves, with hypothesis where there is an algebra; and against the simulator: nobody who
studies honestly is ever held, whoever forges is.
"""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.learning.completion.rules import redistributed
from lms.learning.holds import rules
from lms.learning.holds.models import StudyHold
from lms.learning.holds.services import look_at
from lms.learning.study.intervals import length, merge
from lms.lib.clock import from_epoch_ms, local_day
from tests.examples import examples
from tests.learning.study.simulate import play, seed_of_this_run
from tests.learning.study.strategies import CHEATS, HONEST

LIMITS = rules.Thresholds(
    speed_excess_ms=600_000,
    speed_excess_percent=150,
    overlap_ms=7_200_000,
    refusals=5,
    ahead_ms=600_000,
    shared_people=3,
    shared_ms=1_200_000,
)
pairs = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(sorted)
streams = st.lists(st.tuples(st.sampled_from("abcd"), st.lists(pairs, max_size=4)), max_size=6)


class TestCrowded:
    @settings(max_examples=examples(200))
    @given(streams, st.integers(1, 4))
    def test_is_what_a_look_at_every_moment_finds(self, found, least):
        crowded = rules.crowded(found, least)
        for moment in range(60):
            keys = {key for key, ranges in found for start, end in ranges if start <= moment < end}
            inside = any(start <= moment < end for start, end in crowded)
            assert inside == (len(keys) >= least)
        assert merge(crowded) == crowded

    @settings(max_examples=examples(100))
    @given(streams, st.randoms())
    def test_order_and_splitting_change_nothing(self, found, chance):
        split = [(key, [pair]) for key, ranges in found for pair in ranges]
        chance.shuffle(split)
        assert rules.crowded(split, 2) == rules.crowded(found, 2)

    @settings(max_examples=examples(100))
    @given(st.lists(pairs, max_size=8))
    def test_one_device_is_never_two_however_many_windows(self, ranges):
        assert rules.crowded([("desk", [pair]) for pair in ranges], 2) == ()


class TestClaimed:
    @settings(max_examples=examples(100))
    @given(st.lists(st.lists(pairs, max_size=4), max_size=5))
    def test_no_second_of_content_is_new_twice(self, sessions):
        told = [(number, {"b": merge(ranges)}, 0, 200) for number, ranges in enumerate(sessions)]
        found = rules.claimed(told, [])
        everything = merge(pair for ranges in sessions for pair in ranges)
        assert sum(item.new_ms for item in found) == length(everything)

    @settings(max_examples=examples(100))
    @given(st.integers(0, 10**8), st.integers(0, 10**8))
    def test_what_time_carries_is_never_too_fast(self, active_ms, new_ms):
        item = rules.Claimed(1, new_ms, active_ms, 200)
        if new_ms <= 2 * active_ms:
            assert not rules.too_fast(item, LIMITS)

    def test_a_block_whose_end_the_server_saw_asks_for_no_time(self):
        told = [(1, {"quiz": ((0, 9_000_000),), "text": ((0, 1000),)}, 1000, 200)]
        assert [item.new_ms for item in rules.claimed(told, ["quiz"])] == [1000]


class TestSteps:
    def test_only_a_person_takes_away_and_every_end_was_decided(self):
        states = ("open", "released", "confirmed", "appealed", "upheld")
        acts = ("explain", "release", "confirm", "appeal")
        ways = {(state, act): rules.moved(state, act) for state in states for act in acts}
        assert {key for key, to in ways.items() if to == "confirmed"} == {("open", "confirm")}
        assert {key for key, to in ways.items() if to == "upheld"} == {("appealed", "confirm")}
        assert not any(to for (state, _act), to in ways.items() if state in ("released", "upheld"))


class TestRedistributed:
    @settings(max_examples=examples(200))
    @given(st.lists(st.integers(0, 500), max_size=6), st.integers(-10, 4000))
    def test_comes_to_the_total_and_never_above_what_was_given(self, given_, total):
        found = redistributed(given_, total)
        assert sum(found) == min(max(total, 0), sum(given_))
        assert all(0 <= now <= was for now, was in zip(found, given_, strict=True))

    @settings(max_examples=examples(100))
    @given(st.lists(st.integers(0, 500), min_size=1, max_size=6))
    def test_all_of_it_is_what_was_given(self, given_):
        assert redistributed(given_, sum(given_)) == given_


def days_of(learner):
    from lms.learning.holds.models import StudyIncident
    from lms.learning.study.models import StudyReport, StudySession

    moments = [
        *StudySession.objects.filter(person=learner.user).values_list("opened_ms", flat=True),
        *StudyReport.objects.filter(session__person=learner.user).values_list("received_ms", flat=True),
        *StudyIncident.objects.filter(person=learner.user).values_list("received_ms", flat=True),
    ]
    first, last = (local_day(from_epoch_ms(moment)) for moment in (min(moments), max(moments)))
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def held(strategy):
    """Play a strategy and look at all of its days; the reasons for which it was held."""
    outcome = play(strategy, seed_of_this_run())
    for day in days_of(outcome.learner):
        look_at(outcome.learner.user, day)
    return set(StudyHold.objects.values_list("reason", flat=True))


@pytest.mark.django_db
@pytest.mark.long
class TestSimulator:
    @pytest.mark.parametrize("strategy", HONEST.values(), ids=HONEST)
    def test_honest_learners_are_never_held(self, strategy):
        assert held(strategy) == set()

    @pytest.mark.parametrize(
        ("name", "reason"),
        [
            ("forged_token", "forged"),
            ("same_number_other_content", "forged"),
            ("the_future", "speed"),
            ("clock_years_off", "speed"),
            ("coverage_without_time", "speed"),
            ("the_whole_lesson_at_once", "speed"),
            ("same_tab_reopened", "speed"),
            ("hoarded_sessions", "overlap"),
        ],
    )
    def test_who_forges_is_held(self, name, reason):
        assert reason in held(CHEATS[name])
