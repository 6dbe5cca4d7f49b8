"""Marking."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.learning.assessment.rules import clean_response, draw_order, is_answered, is_right, mark, normalised

OPTIONS = [{"id": key, "text": key} for key in "abcd"]
SINGLE = {"id": "s", "kind": "single", "options": OPTIONS, "answer": ["b"], "points": 2}
MULTIPLE = {"id": "m", "kind": "multiple", "options": OPTIONS, "answer": ["a", "c"], "points": 3}
TRUE_FALSE = {"id": "t", "kind": "true_false", "options": [], "answer": ["true"]}
FILL = {"id": "f", "kind": "fill", "options": [], "answer": [["安全生产", "work safety"], ["GB 32100"]]}
NUMERIC = {"id": "n", "kind": "numeric", "options": [], "answer": [["220", "5"], ["0.1", "0"]]}
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
