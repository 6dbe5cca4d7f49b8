import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from search.analysis import (
    MAX_CLAUSES,
    MOST_CODE_PARTS,
    Tokens,
    analyse,
    clean,
    fold,
    fold_with_map,
    parse,
    parse_prefix,
    spell,
    text_tokens,
)

TITLES = st.text(
    alphabet=st.one_of(
        st.sampled_from("叉车司机安全网络个人信息保护法数控编程职业道德会计旅游電網絡課ＣＮＣａｂｃ１２３"),
        st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF),
        st.characters(),
    ),
    max_size=30,
)


def meets(tokens: Tokens, clause) -> bool:
    there = {token for name in tokens.__dataclass_fields__ for token in getattr(tokens, name)}

    def one(alternative):
        *whole, last = alternative
        ending = any(token.startswith(last) for token in there) if clause.prefix else last in there
        return ending and all(token in there for token in whole)

    return any(one(alternative) for alternative in clause.any_of)


def finds(query: str, title: str) -> bool:
    tokens = analyse(title, [], "", "")
    return all(meets(tokens, clause) for clause in parse(query).clauses)


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("叉车", "叉车司机安全操作"),
        ("叉车司机", "叉车与司机"),
        ("chache", "叉车司机"),
        ("chāchē", "叉车司机"),
        ("cha che", "叉车"),
        ("cc", "叉车司机"),
        ("ccsj", "叉车司机"),
        ("wangluoanquan", "网络安全管理员"),
        ("kuaiji", "会计准则"),
        ("lvyou", "旅游服务"),
        ("luyou", "旅游服务"),
        ("ＣＮＣ编程", "CNC编程入门"),
        ("cnc编程", "ＣＮＣ 编程"),
        ("網絡安全", "网络安全"),
        ("网络安全", "網路與網絡安全"),
        ("络安", "网络安全"),
        ("c++", "C++ 与嵌入式"),
        ("gbt2589", "GB/T2589"),
        ("2589", "GB/T 2589-2020"),
        ("cnc 300", "CNC300 操作"),
        ("6-30-05-04", "叉车司机 6-30-05-04"),
        ("6-30-05", "叉车司机 6-30-05-04"),
        ("6300504", "叉车司机（6-30-05-04）"),
        ("05", "叉车司机 6-30-05-04"),
        ("2024-25", "2024-25 学年"),
        ("网络安全课程", "网络安全"),
        ("怎么学叉车", "叉车"),
        ("钣金", "钣金加工"),
    ],
)
def test_finds(query, title):
    assert finds(query, title)


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("6-30-05-04", "M04 主轴反转，M05 主轴停转，M30 返回，第 6 步"),
        ("叉车", "铲车司机"),
        ("c++", "C 语言"),
        ("cat", "catalogue"),
        ("和服", "会议"),
        ("chache", "插图"),
    ],
)
def test_does_not_find(query, title):
    assert not finds(query, title)


def test_words_inside_long_ones_are_tokens_too():
    assert {"网络", "安全", "网络安全", "管理员", "网络安全管理员"} <= set(text_tokens("网络安全管理员"))


def test_a_query_keeps_its_words():
    assert [clause.text for clause in parse("网络安全 公需 2026").clauses] == ["网络安全", "公需", "2026"]


def test_words_that_say_nothing_do_not_narrow():
    assert [clause.text for clause in parse("我想学叉车的课程").clauses] == ["叉车"]
    assert [clause.text for clause in parse("课程").clauses] == ["课程"]


def test_what_is_being_typed_needs_no_dictionary(monkeypatch):
    monkeypatch.setattr("search.words.cut", None)
    assert [clause.prefix for clause in parse_prefix("叉车 ch").clauses] == [False, True]


@pytest.mark.parametrize(
    ("letters", "syllables"),
    [("chache", ["cha", "che"]), ("wangluo", ["wang", "luo"]), ("xyz", []), ("", []), ("cnc", [])],
)
def test_spelling(letters, syllables):
    assert spell(letters) == syllables


@given(st.text(max_size=200))
@example("\ud800")
@example("\"'\\*():-^~ AND OR NOT {title}: NEAR(a b)")
@example("\u202e\u200f叉\u200d车\x00\ufeff")
@example("🚜叉车" * 60)
@example("İı ſ ß ﬁ Å")
def test_any_text_gives_a_query_always_the_same(text):
    query = parse(text)
    assert query == parse(text)
    assert len(query.clauses) <= MAX_CLAUSES
    parse_prefix(text)
    tokens = [token for clause in query.clauses for alternative in clause.any_of for token in alternative]
    assert all(token and not set(token) & set(" \"'\\*()\x00") for token in tokens)
    assert all(clause.any_of and all(clause.any_of) for clause in query.clauses)


@given(TITLES)
def test_a_title_finds_itself(title):
    assert finds(title, title)
    tokens = analyse(title, [], "", "")
    assert all(meets(tokens, clause) for clause in parse_prefix(title).clauses)


@given(TITLES)
def test_every_token_of_a_title_finds_it(title):
    for token in analyse(title, [], "", "").title:
        # Pieces and wholes are asked for by the ranking alone.
        if ":" not in token:
            assert finds(token, title), token


@given(st.text(max_size=80))
def test_folding_twice_changes_nothing_and_leads_back(text):
    folded, origin = fold_with_map(text)
    assert folded == fold(text)
    assert len(origin) == len(folded)
    assert origin == sorted(origin)
    assert all(0 <= place < len(text) for place in origin)
    assert fold(folded) == folded


@given(st.text(max_size=80))
def test_clean_text_can_be_stored(text):
    kept = clean(text)
    kept.encode()
    assert not any(unicodedata.category(char) == "Cc" for char in kept if char not in "\n\t")


def test_a_row_of_numbers_without_end_is_cut_in_one_go():
    """Of a code eight parts are found as beginnings; a longer row is found whole and by its parts."""
    long = "-".join(str(number) for number in range(100, 130))
    tokens = set(text_tokens(long))
    assert {"100101102", "129"} <= tokens
    assert len(tokens) <= 30 + MOST_CODE_PARTS
    assert set(text_tokens("6-30-05-04")) >= {"6300504", "63005"}
