"""Marking."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.questions.api import PAIRS, PLACES
from lms.learning.assessment.rules import (
    clean_response,
    draw_order,
    is_answered,
    is_right,
    mark,
    normalised,
    share,
    shown_points,
)

OPTIONS = [{"id": key, "text": key} for key in "abcd"]
SINGLE = {"id": "s", "kind": "single", "options": OPTIONS, "answer": ["b"], "points": 2}
MULTIPLE = {"id": "m", "kind": "multiple", "options": OPTIONS, "answer": ["a", "c"], "points": 3}
TRUE_FALSE = {"id": "t", "kind": "true_false", "options": [], "answer": ["true"]}
FILL = {"id": "f", "kind": "fill", "options": [], "answer": [["安全生产", "work safety"], ["GB 32100"]]}
NUMERIC = {"id": "n", "kind": "numeric", "options": [], "answer": [["220", "5"], ["0.1", "0"]]}
MATCHING = {
    "id": "p",
    "kind": "matching",
    "marking": PAIRS,
    "options": OPTIONS,
    "answer": [{"id": str(n), "text": f"第 {n} 步", "option": key} for n, key in enumerate("bab", 1)],
    "points": 2,
}
ORDERING = {
    "id": "o",
    "kind": "ordering",
    "marking": PLACES,
    "options": OPTIONS,
    "answer": ["c", "a", "d", "b"],
    "points": 2,
}
ALL = [SINGLE, MULTIPLE, TRUE_FALSE, FILL]


@pytest.mark.parametrize(
    ("question", "response", "right"),
    [
        (SINGLE, ["b"], True),
        (SINGLE, ["a"], False),
        (SINGLE, [], False),
        (SINGLE, None, False),
        (MULTIPLE, ["c", "a"], True),
        (MULTIPLE, ["a"], False),
        (MULTIPLE, ["a", "b", "c"], False),
        (TRUE_FALSE, ["true"], True),
        (TRUE_FALSE, ["false"], False),
        (FILL, ["安全生产", "gb32100"], True),
        (FILL, ["ＷＯＲＫ　Safety", "ＧＢ ３２１００"], True),
        (FILL, ["安全", "GB 32100"], False),
        (FILL, ["安全生产"], False),
        (MATCHING, ["b", "a", "b"], True),
        (MATCHING, ["b", "a", ""], False),
        (MATCHING, ["b", "a"], False),
        (MATCHING, [], False),
        (ORDERING, ["c", "a", "d", "b"], True),
        (ORDERING, ["c", "a", "b", "d"], False),
        (ORDERING, ["c", "a", "d"], False),
        (ORDERING, [], False),
        (NUMERIC, ["２１５"], True),
        (NUMERIC, ["225.0"], True),
        (NUMERIC, ["225.1"], False),
        (NUMERIC, ["0.1"], True),
        (NUMERIC, ["220V"], False),
        (NUMERIC, [""], False),
        (NUMERIC, [], False),
    ],
)
def test_right_or_wrong(question, response, right):
    assert is_right(question, response) is right


@pytest.mark.parametrize(
    ("question", "raw", "cleaned"),
    [
        (SINGLE, ["b"], ["b"]),
        (SINGLE, ["a", "b"], None),
        (SINGLE, ["z"], None),
        (SINGLE, "b", None),
        (SINGLE, [1], None),
        (SINGLE, [], []),
        (MULTIPLE, ["c", "a"], ["a", "c"]),
        (MULTIPLE, ["a", "a"], None),
        (TRUE_FALSE, ["maybe"], None),
        (FILL, ["x", ""], ["x", ""]),
        (FILL, ["x"], None),
        (MATCHING, ["b", "", "b"], ["b", "", "b"]),
        (MATCHING, ["b", "z", "b"], None),
        (MATCHING, ["b", "a"], None),
        (MATCHING, ["b", "a", "b", ""], None),
        (NUMERIC, ["约二百"], ["约二百"]),
        (NUMERIC, ["1", "2"], None),
        (FILL, ["x" * 501, ""], None),
    ],
)
def test_only_possible_answers_are_kept(question, raw, cleaned):
    assert clean_response(question, raw) == cleaned


def test_marks_are_whole_and_rounded_down():
    found = mark(ALL, {"s": ["b"], "m": ["a", "c"], "t": ["false"], "f": ["安全生产", "GB32100"]}, 86)
    assert (found.points, found.max_points, found.percent, found.passed) == (6, 7, 85, False)
    assert mark(ALL, {"s": ["b"], "m": ["a", "c"], "t": ["true"]}, 85).percent == 85
    assert mark([], {}, 60).passed


@given(st.integers(0, 2**48))
def test_the_same_seed_gives_the_same_order_and_loses_nothing(seed):
    drawn = draw_order(ALL, seed)
    assert drawn == draw_order(ALL, seed)
    assert sorted(key for key, _order in drawn) == ["f", "m", "s", "t"]
    assert all(sorted(order) in ([], ["a", "b", "c", "d"]) for _key, order in drawn)


@given(st.text())
def test_normalising_twice_changes_nothing_more(text):
    assert normalised(normalised(text)) == normalised(text)


def test_an_empty_blank_is_no_answer():
    assert not is_answered(["", " "])
    assert is_answered(["", "x"])


def test_a_pair_earns_its_share_and_the_sum_is_rounded_once():
    other = MATCHING | {"id": "p2", "points": 1}
    found = mark([MATCHING, other], {"p": ["b", "a", "c"], "p2": ["b", "", ""]}, 55)
    # Two thirds of 2 and one third of 1 are 5/3 of 3: 55 per cent, and not 50 as of what was rounded before.
    assert (found.points, found.earned, found.percent, found.passed) == (1, Fraction(5, 3), 55, True)
    assert found.right == {"p": False, "p2": False}
    assert shown_points(found.earned) == "1.66"
    assert [shown_points(Fraction(value)) for value in ("2", "0", "1/2", "1/100")] == [
        "2",
        "0",
        "0.5",
        "0.01",
    ]


def test_another_rule_than_ours_is_all_or_nothing():
    """What a release pins is what holds: a question of no rule, or of one nobody here knows, gives no part of its points."""
    for marking in ({}, {"marking": "pairs-2099-01"}):
        question = {key: value for key, value in MATCHING.items() if key != "marking"} | marking
        assert share(question, ["b", "a", "c"]) == 0
        assert share(question, ["b", "a", "b"]) == 1


@st.composite
def pairings(draw):
    keys = [f"o{n}" for n in range(draw(st.integers(2, 6)))]
    right = draw(st.lists(st.sampled_from(keys), min_size=2, max_size=8))
    question = {
        "id": "m",
        "kind": "matching",
        "marking": PAIRS,
        "options": [{"id": key, "text": key} for key in keys],
        "answer": [{"id": str(n), "text": str(n), "option": key} for n, key in enumerate(right)],
        "points": draw(st.integers(1, 100)),
    }
    given_ = draw(st.lists(st.sampled_from([*keys, ""]), min_size=len(right), max_size=len(right)))
    return question, given_


@given(pairings(), st.integers(0, 100), st.data())
def test_pairs_are_marked_one_by_one(drawn, pass_percent, data):
    question, given_ = drawn
    pairs = question["answer"]
    assert clean_response(question, given_) == given_
    earned = share(question, given_)
    assert 0 <= earned <= 1
    assert (earned == 1) == is_right(question, given_)
    # A wrong pair costs as little as an open one.
    blanked = [key if key == pair["option"] else "" for key, pair in zip(given_, pairs, strict=True)]
    assert share(question, blanked) == earned
    # One more right pair is one share more, whichever it is.
    place = data.draw(st.integers(0, len(pairs) - 1))
    better = [*given_[:place], pairs[place]["option"], *given_[place + 1 :]]
    gain = 0 if given_[place] == pairs[place]["option"] else Fraction(1, len(pairs))
    assert share(question, better) == earned + gain
    # In whatever order the pairs stand.
    order = data.draw(st.permutations(range(len(pairs))))
    turned = question | {"answer": [pairs[n] for n in order]}
    assert share(turned, [given_[n] for n in order]) == earned
    found = mark([question, SINGLE], {"m": given_, "s": ["b"]}, pass_percent)
    exact = earned * question["points"] + SINGLE["points"]
    assert found.earned == exact
    assert found.points <= exact < found.points + 1
    assert found.percent <= exact * 100 / found.max_points < found.percent + 1
    assert found.passed == (exact * 100 >= pass_percent * found.max_points)


@pytest.mark.parametrize(
    ("response", "earned"),
    [
        (["c", "a", "d", "b"], Fraction(1)),
        (["a", "c", "d", "b"], Fraction(1, 2)),
        (["a", "d", "b", "c"], Fraction(0)),
        # Left open costs as much as wrong; the same item everywhere stands right once.
        (["c", "", "", "b"], Fraction(1, 2)),
        (["a", "a", "a", "a"], Fraction(1, 4)),
        ([], Fraction(0)),
    ],
)
def test_each_item_at_its_own_place_earns_its_share(response, earned):
    assert share(ORDERING, response) == earned
    for marking in ({}, {"marking": PAIRS}, {"marking": "places-2099-01"}):
        question = {key: value for key, value in ORDERING.items() if key != "marking"} | marking
        assert share(question, response) == (1 if earned == 1 else 0)


def test_what_may_be_an_order():
    assert clean_response(ORDERING, ["c", "", "a", "b"]) == ["c", "", "a", "b"]
    for bad in (["c"], ["c", "a", "d", "z"], ["c", "a", "d", "b", "b"], "cadb", [["c"], "a", "d", "b"]):
        assert clean_response(ORDERING, bad) is None


@given(st.permutations([f"o{n}" for n in range(6)]), st.permutations([f"o{n}" for n in range(6)]))
def test_an_order_is_marked_by_what_stands_at_its_place(right, given_):
    question = {
        **ORDERING,
        "options": [{"id": key, "text": key} for key in sorted(right)],
        "answer": list(right),
        "points": 6,
    }
    marked = mark([question], {"o": given_}, 100)
    places = sum(one == other for one, other in zip(right, given_, strict=True))
    assert (marked.points, marked.percent) == (places, places * 100 // 6)
    assert marked.right["o"] == marked.passed == (given_ == right)
