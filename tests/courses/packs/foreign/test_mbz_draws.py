"""Places of a Moodle quiz that draw at random: all they may draw comes in, and what they were is said. Made here."""

import pytest

from courses.packs.foreign.moodle import questions
from tests.courses.packs.foreign.moodle import Backup, categories, drawing, filtered
from tests.courses.packs.foreign.reading import read, tarred


def drawn(*places, modern=True):
    """What a quiz of these places asks, and what is lost."""
    made = Backup(modern=modern)
    made.section(1, 1, "章", "1")
    made.activity(1, "quiz", "测验", drawing(*places))
    members = made.all() | {"questions.xml": categories(modern)}
    found = read(tarred(members), "x.mbz")
    quizzes = [block["questions"] for kind, block in found.blocks() if kind == "quiz"]
    stems = [found.draft.bank[id_]["stem"].strip("第题") for ids in quizzes for id_ in ids]
    return "".join(stems), found


@pytest.mark.parametrize(
    ("place", "asked"),
    [
        (filtered(questioncategoryid="20", includingsubcategories="0", tags=[]), "12"),
        (filtered(questioncategoryid=20, includingsubcategories="1"), "123"),
        (filtered(questioncategoryid="20", includingsubcategories="1", tags=["7,安全"]), "13"),
        (filtered(filter={"category": {"jointype": 1, "values": ["20", 22]}}), "124"),
        (
            filtered(
                filter={
                    "category": {"values": [20], "filteroptions": {"includesubcategories": True}},
                    "qtagids": {"jointype": 1, "values": ["7", "8"]},
                }
            ),
            "13",
        ),
        (
            filtered(
                filter={"category": {"values": [20]}, "qtagids": {"jointype": 0, "values": ["7"]}}, cat="20,1"
            ),
            "2",
        ),
        (
            filtered(filter={"category": {"values": [20]}, "qtagids": {"jointype": 2, "values": ["7", "8"]}}),
            "",
        ),
    ],
    ids=["category", "below", "tag", "two-categories", "any-tag", "no-tag", "all-tags"],
)
def test_a_random_place_brings_all_it_may_draw(place, asked):
    stems, found = drawn(place)
    assert stems == asked
    if asked:
        assert found.lost().get("测验") == ("lost_draw" if len(asked) > 1 else None)
    else:
        assert found.lost()["测验 · 第 1 道随机题"] == "lost_draw_empty"


@pytest.mark.parametrize(
    ("place", "asked"),
    [
        ("<questionid>90</questionid>", "123"),
        ("<questionid>90</questionid><questioncategoryid>22</questioncategoryid>", "4"),
        (
            "<questionid>90</questionid><questioncategoryid>20</questioncategoryid><includingsubcategories>0"
            "</includingsubcategories><tags><tag id='1'><tagid>99</tagid><tagname>安全</tagname></tag></tags>",
            "1",
        ),
    ],
    ids=["its-own-category", "the-place-says", "tag"],
)
def test_random_questions_of_older_backups(place, asked):
    assert drawn(place, modern=False)[0] == asked


def test_places_of_one_quiz_ask_no_question_twice_and_say_what_they_were():
    all_, two = (
        filtered(questioncategoryid="20", includingsubcategories="1"),
        filtered(questioncategoryid="22"),
    )
    own = "<question_reference id='1'><questionbankentryid>e2</questionbankentryid></question_reference>"
    stems, found = drawn(all_, own, all_, two)
    assert stems == "1324"
    (lost,) = [item.reason for item in found.draft.lost if item.title == "测验"]
    assert (lost.code, lost.params) == ("lost_draw", {"what": "甲", "count": 3, "drawn": 2})
    assert {one["points"] for one in found.draft.bank.values()} == {2}
    # Whatever a place draws from is asked: nothing of it is told to be unused.
    assert not {title for title, code in found.lost().items() if code == "lost_unused"} & {
        "题1",
        "题3",
        "题4",
    }


def test_a_draw_from_more_than_a_quiz_holds_is_cut_and_counted(monkeypatch):
    monkeypatch.setattr(questions, "MAX_DRAWN", 2)
    stems, found = drawn(filtered(questioncategoryid="20", includingsubcategories="1"))
    (lost,) = [item.reason for item in found.draft.lost if item.title == "测验"]
    assert (stems, lost.code, lost.params["left"]) == ("12", "lost_draw_many", 1)
    assert found.lost()["题3"] == "lost_unused"


@pytest.mark.parametrize(
    "said",
    [
        "",
        "[]",
        "{",
        '{"filter": 1}',
        '{"filter": {"category": []}}',
        '{"questioncategoryid": {}}',
        "[" * 9999,
    ],
)
def test_a_filter_that_is_none_is_named(said):
    place = f"<question_set_reference><filtercondition>{said}</filtercondition></question_set_reference>"
    assert drawn(place)[1].lost()["测验 · 第 1 道随机题"] == "lost_question"


def test_other_conditions_of_a_draw_are_named():
    of = {"category": {"values": [22]}, "qname": {"values": ["电"]}, "hidden": {"values": [0]}}
    stems, found = drawn(filtered(filter=of))
    (lost,) = [item.reason for item in found.draft.lost if item.title == "测验"]
    assert (stems, lost.code, lost.params["what"]) == ("4", "lost_setting", "随机抽题的其他条件")


def test_categories_below_one_another_in_a_ring():
    made = Backup(modern=True)
    made.section(1, 1, "章", "1")
    made.activity(1, "quiz", "测验", drawing(filtered(questioncategoryid="20", includingsubcategories="1")))
    ring = categories(modern=True).replace(
        "<name>甲</name><contextid>cq</contextid><parent>1<",
        "<name>甲</name><contextid>cq</contextid><parent>21<",
    )
    found = read(tarred(made.all() | {"questions.xml": ring}), "x.mbz")
    assert len(found.draft.bank) == 3
