"""Synonyms: their lists, who may change them, and that searches feel it without anything being indexed anew."""

from datetime import timedelta

import pytest
from django.urls import reverse

from lms.accounts.api import staff_group
from lms.lib.audit.models import AuditRow
from lms.lib.clock import today
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.lib.ids import uuid7
from search import api
from search.analysis import parse
from search.synonyms import queries, rules, services
from search.synonyms.models import Synonym
from tests.factories.accounts import MembershipFactory


@pytest.fixture(autouse=True)
def _nothing_kept():
    """What this process remembers is of another test's database."""
    queries.forget()
    yield
    queries.forget()


def test_both_ways_and_one_way():
    table = rules.table(rules.read(["电工 = 维修电工", "月嫂 > 育婴员, 母婴护理", "# a note", ""]))
    assert table == {"电工": ("维修电工",), "维修电工": ("电工",), "月嫂": ("育婴员", "母婴护理")}


def test_a_synonyms_synonym_is_none():
    table = rules.table(rules.read(["a1 > b1", "b1 > c1"]))
    assert table["a1"] == ("b1",)


@pytest.mark.parametrize("line", ["电工", "= 电工", "！ = 电工", "电工 >"])
def test_a_line_that_is_none_is_refused(line):
    with pytest.raises(ValueError, match="no synonyms"):
        rules.read([line])


def test_those_that_come_with_the_software_are_readable():
    supplied = queries.builtin()
    assert supplied["电工"] == ("维修电工",)
    assert all(name == rules.key(name) for name in supplied)


def test_words_cut_apart_are_one_synonym_together():
    (clause,) = parse("西门子 plc", {"西门子plc": ("S7-1200",)}).clauses
    assert clause.text == "西门子plc"
    assert ("s71200",) in clause.any_of[clause.own :]


@pytest.fixture
def officer(make_staff):
    return make_staff("officer")


@pytest.fixture
def make_staff(db):
    def make(role):
        user = MembershipFactory(role=role).user
        user.groups.add(staff_group())
        return user

    return make


def test_a_pair_is_felt_at_once_and_ended_again(courses, find, officer, django_capture_on_commit_callbacks):
    assert find("铁牛").total == 0
    with django_capture_on_commit_callbacks(execute=True):
        made = services.add(officer, "铁牛", "叉车", both_ways=False)
    assert find("铁牛").hits[0].id == "forklift"
    assert find("叉车").total == 2
    with django_capture_on_commit_callbacks(execute=True):
        services.end(officer, made.uuid)
    services.end(officer, made.uuid)
    assert find("铁牛").total == 0
    assert list(AuditRow.objects.order_by("id").values_list("action", flat=True)) == [
        "search.synonym.add",
        "search.synonym.end",
    ]
    assert Synonym.objects.count() == 1


def test_a_pair_begins_on_its_day(db, officer):
    services.add(officer, "铁牛", "叉车", both_ways=True, since=today() + timedelta(days=1))
    assert "铁牛" not in queries.read()


@pytest.mark.parametrize(
    ("term", "meant"), [("", "叉车"), ("！", "叉车"), ("叉车", "叉車"), ("ＣＮＣ", "cnc"), ("x" * 41, "叉车")]
)
def test_what_is_no_pair_is_refused(officer, term, meant):
    with pytest.raises(Invalid):
        services.add(officer, term, meant, both_ways=True)
    assert not Synonym.objects.exists()


def test_a_pair_that_holds_is_not_added_again(officer):
    services.add(officer, "铁牛", "叉车", both_ways=True)
    with pytest.raises(Conflict):
        services.add(officer, "叉车", "铁牛", both_ways=False)


@pytest.mark.parametrize("role", ["admin", "reviewer", "hr"])
def test_others_may_not(make_staff, role):
    user = make_staff(role)
    with pytest.raises(NotAllowed):
        services.add(user, "铁牛", "叉车", both_ways=True)
    with pytest.raises(NotAllowed):
        services.end(user, uuid7())


def test_one_that_is_not_there_is_not_found(officer):
    with pytest.raises(NotFound):
        services.end(officer, uuid7())


def test_the_staff_screen(client, officer, make_staff):
    page = reverse("search_synonyms")
    client.force_login(officer)
    assert "还没有添加过" in client.get(page).content.decode()
    assert client.post(page, {"term": "铁牛", "meant": "叉车", "both_ways": "on"}).status_code == 302
    again = client.post(page, {"term": "铁牛", "meant": "叉车"})
    assert again.status_code == 409
    assert "这两个词已经是同义词" in again.content.decode()
    assert client.post(page, {"term": "", "meant": "x" * 99}).status_code == 422
    row = Synonym.objects.get()
    shown = client.get(page).content.decode()
    assert "铁牛" in shown
    assert client.post(reverse("search_synonym_end", args=[row.uuid])).status_code == 302
    assert reverse("search_synonym_end", args=[row.uuid]) not in client.get(page).content.decode()
    client.force_login(make_staff("reviewer"))
    assert client.get(page).status_code in (302, 403)
    assert client.post(page, {"term": "a1", "meant": "b1"}).status_code in (302, 403)
    assert Synonym.objects.count() == 1
    assert page not in client.get(reverse("wagtailadmin_home")).content.decode()


def test_a_search_says_why_each_result_is_there(courses, find):
    hit = find("叉车").hits[0]
    assert hit.reasons[0].text == "标题里有「叉车」"
    assert [one.code for one in find("chache").hits[0].reasons][:1] == ["sound"]


def test_what_was_meant_is_searched_for(courses, find):
    results = find("网洛安全")
    assert results.corrected == "网络安全"
    assert results.hits
    assert api.search(api.SearchRequest(query="叉车")).corrected == ""
