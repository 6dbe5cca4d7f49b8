"""A course written as a Common Cartridge and read back: the same chapters, lessons, texts and questions, and what the
cartridge cannot say by name."""

import io
import re
import zipfile
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from courses.packs.archive import open_archive
from courses.packs.cartridge_out import write_cartridge
from courses.packs.cartridge_qti import sayable, write_assessment
from courses.packs.foreign.outline import Download, Exercise, Film, Picture, Quiz
from courses.packs.foreign.qti12.reader import read_assessment
from courses.packs.foreign.xmltree import parsed
from courses.packs.native import read_archive, read_pack
from courses.packs.plan import ImageBlock, Option, PackPlan, Question, TextBlock
from tests.courses.packs import table
from tests.courses.packs.foreign.reading import read
from tests.courses.packs.making import files, manifest, pack, with_number, with_order, with_pairs

CP = "{http://www.imsglobal.org/xsd/imsccv1p3/imscp_v1p1}"


def exported(data=None, members=None):
    file = pack(data, members)
    plan = read_pack(file)
    assert plan.problems == []
    archive, _ = open_archive(file)
    out = io.BytesIO()
    with archive:
        lost = write_cartridge(plan, archive, out)
    return plan, out.getvalue(), lost


def words(html):
    return re.sub(r"\s+", "", re.sub(r"<[^>]+>", "", html))


def test_a_course_comes_back_as_it_went():
    plan, data, _lost = exported(manifest(description_html="<p>说明</p>"))
    made = read(data, "x.imscc", expect="cartridge")
    assert made.draft.problems == made.draft.lost == []
    table.shown("cartridge_out", table.of_read(made))
    back = made.native
    assert [(c.title, [lesson.title for lesson in c.lessons]) for c in back.chapters] == [
        (c.title, [lesson.title for lesson in c.lessons]) for c in plan.chapters
    ]
    texts = ["".join(words(b.html) for b in p.blocks if isinstance(b, TextBlock)) for p in (plan, back)]
    assert texts[1] == texts[0]
    captions = [[b.caption for b in p.blocks if isinstance(b, ImageBlock)] for p in (plan, back)]
    assert captions[1] == captions[0] == ["图一"]

    def asked(p):
        return [
            (q.kind, q.stem, [o.text for o in q.options], q.explanation, q.points)
            for q in p.questions.values()
        ]

    assert asked(back) == asked(plan)
    right = [
        [[o.text for o in q.options if o.id in q.answer] or q.answer for q in p.questions.values()]
        for p in (plan, back)
    ]
    assert right[0] == right[1]
    assert (made.outline.title, made.outline.language, made.outline.licence, made.outline.authors) == (
        "停电检修",
        "zh-Hans",
        "CC-BY-4.0",
        ("测试学院",),
    )
    assert (made.outline.summary, made.outline.description_html) == (plan.course.summary, "<p>说明</p>")
    kinds = [type(piece) for unit in made.outline.units for page in unit.pages for piece in page.pieces]
    assert {Picture, Film, Exercise, Download, Quiz} <= set(kinds)
    film = next(p for u in made.outline.units for page in u.pages for p in page.pieces if isinstance(p, Film))
    assert (film.title, film.poster, film.subtitles[0].lang) == ("短片", "media/cover.png", "zh-Hans")
    with zipfile.ZipFile(io.BytesIO(data)) as there:
        for name in set(files()) - {"media/cover.png"}:
            assert there.read(name) == files()[name]


def test_lessons_keep_their_keys_and_the_same_pack_is_the_same_file():
    _plan, data, _ = exported()
    again = exported()[1]
    assert data == again
    keys = [page.key for unit in read(data, "x.imscc").outline.units for page in unit.pages]
    assert keys == ["rt-lesson-one", "rt-lesson-two", "rt-lesson-quiz"]


def test_what_a_cartridge_cannot_say_is_named():
    data = manifest()
    data["question_bank"][3] |= {"stem": "先___再___。", "answer": [["停电"], ["验电"]]}
    _plan, made, lost = exported(data)
    told = [(item.title, item.reason.message) for item in lost]
    assert ("先___再___。", "Common Cartridge 里没有「一题多空的填空题」的位置，导出时略去。") in told
    assert ("结课测验", "Common Cartridge 里没有「及格线 60%」的位置，导出时略去。") in told
    assert any("学时" in message for _title, message in told)
    assert len(read(made, "x.imscc").draft.bank) == 3


def test_where_a_specialty_course_belongs_is_named():
    facts = {"kind": "specialty", "sector": "industry", "department": "住房城乡建设局", "mode": "blended"}
    _plan, _made, lost = exported(manifest(**facts))
    told = " ".join(item.reason.message for item in lost)
    assert all(f"「{what}」" in told for what in ("行业", "行业主管部门", "方式"))
    assert "「主题」" not in told


def test_questions_in_no_quiz_go_as_a_bank():
    data = manifest()
    data["chapters"][1]["lessons"][0]["blocks"][0]["questions"] = ["q1"]
    _plan, made, _lost = exported(data)
    back = read(made, "x.imscc")
    assert len(back.draft.bank) == 1
    assert [(item.path, item.reason.code) for item in back.draft.lost] == [
        ("quizzes/bank.xml", "lost_unused")
    ]
    with zipfile.ZipFile(io.BytesIO(made)) as there:
        assert (
            len(read_assessment(parsed(there.read("quizzes/bank.xml")), lambda *_, **__: None).questions) == 3
        )


def test_a_lesson_called_like_a_part_of_another_stays_its_own():
    data = manifest()
    lesson = {"key": "two-1", "title": "挂牌", "blocks": [{"type": "text", "html": "<p>挂牌。</p>"}]}
    data["chapters"][0]["lessons"].append(lesson)
    _plan, made, _lost = exported(data)
    with zipfile.ZipFile(io.BytesIO(made)) as there:
        said = etree.fromstring(there.read("imsmanifest.xml"))
    named = [part.get("identifier") for part in said.iter() if part.get("identifier")]
    assert sorted(named) == sorted(set(named))


def test_two_chapters_and_lessons_of_one_name_stay_two():
    data = manifest()
    data["chapters"][1]["title"] = data["chapters"][0]["title"]
    data["chapters"][1]["lessons"][0]["title"] = "停电"
    made = read(exported(data)[1], "x.imscc")
    assert [(u.title, len(u.pages)) for u in made.outline.units] == [("第一章", 2), ("第一章", 1)]


def test_the_manifest_is_sound():
    """What the published schema asks: identifiers that are names and differ, references that lead somewhere, files that
    are there, one item at the root without a title, and a title at every other."""
    _plan, data, _ = exported(manifest(title="<&\"'>", authors=["甲 & 乙", "Ａ;,B"]))
    with zipfile.ZipFile(io.BytesIO(data)) as made:
        root = etree.fromstring(made.read("imsmanifest.xml"))
        names = set(made.namelist())
        for name in names:
            if name.endswith(".xml"):
                etree.fromstring(made.read(name))
    ids = [element.get("identifier") for element in root.iter() if element.get("identifier")]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[A-Za-z_][\w.-]*", id_) for id_ in ids)
    resources = {element.get("identifier"): element for element in root.iter(f"{CP}resource")}
    for element in root.iter():
        if element.get("identifierref"):
            assert element.get("identifierref") in resources
    assert {file.get("href") for file in root.iter(f"{CP}file")} == names - {"imsmanifest.xml"}
    (top,) = root.findall(f"{CP}organizations/{CP}organization/{CP}item")
    assert top.find(f"{CP}title") is None
    assert all(item.find(f"{CP}title") is not None for item in top.iter(f"{CP}item") if item is not top)
    # A folder names no resource, an item that does has nothing below.
    assert all(bool(i.get("identifierref")) != bool(i.findall(f"{CP}item")) for i in top.iter(f"{CP}item"))
    quizzes = [r for r in resources.values() if r.get("type").startswith("imsqti")]
    assert quizzes
    assert all(r.get("href") is None and len(r.findall(f"{CP}file")) == 1 for r in quizzes)


def test_a_number_with_a_tolerance_has_no_words_there_and_is_named():
    archive, _ = open_archive(pack(with_number()))
    with archive:
        lost = write_cartridge(read_archive(archive), archive, io.BytesIO())
    assert [item.reason.params["what"] for item in lost if item.title == "多少伏？"] == ["数值题"]


def test_a_matching_question_goes_as_the_single_choices_it_consists_of():
    plan, data, lost = exported(with_pairs())
    assert [str(item.reason) for item in lost if item.title == "各有什么用？"] == [
        "Common Cartridge 里没有「配对题」，导出时写成2 道单选题。"
    ]
    back = read(data, "x.imscc").native.questions.values()
    asked = [
        (q.stem, [o.text for o in q.options if o.id in q.answer], len(q.options), q.points, q.explanation)
        for q in back
        if q.stem.startswith("各有什么用？")
    ]
    assert asked == [
        ("各有什么用？\n验电笔", ["确认没有电压"], 3, 2, "先验电，后接地。"),
        ("各有什么用？\n接地线", ["短接并接地"], 3, 2, "先验电，后接地。"),
    ]
    assert len(back) == len(plan.questions) + 1


def test_an_order_goes_as_one_single_choice_for_each_place():
    _plan, data, lost = exported(with_order())
    assert [str(item.reason) for item in lost if item.title == "先后？"] == [
        "Common Cartridge 里没有「排序题」，导出时写成3 道单选题。"
    ]
    asked = [
        (q.stem, [o.text for o in q.options if o.id in q.answer], len(q.options), q.points)
        for q in read(data, "x.imscc").native.questions.values()
        if q.stem.startswith("先后？")
    ]
    assert asked == [
        (f"先后？\n第 {n} 位", [step], 3, 1) for n, step in enumerate(("断电", "验电", "接地"), 1)
    ]


def test_a_plan_with_problems_is_not_written():
    archive, _ = open_archive(pack())
    with archive, pytest.raises(ValueError):
        write_cartridge(PackPlan(), archive, io.BytesIO())


UNSEEN = ("Cc", "Cs", "Cn", "Zl", "Zp", "Zs", "Cf", "Co")
LINE = st.text(st.characters(blacklist_categories=UNSEEN), min_size=1, max_size=20)
PLAIN = LINE.filter(lambda text: "_" not in text and "＿" not in text)


@st.composite
def questions(draw):
    kind = draw(st.sampled_from(["single", "multiple", "true_false", "fill"]))
    stem = draw(PLAIN)
    options, answer = (), ()
    if kind in ("single", "multiple"):
        texts = draw(st.lists(PLAIN, min_size=2, max_size=5, unique=True))
        options = tuple(Option(f"o{n}", text) for n, text in enumerate(texts))
        wanted = draw(st.sets(st.sampled_from([o.id for o in options]), min_size=1))
        answer = tuple(sorted(wanted))[: 1 if kind == "single" else None]
    elif kind == "true_false":
        options = (Option("true", "正确"), Option("false", "错误"))
        answer = (draw(st.sampled_from(["true", "false"])),)
    else:
        stem = f"{stem}___{draw(PLAIN)}"
        answer = (tuple(draw(st.lists(PLAIN, min_size=1, max_size=4, unique=True))),)
    explanation = draw(st.just("") | PLAIN)
    id_, points = draw(st.integers(0, 10**6)), draw(st.integers(1, 100))
    return Question(f"q{id_}", kind, stem, options, answer, explanation, points)


@pytest.mark.long
@settings(max_examples=80, deadline=None)
@given(st.lists(questions(), min_size=1, max_size=4, unique_by=lambda q: q.id))
def test_any_question_that_can_be_said_comes_back(asked):
    assert all(sayable(question) for question in asked)
    lost = []
    root = parsed(write_assessment("a", "测验", asked))
    made = read_assessment(root, lambda *said, **params: lost.append((said, params)))
    assert lost == []
    # The words for true and false are the platform's own.
    wanted = [replace(q, options=() if q.kind == "true_false" else q.options) for q in asked]
    assert made.questions == wanted
