"""The same hits, facets and pages from every engine."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection

from lms.lib.clock import now
from search import api
from search.engines import current
from search.models import Entry
from search.synonyms import queries as synonyms


def ids(results):
    return [hit.id for hit in results.hits]


def counts(results, name):
    facet = next(facet for facet in results.facets if facet.name == name)
    return {value.value: value.count for value in facet.values}


@pytest.mark.postgres
def test_a_run_on_postgresql_searches_with_it(db, settings):
    settings.ELASTICSEARCH_URL = ""
    assert current().name == "postgres"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("叉车", {"forklift", "ethics"}),
        ("chache", {"forklift"}),
        ("ccsj", {"forklift"}),
        ("ＣＮＣ编程", {"cnc", "lathe"}),
        ("cnc 编程", {"cnc", "lathe"}),
        ("网络安全 公需 2026", {"netsec", "ethics"}),
        ("网络安全", {"netsec", "netsec25", "netadmin", "ethics"}),
        ("網絡安全", {"netsec", "netsec25", "netadmin", "ethics"}),
        ("起重机", {"crane"}),
        ("数控", {"cnc", "lathe"}),
        ("班组长", {"lean"}),
        ("kuaiji", {"accounting"}),
        ("c++", {"cpp"}),
        ("gb/t 2589", {"standard"}),
        ("第A1学院", {"netsec", "netsec25"}),
        ("职业技能 工业信息", {"crane", "cnc", "lathe"}),
        ("量子力学", set()),
    ],
)
def test_hits(shown, find, query, expected):
    results = find(query)
    assert set(ids(results)) == expected
    assert results.total == len(expected)


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("叉车", "forklift"),
        ("chache", "forklift"),
        ("cnc编程", "cnc"),
        ("网络安全 公需 2026", "netsec"),
        ("网络安全管理员", "netadmin"),
        ("网络安全与个人信息保护 2025", "netsec25"),
        ("职业道德", "ethics"),
        ("看板", "lean"),
    ],
)
def test_the_right_one_is_on_top(shown, find, query, first):
    assert ids(find(query))[0] == first


def test_boost_and_equal_titles(catalogue, find):
    for number in range(4):
        catalogue.put(f"n{number}", "消防安全", boost=3.0 if number == 1 else 1.0)
    api.rebuild()
    assert ids(find("消防")) == ["n1", "n3", "n2", "n0"]


def test_within_a_facet_any_across_facets_all(shown, find):
    results = find(kind=["public", "specialty"], year="2026")
    assert set(ids(results)) == {"netsec", "ethics", "lean", "accounting", "cpp", "standard"}
    assert set(ids(find("网络安全", kind="public", provider="A1"))) == {"netsec", "netsec25"}


def test_counts_leave_out_the_facets_own_filter(shown, find):
    results = find("网络安全", kind="public", year="2026")
    assert set(ids(results)) == {"netsec", "ethics"}
    assert counts(results, "kind") == {"public": 2, "vocational": 1}
    assert counts(results, "year") == {"2026": 2, "2025": 1}
    assert counts(results, "sector") == {"science": 1}
    assert counts(results, "provider") == {"A1": 1, "B2": 1}


def test_entries_of_before_their_values_stood_in_one_line_are_counted_too(courses, find, settle):
    settle()
    if connection.vendor == "postgresql":
        Entry.objects.update(counted=None)
    results = find("网络安全", kind="public")
    assert counts(results, "kind") == {"public": 3, "vocational": 1}
    assert counts(results, "provider") == {"A1": 2, "B2": 1}


def test_what_some_of_the_words_found_is_not_said_to_have_the_others(shown, find):
    results = find("叉车 会计")
    assert results.relaxed
    said = {hit.id: "".join(reason.text for reason in hit.reasons) for hit in results.hits}
    assert "叉车" in said["forklift"]
    assert "会计" not in said["forklift"]
    assert "会计" in said["accounting"]
    assert "叉车" not in said["accounting"]


def test_a_result_says_which_field_has_what_neither_its_title_nor_its_text_shows(courses, find, settle):
    courses.put("plain", "安全管理", year="2031", sector="trade", provider="Q7", keywords=["暗号"])
    courses.put("texts", "仓储管理", year="2032", unseen="字幕里的暗语", keywords=["Zephyr"])
    courses.shelf["texts"] = replace(courses.shelf["texts"], extra={"words": {"en": ["Zephyr", ""]}})
    api.index("course", ["plain", "texts"])
    settle()

    def said(query):
        (hit,) = find(query).hits
        return [reason.text for reason in hit.reasons if reason.code == "label"]

    assert said("安全管理 2031") == ["年度里有「2031」"]
    assert said("安全管理 fuwumaoyi") == ["行业的读音是「fuwumaoyi」"]
    assert said("2031 服务贸易") == ["年度里有「2031」", "行业里有「服务贸易」"]
    assert said("第Q7学院 2031")[-1] == "年度里有「2031」"
    assert said("暗号") == ["没有列出的文字里有「暗号」"]
    assert said("zephyr") == ["其他语言的标题或简介里有「zephyr」"]
    assert said("暗语 2032")[0] == "没有列出的文字里有「暗语」"
    courses.unseen = "字幕"
    assert said("暗语 2032")[0] == "字幕里有「暗语」"


def test_a_chosen_value_without_results_stays_to_be_let_go(shown, find):
    results = find("会计", kind="public")
    assert results.total == 0
    kind = results.facets[0]
    assert [(value.value, value.count, value.selected) for value in kind.values] == [
        ("public", 0, True),
        ("specialty", 1, False),
    ]


def test_facets_are_labelled_and_ordered(shown, find):
    kind, year, _sector, provider = find().facets
    assert [(value.value, value.label, value.count) for value in kind.values] == [
        ("public", "公需科目", 3),
        ("specialty", "专业科目", 4),
        ("vocational", "职业技能", 5),
    ]
    assert [value.value for value in year.values] == ["2026", "2025"]
    assert [value.label for value in provider.values] == ["第A1学院", "第B2学院"]


def test_addresses_of_facets(shown, find):
    kind = find("安全", kind="public", page="2").facets[0]
    by_value = {value.value: value.query for value in kind.values}
    assert by_value["public"] == "q=%E5%AE%89%E5%85%A8"
    assert by_value["vocational"] == "q=%E5%AE%89%E5%85%A8&kind=public&kind=vocational"


def test_sorting(shown, find):
    assert ids(find(sort="hours"))[:3] == ["crane", "forklift", "netsec"]
    assert ids(find(sort="newest"))[:2] == ["standard", "cpp"]
    assert ids(find("网络安全", sort="newest")) == ["ethics", "netadmin", "netsec25", "netsec"]


def test_pages_share_out_the_results(catalogue, find):
    for number in range(45):
        catalogue.put(f"c{number:02}", f"安全生产第 {number} 讲")
    api.rebuild()
    first, second, third = (find("安全生产", page=str(page)) for page in (1, 2, 3))
    assert [first.total, first.pages, len(first.hits), len(third.hits)] == [45, 3, 20, 5]
    assert len(set(ids(first) + ids(second) + ids(third))) == 45
    assert (third.has_next, third.has_previous, third.start_index, third.end_index) == (False, True, 41, 45)
    beyond = find("安全生产", page="99")
    assert beyond.page == 3
    assert ids(beyond) == ids(third)


def test_nobody_pages_for_ever(catalogue, find, monkeypatch):
    monkeypatch.setattr("search.requests.MAX_RESULTS", 40)
    monkeypatch.setattr("search.queries.MAX_RESULTS", 40)
    for number in range(45):
        catalogue.put(f"c{number:02}", "安全生产")
    api.rebuild()
    results = find("安全生产", page="3")
    assert (results.total, results.pages, results.page, len(results.hits)) == (45, 2, 2, 20)
    assert results.notices


def test_marks_are_safe_html(catalogue, find):
    catalogue.put("x", "<script>叉车</script>", summary='"><img src=x>叉车')
    api.rebuild()
    hit = find("叉车").hits[0]
    assert hit.title_html == "&lt;script&gt;<mark>叉车</mark>&lt;/script&gt;"
    assert "<img" not in hit.summary_html


def test_what_the_card_needs_comes_back(catalogue, find):
    catalogue.put("x", "叉车", extra={"centihours": 60, "list": [1, None, {"a": "b"}]}, centihours=60)
    api.rebuild()
    hit = find("叉车").hits[0]
    assert hit.extra == {"centihours": 60, "list": [1, None, {"a": "b"}]}
    assert hit.facets["kind"] == ["public"]
    assert (hit.centihours, hit.url, hit.published_at) == (
        60,
        "/courses/x/",
        catalogue.shelf["x"].published_at,
    )


def test_only_the_audience_finds(catalogue, find):
    catalogue.put("open", "叉车")
    catalogue.put("staff", "叉车考评", audience=["staff", "college:A1"])
    catalogue.put("nobody", "叉车草稿", audience=[])
    api.rebuild()
    assert ids(find("叉车")) == ["open"]
    assert counts(find("叉车"), "kind") == {"public": 1}
    assert [one.text for one in api.suggest("叉")] == ["叉车"]
    for audience, expected in [
        (["public", "staff"], {"open", "staff"}),
        (["college:A1"], {"staff"}),
        (["college:B2"], set()),
        ([], set()),
    ]:
        results = api.search(api.SearchRequest(query="叉车", audience=audience))
        assert set(ids(results)) == expected


def test_only_the_types_asked_for(shown, find):
    assert api.search(api.SearchRequest(types=["course"])).total == 12
    assert api.search(api.SearchRequest(types=["learner"])).total == 0


def test_words_that_never_meet_are_tried_singly(shown, find):
    results = find("叉车 量子")
    assert results.relaxed
    assert ids(results)[0] == "forklift"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("插车", "叉车"), ("chahce", "叉车"), ("网洛安全", "网络安全"), ("jinyishengchan", "精益生产")],
)
def test_did_you_mean(shown, find, typed, meant):
    assert meant in find(typed).did_you_mean


@pytest.mark.parametrize("sort", ["relevance", "newest", "hours"])
def test_what_was_meant_is_looked_for_in_the_titles_most_like_it(catalogue, settle, find, sort):
    """However results are sorted: many newer titles have something of the word, too."""
    catalogue.put("meant", "蓝鳍采收规范", published_at=now() - timedelta(days=900), centihours=100)
    for number in range(40):
        catalogue.put(f"newer{number}", f"采收第{number}讲", published_at=now(), centihours=200 + number)
    api.rebuild()
    settle()
    assert find("蓝鱼采收规范", sort=sort).corrected == "蓝鳍采收规范"


def test_nothing_is_meant_where_something_is_found(shown, find):
    assert find("叉车").did_you_mean == ()


@pytest.mark.parametrize(
    ("prefix", "first"),
    [
        ("叉", "叉车司机安全操作"),
        ("叉车司", "叉车司机安全操作"),
        ("chac", "叉车司机安全操作"),
        ("ccs", "叉车司机安全操作"),
        ("CN", "CNC编程入门"),
        ("ＣＮＣ编", "CNC编程入门"),
        ("kuai", "会计准则解读"),
        ("gb/t 25", "GB/T 2589-2020 综合能耗计算"),
    ],
)
def test_suggestions(shown, prefix, first):
    found = api.suggest(prefix)
    assert found[0].text == first
    assert found[0].note == "课程"


@pytest.mark.parametrize(("prefix", "sounding"), [("cha", "叉车"), ("叉", "叉车"), ("chac", "叉车")])
def test_what_stands_high_by_itself_is_offered_before_what_begins_with_it(
    catalogue, settle, prefix, sounding
):
    for number in range(12):
        catalogue.put(f"low{number}", f"{sounding}作业第{number}讲", boost=0.2)
    for number in range(3):
        catalogue.put(f"high{number}", f"场内{sounding}{number}", boost=2.0)
    api.rebuild()
    settle()
    offered = [one.url.split("/")[2] for one in api.suggest(prefix)]
    assert offered[:3] == ["high2", "high1", "high0"]
    assert len(offered) == 8
    assert all(one.startswith("low") for one in offered[3:])


@pytest.mark.parametrize("told", [{"keywords": ["叉车"]}, {"summary": "叉车怎样检查"}])
def test_what_stands_high_by_itself_is_found_before_titles(catalogue, settle, monkeypatch, told):
    monkeypatch.setattr("search.engines.postgres.MANY", 5)
    for number in range(30):
        catalogue.put(f"low{number}", f"叉车作业第{number}讲", boost=0.0)
    for number in range(3):
        catalogue.put(f"high{number}", f"场内车辆{number}", boost=2.0, **told)
    api.rebuild()
    settle()
    results = api.search(api.SearchRequest(query="叉车"))
    assert results.total == 33
    assert [hit.id for hit in results.hits[:3]] == ["high2", "high1", "high0"]
    second = api.search(api.SearchRequest(query="叉车", page=2))
    assert not {hit.id for hit in results.hits} & {hit.id for hit in second.hits}


def test_suggestions_are_of_titles_only(shown):
    assert api.suggest("看板") == []
    assert api.suggest("") == api.suggest("！？") == []


NONSENSE = [
    '"',
    "'; DROP TABLE search_entry; --",
    "* ? ~ ^ : ( ) [ ] { } \\ / AND OR NOT NEAR",
    "title:叉车 OR 1=1",
    "'叉车':*A & !x | y <-> z",
    "%s %d {} $1 ?",
    "\x00\x01\ud800\udfff",
    "\u202e叉车\u202c",
    "😀👩‍👩‍👧‍👦",
    "a" * 1000,
    "叉" * 1000,
    "a1" * 400,
    "- _ . / - + #",
    "+" * 50 + "c++++" + "#" * 20,
    " ".join(f"w{number}" for number in range(200)),
]


@pytest.mark.parametrize("query", NONSENSE, ids=range(len(NONSENSE)))
def test_any_text_gets_an_answer(shown, find, query):
    results = find(query)
    assert results.total >= 0
    api.suggest(query)
    api.search(api.SearchRequest(query=query, filters={"kind": [query]}))


def test_any_text_can_be_a_document(catalogue, find):
    for number, text in enumerate(NONSENSE):
        catalogue.put(f"x{number}", text, summary=text, body=text * 20)
    api.rebuild()
    assert find().total == len(NONSENSE)


def test_queries_do_not_grow_with_results(
    courses, find, django_assert_max_num_queries, catalogue, engine, monkeypatch
):
    def measure():
        with django_assert_max_num_queries(3) as captured:
            find("安全", kind="public")
        return len(captured)

    monkeypatch.setattr("search.synonyms.queries.KEPT_SECONDS", 3600.0)
    synonyms.forget()
    find("安全")
    before = measure()
    for number in range(60):
        catalogue.put(f"more{number}", f"安全生产 {number}", provider=f"P{number}")
    api.rebuild()
    assert measure() == before
