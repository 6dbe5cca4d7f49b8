"""What is typed with another character of the same sound: what was meant is offered and shown, not what has the characters apart."""

from dataclasses import replace

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from search import api, engines
from search.analysis import parse, text_tokens
from search.requests import parse_request
from search.spelling import taken_apart

TITLES = {
    "electrician": "电工考前串讲",
    "middle": "电工中级考前串讲",
    "aid": "急救员实操",
    "first": "现场急救入门",
    "weld": "焊接工艺基础",
    "net": "网络安全意识",
    "forklift": "叉车安全作业",
    "public": "公需 8 学时读本",
}
# Each has the characters, never together.
ACCIDENTS = "公司的电话就在急诊楼，人员紧急时就近集合，总结焊缝，洛阳的网点，作为叶片"


@pytest.fixture
def shelf(catalogue):
    for key, title in TITLES.items():
        catalogue.put(key, title)
    for number in range(5):
        catalogue.put(f"accident{number}", f"办公礼仪 {number}", body=ACCIDENTS)
    api.rebuild()
    engines.current().settle()
    return catalogue


def ask(text, **given):
    return api.search(api.SearchRequest(query=text, **given))


@pytest.mark.parametrize(
    ("typed", "meant", "first"),
    [
        ("电公", "电工", "electrician"),
        ("急就", "急救", "aid"),
        ("焊结", "焊接", "weld"),
        ("网洛", "网络", "net"),
        ("急就员", "急救员", "aid"),
        ("叉车安全作叶", "叉车安全作业", "forklift"),
    ],
)
def test_another_character_of_the_same_sound_shows_what_was_meant(shelf, typed, meant, first):
    results = ask(typed)
    assert results.corrected == meant
    assert results.did_you_mean == (meant,)
    assert results.hits[0].id == first


def test_an_abbreviation_everybody_uses_is_no_misspelling(shelf):
    results = ask("网安")
    assert [hit.id for hit in results.hits] == ["net"]
    assert not results.corrected
    assert not results.did_you_mean


@pytest.mark.parametrize("typed", ["公需 8学时", "电工初级", "叉车 安全作业"])
def test_what_is_right_is_not_corrected(shelf, typed):
    results = ask(typed)
    assert not results.corrected
    assert results.did_you_mean == ()


def test_a_name_that_no_dictionary_knows_is_found_by_its_characters_together(shelf):
    shelf.put("maker", "设备手册", body="由青禾公司编写")
    shelf.put("colour", "色彩", body="青色的瓷器上有禾苗")
    api.rebuild()
    engines.current().settle()
    assert [hit.id for hit in ask("青禾").hits] == ["maker"]


def test_single_characters_count_as_neighbours_but_for_those_that_say_nothing():
    assert [clause.text for clause in parse("学电公").clauses] == ["电公"]
    assert [clause.text for clause in parse("电 公").clauses] == ["电", "公"]
    assert "青禾" in text_tokens("由青禾公司编写")
    assert "的禾" not in text_tokens("青的禾")


def test_other_spellings_keep_the_kind_and_the_filters(shelf):
    shelf.put("near", "电工与电弓", year="2025")
    api.rebuild()
    engines.current().settle()
    asked = parse_request(QueryDict("q=叉车安全作叶&year=2026&sort=newest"), ["course"])
    results = api.search(asked)
    # What was searched for instead is no link; whatever else is offered goes on as the search was asked.
    assert results.meant == ()
    offered = replace(results, did_you_mean=("叉车安全作业", "叉车"), corrected="")
    assert [dict(QueryDict(query).lists()) for _text, query in offered.meant] == [
        {"q": ["叉车安全作业"], "year": ["2026"], "sort": ["newest"]},
        {"q": ["叉车"], "year": ["2026"], "sort": ["newest"]},
    ]


@pytest.mark.parametrize(
    ("typed", "first"),
    [("chachezuoye", "forklift"), ("shukongbiancheng", "mill"), ("chachezuoye 2026", "forklift")],
)
def test_pinyin_typed_in_one_is_found_over_a_gap(shelf, typed, first):
    shelf.put("mill", "数控铣编程入门")
    api.rebuild()
    engines.current().settle()
    results = ask(typed)
    assert results.hits[0].id == first
    assert results.corrected.replace(" ", "") == typed.replace(" ", "")


def test_pinyin_is_taken_apart_at_known_words_first():
    assert taken_apart("chachezuoye") == ["chache zuoye"]
    assert taken_apart("anquanshengchan")[0] == "anquan shengchan"
    assert taken_apart("yanglaohuliyuan")[0].split()[0] in {"yanglao", "yanglaohu"}
    for typed in ("chache", "叉车作业", "", "cnc2026", "xyzxyzxyz", "a" * 200):
        assert taken_apart(typed) == []


@given(st.text(alphabet="abcehinoguzxs ", max_size=60))
def test_what_is_taken_apart_is_what_was_typed(typed):
    for one in taken_apart(typed):
        assert one.replace(" ", "") == typed.replace(" ", "")


def test_what_is_met_by_accident_in_many_texts_still_offers_what_was_meant(shelf):
    for number in range(4):
        shelf.put(f"typo{number}", f"值班记录 {number}", body="由急就人员签字")
    api.rebuild()
    engines.current().settle()
    results = ask("急就")
    assert results.total == 4
    assert not results.corrected
    assert results.did_you_mean == ("急救",)
    assert [text for text, _query in results.meant] == ["急救"]
