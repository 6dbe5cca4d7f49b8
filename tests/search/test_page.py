"""The page of everything that can be found: kinds, facets, paging that stays, picks, and what helps where nothing is found."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone
from wagtail.contrib.search_promotions.models import Query, SearchPromotion

from courses.pages.models import CataloguePage
from search import api, documents
from search.api import Document, SearchRequest
from search.picks.queries import picks_for
from tests.factories.search import Catalogue


class Rules(Catalogue):
    """A second kind of thing, with a facet of its own."""

    type = "rule"
    label = "转换规则"
    facets = (api.Facet("direction", "方向", values={"in": "转入", "out": "转出"}, order="given"),)

    def put(self, key, title, **given):
        self.shelf[key] = Document(
            type="rule",
            id=key,
            title=title,
            url=f"/credit/rules/{key}/",
            facets={"direction": [given.pop("direction", "in")]},
            audience=given.pop("audience", ["public"]),
            **given,
        )


class Files(Catalogue):
    """A kind of thing for staff alone."""

    type = "file"
    label = "档案"
    staff = True
    facets = ()

    def keys(self, words):
        return None

    def cards(self, viewer, ids):
        return None


@pytest.fixture
def kinds(courses, settle):
    rules, files = Rules(), Files()
    rules.put("forklift", "叉车证书转学分")
    rules.put("crane", "起重机证书转学分", direction="out")
    files.put("secret", "叉车档案", audience=["platform"])
    api.register(rules)
    api.register(files)
    api.rebuild()
    settle()
    return documents.types()


def test_everything_is_found_on_one_page_and_told_apart(kinds, client):
    page = client.get("/search/", {"q": "叉车"})
    assert page.status_code == 200
    results = page.context["results"]
    assert {(hit.type, hit.id) for hit in results.hits} >= {("course", "forklift"), ("rule", "forklift")}
    assert [(tab.type, tab.count) for tab in results.tabs] == [("", 3), ("course", 2), ("rule", 1)]
    only = client.get(f"/search/?{results.tabs[2].query}").context["results"]
    assert [hit.type for hit in only.hits] == ["rule"]
    # The other kinds can still be gone to, and the filters are those of this kind.
    assert [tab.count for tab in only.tabs] == [3, 2, 1]
    assert [facet.name for facet in only.facets] == ["type", "direction"]


def test_a_kind_for_staff_is_never_asked_for(kinds, client):
    assert "file" not in documents.public_types()
    for address in ("/search/?q=叉车档案", "/search/?q=叉车&type=file", "/search/"):
        hits = client.get(address).context["results"].hits
        assert "file" not in {hit.type for hit in hits}
    assert all(hit["type"] != "file" for hit in client.get("/api/v1/search", {"type": "file"}).json()["hits"])


def test_facets_are_of_the_kinds_that_were_chosen(kinds, find):
    assert {facet.name for facet in find("叉车", type="course").facets} == {
        "type",
        "kind",
        "year",
        "sector",
        "provider",
    }
    # Several kinds and several values at once.
    both = find("证书", type=["course", "rule"], direction=["in", "out"])
    assert {hit.id for hit in both.hits} == {"forklift", "crane"}


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ({"q": "叉车", "colour": "red"}, "已忽略"),
        ({"q": "叉车", "type": "nonsense"}, "已忽略"),
        ({"q": "叉车", "kind": "nonsense"}, "已忽略"),
        ({"q": "叉车", "provider": "unknown"}, "已忽略"),
        ({"page": "51"}, "只能翻到第 1000 条"),
    ],
    ids=["facet", "kind of thing", "value", "nobody", "too deep"],
)
def test_what_makes_no_sense_is_left_out_and_said_so(kinds, client, address, told):
    page = client.get("/search/", address)
    assert page.status_code == 200
    assert told in page.content.decode()


@pytest.mark.parametrize("name", ["utm_source", "from", "lang"])
def test_what_others_put_behind_a_link_is_nobodys_mistake(kinds, find, name):
    assert not find("叉车", **{name: "x"}).notices


@pytest.mark.parametrize(
    "after", ["", "course", "course.", ".x", "nonsense.x", "course.gone", "rule.crane" * 40, "\x00"]
)
def test_nonsense_behind_which_to_go_on_is_none(kinds, find, after):
    assert find("", after=after, page="2").page == 1


@pytest.mark.parametrize("sort", ["relevance", "newest", "hours"])
@pytest.mark.parametrize("query", ["", "考核"])
def test_nothing_is_shown_twice_or_passed_over_when_something_is_published_meanwhile(
    courses, settle, sort, query
):
    for number in range(12):
        title = f"第{number}期考核" if number % 3 else "期末考核"
        courses.put(f"exam-{number}", title, centihours=100 * (number % 4))
    # One without a day stands last.
    courses.put("exam-x", "考核", published_at=None)
    api.rebuild()
    settle()
    asked = SearchRequest(query=query, sort=sort, per_page=4, facets=())
    whole = [hit.id for hit in api.search(replace(asked, per_page=50)).hits]
    page, seen, number = api.search(asked), [], 0
    while True:
        seen += [hit.id for hit in page.hits]
        if not page.has_next:
            break
        # Newest, longest and best of all: it comes before everything on each page that is still to come.
        number += 1
        courses.put(f"new-{number}", "考核", centihours=10_000 + number)
        api.index("course", [f"new-{number}"])
        settle()
        page = api.search(replace(asked, page=page.page + 1, after=page.next_after))
    # What was there all along is seen once, in its order.
    assert [one for one in seen if not one.startswith("new-")] == whole


def test_the_page_before_may_be_gone(courses, settle):
    api.rebuild()
    settle()
    asked = SearchRequest(per_page=4, facets=(), sort="newest")
    first = api.search(asked)
    del courses.shelf[first.hits[-1].id]
    api.index("course", [first.hits[-1].id])
    settle()
    assert api.search(replace(asked, page=2, after=first.next_after)).hits


def test_the_link_to_the_next_page_names_where_it_goes_on(courses, client, settle):
    for number in range(30):
        courses.put(f"more-{number}", f"班组长{number}")
    api.rebuild()
    settle()
    page = client.get("/search/", {"q": "班组长"})
    results = page.context["results"]
    assert f"after={results.hits[-1].type}.{results.hits[-1].id}" in page.content.decode()
    second = client.get(f"/search/?{results.next_query}").context["results"]
    assert second.page == 2
    assert not {hit.id for hit in second.hits} & {hit.id for hit in results.hits}


def test_nothing_found_says_what_finds_something(kinds, client):
    page = client.get("/search/", {"q": "叉车 量子计算", "kind": "public"})
    results, ways = page.context["results"], page.context["shown"].ways
    assert results.total == 0 or results.relaxed
    if not results.hits:
        assert ("叉车", 3) in [(way.text, way.count) for way in ways]
    empty = client.get("/search/", {"q": "叉车", "type": "course", "kind": "public", "year": "2025"})
    assert "没有找到" in empty.content.decode()
    assert [way.text for way in empty.context["shown"].ways] == ["叉车"]


def test_what_was_typed_is_shown_as_text(kinds, client):
    page = client.get("/search/", {"q": "<script>alert(1)</script>"}).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def pick(query, **fields):
    row, _made = Query.objects.get_or_create(query_string=query)
    return SearchPromotion.objects.create(query=row, **fields)


def test_editors_name_something_above_the_results(kinds, client):
    pick("叉车", page=CataloguePage.objects.get().page_ptr, description="从这里开始")
    pick("叉车", external_link_url="https://example.org/a", external_link_text="考试日历", sort_order=2)
    page = client.get("/search/", {"q": " 叉車 "})
    assert [one.title for one in page.context["shown"].picks] == [
        CataloguePage.objects.get().title,
        "考试日历",
    ]
    text = page.content.decode()
    assert "编辑推荐" in text
    assert "从这里开始" in text
    assert client.get("/api/v1/search", {"q": "叉车"}).json()["picks"][1]["url"] == "https://example.org/a"
    # Not where the search was narrowed, and never in the order of what was found.
    assert not client.get("/search/", {"q": "叉车", "kind": "public"}).context["shown"].picks
    assert not picks_for("起重机")


def test_a_page_that_is_not_public_is_no_pick(kinds, client):
    catalogue = CataloguePage.objects.get()
    pick("叉车", page=catalogue.page_ptr)
    catalogue.expire_at = timezone.now() + timedelta(minutes=1)
    catalogue.save()
    assert picks_for("叉车")
    # Still live: the job that takes it down comes by later.
    catalogue.expire_at = timezone.now()
    catalogue.save()
    assert not picks_for("叉车")
    catalogue.expire_at, catalogue.live = None, False
    catalogue.save()
    assert not picks_for("叉车")


def test_the_api_gives_kinds_cursor_and_ways(kinds, client):
    answer = client.get("/api/v1/search", {"q": "叉车"}).json()
    assert [(one["type"], one["count"]) for one in answer["types"]] == [("course", 2), ("rule", 1)]
    assert answer["next_page"] is None
    assert answer["next_after"] == ""
    only = client.get("/api/v1/search", {"q": "叉车", "type": ["rule"]}).json()
    assert {hit["type"] for hit in only["hits"]} == {"rule"}
    assert all("type" not in hit["facets"] for hit in answer["hits"])


def test_a_tab_leads_to_as_much_as_it_counts(kinds, client):
    results = client.get("/search/", {"q": "叉车", "type": "course", "kind": "vocational"}).context["results"]
    assert len(results.tabs) == 2
    for tab in results.tabs:
        assert client.get(f"/search/?{tab.query}").context["results"].total == tab.count == 1


def test_a_translated_title_is_marked_and_said_to_have_the_word(courses, client, settle):
    courses.put("safe", "带电作业")
    words = {"words": {"en": ["Live work: zephyr safety", ""]}, "code": "zephyr-safety-1"}
    courses.shelf["safe"] = replace(
        courses.shelf["safe"], extra=words, keywords=["Live work: zephyr safety", "zephyr-safety-1"]
    )
    api.index("course", ["safe"])
    settle()
    page = client.get("/search/", {"q": "safety"}, headers={"accept-language": "en"}).content.decode()
    assert "Live work: zephyr <mark>safety</mark>" in page
    assert "Title or summary in another language" in page
    assert "Number" not in page


@pytest.mark.parametrize("typed", ["转换规则", "规则"])
def test_a_kind_asked_for_by_its_name_has_a_way_to_all_of_it(kinds, client, typed):
    page = client.get("/search/", {"q": typed, "sort": "hours"})
    only = page.context["results"].only
    assert (only.type, only.count) == ("rule", 2)
    assert "只看转换规则（2）" in page.content.decode()
    all_of_it = client.get(f"/search/?{only.query}").context["results"]
    assert {hit.type for hit in all_of_it.hits} == {"rule"}
    assert all_of_it.total == 2
    assert all_of_it.request.sort == "newest"


@pytest.mark.parametrize("asked", [{"q": "叉车"}, {"q": "转换规则", "type": "rule"}, {"q": "转换"}, {}])
def test_other_words_are_no_name_of_a_kind(kinds, client, asked):
    assert client.get("/search/", asked).context["results"].only is None


def test_a_page_beyond_the_last_says_how_many_there_are(kinds, client):
    for page in ("3", "51", "999999", "9999999999", "999999999999999999"):
        answer = client.get("/search/", {"q": "叉车", "page": page})
        assert answer.context["results"].page == 1
        notices = list(answer.context["results"].notices)
        assert notices == ["只能翻到第 1000 条；这里一共 3 条，下面是最后一页。"], page
    assert list(client.get("/search/", {"q": "叉车"}).context["results"].notices) == []


@pytest.mark.parametrize(
    "asked", ["kind=%00", "kind=pub%00lic", "after=%00", "after=course.a%00&page=2", "x=%00"]
)
@pytest.mark.parametrize("door", ["/search/", "/courses/"])
def test_a_sign_that_nothing_keeps_in_a_filter_is_left_out_and_said_so(kinds, client, door, asked):
    answer = client.get(f"{door}?q=叉车&{asked}")
    assert answer.status_code == 200
    assert "有的筛选条件不存在，已忽略。" in answer.content.decode()
