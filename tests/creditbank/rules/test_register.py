"""The public register: who looks needs no account; filters, days, versions with their differences, and the API beside."""

from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse

from creditbank.rules import register
from creditbank.rules.register import Wanted
from creditbank.rules.words import rule_url
from lms.lib.clock import today
from tests.creditbank.rules.house import EXEMPTION, HOURS, TRANSFER, House

pytestmark = [pytest.mark.django_db, pytest.mark.long]
API = "/api/v1/credit/rules"


@pytest.fixture
def house():
    return House()


def codes(**wanted):
    return [version.rule.code for version in register.listed(Wanted(**wanted))]


@pytest.fixture
def shelf(house):
    """A rule of each direction, at two colleges."""
    other = House("qpjx", "青溪技师学院")
    house.published("cert", group="electric")
    house.published("cert-b", title="电工中级工证书认定", level=4, group="electric")
    house.published("hours", title="学时折学分", base=HOURS, direction="hours_to_credits", mode="")
    house.published(
        "exempt",
        title="课程免考",
        base=EXEMPTION,
        direction="credits_to_exemption",
        mode="credit_recognition",
    )
    other.published("moves", title="校际转换", base=TRANSFER, direction="credits_to_credits", mode="")
    return house


def test_the_filters(shelf):
    assert sorted(codes()) == ["cert", "cert-b", "exempt", "hours", "moves"]
    assert codes(direction="hours_to_credits") == ["hours"]
    assert codes(mode="credit_recognition") == ["exempt"]
    assert sorted(codes(mode="none")) == ["hours", "moves"]
    assert codes(institution="qpjx") == ["moves"]
    assert sorted(codes(kind="degree_course")) == ["exempt", "moves"]
    assert sorted(codes(occupation="6-31")) == ["cert", "cert-b"]
    assert sorted(codes(occupation="电工")) == ["cert", "cert-b"]
    assert codes(day=today() - timedelta(days=1)) == []
    assert len(codes(day=today())) == 5


def test_the_version_in_force_on_a_day(house):
    first = house.published("r")
    second = house.published(rule=first.rule, level=4, valid_from=today() + timedelta(days=10))
    house.published(rule=first.rule, ends=True, valid_from=today() + timedelta(days=20))

    def number(days):
        found = register.listed(Wanted(day=today() + timedelta(days=days)))
        return [version.number for version in found]

    assert (number(0), number(9), number(10), number(19), number(20)) == ([1], [1], [2], [2], [])
    assert [version.number for version in register.listed(Wanted())] == [3]
    states = [shown.state for shown in register.versions_of(first.rule, today())]
    assert states == ["coming", "coming", "in_force"]
    states = [shown.state for shown in register.versions_of(first.rule, second.valid_from)]
    assert states == ["coming", "in_force", "replaced"]
    states = [shown.state for shown in register.versions_of(first.rule, today() + timedelta(days=21))]
    assert states == ["ended", "over", "over"]


def test_the_list_page(client, shelf, django_assert_max_num_queries):
    address = reverse("credit:rules")
    client.get(address)
    with django_assert_max_num_queries(8):
        page = client.get(address).content.decode()
    assert "电工高级工证书认定机电一体化课程" in page
    assert "测试认定办法〔2026〕1号" in page
    assert rule_url("cert") in page
    narrow = client.get(
        address, {"direction": "hours_to_credits", "day": today().isoformat()}
    ).content.decode()
    assert "学时折学分" in narrow
    assert "课程免考" not in narrow
    assert "没有符合条件的规则" in client.get(address, {"occupation": "宇航员"}).content.decode()


@pytest.mark.parametrize("query", [{"direction": "sideways"}, {"day": "yesterday"}, {"page": "x"}])
def test_nonsense_in_the_address_does_no_harm(client, shelf, query):
    answer = client.get(reverse("credit:rules"), query)
    assert answer.status_code == 200
    assert "cert" in answer.content.decode()


def test_a_rules_page_has_versions_differences_and_exclusions(client, shelf):
    rule = register.rule_of("cert")
    shelf.published(rule=rule, max_age_days=365, source_document="测试认定办法〔2027〕9号", group="electric")
    page = client.get(rule_url("cert")).content.decode()
    for text in (
        "第 1 版",
        "第 2 版",
        "与上一版相比",
        "颁发后 1825 天内",
        "颁发后 365 天内",
        "未设定",
        "测试认定办法〔2027〕9号",
        "与它互斥的规则",
        "电工中级工证书认定",
    ):
        assert text in page
    assert client.get(rule_url("nothing-here")).status_code == 404
    assert rule_url("cert", 2).endswith("/credit/rules/cert/#v2")


def test_a_draft_is_nowhere_to_be_seen(client, house):
    house.approved(title="还没有公布的规则名")
    assert "还没有公布的规则名" not in client.get(reverse("credit:rules")).content.decode()
    assert client.get(API).json() == []


def test_the_api(client, shelf):
    found = client.get(API, {"kind": "training_hours"}).json()
    assert [item["code"] for item in found] == ["hours"]
    assert found[0]["rate"] == {"per": 1600, "centicredits": 100, "step": 50, "of": "centihours", "unit": ""}
    assert (found[0]["level"], found[0]["cap_per_year"]) == (None, None)
    assert client.get(API, {"day": "2020-01-01"}).json() == []
    assert client.get(API, {"day": "soon"}).status_code == 422
    one = client.get(f"{API}/cert").json()
    assert one["excludes"] == ["cert-b"]
    assert [item["state"] for item in one["versions"]] == ["in_force"]
    assert any(
        fact["lines"] == ["5 学分"] or "电工技术基础" in fact["lines"][0]
        for fact in one["versions"][0]["facts"]
    )
    assert client.get(f"{API}/nothing-here").status_code == 404


def test_shanghais_day_decides(house):
    with time_machine.travel("2026-03-31T17:00:00Z", tick=False):
        version = house.published("r")
    assert version.valid_from == date(2026, 4, 1)
