"""A10: which directions the document names is a list with a date; an item picks from the one of its day, and says in its own words what the
document leaves open (等)."""

from datetime import date

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from lms.lib.errors import Invalid, NotAllowed
from lms.training.digital import directions, rules
from lms.training.digital.models import DirectionList
from lms.training.digital.rules import INDUSTRIES, NAMED, SCENES, Direction
from lms.training.lifecycle import services as cases
from tests.factories.accounts import UserFactory
from tests.training.ce import office
from tests.training.digitals import Lab, facts_of, later

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab(clock):
    return Lab()


def test_a10_the_first_list_is_the_documents_own(lab):
    found = directions.in_force(date(2022, 12, 2))
    assert rules.directions_of(found.entries) == NAMED
    assert (len(INDUSTRIES), len(SCENES)) == (7, 10)
    assert "三(三)" in found.source
    assert directions.in_force(date(2022, 12, 1)) is None
    assert rules.direction_fault(NAMED) == ""


def test_a10_an_item_says_a_direction_of_its_day_or_that_the_list_has_none(lab):
    case = lab.complete("national", direction="占星")
    with pytest.raises(Invalid, match="职业方向不在现行名单"):
        lab.by(lab.teacher, case, "submit")
    open_case = lab.complete("national", direction="量子计算", direction_open=True)
    lab.by(lab.teacher, open_case, "submit")
    lab.by(lab.teacher, lab.complete("national", direction="区块链", direction_list=1), "submit")


def test_a88_a_case_keeps_the_list_of_the_day_it_was_handed_in(lab, clock):
    keeper = UserFactory(is_superuser=True)
    case = lab.by(lab.teacher, lab.complete("national", direction="人工智能", direction_list=1), "submit")
    directions.publish(
        keeper, [Direction("industry", "大模型应用")], date(2026, 3, 10), "测试文件〔2026〕1 号"
    )
    later(clock)
    lab.by(lab.officer, case, "ask", reason="请补正方案")
    lab.by(lab.teacher, case, "resubmit")
    new = cases.begin(lab.teacher, "digital-item", lab.host, lab.authority)
    fresh = cases.describe(lab.teacher, new, rules.dump(facts_of("national", enrol_until="2026-04-01")))
    assert "direction_unknown" in {lack.code for lack in lab_lacks(fresh)}, (
        "the list of today has no 人工智能"
    )


def test_a88_the_form_of_a_case_offers_the_list_it_is_judged_by(lab, clock, client):
    case = lab.by(lab.teacher, lab.complete("national", direction="人工智能", direction_list=1), "submit")
    listed = [Direction("industry", "大模型应用")]
    directions.publish(UserFactory(is_superuser=True), listed, date(2026, 3, 10), "测试文件〔2026〕1 号")
    later(clock)
    lab.by(lab.officer, case, "ask", reason="请补正方案")
    client.force_login(lab.teacher)
    address = reverse("cases:facts", args=[case.uuid])
    form = client.get(address).context["form"]
    assert form.about["direction"].value() == "人工智能"
    sent = {field.name: value for field in form.about if (value := field.value()) not in (None, "")}
    assert client.post(address, sent | {"direction": "大模型应用"}).status_code == 422
    assert client.post(address, sent).status_code == 302
    case.refresh_from_db()
    facts = rules.load(case.facts)
    assert (facts.direction, facts.direction_list, facts.direction_open) == ("人工智能", 1, False)
    lab.by(lab.teacher, case, "resubmit")


def lab_lacks(case):
    from lms.training.lifecycle.conduct import conduct_of

    return conduct_of(case).lacks(case, frozenset())


def test_a10_only_the_platforms_administrators_set_it_and_never_back(lab):
    entries = [Direction("scene", "智慧港口")]
    for user in (lab.officer, lab.teacher, UserFactory(), UserFactory(is_superuser=True, is_active=False)):
        with pytest.raises(NotAllowed):
            directions.publish(user, entries, date(2026, 3, 2), "测试文件")
    keeper = UserFactory(is_superuser=True)
    for rows, day, source, field in (
        ([], date(2026, 3, 2), "测试文件", "industry"),
        ([*entries, *entries], date(2026, 3, 2), "测试文件", "industry"),
        ([Direction("magic", "智慧港口")], date(2026, 3, 2), "测试文件", "industry"),
        ([Direction("scene", "长" * 61)], date(2026, 3, 2), "测试文件", "industry"),
        (entries, date(2026, 3, 1), "测试文件", "valid_from"),
        (entries, date(2026, 3, 2), " ", "source"),
    ):
        with pytest.raises(Invalid) as refused:
            directions.publish(keeper, rows, day, source)
        assert refused.value.details["field"] == field
    assert DirectionList.objects.count() == 1
    assert directions.publish(keeper, entries, date(2026, 3, 2), "测试文件").version == 2
    assert directions.titles_on(date(2026, 3, 2)) == ["智慧港口"]


def test_a10_the_form_offers_the_list_and_keeps_what_is_open(lab, client):
    case = lab.draft("national")
    client.force_login(lab.teacher)
    address = reverse("cases:facts", args=[case.uuid])
    page = client.get(address).content.decode()
    assert "智慧农业及水利" in page
    assert "数字化应用场景" in page
    sent = {
        "track": "national",
        "year": "2026",
        "title": "培育项目",
        "about": "面向企业",
        "level": "national",
        "fund": "city",
        "budget_fen": "10000",
        "people": "20",
        "centihours": "24",
        "enrol_until": "2026-03-10",
        "team_most": "1",
    }
    assert client.post(address, sent | {"direction": "magic"}).status_code == 422
    assert client.post(address, sent | {"direction": "智能制造"}).status_code == 302
    case.refresh_from_db()
    facts = rules.load(case.facts)
    assert (facts.direction, facts.direction_list, facts.direction_open) == ("智能制造", 1, False)
    assert (
        client.post(address, sent | {"direction": "other", "direction_other": "量子计算"}).status_code == 302
    )
    case.refresh_from_db()
    facts = rules.load(case.facts)
    assert (facts.direction, facts.direction_list, facts.direction_open) == ("量子计算", 0, True)
    assert "量子计算" in client.get(address).content.decode()
    # Written by hand what the list has: it is the list's.
    assert client.post(address, sent | {"direction": "other", "direction_other": "物联网"}).status_code == 302
    case.refresh_from_db()
    assert rules.load(case.facts).direction_list == 1


def test_a10_the_list_stands_in_the_office_and_its_keeper_publishes_there(lab, client):
    address = reverse("training_directions")
    office(client, lab.officer)
    page = client.get(address).content.decode()
    assert "虚拟现实和增强现实" in page
    sent = {
        "industry": "云计算\n大数据",
        "scene": "",
        "valid_from": "2026-03-03",
        "source": "测试文件〔2026〕2 号",
    }
    assert client.post(address, sent).status_code == 403
    client.force_login(UserFactory(is_superuser=True))
    assert client.post(address, sent | {"industry": "云计算\n云计算"}).status_code == 422
    assert client.post(address, sent).status_code == 302
    assert DirectionList.objects.first().entries == [["industry", "云计算"], ["industry", "大数据"]]


TITLES = st.text(min_size=0, max_size=70)


@given(st.lists(st.tuples(st.sampled_from(["industry", "scene", "x"]), TITLES), max_size=6))
def test_a10_a_list_without_fault_names_each_direction_once(rows):
    found = [Direction(sort, title) for sort, title in rows]
    if rules.direction_fault(found) == "":
        titles = [row.title for row in found]
        assert titles
        assert len(set(titles)) == len(titles)
        assert all(row.sort in ("industry", "scene") and row.title.strip() for row in found)
