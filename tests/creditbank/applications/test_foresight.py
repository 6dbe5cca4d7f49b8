"""What caps leave is said before the decision, to both sides, and nobody agrees to an amount they have not read."""

import json
from datetime import date

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse as url

from creditbank.applications.decisions import decide_many
from creditbank.applications.foresight import foresee
from creditbank.applications.services import decide, submit
from creditbank.outcomes.services import Deposit, deposit, verify_outcome
from creditbank.rules.facts import Direction, Kind, Rate
from creditbank.rules.services import open_rule
from lms.lib.errors import Conflict
from tests.creditbank.applications.cases import House, credits_of
from tests.factories.creditbank import SYSTEM, member, person, programme, rule_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    """16 hours of training give a credit, at most two by the rule and at most three in the programme."""
    made = House(reviewers=1)
    target = programme(made.home)
    open_rule(SYSTEM, target, code="hours", title="学时", mode="", direction=Direction.HOURS_TO_CREDITS)
    made.version = rule_version(
        target,
        "hours",
        outcome_kind=Kind.HOURS,
        occupation_code="",
        occupation_name="",
        level=None,
        courses=[],
        rate=Rate(1600, 100, unit="training"),
        cap_per_rule=200,
        programme_cap_centicredits=300,
    )
    return made


def hours(house, learner, title, centihours=2400):
    said = Deposit(
        Kind.HOURS,
        title,
        "",
        None,
        "华新培训中心",
        "",
        date(2025, 5, 18),
        centihours=centihours,
        unit="training",
        starts_on=date(2025, 5, 16),
    )
    paper = deposit(learner, said)
    row = submit(learner, house.wish(paper))
    verify_outcome(member("reviewer", house.home, "核实"), paper, method="register")
    return row


@pytest.mark.long
def test_the_second_gets_what_the_first_left_and_everybody_is_told(house, client):
    learner = person()
    first, second = hours(house, learner, "安全培训"), hours(house, learner, "技能培训")
    assert (first.centicredits, second.centicredits) == (150, 150)
    now = foresee(second)
    assert (now.centicredits, now.changed, now.others, now.others_centicredits) == (150, False, 1, 150)
    assert [(cap.used, cap.left) for cap in now.caps] == [(0, 300), (0, 200)]
    client.force_login(learner)
    page = url("credit:application", args=[second.uuid])
    assert "按认定那一刻上限还剩多少算" in client.get(page).content.decode()
    decide(house.first, first, approve=True, reason="相符", seen=150)

    now = foresee(second)
    assert (now.centicredits, now.asked, now.changed, now.others) == (50, 150, True, 0)
    assert [(cap.text, cap.used, cap.left) for cap in now.caps] == [
        ("这个专业最多认定 3 学分", 150, 150),
        ("这条规则最多给 2 学分", 150, 50),
    ]
    assert "按量可得 1.5 学分，计入 0.5 学分：这条规则最多给 2 学分。" in now.sentence
    assert now.rows == (("", "", 50),)
    # Whoever read 1.5 does not grant 0.5, alone or with others.
    with pytest.raises(Conflict) as changed:
        decide(house.first, second, approve=True, reason="相符", seen=150)
    assert changed.value.code == "amount_changed"
    (line,) = decide_many(house.first, [(second.uuid, second.revision)], approve=True, reason="相符")
    assert (line.done, "只能计入 0.5 学分" in line.sentence) == (False, True)
    assert credits_of(learner) == 150

    reviewer = house.first
    reviewer.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(reviewer)
    case = url("creditbank_case", args=[second.uuid])
    shown = client.get(case).content.decode()
    for said in (
        "如果现在认定",
        "计入 0.5 学分",
        "申请时算得 1.5 学分，现在不同",
        'name="centicredits" value="50"',
    ):
        assert said in shown
    answer = client.get(f"/api/v1/credit/review/{second.uuid}/now").json()
    assert (answer["centicredits"], answer["asked"], len(answer["caps"])) == (50, 150, 2)
    said = {"approve": True, "reason": "相符", "centicredits": 150}
    door = f"/api/v1/credit/review/{second.uuid}/decision"
    assert client.post(door, json.dumps(said), content_type="application/json").status_code == 409
    stale = {"revision": second.revision, "centicredits": "150", "action": "approve", "reason": "相符"}
    assert client.post(case, stale).status_code == 409
    assert client.post(case, stale | {"centicredits": "50"}).status_code == 302
    assert credits_of(learner) == 200
    client.force_login(learner)
    assert "按 0.5 学分入账" in client.get(page).content.decode()


def test_where_nothing_is_left_it_is_said_before_the_decision(house):
    learner = person()
    rows = [hours(house, learner, "安全培训", 3200), hours(house, learner, "技能培训")]
    decide(house.first, rows[0], approve=True, reason="相符")
    now = foresee(rows[1])
    assert (now.centicredits, now.rows) == (0, ())
    assert "这条规则最多给 2 学分，再加就超过了" in now.sentence
    with pytest.raises(Conflict) as refused:
        decide(house.first, rows[1], approve=True, reason="相符", seen=0)
    assert refused.value.code == "cap_reached"
    decide(house.first, rows[1], approve=False, reason="上限已满", seen=0)
    rows[1].refresh_from_db()
    assert foresee(rows[1]) is None


def test_two_pairs_of_eyes_read_the_same_amount(house):
    learner = person()
    rows = [hours(house, learner, title) for title in ("安全培训", "技能培训")]
    rows[1].reviewers = 2
    rows[1].save()
    rows[1] = decide(house.first, rows[1], approve=True, reason="相符", seen=150)
    assert (rows[1].state, rows[1].centicredits) == ("proposed", 150)
    decide(house.first, rows[0], approve=True, reason="相符")
    with pytest.raises(Conflict):
        decide(house.second, rows[1], approve=True, reason="相符", seen=150)
    assert decide(house.second, rows[1], approve=True, reason="相符", seen=50).centicredits == 50
