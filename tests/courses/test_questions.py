"""Questions as teachers type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.questions.rules import question_problems, read_lines, write_lines

words = st.text(alphabet="停电验地线一二三四五六", min_size=1, max_size=8)


def test_lines_of_a_choice():
    options, answer = read_lines("single", "* 验电\n挂接地线\n\n")
    assert options == [{"id": "a", "text": "验电"}, {"id": "b", "text": "挂接地线"}]
    assert answer == ["a"]


def test_lines_of_blanks():
    assert read_lines("fill", "验电 | 验 电\n接地") == ([], [["验电", "验 电"], ["接地"]])


def test_lines_of_numbers():
    accepted = [["220", "5"], ["-0.5", "0"], ["1000", "0.1"]]
    assert read_lines("numeric", "220 ± 5\n-.5\n1,000+-0.10") == ([], accepted)
    assert read_lines("numeric", write_lines("numeric", [], accepted)) == ([], accepted)
    assert question_problems("numeric", [], accepted) == []


@given(st.lists(words, min_size=2, max_size=30, unique=True), st.integers(0, 29))
def test_choices_survive_the_round_trip(texts, right):
    lines = "\n".join(("*" if place == right % len(texts) else "") + text for place, text in enumerate(texts))
    options, answer = read_lines("single", lines)
    assert question_problems("single", options, answer) == []
    assert read_lines("single", write_lines("single", options, answer)) == (options, answer)


@pytest.mark.parametrize(
    ("kind", "lines", "problem"),
    [
        ("single", "验电\n挂线", "请标出正确选项"),
        ("single", "* 验电\n* 挂线", "只能有一个正确选项"),
        ("single", "* 验电", "至少要有两个选项"),
        ("multiple", "* 验电\n* 验电", "选项不能重复"),
        ("true_false", "* 对\n错\n不一定", "正好有两个选项"),
        ("fill", "|", "每个空至少要有一个"),
        ("numeric", "约 220", "每行写一个数"),
        ("numeric", "220 ± -5", "每行写一个数"),
        ("numeric", "220\n二", "每行写一个数"),
    ],
)
def test_unsound_questions_are_told_why(kind, lines, problem):
    assert any(problem in sentence for sentence in question_problems(kind, *read_lines(kind, lines)))
