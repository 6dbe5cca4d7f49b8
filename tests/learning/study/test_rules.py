"""What counts, proved over random studies: order, repetition, splitting and lateness change nothing."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.learning.study.intervals import FOREVER, clip, intersect, length, merge, subtract
from lms.learning.study.rules import (
    Claim,
    Content,
    Count,
    Event,
    Rule,
    Stream,
    bound,
    bound_coverage,
    count,
    holder_at,
    open_turns,
    percent,
    turns,
    walk,
)
from tests.examples import examples

RULE = Rule(
    version=1,
    speed_hundredths=200,
    ms_per_hour=2_700_000,
    idle_ms=60_000,
    tolerance_ms=20,
    session_ms=500,
    late_ms=10_000,
    live_ms=90,
)
CONTENT = Content({"video": 120, "text": 60, "quiz": 40})
SESSIONS = (1, 2, 3)

pairs = st.tuples(st.integers(0, 300), st.integers(0, 80)).map(lambda pair: (pair[0], pair[0] + pair[1]))
stretches = st.lists(pairs, max_size=5).map(merge)
coverage = st.dictionaries(
    st.sampled_from(["video", "text"]), st.lists(pairs, max_size=3).map(merge), max_size=2
)
claims = st.lists(st.builds(Claim, at=st.integers(0, 300), session=st.sampled_from(SESSIONS)), max_size=6)
speed_of = {1: 200, 2: 200, 3: 150}


@st.composite
def stream(draw):
    session = draw(st.sampled_from(SESSIONS))
    return Stream(session, speed_of[session], draw(stretches))


streams = st.lists(stream(), max_size=6)
coverages = st.lists(coverage, max_size=6)
grants = st.sets(st.sampled_from(["quiz", "text"]))


def brute_force(parts, met, all_claims, granted):
    """The same figures, wall millisecond by wall millisecond."""
    ordered = sorted(set(all_claims), key=lambda claim: (claim.at, claim.session))
    active = overlap = budget = 0
    for moment in range(400):
        holder = None
        for claim in ordered:
            if claim.at <= moment:
                holder = claim.session
        for session in SESSIONS:
            if any(s.session == session and any(a <= moment < b for a, b in s.stretches) for s in parts):
                if session == holder:
                    active += 1
                    budget += speed_of[session]
                else:
                    overlap += 1
    reported = {
        (block, ms)
        for part in met
        for block, ranges in part.items()
        for start, end in ranges
        for ms in range(start, min(end, CONTENT.lengths[block]))
        if block not in granted
    }
    whole = sum(CONTENT.lengths[block] for block in granted)
    return Count(
        active_ms=active,
        overlap_ms=overlap,
        budget_ms=budget // 100,
        covered_ms=len(reported) + whole,
        met_ms=whole + min(len(reported), budget // 100),
        counted_ms=min(len(reported) + whole, budget // 100),
    )


@settings(max_examples=examples(200))
@given(streams, coverages, claims, grants)
def test_count_is_the_second_by_second_model(parts, met, all_claims, granted):
    assert count(parts, met, all_claims, CONTENT, granted) == brute_force(parts, met, all_claims, granted)


@settings(max_examples=examples(200))
@given(streams, coverages, claims, grants, st.randoms(use_true_random=False))
def test_order_repetition_and_splitting_change_nothing(parts, met, all_claims, granted, rng: random.Random):
    expected = count(parts, met, all_claims, CONTENT, granted)
    cut = []
    for part in parts:
        for start, end in part.stretches:
            middle = rng.randint(start, end)
            cut += [replace(part, stretches=merge([piece])) for piece in ((start, middle), (middle, end))]
    again = cut + [rng.choice(parts) for _ in range(3) if parts]
    met_again = [{block: ranges} for piece in met for block, ranges in piece.items()] * 2
    claims_again = list(all_claims) * 2
    for shuffled in (again, met_again, claims_again):
        rng.shuffle(shuffled)
    assert count(again, met_again, claims_again, CONTENT, granted) == expected


@settings(max_examples=examples(200))
@given(streams, coverages, claims, grants, stream(), coverage)
def test_more_reports_never_take_anything_away(parts, met, all_claims, granted, late, late_met):
    before = count(parts, met, all_claims, CONTENT, granted)
    after = count([*parts, late], [*met, late_met], all_claims, CONTENT, granted)
    assert after.counted_ms >= before.counted_ms
    assert after.met_ms >= before.met_ms
    granted_more = count(parts, met, all_claims, CONTENT, {*granted, "quiz"})
    assert granted_more.counted_ms >= before.counted_ms
    assert granted_more.met_ms >= before.met_ms


@settings(max_examples=examples(200))
@given(streams, coverages, claims, grants, st.integers(0, 300), st.sampled_from(SESSIONS))
def test_a_claim_never_reaches_back(parts, met, all_claims, granted, moment, session):
    """The server stamps a claim not earlier than anything accepted: what was counted stays."""
    past = [replace(part, stretches=clip(part.stretches, 0, moment)) for part in parts]
    old = [claim for claim in all_claims if claim.at < moment]
    before = count(past, met, old, CONTENT, granted)
    assert count(past, met, [*old, Claim(moment, session)], CONTENT, granted) == before


@settings(max_examples=examples(200))
@given(streams, coverages, claims, grants)
def test_nothing_exceeds_the_wall_or_the_content(parts, met, all_claims, granted):
    found = count(parts, met, all_claims, CONTENT, granted)
    wall = length(merge(pair for part in parts for pair in part.stretches))
    assert found.active_ms <= wall
    assert found.counted_ms <= wall * 2
    assert found.counted_ms <= CONTENT.total
    assert found.counted_ms <= found.met_ms <= CONTENT.total


@settings(max_examples=examples(200))
@given(streams, coverages, claims, grants, st.randoms(use_true_random=False))
def test_the_walk_ends_at_the_count(parts, met, all_claims, granted, rng: random.Random):
    events = [
        Event(
            at=part.stretches[-1][1] if part.stretches else rng.randint(0, 300),
            order=(part.session, place),
            session=part.session,
            speed_hundredths=part.speed_hundredths,
            stretches=part.stretches,
            coverage=met[place] if place < len(met) else {},
        )
        for place, part in enumerate(parts)
    ]
    events += [
        Event(at=rng.randint(0, 300), order=(9, place), granted=(block,))
        for place, block in enumerate(granted)
    ]
    used = met[: len(parts)]
    shuffled = list(events)
    rng.shuffle(shuffled)
    steps = walk(shuffled, all_claims, CONTENT)
    expected = count(parts, used, all_claims, CONTENT, granted)
    assert steps == walk(events, all_claims, CONTENT)
    assert sum(step.counted_ms for step in steps) == expected.counted_ms
    assert sum(length(step.active) for step in steps) == expected.active_ms
    assert sum(length(step.overlap) for step in steps) == expected.overlap_ms
    assert all(step.counted_ms >= 0 for step in steps)


@settings(max_examples=examples(200))
@given(st.lists(pairs, max_size=6), st.integers(0, 400), st.integers(0, 300))
def test_the_server_clock_bounds_every_report(raw, opened, waited):
    found = bound(raw, opened, opened + waited, RULE)
    assert all(opened <= start < end <= opened + waited for start, end in found.accepted)
    assert found.ahead_ms >= 0
    whole = length(merge(raw))
    assert length(found.accepted) <= whole
    later = bound(raw, opened, opened + waited + 1000, RULE)
    assert length(later.accepted) >= length(found.accepted)
    assert length(later.accepted) + later.ahead_ms + later.too_long_ms == whole


def test_a_clock_a_little_fast_is_not_named_and_far_ahead_is():
    assert bound([(0, 110)], 1000, 1100, RULE).ahead_ms == 0
    assert bound([(0, 110)], 1000, 1100, RULE).accepted == ((1000, 1100),)
    far = bound([(0, 200)], 1000, 1100, RULE)
    assert (far.accepted, far.ahead_ms) == (((1000, 1100),), 100)


def test_a_session_has_an_end():
    found = bound([(400, 700)], 0, 10_000, RULE)
    assert (found.accepted, found.too_long_ms) == (((400, 500),), 200)


@given(claims)
def test_turns_never_overlap(all_claims):
    found = turns(all_claims)
    everything = [pair for ranges in found.values() for pair in ranges]
    assert sum(min(end, 1000) - start for start, end in everything) == length(
        clip(merge(everything), 0, 1000)
    )
    if all_claims:
        first = min(claim.at for claim in all_claims)
        assert merge(everything) == ((first, FOREVER),)
        assert holder_at(all_claims, 400) is not None
    else:
        assert holder_at(all_claims, 400) is None


@settings(max_examples=examples(200))
@given(claims, st.dictionaries(st.sampled_from(SESSIONS), stretches, max_size=3), stretches, stretches)
def test_open_time_goes_to_who_was_active_and_takes_from_nobody(all_claims, active, open_, wanted):
    """Of session 1's wish it gets all that was open and unused, but for the first moment of somebody's own turn."""
    unique = list({claim.at: claim for claim in all_claims}.values())
    before = turns(unique)
    others = {session: found for session, found in active.items() if session != 1}
    wish = subtract(wanted, before.get(1, ()))
    new = open_turns(1, wish, open_, unique, others)
    after = turns([*unique, *new])
    assert len({claim.at for claim in [*unique, *new]}) == len(unique) + len(new)
    used = merge(
        pair for session, found in others.items() for pair in intersect(found, before.get(session, ()))
    )
    for session, found in others.items():
        assert intersect(found, after.get(session, ())) == intersect(found, before.get(session, ()))
    gained = subtract(after.get(1, ()), before.get(1, ()))
    assert subtract(gained, open_) == ()
    assert subtract(before.get(1, ()), after.get(1, ())) == ()
    started = merge((claim.at, claim.at + 1) for claim in unique)
    due = subtract(subtract(intersect(wish, open_), used), started)
    held = merge(pair for found in before.values() for pair in found)
    assert subtract(intersect(due, held), gained) == ()


def test_coverage_is_cut_to_the_blocks_of_the_lesson():
    cut = bound_coverage({"video": [(100, 500)], "foreign": [(0, 10)], "text": [(60, 90)]}, CONTENT)
    assert cut == {"video": ((100, 120),)}


@pytest.mark.parametrize(
    ("met", "total", "expected"), [(0, 0, 100), (0, 10, 0), (899, 1000, 89), (11, 10, 100)]
)
def test_percent_is_never_rounded_up(met, total, expected):
    assert percent(met, total) == expected


class TestReasons:
    def step(self, event, claims_=(Claim(0, 1),), before=()):
        return walk([*before, event], claims_, CONTENT)[-1]

    def test_counted_needs_no_reason(self):
        event = Event(60, (1, 1), 1, 200, ((0, 60),), {"video": ((0, 60),)})
        assert self.step(event).reason == ""

    def test_repeat(self):
        first = Event(60, (1, 1), 1, 200, ((0, 60),), {"video": ((0, 60),)})
        again = Event(120, (1, 2), 1, 200, ((60, 120),), {"video": ((0, 60),)})
        assert self.step(again, before=[first]).reason == "repeat"

    def test_overlap(self):
        event = Event(60, (2, 1), 2, 200, ((0, 60),), {"video": ((0, 60),)})
        assert self.step(event).reason == "overlap"

    def test_faster_than_permitted(self):
        event = Event(20, (1, 1), 1, 200, ((0, 20),), {"video": ((0, 90),)})
        step = self.step(event)
        assert (step.counted_ms, step.reason) == (40, "too_fast")
