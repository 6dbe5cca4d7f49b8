"""Questions as teachers type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.questions.rules import question_problems, read_lines, unordered, unpaired, write_lines

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


def test_lines_of_pairs():
    options, pairs = read_lines(
        "matching", "验电笔 | 有没有电\n试电笔｜有没有电\n接地线 | 短接 | 接地\n| 灭火"
    )
    assert [option["text"] for option in options] == ["有没有电", "短接 | 接地", "灭火"]
    assert pairs == [
        {"id": "1", "text": "验电笔", "option": "a"},
        {"id": "2", "text": "试电笔", "option": "a"},
        {"id": "3", "text": "接地线", "option": "b"},
    ]
    assert question_problems("matching", options, pairs) == []


anything = st.text(alphabet="停电a|｜\\ =", min_size=1, max_size=8).map(str.strip).filter(bool)


@given(
    st.lists(
        st.tuples(anything, anything),
        min_size=2,
        max_size=20,
        unique_by=lambda pair: " ".join(pair[0].split()),
    ),
    st.lists(anything, max_size=5),
)
def test_pairs_survive_the_round_trip_whatever_stands_in_them(said, others):
    texts = list(
        dict.fromkeys(" ".join(text.split()) for text in [*(right for _left, right in said), *others])
    )
    ids = {text: f"o{n}" for n, text in enumerate(texts)}
    options = [{"id": key, "text": text} for text, key in ids.items()]
    pairs = [
        {"id": str(n), "text": " ".join(left.split()), "option": ids[" ".join(right.split())]}
        for n, (left, right) in enumerate(said, 1)
    ]
    read, again = read_lines("matching", write_lines("matching", options, pairs))
    shown = {option["id"]: option["text"] for option in read}
    assert sorted(shown.values()) == sorted(texts)
    assert [(pair["text"], shown[pair["option"]]) for pair in again] == [
        (pair["text"], texts[int(pair["option"][1:])]) for pair in pairs
    ]


@given(st.lists(words, min_size=2, max_size=30, unique=True), st.randoms(use_true_random=False))
def test_ids_of_a_release_say_nothing_of_the_pairs(texts, chance):
    options, pairs = read_lines("matching", "\n".join(f"{n} | {text}" for n, text in enumerate(texts)))
    other = chance.sample(texts, len(texts))
    others, otherwise = read_lines("matching", "\n".join(f"{n} | {text}" for n, text in enumerate(other)))
    asked, right = unpaired(options, pairs)
    # Matched otherwise, what is shown is the same; what is right is what was.
    assert unpaired(others, otherwise)[0] == asked
    told = {option["id"]: option["text"] for option in asked}
    assert [told[pair["option"]] for pair in right] == texts
    assert [pair["id"] for pair in right] == [pair["id"] for pair in pairs]


@given(st.lists(anything.map(str.split).map(" ".join), min_size=2, max_size=20, unique=True))
def test_an_order_survives_the_round_trip(steps):
    options, answer = read_lines("ordering", "\n".join(steps))
    assert question_problems("ordering", options, answer) == []
    assert [option["text"] for option in options] == steps
    shuffled = sorted(options, key=lambda option: option["text"])
    assert read_lines("ordering", write_lines("ordering", shuffled, answer)) == (options, answer)


@given(st.lists(words, min_size=2, max_size=20, unique=True), st.randoms(use_true_random=False))
def test_ids_of_a_release_say_nothing_of_the_order(steps, chance):
    options, answer = read_lines("ordering", "\n".join(steps))
    other = read_lines("ordering", "\n".join(chance.sample(steps, len(steps))))
    asked, right = unordered(options, answer)
    # Ordered otherwise, what is shown is the same; what is right is what was.
    assert unordered(*other)[0] == asked
    told = {option["id"]: option["text"] for option in asked}
    assert [told[key] for key in right] == steps


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
        ("matching", "验电笔\n接地线 | 接地", "每行写一对"),
        ("matching", "验电笔 | 电\n| 灭火", "至少要有两对"),
        ("matching", "验电笔 | 电\n接地线 | 电", "至少有两个不同的选项"),
        ("matching", "验电笔 | 电\n验电笔 | 地", "左边的文字不能重复"),
        ("matching", "\n".join(f"{n} | {n}" for n in range(21)), "最多 20 对"),
        ("ordering", "停电", "2 到 20 项"),
        ("ordering", "\n".join(map(str, range(21))), "2 到 20 项"),
        ("ordering", "停电\n停电", "选项不能重复"),
    ],
)
def test_unsound_questions_are_told_why(kind, lines, problem):
    assert any(problem in sentence for sentence in question_problems(kind, *read_lines(kind, lines)))


@pytest.mark.parametrize("answer", [["a"], ["a", "a"], ["a", "b", "b"], ["a", "c"]])
def test_an_order_uses_every_item_once(answer):
    options = [{"id": "a", "text": "停电"}, {"id": "b", "text": "验电"}]
    assert question_problems("ordering", options, answer) == ["正确的顺序要把每个选项用上，各用一次。"]
