"""The table of an application's life: whole, without dead ends, and the panel's arithmetic."""

from hypothesis import given
from hypothesis import strategies as st

from creditbank.applications import lifecycle
from creditbank.applications.lifecycle import (
    Act,
    Missing,
    Need,
    Panel,
    Papers,
    Said,
    State,
    Who,
    missing,
    moved,
    panel,
    possible,
    took_part,
    verdict,
)


def reached(start):
    found, todo = {start}, [start]
    while todo:
        for row in possible(todo.pop()):
            if row.to not in found:
                found.add(row.to)
                todo.append(row.to)
    return found


def test_every_state_is_reached_and_has_a_way_to_an_end():
    assert reached(State.SUBMITTED) == set(State)
    for state in State:
        assert reached(state) & lifecycle.ENDS, state
    for state in lifecycle.OPEN:
        # By people, not only by the clock.
        assert any(row.who != Who.CLOCK and row.to != state for row in possible(state)), state


def test_every_state_is_open_or_an_end_and_every_act_stands_in_the_table():
    assert set(State) == lifecycle.OPEN | lifecycle.ENDS
    assert not lifecycle.OPEN & lifecycle.ENDS
    assert {row.act for row in lifecycle.TABLE} | {Act.SUBMIT} == set(Act)
    assert len(lifecycle.STEPS) == len(lifecycle.TABLE)


def test_credits_come_only_where_the_engine_gives_them_and_people_always_say_why():
    for row in lifecycle.TABLE:
        assert (row.to == State.APPROVED) == (Need.GRANTED in row.needs)
        if row.who in {Who.REVIEWER, Who.OTHER, Who.FRESH, Who.ADMIN}:
            assert Need.REASON in row.needs, row


def test_what_is_not_in_the_table_is_not_possible():
    assert moved("withdrawn", "approve") is None
    assert moved("upheld", "appeal") is None
    assert moved("approved", "withdraw") is None


@given(reviewers=st.integers(1, 5), approve=st.booleans(), back=st.integers(0, 3))
def test_a_decision_takes_as_many_pairs_of_eyes_as_asked_for(reviewers, approve, back):
    """Whatever was sent back before, the last round has each pair of eyes once, and the last one decides."""
    steps, state, person = [Said("submit", 99)], "submitted", 0
    for _ in range(back if reviewers > 1 else 0):
        act = verdict(state, panel(steps), approve=approve, reviewers=reviewers)
        assert act == Act.PROPOSE
        steps.append(Said(act, person, approve))
        assert verdict("proposed", panel(steps), approve=not approve, reviewers=reviewers) == Act.SEND_BACK
        steps.append(Said("send_back", person + 1))
        person += 2
    eyes = 0
    while state in ("submitted", "proposed"):
        act = verdict(state, panel(steps), approve=approve, reviewers=reviewers)
        row = moved(state, act)
        assert row is not None
        eyes += 1
        person += 1
        steps.append(Said(act, person, approve))
        state = row.to
    assert eyes == reviewers
    assert state == ("approved" if approve else "refused")


def test_a_round_begins_anew_after_a_supplement():
    steps = [Said("submit", 9), Said("propose", 1, True), Said("ask", 2), Said("supplement", 9)]
    assert panel(steps) == Panel(None, ())
    assert took_part(steps, 1)
    assert took_part(steps, 2)
    assert not took_part(steps, 9)


@given(
    st.builds(
        Papers,
        real_name=st.booleans(),
        programme_open=st.booleans(),
        current=st.none() | st.integers(1, 3),
        asked=st.integers(1, 3),
        verified=st.booleans(),
        refused=st.booleans(),
        files=st.integers(0, 2),
        evidence_needed=st.booleans(),
    )
)
def test_everything_that_is_missing_is_named_at_once(papers):
    found = missing(papers)
    assert (Missing.REAL_NAME in found) == (not papers.real_name)
    assert (Missing.PROGRAMME_CLOSED in found) == (not papers.programme_open)
    assert (Missing.RULE_NOT_IN_FORCE in found) == (papers.current is None)
    assert (Missing.RULE_CHANGED in found) == (papers.current not in (None, papers.asked))
    lacking = not (papers.verified or papers.refused or papers.files) and papers.evidence_needed
    assert (Missing.EVIDENCE in found) == lacking
    assert len(set(found)) == len(found)
