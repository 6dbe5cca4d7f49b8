"""What is the same work, what counts of it, and which step leads where: plain functions."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.learning.declarations.models import Act, State
from lms.learning.declarations.rules import RuleFact, counts, in_force, moved, ruled, work_key

DAYS = {"starts_on": date(2026, 3, 2), "ends_on": date(2026, 3, 4)}


def key(identifier="", activity="paper", title="论智能制造", **days):
    return work_key(identifier, activity=activity, title=title, **(DAYS | days))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("10.1016/j.jmsy.2024.01.003", "https://doi.org/10.1016/J.JMSY.2024.01.003"),
        ("10.1016/j.jmsy.2024.01.003", "DOI: 10.1016/j.jmsy.2024.01.003"),
        ("ZL 2020 1 0123456.7", "ＺＬ２０２０１０１２３４５６．７"),
        ("978-7-111-12345-6", "978–7–111–12345–6"),
        ("沪继教〔2026〕\u200b017", "沪继教〔2026〕017"),
    ],
)
def test_one_number_however_it_is_typed(one, other):
    assert key(one) == key(other)


def test_other_numbers_are_other_works():
    assert key("10.1016/j.jmsy.2024.01.003") != key("10.1016/j.jmsy.2024.01.0031")
    assert key("ZL202010123456.7") != key("ZL202010123456.8")


def test_a_number_is_the_same_work_as_whatever_it_is_declared():
    assert key("10.1000/182") == key("10.1000/182", activity="conference", title="会上报告", **DAYS)


def test_without_a_number_the_title_counts_and_for_activities_the_days():
    later = {"starts_on": date(2026, 5, 2), "ends_on": date(2026, 5, 4)}
    assert key(title="《论智能制造》") == key(title="论 智能制造")
    assert key() == key(**later)
    assert key(activity="training") != key(activity="training", **later)


@given(st.text(max_size=120), st.text(min_size=1, max_size=120))
def test_a_key_fits_its_column_and_is_found_again(identifier, title):
    found = key(identifier, title=title)
    assert 0 < len(found) <= 200
    assert found == key(f" {identifier} ", title=title)


def test_a_sample_table_of_a_province():
    """National conference 12, provincial 8; a project by rank; a course of 60 lessons (RULES.md, "Equivalents")."""
    assert ruled(100, 1200) == 1200
    assert ruled(200, 800) == 1600
    assert ruled(100, 6400) == 6400
    assert ruled(6000, 100) == 6000


def test_hours_are_rounded_down():
    assert ruled(33, 1000) == 330
    assert ruled(1, 99) == 0
    assert ruled(150, 33) == 49


def row(number, version, valid_from, hours):
    return RuleFact(number, "conference", "", "specialty", version, valid_from, hours)


def test_the_version_of_the_day_holds():
    table = [
        row(1, 1, date(2024, 1, 1), 1200),
        row(2, 2, date(2026, 1, 1), 800),
        row(3, 3, date(2026, 1, 1), 900),
        row(4, 4, date(2027, 1, 1), None),
    ]
    kind = ("conference", "", "specialty")
    assert in_force(table, date(2023, 12, 31)) == {}
    assert in_force(table, date(2025, 12, 31))[kind].id == 1
    assert in_force(table, date(2026, 1, 1))[kind].id == 3
    assert in_force(table, date(2027, 1, 1)) == {}
    assert in_force(reversed(table), date(2026, 6, 1)) == in_force(table, date(2026, 6, 1))


@given(st.permutations([400, 1200, 1200, 900, 1250]))
def test_the_same_work_counts_its_highest_in_whatever_order(accepted):
    total = 0
    for hours in accepted:
        added = counts(hours, before=total, used=0, cap=None)
        assert added >= 0
        total += added
    assert total == max(accepted)


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 5000)), max_size=12),
    st.integers(1, 8000),
)
def test_a_cap_holds_and_no_work_counts_above_its_highest(accepted, cap):
    used, works, highest = 0, {}, {}
    for work, hours in accepted:
        added = counts(hours, before=works.get(work, 0), used=used, cap=cap)
        assert 0 <= added <= hours
        used += added
        works[work] = works.get(work, 0) + added
        highest[work] = max(highest.get(work, 0), hours)
    assert used <= cap
    assert all(works[work] <= highest[work] for work in works)
    assert used == min(cap, sum(highest.values()))


def test_a_lowered_cap_takes_nothing_back():
    assert counts(1000, before=0, used=900, cap=500) == 0


# --- steps -----------------------------------------------------------------------------------------------

WAYS = {
    "employer": {"pass", "ask", "refuse", "withdraw"},
    "department": {"accept", "ask", "refuse", "withdraw"},
    "appeal": {"accept", "refuse", "withdraw"},
    "supplement": {"supplement", "expire", "withdraw"},
    "refused": {"appeal"},
    "accepted": set(),
    "withdrawn": set(),
    "expired": set(),
}


def test_the_table_names_every_state():
    assert set(WAYS) == set(State.values)


@pytest.mark.parametrize("state", State.values)
def test_only_the_named_ways_are_open(state):
    level = state if state in {"employer", "department", "appeal"} else "department"
    found = {act for act in Act.values if moved(state, act, level=level, appealed=False)}
    assert found == WAYS[state]


@pytest.mark.parametrize("level", ["employer", "department"])
def test_a_supplement_goes_back_to_whoever_asked(level):
    assert moved(level, "ask", level=level, appealed=False) == ("supplement", level)
    assert moved("supplement", "supplement", level=level, appealed=False) == (level, level)


@given(st.lists(st.sampled_from(sorted(set(Act.values) - {"submit"})), max_size=25))
def test_no_way_leads_to_hours_without_the_department_and_to_two_appeals(acts):
    state, level, appealed, past = "employer", "employer", False, []
    for act in acts:
        found = moved(state, act, level=level, appealed=appealed)
        if found is None:
            continue
        past.append((act, level))
        appealed = appealed or act == "appeal"
        state, level = found
        assert state in State.values
    assert [act for act, _level in past].count("appeal") <= 1
    if state == "accepted":
        assert past[-1][0] == "accept"
        assert past[-1][1] in {"department", "appeal"}
        assert (
            ("pass", "employer") in past or ("appeal", "employer") in past or ("appeal", "department") in past
        )
