"""What is translated, what fits, and what a quiz may not lose by it."""

import pytest

from courses.translations.rules import (
    Former,
    accepting,
    course_segments,
    digest,
    fault,
    former_for,
    lesson_segments,
    question_faults,
    said_block,
    said_question,
    same_language,
    tidy,
)

SINGLE = {
    "id": "q1",
    "kind": "single",
    "stem": "第一步做什么？",
    "options": [{"id": "a", "text": "验电"}, {"id": "b", "text": "挂接地线"}],
    "answer": ["a"],
    "explanation": "先验电。",
    "points": 2,
}
FILL = {
    "id": "q2",
    "kind": "fill",
    "stem": "先___，截面不小于___平方毫米。",
    "options": [],
    "answer": [["验电", "测电"], ["25", "二十五"]],
    "explanation": "",
    "points": 1,
}
MATCHING = {
    "id": "q3",
    "kind": "matching",
    "stem": "配对",
    "options": [{"id": "a", "text": "黄"}, {"id": "b", "text": "绿"}],
    "answer": [{"id": "1", "text": "第一相", "option": "a"}, {"id": "2", "text": "第二相", "option": "b"}],
}
TRUE = {
    "id": "q4",
    "kind": "true_false",
    "stem": "对吗？",
    "options": [{"id": "a", "text": "对"}, {"id": "b", "text": "错"}],
    "answer": ["true"],
}
QUIZ = {
    "id": "b9",
    "type": "quiz",
    "nominal_ms": 1,
    "value": {"title": "小测验", "pass_percent": 60, "questions": [SINGLE, FILL, MATCHING, TRUE]},
}
BLOCKS = [
    {"id": "b1", "type": "text", "nominal_ms": 1, "value": {"html": "<p>停电</p><p>验电</p><p>停电</p>"}},
    {
        "id": "b2",
        "type": "image",
        "nominal_ms": 0,
        "value": {"src": "/x.svg", "alt": "五根线", "caption": ""},
    },
    {
        "id": "b3",
        "type": "video",
        "nominal_ms": 1,
        "value": {
            "src": "/x.mp4",
            "title": "四步",
            "chapters": [{"ms": 0, "title": "开头"}],
            "transcript": "话",
        },
    },
    {"id": "b4", "type": "h5p", "nominal_ms": 1, "value": {"content": "u", "title": "练习"}},
    {"id": "b5", "type": "file", "nominal_ms": 0, "value": {"src": "/x.pdf", "name": "表格"}},
    QUIZ,
]


def look_in(texts):
    kept = {digest(role, source): text for (role, source), text in texts.items()}
    return lambda role, source: kept.get(digest(role, source))


def test_every_word_of_a_lesson_is_asked_for_once():
    found = [(segment.role, segment.source) for segment in lesson_segments("k", "第一课", BLOCKS)]
    assert found == [
        ("lesson", "第一课"),
        ("rich", "停电"),
        ("rich", "验电"),
        ("alt", "五根线"),
        ("film", "四步"),
        ("mark", "开头"),
        ("exercise", "练习"),
        ("file", "表格"),
        ("quiz", "小测验"),
        ("stem", "第一步做什么？"),
        ("option", "验电"),
        ("option", "挂接地线"),
        ("why", "先验电。"),
        ("stem", "先___，截面不小于___平方毫米。"),
        # The second blank takes a number, which is right in every language.
        ("accepted", "验电 | 测电"),
        ("stem", "配对"),
        ("prompt", "第一相"),
        ("prompt", "第二相"),
        ("option", "黄"),
        ("option", "绿"),
        ("stem", "对吗？"),
    ]


def test_the_courses_own_words():
    found = course_segments("题", "介绍", "", "<p>说明</p>", ["会做"], ["第一章", "第一章"])
    assert [(s.role, s.source) for s in found] == [
        ("title", "题"),
        ("summary", "介绍"),
        ("rich", "说明"),
        ("outcome", "会做"),
        ("chapter", "第一章"),
    ]


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block["type"])
def test_only_words_change_in_a_block(block):
    """Ids, files, times, kinds and what is right are the source's, whatever a translation says."""

    def bones(value):
        if isinstance(value, dict):
            return {k: bones(v) for k, v in value.items() if k not in words_of}
        return [bones(item) for item in value] if isinstance(value, list) else value

    words_of = {"html", "alt", "caption", "title", "text", "name", "stem", "explanation", "transcript"}
    said = said_block(block, lambda role, source: f"[{source}]", lambda html: f"[{html}]")
    assert bones(said) == bones(block)
    assert said != block


def test_said_questions_keep_their_answers():
    said = said_question(SINGLE, lambda role, source: "X")
    assert [said["id"], said["answer"], said["points"]] == ["q1", ["a"], 2]
    assert [option["id"] for option in said["options"]] == ["a", "b"]
    assert said_question(FILL, lambda role, source: "X")["answer"] == FILL["answer"]
    assert [pair["option"] for pair in said_question(MATCHING, lambda role, source: "X")["answer"]] == [
        "a",
        "b",
    ]


def test_a_translation_adds_accepted_answers_and_takes_none():
    look = look_in({("accepted", "验电 | 测电"): "voltage test | testing"})
    made = accepting(FILL, [look])
    assert made["answer"] == [["验电", "测电", "voltage test", "testing"], ["25", "二十五"]]
    assert FILL["answer"] == [["验电", "测电"], ["25", "二十五"]]
    assert accepting(FILL, [look_in({})]) is FILL
    assert accepting(SINGLE, [look_in({("option", "验电"): "x"})]) is SINGLE


@pytest.mark.parametrize(
    ("role", "source", "text", "says"),
    [
        ("title", "题", "x" * 256, "最多 255"),
        ("stem", "先___再___。", "First ___.", "2 个空"),
        ("stem", "第一步做什么？", "What ___ first?", "0 个空"),
        ("rich", "<b>甲</b>", "A", "少了"),
        ("accepted", "验电", " | ", "1 到 20"),
        ("accepted", "验电", "a|" * 21 + "b", "1 到 20"),
        ("accepted", "验电", "a" * 501, "1 到 20"),
        ("option", "验电", "vol\x00t", "控制字符"),
        ("why", "先验电。", "lone \ud800", "控制字符"),
        ("why", "先验电。", "x" * 4001, "最多 4000"),
    ],
)
def test_what_does_not_fit_is_said(role, source, text, says):
    assert says in fault(role, source, text)


def test_what_fits_is_tidied():
    assert tidy("option", "  a \n b ") == "a b"
    assert tidy("why", " a\r\nb ") == "a\nb"
    assert tidy("accepted", "a| a |b |") == "a | b"
    assert tidy("rich", ' <b>A</b> & <a href="https://x.cn/">B</a>') == (
        '<b>A</b> &amp; <a href="https://x.cn/">B</a>'
    )
    for role, source, text in [
        ("stem", "先___。", "First ____."),
        ("why", "甲", "A\nB"),
        ("option", "甲", "A"),
    ]:
        assert fault(role, source, text) is None


def test_options_must_stay_apart():
    same = look_in({("option", "验电"): "Test", ("option", "挂接地线"): " test"})
    assert "选项的译文相同" in question_faults(SINGLE, same)[0]
    # One of them not translated yet, and said like the other.
    assert question_faults(SINGLE, look_in({("option", "验电"): "挂接地线"}))
    assert not question_faults(SINGLE, look_in({("option", "验电"): "Test"}))
    assert "左边" in question_faults(MATCHING, look_in({("prompt", "第一相"): "第二相"}))[0]


def test_a_translated_blank_can_be_filled():
    stem = {("stem", FILL["stem"]): "First ___, at least ___ mm²."}
    assert question_faults(FILL, look_in(stem)) == ["题干有译文，第 1 空还没有可接受的译文答案。"]
    assert not question_faults(FILL, look_in(stem | {("accepted", "验电 | 测电"): "test"}))
    assert not question_faults(FILL, look_in({}))


def test_a_changed_source_finds_its_former_text():
    formers = [Former("停电以后先验电。", "Test first."), Former("完全不同的一句话", "Other")]
    assert former_for("停电以后一定先验电。", formers).text == "Test first."
    assert former_for("天气很好", formers) is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("zh-hans", "zh-Hans", True),
        ("zh_CN", "zh-hans", True),
        ("en", "zh-Hans", False),
        ("en-gb", "en", True),
    ],
)
def test_languages(one, other, same):
    assert same_language(one, other) is same
