"""When the time is over: what was found is told as no more than that, and nothing unproven is given out as the best."""

import random
from datetime import date

import pytest
from django.urls import reverse

from creditbank.applications.planner import answer
from creditbank.outcomes.services import Deposit, deposit
from creditbank.planner import rules as planner
from creditbank.rules import milp
from creditbank.rules.facts import Direction, Kind, ProgrammeFact, Rate
from creditbank.rules.services import open_rule
from lms.lib.clock import today
from tests.bench.planner import DAY, outcomes, rules
from tests.factories.creditbank import SYSTEM, person, programme, rule_version

SAID = "没有证明它最短"


def hours(target, code, unit, step):
    open_rule(SYSTEM, target, code=code, title=code, mode="", direction=Direction.HOURS_TO_CREDITS)
    return rule_version(
        target,
        code,
        outcome_kind=Kind.HOURS,
        occupation_code="",
        occupation_name="",
        level=None,
        courses=[],
        rate=Rate(1600, 100, step=step, unit=unit),
        programme_cap_centicredits=170,
    )


@pytest.fixture
def learner(client):
    """Hours of two kinds that are counted in different steps, together more than the programme takes: a question for
    the solver."""
    target = programme(centicredits=1200)
    hours(target, "training", "training", 50)
    hours(target, "class", "class", 30)
    user = person("李明")
    for unit in ("training", "class"):
        said = Deposit(
            Kind.HOURS, unit, "", None, "华新培训中心", "", date(2025, 5, 18), centihours=2400, unit=unit
        )
        deposit(user, said)
    client.force_login(user)
    return user


@pytest.mark.long
@pytest.mark.django_db
def test_an_allocation_that_is_not_proven_is_not_shown(client, learner, monkeypatch):
    (plan,) = answer(learner, today()).plans
    assert (plan.unproven, plan.offered) == (False, 170)
    monkeypatch.setattr(milp, "LONGEST_SECONDS", 0.0)
    (plan,) = answer(learner, today()).plans
    assert (plan.unproven, plan.lines, plan.missing) == (True, [], [])
    page = client.get(reverse("credit:overview"))
    assert page.status_code == 200
    assert "没有算完这个专业" in page.content.decode()
    page = client.get(reverse("credit:plan"))
    assert page.status_code == 503
    assert "没有给出结果，也没有写入任何内容" in page.content.decode()
    refused = client.get(f"/api/v1/credit/plan?programme={plan.programme.uuid}")
    assert (refused.status_code, refused.json()["code"]) == (503, "not_proven")


def test_a_way_whose_time_is_over_says_that_it_is_not_proven(monkeypatch):
    some, mine = rules(60, "ab"), outcomes(random.Random(3), 10, "abc", "ab")
    whole = planner.what_if(mine, some, ProgrammeFact("p", 5000), DAY).way
    assert whole.proven
    assert whole.steps
    monkeypatch.setattr(planner, "WAY_SECONDS", 0.0)
    cut = planner.what_if(mine, some, ProgrammeFact("p", 5000), DAY).way
    assert not cut.proven
    # No better than the proven one, however little time there was.
    assert cut.left >= whole.left


@pytest.mark.long
@pytest.mark.django_db
def test_the_page_says_it(client, learner, monkeypatch):
    assert SAID not in client.get(reverse("credit:plan")).content.decode()
    monkeypatch.setattr(planner, "WAY_SECONDS", 0.0)
    rule_version(programme(), "electrician-3")
    rule_version(
        programme(),
        "welder-3",
        occupation_code="6-18-02-04",
        courses=[{"code": "W", "name": "焊", "centicredits": 300}],
    )
    page = client.get(reverse("credit:plan")).content.decode()
    assert SAID in page or "没有找到路" in page
