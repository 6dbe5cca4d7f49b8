"""QTI 1.2 → questions: the cartridge's profile, Canvas and Blackboard, scores, feedback, and what has no place."""

import pytest

from courses.packs.foreign.qti12.reader import read_assessment
from courses.packs.foreign.xmltree import BrokenXML, parsed

NS = 'xmlns="http://www.imsglobal.org/xsd/ims_qtiasiv1p2"'


def field(label, entry):
    return f"<qtimetadatafield><fieldlabel>{label}</fieldlabel><fieldentry>{entry}</fieldentry></qtimetadatafield>"


def text(words, kind="text/html"):
    words = words.replace("&", "&amp;").replace("<", "&lt;")
    return f'<material><mattext texttype="{kind}">{words}</mattext></material>'


def choices(options, cardinality="Single", ident="r"):
    labels = "".join(
        f'<response_label ident="{key}">{text(words)}</response_label>' for key, words in options.items()
    )
    choice = f"<render_choice>{labels}</render_choice>"
    return f'<response_lid ident="{ident}" rcardinality="{cardinality}">{choice}</response_lid>'


def blank(ident="r"):
    return (
        f'<response_str ident="{ident}"><render_fib><response_label ident="x"/></render_fib></response_str>'
    )


def equal(value, ident="r", tag="varequal", more=""):
    return f'<{tag} respident="{ident}"{more}>{value}</{tag}>'


def when(test, score="100", action="Set", feedback=""):
    shown = f'<displayfeedback feedbacktype="Response" linkrefid="{feedback}"/>' if feedback else ""
    given = f'<setvar action="{action}" varname="SCORE">{score}</setvar>' if score else ""
    return f"<respcondition><conditionvar>{test}</conditionvar>{given}{shown}</respcondition>"


def item(stem, response="", conditions="", *, metadata="", feedback=None, id_="q1"):
    told = "".join(
        f'<itemfeedback ident="{key}"><flow_mat>{text(words)}</flow_mat></itemfeedback>'
        for key, words in (feedback or {}).items()
    )
    return (
        f'<item ident="{id_}"><itemmetadata><qtimetadata>{metadata}</qtimetadata></itemmetadata>'
        f"<presentation>{stem}{response}</presentation><resprocessing><outcomes><decvar maxvalue='100'/></outcomes>"
        f"{conditions}</resprocessing>{told}</item>"
    )


def taken(*items, around=""):
    """Questions, and (title, code, params) of what is lost."""
    lost = []
    root = parsed(
        f'<questestinterop {NS}><assessment title="测验">{around}<section>{"".join(items)}</section></assessment>'
        "</questestinterop>".encode()
    )
    made = read_assessment(root, lambda title, code, **params: lost.append((title, code, params)))
    return made, lost


TWO = {"a": "验电", "b": "回家"}
KIND = {
    k: field("cc_profile", f"cc.{k}.v0p1")
    for k in ("multiple_choice", "multiple_response", "true_false", "fib")
}


def test_what_is_said_before_the_questions_comes_in_and_what_a_question_tells_its_marker_does_not():
    about = f"<rubric>{text('先看图，再作答。')}</rubric><presentation_material>{text('图在讲义第 3 页。')}</presentation_material>"
    asked = item(text("第一步？"), choices(TWO), when(equal("a")), metadata=KIND["multiple_choice"])
    made, lost = taken(asked.replace("</item>", f"<rubric>{text('给分说明')}</rubric></item>"), around=about)
    assert made.texts == ["先看图，再作答。", "图在讲义第 3 页。"]
    assert len(made.questions) == 1
    assert lost == []


def test_single_choice_with_points_and_feedback():
    made, lost = taken(
        item(
            text("<p>停电以后<b>先</b>做什么？</p><p>选一个&nbsp;。</p>"),
            choices(TWO),
            when("<other/>", "", feedback="general_fb")
            + when(equal("b"), "", feedback="b_fb")
            + when(equal("a"), feedback="correct_fb")
            + when("<other/>", "", feedback="general_incorrect_fb"),
            metadata=KIND["multiple_choice"] + field("cc_weighting", "3"),
            feedback={
                "general_fb": "<p>先验电。</p>",
                "correct_fb": "对。",
                "general_incorrect_fb": "再想想。",
                "b_fb": "会出事。",
            },
        )
    )
    (question,) = made.questions
    assert (question.id, question.kind, question.answer, question.points) == ("q1", "single", ("a",), 3)
    assert question.stem == "停电以后先做什么？\n选一个 。"
    assert [option.text for option in question.options] == ["验电", "回家"]
    assert question.explanation == "先验电。\n对。\n✗ 再想想。\n回家: 会出事。"
    assert lost == []


@pytest.mark.parametrize(
    ("conditions", "told"),
    [
        (when(f"<and>{equal('a')}<not>{equal('b')}</not>{equal('c')}</and>"), []),
        (when(f"{equal('a')}{equal('c')}<not>{equal('b')}</not>"), []),
        (when(f"<and>{equal('a')}{equal('c')}<not><or>{equal('b')}</or></not></and>", "SCORE.max"), []),
        (when(equal("a"), "50", "Add") + when(equal("c"), "50", "Add"), ["部分给分"]),
        (
            when(equal("a"), "50", "Add") + when(equal("c"), "50", "Add") + when(equal("b"), "-50", "Add"),
            ["答错扣分", "部分给分"],
        ),
    ],
)
def test_multiple_choice_however_it_is_scored(conditions, told):
    made, lost = taken(
        item(
            text("哪些？"),
            choices({"a": "停电", "b": "聊天", "c": "验电"}, "Multiple"),
            conditions,
            metadata=KIND["multiple_response"],
        )
    )
    assert made.questions[0].answer == ("a", "c")
    assert [params["what"] for _title, code, params in lost if code == "lost_setting"] == told


@pytest.mark.parametrize(
    ("options", "right", "kind", "answer"),
    [
        ({"1": "True", "2": "False"}, "2", "true_false", ("false",)),
        ({"1": "正确", "2": "错误"}, "1", "true_false", ("true",)),
        ({"true": "对的", "false": "错的"}, "true", "true_false", ("true",)),
        ({"1": "也许", "2": "不会"}, "1", "single", ("1",)),
    ],
)
def test_true_or_false_by_its_words(options, right, kind, answer):
    made, _ = taken(
        item(text("先接导体端。"), choices(options), when(equal(right)), metadata=KIND["true_false"])
    )
    assert (made.questions[0].kind, made.questions[0].answer) == (kind, answer)


@pytest.mark.parametrize(
    ("presentation", "conditions", "stem", "answer"),
    [
        (
            text("首都是____。") + blank(),
            when(equal("北京") + equal("Beijing")),
            "首都是____。",
            (("北京", "Beijing"),),
        ),
        (
            text("首都是？") + blank(),
            when(equal("北京")) + when(equal("京")),
            "首都是？ ___",
            (("北京", "京"),),
        ),
        (
            text("先") + blank("x") + text("后") + blank("y") + text("。"),
            when(equal("停电", "x")) + when(f"<or>{equal('验电', 'y')}{equal('验', 'y')}</or>"),
            "先 ___ 后 ___ 。",
            (("停电",), ("验电", "验")),
        ),
    ],
)
def test_blanks(presentation, conditions, stem, answer):
    made, lost = taken(item(presentation, "", conditions, metadata=KIND["fib"]))
    assert (made.questions[0].stem, made.questions[0].answer, lost) == (stem, answer, [])


def test_canvas_names_its_blanks_where_they_stand():
    made, _ = taken(
        item(
            text("<p>先[two]，再[one]。</p>"),
            choices({"1": "验电", "2": "验"}, ident="response_one")
            + choices({"3": "停电"}, ident="response_two"),
            when(equal("1", "response_one"), "50", "Add") + when(equal("3", "response_two"), "50", "Add"),
            metadata=field("question_type", "fill_in_multiple_blanks_question")
            + field("assessment_question_identifierref", "same")
            + field("points_possible", "2.5"),
        )
    )
    (question,) = made.questions
    assert (question.id, question.stem, question.answer) == ("same", "先___，再___。", (("停电",), ("验电",)))
    assert question.points == 2


def test_blackboard_writes_its_own_way():
    flow = (
        '<flow class="Block"><flow class="QUESTION_BLOCK"><material><mat_extension>'
        '<mat_formattedtext type="HTML">&lt;p&gt;先做什么？&lt;/p&gt;</mat_formattedtext>'
        "</mat_extension></material></flow>"
    )
    metadata = (
        "</qtimetadata><bbmd_questiontype>Multiple Choice</bbmd_questiontype>"
        "<qmd_absolutescore_max>5.0</qmd_absolutescore_max><qtimetadata>"
    )
    made, lost = taken(
        item(
            flow,
            choices(TWO) + "</flow>",
            when(equal("a", more=' case="No"'), "SCORE.max"),
            metadata=metadata,
        )
    )
    (question,) = made.questions
    assert (question.kind, question.answer, question.points, lost) == ("single", ("a",), 5, [])


@pytest.mark.parametrize(
    ("metadata", "response", "conditions"),
    [
        (field("cc_profile", "cc.essay.v0p1"), blank(), when("<other/>", "")),
        (field("cc_profile", "cc.pattern_match.v0p1"), blank(), when(equal("x", tag="varsubstring"))),
        (KIND["fib"], blank(), when(equal("北.*", tag="varsubstring"))),
        *[
            (field("question_type", f"{name}_question"), choices(TWO), when(equal("a")))
            for name in (
                "categorization",
                "numerical",
                "calculated",
                "multiple_dropdowns",
                "file_upload",
                "unheard_of",
            )
        ],
        ("", "<response_num ident='r'/>", when(equal("x"))),
        ("", "<response_num ident='r'/>", when(equal("1", tag="vargt") + equal("2", tag="varlte"))),
        ("", "<response_num ident='r'/>", when(equal("3", tag="vargte") + equal("2", tag="varlte"))),
        ("", "<response_num ident='r'/>", when(equal("3", tag="vargte"))),
        ("", "<response_num ident='r'/>", when(f"<not>{equal('1')}</not>" + equal("2"))),
        ("", "<response_grp ident='r'/>", when(equal("1"))),
        (KIND["multiple_choice"], choices(TWO), when(f"<or>{equal('a')}{equal('b')}</or>")),
    ],
)
def test_types_without_a_place_are_named(metadata, response, conditions):
    made, lost = taken(item(text("题目"), response, conditions, metadata=metadata))
    assert made.questions == []
    assert [(title, code) for title, code, _ in lost] == [("题目", "lost_question")]
    assert lost[0][2]["what"]


def prompted(ident, words, options):
    """A response of a matching question as Canvas writes it, its prompt in it."""
    return choices(options, ident=ident).replace("<render_choice>", f"{text(words)}<render_choice>", 1)


USES = {"1": "验电", "2": "接地", "3": "灭火"}


def paired(question):
    texts = {option.id: option.text for option in question.options}
    return [(pair.text, texts[pair.option]) for pair in question.answer]


def test_pairs_as_canvas_writes_them():
    made, lost = taken(
        item(
            text("<p>各有什么用？</p>"),
            prompted("response_7", "验电笔", USES) + prompted("response_8", "<b>接地线</b>", USES),
            when(equal("1", "response_7"), "50.00", "Add") + when(equal("2", "response_8"), "50.00", "Add"),
            metadata=field("question_type", "matching_question") + field("points_possible", "4"),
        )
    )
    (question,) = made.questions
    assert (question.kind, question.stem, question.points, lost) == ("matching", "各有什么用？", 4, [])
    assert paired(question) == [("验电笔", "验电"), ("接地线", "接地")]
    assert sorted(option.text for option in question.options) == sorted(USES.values())


def test_pairs_as_blackboard_writes_them():
    def block(words, inside=""):
        return f'<flow class="Block"><flow class="FORMATTED_TEXT_BLOCK">{text(words)}</flow>{inside}</flow>'

    def response(ident):
        labels = "".join(f'<response_label ident="{ident}{n}"/>' for n in range(3))
        return f'<response_lid ident="{ident}"><render_choice>{labels}</render_choice></response_lid>'

    made, lost = taken(
        item(
            f'<flow class="QUESTION_BLOCK">{text("各有什么用？")}</flow>'
            f'<flow class="RESPONSE_BLOCK">{block("验电笔", response("x"))}{block("接地线", response("y"))}</flow>'
            f'<flow class="RIGHT_MATCH_BLOCK">{"".join(block(words) for words in USES.values())}</flow>',
            "",
            when(equal("x0", "x"), "", feedback="correct") + when(equal("y1", "y"), "", feedback="correct"),
            metadata="</qtimetadata><bbmd_questiontype>Matching</bbmd_questiontype><qtimetadata>",
        )
    )
    (question,) = made.questions
    assert (question.kind, question.stem, lost) == ("matching", "各有什么用？", [])
    assert paired(question) == [("验电笔", "验电"), ("接地线", "接地")]


@pytest.mark.parametrize(
    ("responses", "conditions", "told"),
    [
        # Two answers of one prompt, no answer, lists that differ, a prompt that is not there.
        (
            prompted("a", "甲", USES) + prompted("b", "乙", USES),
            when(equal("1", "a")) + when(equal("2", "a")) + when(equal("2", "b")),
            "lost_question",
        ),
        (
            prompted("a", "甲", USES) + prompted("b", "乙", USES),
            when(equal("1", "a")),
            "lost_question_broken",
        ),
        (
            prompted("a", "甲", USES) + prompted("b", "乙", TWO),
            when(equal("1", "a")) + when(equal("a", "b")),
            "lost_question",
        ),
        (
            choices(USES, ident="a") + choices(USES, ident="b"),
            when(equal("1", "a")) + when(equal("2", "b")),
            "lost_question_broken",
        ),
    ],
)
def test_pairs_that_are_none_are_named(responses, conditions, told):
    kept = []
    lost = []
    question = item(text("题目"), responses, conditions, metadata=field("question_type", "matching_question"))
    root = parsed(f"<questestinterop {NS}><section>{question}</section></questestinterop>".encode())
    made = read_assessment(
        root, lambda title, code, **params: lost.append(code), keep=lambda *said: kept.append(said[1])
    )
    assert (made.questions, lost, kept) == ([], [told], ["matching_question"])


@pytest.mark.parametrize(
    ("metadata", "ident"),
    [
        (field("question_type", "multiple_dropdowns_question"), "response_{}"),
        ("</qtimetadata><bbmd_questiontype>Jumbled Sentence</bbmd_questiontype><qtimetadata>", "{}"),
    ],
)
def test_lists_in_a_text_are_pairs_where_all_are_the_same(metadata, ident):
    one, two = ident.format("one"), ident.format("two")
    right = when(equal("1", one), "50", "Add") + when(equal("2", two), "50", "Add")
    made, lost = taken(
        item(
            text("再[two]，先[one][x]。"),
            choices(USES, ident=one) + choices(USES, ident=two),
            right,
            metadata=metadata,
        )
    )
    (question,) = made.questions
    assert (question.kind, question.stem, lost) == ("matching", "再（1）____，先（2）____[x]。", [])
    assert paired(question) == [("第 1 空", "接地"), ("第 2 空", "验电")]
    made, _lost = taken(
        item(text("先[one]。"), choices(USES, ident=one), when(equal("1", one)), metadata=metadata)
    )
    assert (made.questions[0].kind, made.questions[0].stem) == ("single", "先____。")
    other = choices(USES, ident=one) + choices(TWO, ident=two)
    made, lost = taken(
        item(
            text("先[one]，再[two]。"),
            other,
            when(equal("1", one)) + when(equal("a", two)),
            metadata=metadata,
        )
    )
    assert (made.questions, [code for _title, code, _params in lost]) == ([], ["lost_question"])


STEPS = {"x1": "验电", "x2": "断电", "x3": "接地"}
RIGHT = ("x2", "x1", "x3")


def numbered(places):
    """An order as Brightspace writes it: each label with the number of its place."""
    return "".join(
        when(equal(place, label), "1", "Add") + when(f"<not>{equal(place, label)}</not>", "1", "Add")
        for label, place in places.items()
    ) + when(equal("0", "D2L_Incorrect"), "1")


GROUPED = choices(STEPS, "Ordered").replace("response_lid", "response_grp").replace("ident=", "respident=", 1)


@pytest.mark.parametrize(
    ("metadata", "response", "conditions", "told"),
    [
        # As Canvas' new quizzes write it, and Blackboard: one condition with all of them.
        (
            field("question_type", "ordering_question"),
            choices(STEPS, "Ordered"),
            when("".join(map(equal, RIGHT))),
            ["全部答对才得分"],
        ),
        (
            "</qtimetadata><bbmd_questiontype>Ordering</bbmd_questiontype><qtimetadata>",
            choices(STEPS, "Ordered"),
            when(f"<and>{''.join(map(equal, RIGHT))}</and>", "SCORE.max") + when("<other/>", "0"),
            ["全部答对才得分"],
        ),
        # By an index, in any order.
        (
            "",
            choices(STEPS, "Ordered"),
            when("".join(equal(key, more=f' index="{RIGHT.index(key) + 1}"') for key in STEPS)),
            ["全部答对才得分"],
        ),
        # A condition for each, one after the other.
        ("", choices(STEPS, "Ordered"), "".join(when(equal(key), "1", "Add") for key in RIGHT), []),
        ("", GROUPED, numbered({key: RIGHT.index(key) + 1 for key in STEPS}), []),
    ],
)
def test_an_order_however_it_is_written(metadata, response, conditions, told):
    made, lost = taken(item(text("先后？"), response, conditions, metadata=metadata))
    (question,) = made.questions
    assert (question.kind, question.stem) == ("ordering", "先后？")
    texts = {option.id: option.text for option in question.options}
    assert [texts[key] for key in question.answer] == ["断电", "验电", "接地"]
    # Their place tells nothing.
    assert list(texts.values()) == sorted(STEPS.values())
    assert [params["what"] for _title, _code, params in lost] == told


def test_what_the_ends_of_an_order_mean_is_asked_too():
    ends = '<material position="top"><mattext>最先</mattext></material>'
    ends += '<material position="bottom"><mattext>最后</mattext></material>'
    response = (
        choices(STEPS, "Ordered")
        .replace("<render_choice>", f"<render_extension>{ends}")
        .replace("</render_choice>", "</render_extension>")
    )
    made, _ = taken(item(text("先后？"), response, when("".join(map(equal, RIGHT)))))
    assert made.questions[0].stem == "先后？\n最先 → 最后"


@pytest.mark.parametrize(
    ("response", "conditions", "told"),
    [
        # Two right orders, one that leaves an item out, no answer, places that are none, a label without words.
        (
            choices(STEPS, "Ordered"),
            when("".join(map(equal, RIGHT))) + when("".join(map(equal, STEPS))),
            "lost_question",
        ),
        (choices(STEPS, "Ordered"), when(f"<or>{''.join(map(equal, RIGHT))}</or>"), "lost_question"),
        (choices(STEPS, "Ordered"), when(equal("x1") + equal("x2")), "lost_question_broken"),
        (choices(STEPS, "Ordered"), when(equal("x1") + equal("x1") + equal("x2")), "lost_question_broken"),
        (choices(STEPS, "Ordered"), "", "lost_question_broken"),
        (GROUPED, numbered({"x1": 1, "x2": 2, "x3": 2}), "lost_question_broken"),
        (GROUPED, numbered({"x1": 1, "x2": 2, "x3": "drei"}), "lost_question_broken"),
        (
            choices(STEPS | {"x3": ""}, "Ordered"),
            when("".join(map(equal, RIGHT))),
            "lost_question_broken",
        ),
    ],
)
def test_orders_that_are_none_are_named(response, conditions, told):
    made, lost = taken(item(text("题目"), response, conditions))
    assert (made.questions, [code for _title, code, _params in lost]) == ([], [told])


BETWEEN = equal("215", tag="vargte") + equal("225", tag="varlte")


@pytest.mark.parametrize(
    ("metadata", "response", "conditions", "answer"),
    [
        ("", "<response_num ident='r'/>", when(equal("1")), (("1", "0"),)),
        (
            # As Canvas writes an exact answer with a margin, and a range beside it.
            field("question_type", "numerical_question"),
            blank(),
            when(f"<or>{equal('220')}<and>{BETWEEN}</and></or>")
            + when(equal("-0.5", tag="vargte") + equal("1", tag="varlte")),
            (("220", "5"), ("0.25", "0.75")),
        ),
        # As Blackboard does.
        (field("bbmd_questiontype", "Numeric"), blank(), when(BETWEEN + equal("220")), (("220", "5"),)),
    ],
)
def test_numbers_with_a_tolerance(metadata, response, conditions, answer):
    made, lost = taken(item(text("多少伏？"), response, conditions, metadata=metadata))
    assert lost == []
    (question,) = made.questions
    assert (question.kind, question.stem, question.answer) == ("numeric", "多少伏？", answer)


@pytest.mark.parametrize(
    "bad",
    [
        item(text("没有答案"), choices(TWO), when(equal("a"), "0"), metadata=KIND["multiple_choice"]),
        item(text("没有选项"), "", "", metadata=KIND["multiple_choice"]),
        item(text("答案不在选项里"), choices(TWO), when(equal("z")), metadata=KIND["multiple_choice"]),
        item(text("两个____空____"), blank(), when(equal("一")), metadata=KIND["fib"]),
        item(text("太长"), blank(), when(equal("长" * 201)), metadata=KIND["fib"]),
        item(text("太多"), blank(), "".join(when(equal(str(n))) for n in range(21)), metadata=KIND["fib"]),
    ],
)
def test_broken_questions_are_named_and_the_next_one_comes(bad):
    good = item(text("好的"), choices(TWO), when(equal("a")), id_="ok", metadata=KIND["multiple_choice"])
    made, lost = taken(bad, good)
    assert [question.id for question in made.questions] == ["ok"]
    assert [code for _title, code, _params in lost] == ["lost_question_broken"]


def test_pictures_in_questions_are_named_and_formulas_stay():
    pictures = []
    root = parsed(
        (
            f"<questestinterop {NS}><objectbank ident='b'>"
            + item(
                text(
                    "<p>看图<img src='a.png' alt='电路'>：<img data-equation-content='U=IR' src='e.png'></p>"
                )
                + "<material><matimage uri='b.png'/></material>",
                choices(TWO),
                when(equal("a")),
            )
            + "</objectbank></questestinterop>"
        ).encode()
    )
    lost = []
    made = read_assessment(root, lambda title, code, **params: lost.append(code), pictures.append)
    assert made.questions[0].stem == "看图 [电路] ： U=IR"
    assert sorted(pictures) == ["a.png", "b.png"]
    assert lost == ["lost_kind", "lost_kind"]


def test_random_draws_banks_and_texts():
    made, lost = taken(
        item(text("<p>读完再答。</p>"), metadata=field("question_type", "text_only_question")),
        around="<selection_ordering><selection><sourcebank_ref>bank1</sourcebank_ref>"
        "<selection_number>2</selection_number>"
        "</selection></selection_ordering>",
    )
    assert (made.texts, made.banks) == (["<p>读完再答。</p>"], ["bank1"])
    assert [code for _title, code, _params in lost] == ["lost_setting"]


@pytest.mark.parametrize("points", ["0", "1.5", "1000", "-3", "NaN", "1e400", "x"])
def test_points_that_have_no_place(points):
    made, lost = taken(
        item(
            text("题"),
            choices(TWO),
            when(equal("a")),
            metadata=KIND["multiple_choice"] + field("cc_weighting", points),
        )
    )
    assert 1 <= made.questions[0].points <= 100
    assert bool(lost) == (points in ("0", "1.5", "1000", "-3"))


@pytest.mark.parametrize(
    "data", [None, b"", b"<a>", b"\x00", "<题".encode("gbk"), b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"]
)
def test_documents_that_are_none(data):
    with pytest.raises(BrokenXML) as found:
        parsed(data)
    assert str(found.value)


def test_the_titles_of_parts_are_named_unless_a_program_gave_them():
    def lost(*titles):
        parts = "".join(
            f'<section ident="s{n}" title="{title}">{item(text("先做？"), id_=f"i{n}")}</section>'
            for n, title in enumerate(titles)
        )
        found = []
        root = parsed(
            f"<questestinterop><assessment title='测验'>{parts}</assessment></questestinterop>".encode()
        )
        read_assessment(root, lambda title, code, **params: found.append((title, code)))
        return found

    assert lost("第一部分 安规", "第二部分 操作") == [
        ("第一部分 安规", "lost_setting"),
        ("第二部分 操作", "lost_setting"),
    ]
    assert lost("只有一部分") == [("只有一部分", "lost_setting")]
    assert lost("root_section") == lost("测验") == lost("s0") == []
