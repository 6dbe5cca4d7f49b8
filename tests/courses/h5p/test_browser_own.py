"""Our own types in a real Chromium from first to last screen: by mouse, key and finger, and resumed."""

import io
import random
from pathlib import Path

import pytest
from django.conf import settings

from courses.h5p.own.build import build_package
from courses.h5p.own.gaps import Gap, parse_gaps

pytestmark = pytest.mark.browser
AXE = Path(settings.BASE_DIR) / "node_modules/axe-core/axe.min.js"

CHOICE = {
    "introduction": "每题只有一个正确答案。",
    "questions": [
        {
            "question": "谁是安全生产第一责任人？",
            "options": [
                {"text": "安全员", "correct": False},
                {"text": "主要负责人", "correct": True},
                {"text": "班组长", "correct": False, "feedback": "班组长负责本班组。"},
            ],
            "explanation": "主要负责人对本单位的安全生产工作全面负责。",
        },
        {
            "question": '1 < 2 & "引号" <b>?',
            "options": [{"text": "是", "correct": True}, {"text": "否", "correct": False}],
        },
    ],
}
TRUE_FALSE = {
    "statements": [
        {"statement": "安全帽只在高处作业时佩戴。", "correct": False, "explanation": "进入现场就要佩戴。"},
        {"statement": "发现隐患应当立即报告。", "correct": True},
    ]
}
BLANKS = {
    "items": [
        {"text": "首都是*北京/北京市:两个字*，国庆节是*10*月*1*日。", "explanation": "1949 年 10 月 1 日。"},
        {"text": "*CPU* 是中央处理器。"},
    ]
}
DRAG = {
    "items": [
        {"text": "隐患分为*一般*隐患和*重大*隐患。", "explanation": "按危害分。"},
        {"text": "隐患要立即*报告*。"},
    ],
    "distractors": ["轻微"],
}
TYPES = {
    "H5P.RtSingleChoiceSet": CHOICE,
    "H5P.RtTrueFalse": TRUE_FALSE,
    "H5P.RtFillBlanks": BLANKS,
    "H5P.RtDragWords": DRAG,
}


def package(name, content=None, **options):
    return io.BytesIO(build_package(name, content or TYPES[name], title="例", **options))


def option(played, text):
    return played.frame.locator(".rt-option", has_text=text)


def press(played, action):
    played.frame.locator(f'[data-action="{action}"]').click()


def result(played):
    node = played.frame.locator(".rt-score")
    return int(node.get_attribute("data-score")), int(node.get_attribute("data-total"))


def gap(played, number):
    return played.frame.locator(f'[data-gap="{number}"] .rt-gap, [data-gap="{number}"] .rt-field')


def word(played, text):
    return played.frame.locator(".rt-word:not(.rt-ghost)", has_text=text)


# Single choice -------------------------------------------------------------------------------------


def test_single_choice_from_first_to_last_screen(play):
    played = play(package("H5P.RtSingleChoiceSet"))
    assert played.frame.locator("[data-action=check]").is_disabled()
    option(played, "班组长").click()
    press(played, "check")
    told = played.frame.locator(".rt-feedback").inner_text()
    assert [line for line in told.split("\n") if line] == [
        "答错了",
        "正确答案：主要负责人",
        "班组长负责本班组。",
        "主要负责人对本单位的安全生产工作全面负责。",
    ]
    assert option(played, "班组长").get_attribute("data-state") == "wrong"
    assert option(played, "主要负责人").get_attribute("data-state") == "right"
    press(played, "next")
    # Markup in a text is shown, not obeyed.
    assert '1 < 2 & "引号" <b>?' in played.frame.locator("legend").inner_text()
    option(played, "是").click()
    press(played, "check")
    press(played, "finish")
    assert result(played) == (1, 2)
    assert "需要答对 60%" in played.frame.locator(".rt-verdict").inner_text()

    answered = played.statements("answered")
    assert played.scores("answered") == [(0, 1), (1, 1)]
    assert answered[0]["object"]["definition"]["interactionType"] == "choice"
    assert answered[0]["object"]["definition"]["correctResponsesPattern"] == ["1"]
    assert answered[0]["result"]["response"] == "2"
    assert answered[0]["object"]["id"].endswith("?subContentId=1")
    (completed,) = played.statements("completed")
    assert completed["result"]["score"] == {"raw": 1, "min": 0, "max": 2, "scaled": 0.5}
    assert completed["result"]["completion"] is True
    assert completed["result"]["success"] is False
    assert completed["context"]["contextActivities"]["category"][0]["id"].endswith(
        "/H5P.RtSingleChoiceSet-1.0"
    )

    press(played, "showSolutions")
    assert "正确答案：主要负责人" in played.frame.locator(".rt-solutions").inner_text()
    press(played, "retry")
    for text in ("主要负责人", "是"):
        option(played, text).click()
        press(played, "check")
        played.frame.locator("[data-action=next], [data-action=finish]").click()
    assert result(played) == (2, 2)
    assert played.scores("completed") == [(1, 2), (2, 2)]
    assert len(played.statements("attempted")) == 2
    assert played.console == []


def test_single_choice_without_instant_feedback(play):
    played = play(
        package(
            "H5P.RtSingleChoiceSet", {**CHOICE, "behaviour": {"instantFeedback": False, "enableRetry": False}}
        )
    )
    option(played, "主要负责人").click()
    press(played, "next")
    option(played, "是").click()
    press(played, "finish")
    assert result(played) == (2, 2)
    assert played.frame.locator(".rt-result button").count() == 0


def test_single_choice_is_resumed_where_it_was_left(play):
    first = play(package("H5P.RtSingleChoiceSet"))
    uuid = first.url.rstrip("/").rpartition("/")[2]
    option(first, "班组长").click()
    press(first, "check")
    shown = first.frame.locator(".rt-option").all_inner_texts()
    state = first.state()

    second = play(uuid, state)
    assert second.frame.locator(".rt-option").all_inner_texts() == shown
    assert "答错了" in second.frame.locator(".rt-feedback").inner_text()
    press(second, "next")
    option(second, "否").click()
    press(second, "check")
    press(second, "finish")
    assert result(second) == (0, 2)
    state = second.state()

    third = play(uuid, state)
    assert result(third) == (0, 2)
    # What was reported once is not reported again.
    assert third.statements("completed") == []


def test_the_step_to_the_next_question_is_kept_at_once(play):
    """Not only when H5P looks for changes again: whoever goes on and leaves would be asked the same question once more."""
    first = play(package("H5P.RtSingleChoiceSet"))
    first.frame.evaluate("(H5PIntegration.saveFreq = false, 0)")
    option(first, "班组长").click()
    press(first, "check")
    first.page.wait_for_function("(player.flush(), states.length > 0)")
    press(first, "next")
    first.page.wait_for_function("(player.flush(), (states.at(-1)[0][0].state || '').includes('\"step\":1'))")

    second = play(first.url.rstrip("/").rpartition("/")[2], first.page.evaluate("states.at(-1)[0]"))
    option(second, "否").wait_for()


BROKEN_STATES = [
    "",
    "null",
    "[]",
    '{"v":99}',
    '{"v":1,"step":7}',
    '{"v":1,"finished":true,"step":0}',
    "no json",
]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("H5P.RtSingleChoiceSet", text) for text in BROKEN_STATES),
        ("H5P.RtDragWords", '{"v":1,"order":[0,1,2,3],"placed":[1,1,null]}'),
        ("H5P.RtFillBlanks", '{"v":1,"answers":["a"]}'),
    ],
)
def test_a_broken_state_is_as_good_as_none(play, name, text):
    played = play(package(name), {"0": {"state": text}})
    assert played.frame.locator("[data-action=check]").is_visible()


# True/false: by keyboard alone ---------------------------------------------------------------------


def test_true_false_by_keyboard(play):
    played = play(package("H5P.RtTrueFalse"))
    keyboard = played.page.keyboard
    played.frame.locator(".rt-option input").first.focus()
    keyboard.press("ArrowDown")
    keyboard.press("Enter")
    assert played.frame.evaluate("document.activeElement.className") == "rt-feedback"
    assert played.frame.locator(".rt-feedback").inner_text().startswith("答对了")
    keyboard.press("Tab")
    keyboard.press("Enter")
    assert played.frame.evaluate("document.activeElement.tagName") == "LEGEND"
    keyboard.press("Tab")
    keyboard.press("Space")
    keyboard.press("Enter")
    keyboard.press("Tab")
    keyboard.press("Enter")
    assert result(played) == (2, 2)
    assert played.frame.evaluate("document.activeElement.className") == "rt-score"
    definitions = [s["object"]["definition"] for s in played.statements("answered")]
    assert [d["interactionType"] for d in definitions] == ["true-false", "true-false"]
    assert [d["correctResponsesPattern"] for d in definitions] == [["false"], ["true"]]
    assert [s["result"]["response"] for s in played.statements("answered")] == ["false", "true"]


# Fill in the blanks --------------------------------------------------------------------------------


def test_fill_blanks_from_first_to_last_screen(play):
    played = play(package("H5P.RtFillBlanks"))
    tip = played.frame.locator(".rt-tip")
    tip.click()
    assert played.frame.locator(".rt-tip-text").inner_text() == "两个字"
    gap(played, 0).fill(" 北京市 ")
    gap(played, 0).press("Enter")
    # Enter leads to the next gap; full-width digits count as digits.
    played.page.keyboard.type("１０")
    played.page.keyboard.press("Enter")
    played.page.keyboard.type("2")
    gap(played, 3).fill("cpu")
    gap(played, 3).press("Enter")
    played.page.keyboard.press("Enter")
    assert result(played) == (3, 4)
    assert [played.frame.locator(f'[data-gap="{n}"]').get_attribute("data-state") for n in range(4)] == [
        "right",
        "right",
        "wrong",
        "right",
    ]
    assert "1949" in played.frame.locator(".rt-explanation").inner_text()
    assert gap(played, 0).get_attribute("readonly") is not None
    assert played.scores("answered") == [(2, 3), (1, 1)]
    assert played.scores("completed") == [(3, 4)]
    facts = played.statements("answered")[0]
    assert facts["object"]["definition"]["correctResponsesPattern"] == [
        "{case_matters=false}北京[,]10[,]1",
        "{case_matters=false}北京市[,]10[,]1",
    ]
    assert facts["result"]["response"] == "北京市[,]１０[,]2"
    press(played, "showSolutions")
    assert played.frame.locator('[data-gap="2"] .rt-solution').text_content() == "正确答案：1"
    press(played, "retry")
    assert gap(played, 0).input_value() == ""
    assert gap(played, 0).get_attribute("readonly") is None


def test_fill_blanks_resumed_and_case(play):
    content = {**BLANKS, "behaviour": {"caseSensitive": True}}
    first = play(package("H5P.RtFillBlanks", content))
    gap(first, 3).fill("cpu")
    gap(first, 0).fill("北京")
    second = play(first.url.rstrip("/").rpartition("/")[2], first.state())
    assert gap(second, 0).input_value() == "北京"
    press(second, "check")
    assert second.scores("completed") == [(1, 4)]


def test_a_comma_does_not_begin_a_line(play):
    text = "、".join(f"这是第{n}个*空*" for n in range(12)) + "。"
    played = play(package("H5P.RtFillBlanks", {"items": [{"text": text}]}))
    wrong = played.frame.evaluate(
        """() => [...document.querySelectorAll('.rt-gap-hold')].filter((hold) => {
             const range = document.createRange();
             range.selectNode(hold.lastChild);
             const sign = range.getBoundingClientRect(), box = hold.firstChild.getBoundingClientRect();
             return sign.top > box.bottom;
           }).length"""
    )
    assert wrong == 0


# Drag the words ------------------------------------------------------------------------------------


def drag(played, source, target):
    one, two = source.bounding_box(), target.bounding_box()
    mouse = played.page.mouse
    mouse.move(one["x"] + one["width"] / 2, one["y"] + one["height"] / 2)
    mouse.down()
    mouse.move(one["x"] + 30, one["y"] - 20, steps=3)
    mouse.move(two["x"] + two["width"] / 2, two["y"] + two["height"] / 2, steps=5)
    mouse.up()


def test_drag_words_with_a_mouse(play):
    played = play(package("H5P.RtDragWords"), width=1280)
    drag(played, word(played, "重大"), gap(played, 0))
    drag(played, word(played, "一般"), gap(played, 1))
    assert [gap(played, n).inner_text() for n in (0, 1)] == ["重大", "一般"]
    drag(played, gap(played, 0), gap(played, 1))
    assert [gap(played, n).inner_text() for n in (0, 1)] == ["一般", "重大"]
    drag(played, word(played, "轻微"), gap(played, 2))
    drag(played, gap(played, 2), played.frame.locator(".rt-bank-title"))
    assert word(played, "轻微").is_visible()
    drag(played, word(played, "报告"), gap(played, 2))
    assert played.frame.locator(".rt-ghost").count() == 0
    press(played, "check")
    assert result(played) == (3, 3)
    assert played.scores("completed") == [(3, 3)]
    assert played.statements("answered")[0]["result"]["response"] == "一般[,]重大"
    assert played.frame.locator(".rt-bank").is_hidden()


def test_drag_words_by_tapping(play):
    played = play(package("H5P.RtDragWords"), touch=True)
    gap(played, 2).tap()
    # The bank comes to the text one is working at.
    assert played.frame.locator(".rt-item:nth-child(2) .rt-bank").count() == 1
    word(played, "轻微").tap()
    word(played, "一般").tap()
    assert word(played, "一般").get_attribute("aria-pressed") == "true"
    gap(played, 0).tap()
    assert [gap(played, n).inner_text() for n in (0, 2)] == ["一般", "轻微"]
    gap(played, 2).tap()
    assert word(played, "轻微").is_visible()
    press(played, "check")
    assert result(played) == (1, 3)
    press(played, "showSolutions")
    assert played.frame.locator('[data-gap="1"] .rt-solution').text_content() == "正确答案：重大"


def test_drag_words_with_a_finger(play):
    played = play(package("H5P.RtDragWords"), touch=True)
    session = played.page.context.new_cdp_session(played.page)
    one, two = word(played, "报告").bounding_box(), gap(played, 2).bounding_box()

    def touch(kind, x=None, y=None):
        points = [] if x is None else [{"x": x, "y": y}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", one["x"] + 20, one["y"] + 20)
    for step in range(1, 9):
        share = step / 8
        touch(
            "touchMove",
            one["x"] + 20 + (two["x"] + 20 - one["x"] - 20) * share,
            one["y"] + 20 + (two["y"] + 20 - one["y"] - 20) * share,
        )
    touch("touchEnd")
    assert gap(played, 2).inner_text() == "报告"


def test_drag_words_by_keyboard_and_resumed(play):
    first = play(package("H5P.RtDragWords"))
    keyboard = first.page.keyboard
    gap(first, 0).focus()
    keyboard.press("Enter")
    assert "rt-word" in first.frame.evaluate("document.activeElement.className")
    word(first, "一般").focus()
    keyboard.press("Space")
    assert gap(first, 0).inner_text() == "一般"
    assert (
        first.frame.evaluate("document.activeElement.getAttribute('aria-label')") == "第 1 空，共 3 空: 一般"
    )
    first.frame.locator("[role=status]", has_text="已填入第 1 空").wait_for(state="attached")
    order = word(first, "").all_inner_texts()
    second = play(first.url.rstrip("/").rpartition("/")[2], first.state())
    assert gap(second, 0).inner_text() == "一般"
    assert word(second, "").all_inner_texts() == order
    press(second, "check")
    assert second.scores("completed") == [(1, 3)]


# All four ------------------------------------------------------------------------------------------


def finish(played, name):
    if name in ("H5P.RtFillBlanks", "H5P.RtDragWords"):
        press(played, "check")
        return
    for _ in range(2):
        played.frame.locator(".rt-option").first.click()
        press(played, "check")
        played.frame.locator("[data-action=next], [data-action=finish]").click()


@pytest.mark.parametrize(("width", "theme"), [(360, "light"), (1280, "dark")])
@pytest.mark.parametrize("name", TYPES)
def test_accessible_and_within_the_window(play, name, width, theme):
    played = play(package(name), width=width, theme=theme)
    played.frame.evaluate(AXE.read_text("utf-8") + ";0")

    def check():
        found = played.frame.evaluate(
            "axe.run(document.querySelector('.h5p-rt'))"
            ".then((found) => found.violations.map((one) => one.id + ': ' + one.nodes[0].html))"
        )
        assert found == []
        assert played.frame.evaluate("document.documentElement.scrollWidth") <= width
        small = played.frame.evaluate(
            """[...document.querySelectorAll('.h5p-rt button:not(.rt-tip), .h5p-rt .rt-option')]
                 .filter((node) => node.offsetHeight && node.offsetHeight < 44)
                 .map((node) => node.outerHTML)"""
        )
        assert small == []

    check()
    finish(played, name)
    check()
    if played.frame.locator("[data-action=showSolutions]").count():
        press(played, "showSolutions")
        check()


@pytest.mark.parametrize("name", TYPES)
def test_the_contract_with_containers(play, name):
    """What question sets and the like call on a type they hold."""
    played = play(package(name))
    out = played.frame.evaluate(
        """() => {
          const task = H5P.instances[0];
          const before = [task.getScore(), task.getMaxScore(), task.getAnswerGiven()];
          const state = task.getCurrentState();
          task.showSolutions();
          const solved = document.querySelector('.h5p-rt').innerText;
          task.resetTask();
          const data = task.getXAPIData();
          return {before, state, solved, after: task.getScore(), title: task.getTitle(),
                  whole: data.statement.result.score, children: data.children.length};
        }"""
    )
    total = {"H5P.RtSingleChoiceSet": 2, "H5P.RtTrueFalse": 2, "H5P.RtFillBlanks": 4, "H5P.RtDragWords": 3}[
        name
    ]
    assert out["before"] == [0, total, False]
    assert out["state"] is None
    assert out["after"] == 0
    assert "正确答案" in out["solved"] or "未作答" in out["solved"]
    assert out["whole"]["max"] == total
    assert out["children"] == 2
    assert out["title"] == "例"


def test_gaps_are_read_alike_in_both_languages(play):
    played = play(package("H5P.RtFillBlanks"))
    dice = random.Random(20260801)
    texts = ["".join(dice.choices("ab*/:\\甲 ", k=dice.randint(0, 24))) for _ in range(3000)]
    there = played.frame.evaluate("(texts) => texts.map((text) => H5P.RtCommon.parseGaps(text))", texts)
    for text, pieces in zip(texts, there, strict=True):
        ours = [
            {"answers": list(piece.answers), "tip": piece.tip} if isinstance(piece, Gap) else piece
            for piece in parse_gaps(text)
        ]
        assert pieces == ours, text


def test_english(play):
    played = play(package("H5P.RtTrueFalse", language="en"))
    assert played.frame.locator("[data-action=check]").inner_text() == "Check"
    assert played.frame.evaluate("document.documentElement.lang") == "en"
