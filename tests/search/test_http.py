import pytest

from search import api, http
from search.analysis import MAX_QUERY_CHARS
from tests.factories.search import Catalogue


@pytest.fixture(autouse=True)
def _fresh_cache():
    from django.core.cache import cache

    cache.clear()
    yield
    cache.clear()


def test_suggestions_as_json(shown, client):
    answer = client.get("/search/suggest", {"q": "chac"})
    assert answer.status_code == 200
    assert answer.json() == {
        "suggestions": [{"text": "叉车司机安全操作", "url": "/courses/forklift/", "note": "课程"}]
    }
    assert "max-age" in answer["Cache-Control"]


@pytest.mark.parametrize("q", ["", " ", "\x01", "！", "a" * 5000, "%", "\ufdfa" * 100], ids=range(7))
def test_suggestions_for_nonsense(shown, client, q):
    assert client.get("/search/suggest", {"q": q}).json() == {"suggestions": []}


DOORS = ["/search/", "/search/suggest", "/courses/", "/api/v1/search", "/api/v1/search/suggest"]
ODD = [
    "%00",
    "%E5%8F%89%00%E8%BD%A6",
    "%0",
    "%",
    "%FF%FE",
    "%ED%A0%BD",
    "%ED%A0%80",
    "%E2%80%AEabc",
    "%0D%0A%1B%7F",
    "%F0%9F%99%82",
]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("q", [*ODD, "%00" * 1000, "%22" * 1000], ids=range(12))
def test_whatever_is_typed_gets_an_answer(shown, client, door, q):
    assert client.get(f"{door}?q={q}").status_code == 200
    assert client.get(f"{door}?type=course&q={q}").status_code == 200


def test_a_sign_that_nothing_keeps_is_as_if_it_was_not_typed(shown, client):
    found = client.get("/search/suggest?q=cha%00c").json()
    assert found == client.get("/search/suggest?q=chac").json() != {"suggestions": []}
    # Elsewhere it is refused, and so is what becomes one.
    assert client.get("/search/suggest?q=a&x=%00").status_code == 400
    assert client.get("/search/suggest?q=%%0000").status_code == 400


def test_a_title_that_is_withdrawn_is_offered_no_longer_than_five_seconds(shown, client):
    kept = client.get("/search/suggest", {"q": "chac"})["Cache-Control"]
    assert http.KEEP_S + int(kept.rpartition("=")[2]) <= 5


def test_asked_again_nothing_is_searched(shown, client, django_assert_num_queries, monkeypatch):
    monkeypatch.setattr(http, "KEEP_S", 60)
    client.get("/search/suggest", {"q": "叉车"})
    with django_assert_num_queries(0):
        client.get("/search/suggest", {"q": " 叉车 "})


def test_too_often(shown, client, monkeypatch):
    monkeypatch.setattr(http, "LIMIT_PER_WINDOW", 3)
    answers = [client.get("/search/suggest", {"q": "叉"}).status_code for _ in range(4)]
    assert answers == [200, 200, 200, 429]
    assert client.get("/search/suggest", {"q": "叉"})["Retry-After"]


@pytest.mark.parametrize("address", ["/api/v1/search", "/api/v1/search/suggest"])
def test_the_api_too_often(shown, client, monkeypatch, address):
    monkeypatch.setattr(http, "LIMIT_PER_WINDOW", 3)
    assert [client.get(address, {"q": "叉"}).status_code for _ in range(4)] == [200, 200, 200, 429]


def test_nothing_is_written_by_asking(client, db):
    assert client.post("/search/suggest").status_code == 405


def test_the_api(shown, client):
    answer = client.get(
        "/api/v1/search", {"q": "网络安全", "kind": ["public"], "year": "2026", "page": "x"}
    ).json()
    assert {hit["id"] for hit in answer["hits"]} == {"netsec", "ethics"}
    assert (answer["total"], answer["page"], answer["pages"]) == (2, 1, 1)
    kind = next(facet for facet in answer["facets"] if facet["name"] == "kind")
    assert [(value["value"], value["count"], value["selected"]) for value in kind["values"]] == [
        ("public", 2, True),
        ("vocational", 1, False),
    ]
    assert client.get("/api/v1/search/suggest", {"q": "叉"}).json()[0]["url"] == "/courses/forklift/"


def test_the_api_when_the_engine_is_down(client, db, settings):
    settings.ELASTICSEARCH_URL = "http://127.0.0.1:9"
    answer = client.get("/api/v1/search", {"q": "叉车"})
    assert answer.status_code == 200
    assert any("备用搜索" in notice for notice in answer.json()["notices"])


def test_a_word_that_means_the_same_is_suggested_for(courses, client, settle):
    courses.put("lathe", "数控车床操作")
    api.index("course", ["lathe"])
    settle()
    texts = [one["text"] for one in client.get("/search/suggest", {"q": "cnc"}).json()["suggestions"]]
    assert texts == ["CNC编程入门", "数控车床操作"]


def test_where_no_title_begins_so_titles_that_the_search_finds_are_suggested(courses, client, settle):
    courses.put("lathe", "车床操作", body="排屑器的清理")
    api.index("course", ["lathe"])
    settle()
    assert client.get("/search/suggest", {"q": "排屑器"}).json()["suggestions"] == [
        {"text": "车床操作", "url": "/courses/lathe/", "note": "课程"}
    ]


def test_a_box_for_courses_suggests_courses_alone(courses, client, settle):
    class Rules(Catalogue):
        type, label, facets = "rule", "转换规则", ()

    rules = Rules()
    rules.shelf["r"] = api.Document(
        type="rule", id="r", title="叉车证书转学分", url="/r/", audience=["public"]
    )
    api.register(rules)
    api.rebuild()
    settle()

    def urls(**given):
        return [
            one["url"] for one in client.get("/search/suggest", {"q": "叉车", **given}).json()["suggestions"]
        ]

    assert "/r/" in urls()
    assert "/courses/forklift/" in urls(type="course")
    assert "/r/" not in urls(type="course")
    # What is no kind of thing is all of them.
    assert "/r/" in urls(type="nonsense")
    typed = client.get("/api/v1/search/suggest", {"q": "叉车", "type": "rule"}).json()
    assert [one["url"] for one in typed] == ["/r/"]


def test_a_box_takes_as_much_as_the_server_reads(shown, client):
    page = client.get("/search/").content.decode()
    assert f'maxlength="{MAX_QUERY_CHARS}"' in page
    assert http.MAX_PREFIX_CHARS == MAX_QUERY_CHARS
