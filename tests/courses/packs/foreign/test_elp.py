"""eXeLearning files of both generations: pages and units, iDevices as pieces and questions, programs by name."""

import io
import json
import zipfile
from html import escape

import pytest

from courses.packs.foreign.outline import Download, Picture, Quiz, Text
from tests.courses.packs.foreign.reading import read, zipped
from tests.courses.packs.making import PDF, png


# -- 3 and later: content.xml ------------------------------------------------------------------------------
def pairs(box, values):
    item = box.removesuffix("ies") + "y" if box.endswith("ies") else box.removesuffix("s")
    rows = "".join(f"<{item}><key>{k}</key><value>{v}</value></{item}>" for k, v in values.items())
    return f"<{box}>{rows}</{box}>"


def idevice(kind, html="", values=None, **about):
    said = f"<![CDATA[{json.dumps(values)}]]>" if values is not None else ""
    return (
        f"<odeComponent><odeIdeviceId>d-{kind}</odeIdeviceId><odeIdeviceTypeName>{kind}</odeIdeviceTypeName>"
        f"<htmlView><![CDATA[{html}]]></htmlView><jsonProperties>{said}</jsonProperties>"
        f"<odeComponentsOrder>0</odeComponentsOrder>{pairs('odeComponentsProperties', about)}</odeComponent>"
    )


def ode_page(key, title, *devices, above="", order=0, block="", **about):
    return (
        f"<odeNavStructure><odePageId>{key}</odePageId><odeParentPageId>{above}</odeParentPageId>"
        f"<pageName>{title}</pageName><odeNavStructureOrder>{order}</odeNavStructureOrder>"
        f"{pairs('odeNavStructureProperties', about)}<odePagStructures><odePagStructure><blockName>{block}</blockName>"
        f"<odeComponents>{''.join(devices)}</odeComponents></odePagStructure></odePagStructures></odeNavStructure>"
    )


def ode(*pages, head="", **says):
    says = {
        "pp_title": "配电检修",
        "pp_lang": "zh",
        "pp_author": "某学院",
        "pp_license": "CC BY-SA 4.0",
    } | says
    return (
        f"<?xml version='1.0' encoding='UTF-8'?>{head}<ode xmlns='http://www.intef.es/xsd/ode'>"
        f"{pairs('odeResources', {'exe_version': '3.0'})}{pairs('odeProperties', says)}"
        f"<odeNavStructures>{''.join(pages)}</odeNavStructures></ode>"
    )


FORM = {
    "eXeFormInstructions": "<p>作答。</p>",
    "dropdownPassRate": "80",
    "questionsData": [
        {"activityType": "fill", "baseText": "<p>先<u>停电</u>，再<u>|验电|测电|</u>。</p>"},
        {
            "activityType": "selection",
            "selectionType": "single",
            "baseText": "一？",
            "answers": [[True, "甲"], [False, "乙"]],
        },
        {
            "activityType": "selection",
            "selectionType": "multiple",
            "baseText": "二？",
            "answers": [[True, "甲"], [False, "乙"]],
        },
        {"activityType": "true-false", "baseText": "三。", "answer": "False", "feedback": "<p>不对。</p>"},
        {"activityType": "dropdown", "baseText": "四<u>甲</u>。", "wrongAnswersValue": "乙|丙"},
        {"activityType": "dropdown", "baseText": "五<u>甲</u><u>乙</u>。", "wrongAnswersValue": "丁"},
        {"activityType": "dropdown", "baseText": "六<u>甲</u>。", "wrongAnswersValue": ""},
    ],
}


def test_the_new_kind():
    text = (
        "<div><article><p>拉开<cite>断路器</cite>。</p><img src='{{context_path}}/content/resources/a.png' alt='图'></article>"
        "<a href='exe-node:p1'>回到</a><a href='files/tmp/x/card.pdf'>口袋卡</a></div>"
    )
    gallery = {
        "ideviceId": "g",
        "img_0": {"img": "files/tmp/2025/g/b.png", "thumbnail": "x/bThumbnail.png", "title": "现场"},
    }
    made = read(
        zipped(
            {
                "content.xml": ode(
                    ode_page(
                        "p3",
                        "丙",
                        idevice("quick-questions", "<div class='game'>x</div>"),
                        order=9,
                        block="抢答",
                    ),
                    ode_page("p1", "甲", idevice("text", text), order=1, block="开始"),
                    ode_page("p2", "乙", idevice("form", "", FORM), above="p1", order=2),
                    ode_page("p4", "丁", idevice("image-gallery", "", gallery), above="p1", order=3),
                    ode_page("p5", "戊", idevice("text", "<p>藏</p>"), order=4, visibility="false"),
                    ode_page("p6", "己", idevice("text", "<p>教师</p>", teacherOnly="true"), order=5),
                    head="<!DOCTYPE ode SYSTEM 'content.dtd'>",
                ),
                "content/resources/a.png": png(),
                "content/resources/g/b.png": png(),
                "content/resources/g/bThumbnail.png": png(),
                "content/resources/spare.png": png(),
                "content/resources/card.pdf": PDF,
                "html/a.html": "<p>again</p>",
                "libs/x.js": "x()",
            }
        ),
        "课.elpx",
        expect="elp",
    )
    outline = made.outline
    assert (outline.version, outline.title, outline.language) == ("3.0", "配电检修", "zh")
    assert (outline.authors, outline.licence) == (("某学院",), "CC BY-SA 4.0")
    assert [(unit.title, [page.key for page in unit.pages]) for unit in outline.units] == [
        ("甲", ["p1", "p2", "p4"]),
        ("配电检修", ["p6", "p3"]),
    ]
    first, form, pictures = outline.units[0].pages
    assert [type(piece) for piece in first.pieces] == [Text, Picture, Text, Download]
    assert first.pieces[0].html.startswith("<h2>开始</h2>")
    assert pictures.pieces == [Picture("content/resources/g/b.png", "现场")]
    assert isinstance(form.pieces[1], Quiz)
    assert form.pieces[1].pass_percent == 80
    *others, pairs = form.pieces[1].questions
    assert [(q.kind, q.stem, q.answer) for q in others] == [
        ("fill", "先 ___ ，再 ___ 。", (("停电",), ("验电", "测电"))),
        ("single", "一？", ("0",)),
        ("multiple", "二？", ("0",)),
        ("true_false", "三。", ("false",)),
        ("single", "四 ____ 。", ("abc"[sorted(["甲", "乙", "丙"]).index("甲")],)),
    ]
    assert (pairs.kind, pairs.stem) == ("matching", "五 （1）____ （2）____ 。")
    texts = {option.id: option.text for option in pairs.options}
    assert [texts[pair.option] for pair in pairs.answer] == ["甲", "乙"]
    assert sorted(texts.values()) == sorted(["甲", "乙", "丁"])
    assert made.lost() == {
        "乙：form": "lost_question",
        "丙：抢答": "lost_kind",
        "戊": "lost_hidden",
        "己：text": "lost_hidden",
        "spare.png": "lost_unused",
    }
    assert len(made.native.questions) == 6


# -- 1.x and 2.x: objects as XML ---------------------------------------------------------------------------
def value(x):
    if isinstance(x, bool):
        return f"<bool value='{int(x)}'/>"
    if x is None:
        return "<none/>"
    if isinstance(x, list):
        return f"<list>{''.join(map(value, x))}</list>"
    if isinstance(x, str) and x.startswith("<instance"):
        return x
    if isinstance(x, str) and x.startswith("@"):
        return f"<reference key='{x[1:]}'/>"
    return f"<unicode value='{escape(x, quote=True)}'/>"


def instance(kind, reference="", **values):
    rows = "".join(f"<string role='key' value='{k}'/>{value(v)}" for k, v in values.items())
    mark = f" reference='{reference}'" if reference else ""
    return f"<instance class='exe.engine.{kind}'{mark}><dictionary>{rows}</dictionary></instance>"


def area(html):
    return instance("field.TextAreaField", content_w_resourcePaths=html, _instruc="Type it.", parentNode="@1")


def node(key, title, idevices, children=(), reference=""):
    return instance(
        "node.Node",
        reference,
        _id=key,
        _title=title,
        idevices=list(idevices),
        children=list(children),
        _package="@0",
    )


def package(root, **says):
    made = instance(
        "package.Package", "0", _title="旧课", _lang="zh", _author="某学院", license="None", root=root, **says
    )
    return made.replace("<instance ", "<instance xmlns='http://www.exelearning.org/content/v0.3' ", 1)


def test_the_old_kind():
    free = instance(
        "freetextidevice.FreeTextIdevice",
        id="1",
        emphasis="0",
        content=area("<p>正文</p><img src='resources/a.png'>"),
    )
    generic = instance(
        "genericidevice.GenericIdevice",
        id="2",
        _title="目标",
        emphasis="1",
        fields=[area("<p>会验电</p>")],
        parentNode="@1",
    )
    option = "field.QuizOptionField"
    choice = instance(
        "multichoiceidevice.MultichoiceIdevice",
        id="3",
        _title="选择",
        questions=[
            instance(
                "field.QuizQuestionField",
                questionTextArea=area("先？"),
                options=[
                    instance(
                        option, answerTextArea=area("验电"), isCorrect=True, feedbackTextArea=area("对。")
                    ),
                    instance(option, answerTextArea=area("回家"), isCorrect=False),
                ],
            )
        ],
    )
    several = choice.replace("multichoiceidevice.MultichoiceIdevice", "multiselectidevice.MultiSelectIdevice")
    several = several.replace("value='3'", "value='4'", 1)
    truth = instance(
        "truefalseidevice.TrueFalseIdevice",
        id="5",
        _title="判断",
        instructionsForLearners=area("<p>判断。</p>"),
        questions=[
            instance(
                "truefalseidevice.TrueFalseQuestion", questionTextArea=area("先接导体端。"), isCorrect=False
            )
        ],
    )
    cloze = instance(
        "clozeidevice.ClozeIdevice",
        id="6",
        _title="填空",
        _content=instance(
            "field.ClozeField",
            _encodedContent="<p>先<u>停电</u>。</p>",
            content_w_resourcePaths="<p>先停电。</p>",
        ),
    )
    stored = instance("resource.Resource", "77", _storageName="b.png")
    gallery = instance(
        "galleryidevice.GalleryIdevice",
        id="7",
        _title="图库",
        emphasis="1",
        userResources=[stored],
        images=instance(
            "galleryidevice.GalleryImages",
            **{
                ".listitems": [
                    instance(
                        "galleryidevice.GalleryImage",
                        _imageResource="@77",
                        _caption=instance("field.TextField", content="现场"),
                    )
                ]
            },
        ),
    )
    files = instance(
        "fileattachidevice.FileAttachIdeviceInc",
        id="8",
        emphasis="0",
        files=[
            instance(
                "extendedfieldengine.FileField",
                fileResource=instance("resource.Resource", _storageName="c.pdf"),
            )
        ],
    )
    outside = instance(
        "externalurlidevice.ExternalUrlIdevice", id="9", _title="网站", url="https://a.example/"
    )
    applet = instance("appletidevice.AppletIdevice", id="10", _title="小程序", appletCode="x")
    root = node(
        "0",
        "首页",
        [free],
        [
            node(
                "2",
                "第一章",
                [],
                [node("3", "甲", [generic, choice, several]), node("4", "乙", [truth, cloze])],
            ),
            node("5", "丙", [gallery, files, outside, applet]),
        ],
        reference="1",
    )
    made = read(
        zipped(
            {
                "contentv3.xml": package(root),
                "a.png": png(),
                "b.png": png(),
                "c.pdf": PDF,
                "content.data": b"\x80\x01",
            }
        ),
        "旧课.elp",
        expect="elp",
    )
    outline = made.outline
    assert (outline.title, outline.language, outline.authors, outline.licence) == (
        "旧课",
        "zh",
        ("某学院",),
        "",
    )
    assert [(unit.title, [page.title for page in unit.pages]) for unit in outline.units] == [
        ("旧课", ["首页"]),
        ("第一章", ["甲", "乙"]),
        ("旧课", ["丙"]),
    ]
    assert [type(piece) for piece in outline.units[0].pages[0].pieces] == [Text, Picture]
    questions = [q for _, block in made.blocks() if block["type"] == "quiz" for q in block["questions"]]
    bank = made.draft.bank
    assert [(bank[q]["kind"], bank[q]["stem"], bank[q]["answer"]) for q in questions] == [
        ("single", "先？", ["0"]),
        ("multiple", "先？", ["0"]),
        ("true_false", "先接导体端。", ["false"]),
        ("fill", "先 ___ 。", [["停电"]]),
    ]
    assert bank[questions[0]]["explanation"] == "对。"
    last = outline.units[2].pages[0].pieces
    assert last == [Text("<h2>图库</h2>"), Picture("b.png", "现场"), Download("c.pdf", "c.pdf")]
    assert made.lost() == {"丙：网站": "lost_outside", "丙：小程序": "lost_kind"}


LISTED = (
    '<div class="exe-sortableList"><div class="exe-sortableList-instructions"><p>先后？</p></div>'
    '<ul class="exe-sortableList-list"><li>断电</li><li><b>验电</b></li><li>接地</li></ul>'
    '<div style="display:none"><p class="exe-sortableList-buttonText">查</p><p class="exe-sortableList-rightText">对</p>'
    '</div><div class="exe-sortableList-textAfter"><p>记住。</p></div></div>'
)


def scrambled_old(html):
    js = instance(
        "jsidevice.JsIdevice", id="1", _title="排一排", _iDeviceDir="scrambled-list", fields=[area(html)]
    )
    return {"contentv3.xml": package(node("0", "甲", [js], reference="1")), "a.png": png()}


def scrambled_new(html, values=None):
    page = ode_page("p1", "甲", idevice("scrambled-list", html, values), block="排一排")
    return {"content.xml": ode(page)}


VALUES = {
    "instructions": "<p>先后？</p>",
    "options": ["断电", "<b>验电</b>", "接地"],
    "textAfter": "<p>记住。</p>",
    "rightText": "对",
}


@pytest.mark.parametrize(
    ("members", "name"),
    [
        (scrambled_old(LISTED), "x.elp"),
        (scrambled_new(LISTED), "x.elpx"),
        (scrambled_new("", VALUES), "x.elpx"),
    ],
    ids=["old", "new", "values"],
)
def test_a_scrambled_list_is_to_be_put_in_order(members, name):
    made = read(zipped(members), name, expect="elp")
    (question,) = made.draft.bank.values()
    assert (question["kind"], question["stem"]) == ("ordering", "先后？")
    texts = {option["id"]: option["text"] for option in question["options"]}
    assert [texts[key] for key in question["answer"]] == ["断电", "验电", "接地"]
    (text,) = [block["html"] for _, block in made.blocks() if block["type"] == "text"]
    assert "记住" in text
    assert "断电" not in text
    assert "lost_question" not in made.lost().values()


@pytest.mark.parametrize(
    ("members", "name"),
    [
        (scrambled_old(LISTED.replace("接地", "<img src='resources/a.png'>")), "x.elp"),
        (scrambled_new("", VALUES | {"options": ["断电", "<img src='a.png'>"]}), "x.elpx"),
        (scrambled_new("<p>什么都没有</p>", {}), "x.elpx"),
    ],
    ids=["pictures, old", "pictures, new", "nothing"],
)
def test_a_scrambled_list_that_is_none_is_named_and_kept(members, name):
    made = read(zipped(members), name, expect="elp")
    assert not made.draft.bank
    assert "lost_question" in made.lost().values()
    assert [one.kind for one in made.draft.unplaced] == ["scrambled-list"]


def test_the_same_page_keeps_its_key():
    one = zipped({"content.xml": ode(ode_page("p1", "甲", idevice("text", "<p>字</p>")))})
    two = zipped(
        {
            "content.xml": ode(
                ode_page("p0", "新", idevice("text", "<p>新</p>")),
                ode_page("p1", "乙", idevice("text", "<p>字</p>")),
            )
        }
    )
    first, second = (read(data, "x.elpx", expect="elp") for data in (one, two))
    assert first.draft.chapters[0]["lessons"][0]["key"] == second.draft.chapters[0]["lessons"][1]["key"]


@pytest.mark.parametrize(
    "content",
    [
        "<ode><odeNavStructures>",
        "<!DOCTYPE ode [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><ode>&x;</ode>",
        "<!DOCTYPE ode [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;'>]><ode>&b;</ode>",
        "<ode>" + "<a>" * 5000 + "</a>" * 5000 + "</ode>",
    ],
)
def test_broken_and_hostile_xml_refuses_the_whole(content):
    for name, data in (("content.xml", content), ("contentv3.xml", content.replace("ode", "instance"))):
        made = read(zipped({name: data, "a.html": "<p>x</p>"}), "x.elp", expect="elp")
        assert made.problems() == ["foreign_broken"]
        assert made.draft.problems[0].params["name"] == name


def test_files_of_before_there_was_xml_are_refused_with_a_sentence():
    assert read(zipped({"content.data": b"\x80\x01"}), "x.elp", expect="elp").problems() == ["foreign_broken"]


def test_pages_that_lie_in_a_circle_stand_at_the_top():
    made = read(
        zipped(
            {
                "content.xml": ode(
                    ode_page("a", "甲", idevice("text", "<p>一</p>"), above="b"),
                    ode_page("b", "乙", idevice("text", "<p>二</p>"), above="a", order=1),
                    ode_page("c", "丙", idevice("text", "<p>三</p>"), above="nowhere", order=2),
                )
            }
        ),
        "x.elpx",
        expect="elp",
    )
    assert sorted(page.key for unit in made.outline.units for page in unit.pages) == ["a", "b", "c"]
    loop = package(node("0", "甲", [], ["@1", node("2", "乙", [], ["@1", "@9"])], reference="1"))
    assert read(zipped({"contentv3.xml": loop}), "x.elp", expect="elp").problems() == ["foreign_all_lost"]


@pytest.mark.parametrize(
    "values", ["{", "[1]", '{"questionsData": 3}', '{"questionsData": [3, {"activityType": 1}]}', "[" * 3000]
)
def test_values_that_are_none(values):
    component = idevice("form").replace("<jsonProperties>", f"<jsonProperties><![CDATA[{values}]]>")
    pages = (ode_page("a", "甲", component, idevice("text", "<p>字</p>")),)
    made = read(zipped({"content.xml": ode(*pages)}), "x.elpx", expect="elp")
    assert [kind for kind, _ in made.blocks()] == ["text"]


def test_one_large_text_that_thousands_of_places_refer_to():
    text = instance(
        "freetextidevice.FreeTextIdevice", "5", id="1", content=area("<p>" + "字 " * 300_000 + "</p>")
    )
    root = node("0", "甲", [text, *["@5"] * 200], reference="1")
    assert read(zipped_plainly({"contentv3.xml": package(root)}), "x.elp", expect="elp").problems() == [
        "foreign_broken"
    ]


def zipped_plainly(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_of_a_game_the_words_around_it_come_in_and_it_is_kept():
    game = (
        "<div class='selecciona-IDevice'><div class='selecciona-instructions'><p>选出措施。</p></div>"
        "<div class='selecciona-DataGame js-hidden'>%7B%22q%22%7D</div><div class='selecciona-bns js-hidden'>No.</div>"
        "<div class='selecciona-extra-content'><p>做完再看规程。</p></div></div>"
    )
    page = ode_page("p1", "甲", idevice("quick-questions", game, {"typeGame": "x"}), block="抢答")
    made = read(zipped({"content.xml": ode(page)}), "课.elpx")
    words = "".join(block["html"] for _, block in made.blocks())
    assert "选出措施。" in words
    assert "做完再看规程。" in words
    assert "No." not in words
    assert "%7B" not in words
    assert made.lost() == {"甲：抢答": "lost_kind"}
    assert "抢答游戏（quick-questions）" in made.draft.lost[0].reason.message
    assert "%7B%22q%22%7D" in made.draft.unplaced[0].source


@pytest.mark.parametrize(
    "kind",
    [
        "text",
        "udl-content",
        "rubric",
        "casestudy",
        "reflection",
        "attached-files",
        "magnifier",
        "map",
        "no-such-kind",
    ],
)
def test_of_every_kind_the_words_come_in(kind):
    page = ode_page("p1", "甲", idevice(kind, "<p>一段话</p><img src='content/resources/a.png' alt='牌'>"))
    made = read(zipped({"content.xml": ode(page), "content/resources/a.png": png()}), "课.elpx")
    assert [name for name, _ in made.blocks()] == ["text", "image"]
    assert "一段话" in made.blocks()[0][1]["html"]
