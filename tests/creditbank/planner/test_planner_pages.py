"""The planner's page and API on the database: nothing written, phone form without scripts, bad input answered."""

import re
from datetime import date

import pytest
from django.urls import reverse

from creditbank.planner import answers
from creditbank.planner.forms import MOST_HYPOTHESES, pack, unpack
from creditbank.planner.rules import Hypothesis
from creditbank.rules.facts import Direction, Kind, Rate
from creditbank.rules.services import open_rule
from lms.lib.audit.models import AuditRow
from tests.factories.creditbank import SYSTEM, certificate, college, person, programme, rule_version

pytestmark = [pytest.mark.django_db, pytest.mark.long]
PAGE = "/credit/plan/"
WELDER = Hypothesis(Kind.SKILL, "6-18-02-04", 3)


@pytest.fixture
def house():
    """A programme of 12 credits: electricians 8, welders 3, hours at most 2."""
    target = programme(centicredits=1200)
    rule_version(target)
    course = [{"code": "WE101", "name": "焊接工艺", "centicredits": 300}]
    rule_version(target, "welder-3", occupation_code="6-18-02-04", occupation_name="焊工", courses=course)
    open_rule(SYSTEM, target, code="hours", title="学时", mode="", direction=Direction.HOURS_TO_CREDITS)
    rule_version(
        target,
        "hours",
        outcome_kind=Kind.HOURS,
        occupation_code="",
        occupation_name="",
        level=None,
        courses=[],
        rate=Rate(1600, 100, unit="training"),
        cap_per_rule=200,
    )
    return target


@pytest.fixture
def learner(client):
    user = person("李明")
    client.force_login(user)
    return user


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_what_i_have_what_is_missing_and_the_way(client, learner, house):
    certificate(learner)
    before = AuditRow.objects.count()
    found = client.get(PAGE)
    said = text(found)
    assert found.status_code == 200
    assert "按规则可认定 8 学分" in said
    assert "还缺 4 学分" in said
    # Fewest outcomes: the welder's 3 and an hour's 1; the least hours: 16.
    assert "一共要学 16 学时" in said
    assert "规则 welder-3" in said
    assert "测试规则文件" in said
    assert reverse("credit:rule", args=["electrician-3"]) in found.content.decode()
    assert AuditRow.objects.count() == before


def test_an_outcome_typed_in_stands_in_the_address_and_can_be_taken_out(client, learner, house):
    said = {
        "programme": house.uuid,
        "add": "1",
        "kind": Kind.SKILL,
        "occupation_code": "6-18-02-04",
        "level": 3,
    }
    added = client.get(PAGE, said)
    assert added.status_code == 302
    page = client.get(added.headers["Location"])
    assert "按规则可认定 3 学分" in text(page)
    assert "假设" in text(page)
    assert "焊工 · 三级/高级工" in text(page)
    (without,) = re.findall(r'href="([^"]+)" aria-label="去掉', page.content.decode())
    assert "按规则可认定 0 学分" in text(client.get(without.replace("&amp;", "&")))


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"kind": Kind.SKILL, "occupation_code": "电工"}, "X-XX-XX-XX"),
        ({"kind": Kind.SKILL, "occupation_code": "6-18-02-04"}, "请选择等级"),
        ({"kind": Kind.HOURS}, "请写学时数"),
        ({"kind": Kind.HOURS, "centihours": "99999"}, "太大或太小"),
        ({"kind": "nothing"}, "还有一处要改"),
        ({"kind": Kind.COURSE, "course_code": "a|b"}, "还有一处要改"),
    ],
)
def test_bad_input_is_said_beside_its_field(client, learner, house, said, sentence):
    found = client.get(PAGE, {"programme": house.uuid, "add": "1"} | said)
    assert found.status_code == 422
    assert sentence in text(found)


def test_addresses_that_nobody_wrote(client, learner, house):
    assert client.get(PAGE, {"programme": "x"}).status_code == 404
    assert client.get(PAGE, {"programme": "0190b6a0-0000-7000-8000-000000000000"}).status_code == 404
    bad = [
        "",
        "a|b",
        pack(WELDER) + "|",
        "\0" * 8,
        pack(WELDER).replace("3", "９"),
        "vocational_skill_certificate|||||||-1|",
    ]
    assert [unpack(one) for one in bad] == [None] * len(bad)
    assert client.get(PAGE, {"if": [one for one in bad if "\0" not in one]}).status_code == 200
    assert unpack(pack(WELDER)) == WELDER
    many = client.get(PAGE, {"if": [pack(WELDER)] * (MOST_HYPOTHESES + 5)})
    assert "一次最多假设 10 项" in text(many)


def test_no_rules_yet_and_not_signed_in(client):
    assert client.get(PAGE).status_code == 302
    client.force_login(person())
    assert "还没有学校公布转换规则" in text(client.get(PAGE))


def test_a_programme_whose_credits_nobody_has_set(client, learner):
    target = programme(college(), code="unset", centicredits=None, source="")
    rule_version(target)
    certificate(learner)
    said = text(client.get(PAGE))
    assert "毕业共需 未设定" in said
    assert "最短的路" not in said


def test_queries_do_not_grow_with_rules_and_outcomes(learner, house, django_assert_max_num_queries):
    def queries():
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as captured:
            answers.plan(learner, house, [WELDER], date(2026, 3, 2))
        return len(captured)

    certificate(learner)
    first = queries()
    for number in range(3):
        certificate(learner, level=3, title=f"电工 {number}")
        rule_version(
            house, f"more-{number}", courses=[{"code": f"M{number}", "name": "课", "centicredits": 50}]
        )
    assert queries() == first <= 10


def test_the_api_says_the_same(client, learner, house):
    certificate(learner)
    found = client.get("/api/v1/credit/plan", {"programme": house.uuid}).json()
    assert (found["needed"], found["offered"], found["missing"], found["left"]) == (1200, 800, 400, 0)
    assert [(line["rule"], line["version"], line["source"]) for line in found["lines"]] == [
        ("electrician-3", 1, "测试规则文件")
    ]
    assert [(step["centicredits"], step["centihours"]) for step in found["way"]] == [(300, None), (100, 1600)]
    body = {
        "programme": str(house.uuid),
        "outcomes": [{"kind": Kind.HOURS, "centihours": 9000, "unit": "training"}],
    }
    more = client.post("/api/v1/credit/plan", body, content_type="application/json").json()
    hours = next(line for line in more["lines"] if not line["registered"])
    assert (hours["centicredits"], hours["cap"], hours["limit"]) == (200, "rule", 200)
    assert "这条规则最多给 2 学分" in hours["sentence"]
    body["outcomes"][0]["kind"] = "nothing"
    refused = client.post("/api/v1/credit/plan", body, content_type="application/json")
    assert refused.status_code == 422
    client.logout()
    assert client.get("/api/v1/credit/plan", {"programme": house.uuid}).status_code == 401


def test_a_script_is_told_to_wait_and_others_are_not(client, monkeypatch):
    monkeypatch.setattr(answers, "MOST_A_MINUTE", 2)
    target = rule_version().rule.programme
    for _who in range(2):
        client.force_login(person())
        asked = [
            client.get("/api/v1/credit/plan", {"programme": target.uuid}).status_code for _time in range(3)
        ]
        assert asked == [200, 200, 429]
        assert client.get(reverse("credit:plan")).status_code == 429
